// The areas of a bot in the browser: an agency's Client and a team's Member see those of the presets' tables, and no others;
// what they do not see is refused when its address is typed, by the pages and by the API.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browser, demo, find, signIn } from "./lib/world.js";

let server, window;

before(async () => {
  server = await demo();
  window = await browser();
});

after(async () => {
  await window?.close();
  await server?.stop();
});

/** Every area: its tab, its page, what the API has of it. */
const AREAS = [
  ["Overview", "", ""],
  ["Flow", "/flows", "/flows"],
  ["Training", "/training", "/training"],
  ["Content", "/content", "/content"],
  ["Playground", "/playground", "/playground/tests"],
  ["Publication", "/publication", "/publication"],
  ["Conversations", "/conversations", "/conversations"],
  ["Analytics", "/analytics", "/analytics"],
  ["Appearance", "/appearance", "/appearance"],
  ["Channels", "/channels", "/channels"],
  ["Integrations", "/integrations", "/integrations"],
  ["API keys", "/api-keys", "/api-keys"],
  ["Access", "/access", "/team"],
  ["Settings", "/settings", "/settings"],
];

/** Pages below areas on which something is made. */
const MAKING = ["/flows/new", "/flows/import", "/training/new", "/training/import", "/content/new?kind=entry", "/content/import", "/delete", "/access/edit"];

const open = async (page, path) => (await page.goto(server.url + path)).status();
const asked = async (page, path) => (await page.request.get(server.url + path)).status();
const isRefused = (status, what) => assert.ok([403, 404].includes(status), `${what} answered ${status}`);

/** Signs somebody in and walks the areas of a bot: the tabs are these, each opens, every other is refused. */
async function walk(preset, first, name, tabs) {
  const { organization, person } = find(server, preset, first);
  const bot = organization.bots.find((one) => one.name === name);
  const page = await window.open();
  await signIn(page, server, person.email);
  await page.goto(`${server.url}/${organization.slug}/bots`);
  await page.getByRole("link", { name, exact: true }).click();
  const shown = page.getByRole("navigation", { name: "Areas" }).getByRole("link");
  assert.deepEqual(await shown.allInnerTexts(), tabs);
  const at = new URL(page.url()).pathname;
  for (const [tab, rest, data] of AREAS) {
    if (tabs.includes(tab)) {
      assert.equal(await open(page, at + rest), 200, tab);
      assert.equal(await page.locator(".nav-tabs [aria-current=page]").innerText(), tab);
    } else {
      isRefused(await open(page, at + rest), `the page of ${tab}`);
      isRefused(await asked(page, `/api/v1/bots/${bot.id}${data}`), `the API of ${tab}`);
    }
  }
  return { page, at, organization, bot };
}

/** Where the forms of a page that can be sent would go. */
const forms = (page) => page.locator("main form[method=post]:has(button:not([type=button]):enabled)").evaluateAll((all) => all.map((one) => new URL(one.action).pathname));

test("A-6: a client sees the areas of the agency's table on the bot they are put on, and nothing of another", async () => {
  const tabs = ["Overview", "Flow", "Training", "Content", "Playground", "Conversations", "Appearance", "Settings"];
  const { page, at, organization } = await walk("agency", "Chloe", "Hotel concierge", tabs);
  // The name is theirs to change; how it runs, who works on it and its end are not.
  await page.goto(`${server.url}${at}/settings`);
  assert.deepEqual(await forms(page), [`${at}/settings`]);
  for (const rest of ["/delete", "/access/edit", "/publication/1"]) isRefused(await open(page, at + rest), rest);
  for (const rest of MAKING.slice(0, 6)) assert.equal(await open(page, at + rest), 200, rest);
  // The bot of another client is not there.
  const other = organization.bots.find((one) => one.name === "Recipe finder");
  for (const [tab, rest, data] of AREAS) {
    assert.equal(await open(page, `/${organization.slug}/bots/recipe-finder${rest}`), 404, tab);
    assert.equal(await asked(page, `/api/v1/bots/${other.id}${data}`), 404, tab);
  }
  assert.deepEqual(window.faults, []);
});

test("T-1 to T-8: a member of the team sees the areas of its table, and changes none of them", async () => {
  const tabs = ["Overview", "Flow", "Training", "Content", "Playground", "Publication", "Conversations", "Analytics", "Appearance", "Settings"];
  const { page, at } = await walk("team", "Finn", "Onboarding guide", tabs);
  for (const rest of MAKING) isRefused(await open(page, at + rest), rest);
  // No form sends what would be refused: sentences are tried, and that is all.
  const tries = [`${at}/training`, `${at}/playground`, `${at}/playground/tests`, `${at}/playground/tests/run`];
  const records = [];
  for (const rest of ["", "/flows", "/training", "/content", "/playground", "/publication", "/conversations", "/analytics", "/appearance", "/settings"]) {
    await page.goto(server.url + at + rest);
    for (const form of await forms(page)) assert.ok(tries.includes(form), `${rest}: a form for ${form}`);
    records.push(...(await page.locator("main a.row-name").evaluateAll((all) => all.slice(0, 1).map((one) => new URL(one.href).pathname))));
  }
  assert.ok(records.length >= 3, records.join());
  for (const record of records) {
    assert.equal(await open(page, record), 200, record);
    assert.deepEqual(await forms(page).then((all) => all.filter((form) => !form.endsWith("/reveal"))), [], record);
  }
  assert.deepEqual(window.faults, []);
});
