// Every page: on a phone and a wide screen, light and dark, by keyboard, for assistive technology.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { tooWide, violations } from "./lib/axe.js";
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

/** The pages of an administrator. */
function pages() {
  const { organization } = find(server, "workspace", "Ana");
  const mei = find(server, "workspace", "Mei").person.user_id;
  const manager = organization.roles.find((role) => role.name === "manager").id;
  return [
    "/acme/bots",
    "/acme/bots?q=nothing-like-it",
    "/acme/bots/new",
    "/acme/bots/help-desk",
    "/acme/bots/help-desk/access",
    `/acme/bots/help-desk/access/${mei}`,
    "/acme/bots/help-desk/flows",
    "/acme/bots/help-desk/flows/new",
    "/acme/bots/help-desk/flows/import",
    "/acme/bots/help-desk/api-keys",
    "/acme/tokens",
    "/acme/bots/help-desk/settings",
    "/acme/bots/help-desk/delete",
    "/acme/users",
    "/acme/users/new",
    `/acme/users/${mei}`,
    `/acme/users/${mei}/remove`,
    "/acme/invitations",
    "/acme/invitations/new",
    "/acme/roles",
    "/acme/roles/new",
    `/acme/roles/${manager}?model=Content`,
    `/acme/roles/${manager}/delete`,
    `/acme/roles/matrix?role=${manager}`,
    "/acme/roles/matrix",
    "/acme/roles/compare",
    `/acme/roles/new?copy=${manager}`,
    "/acme/bots/help-desk/access/edit",
    "/acme/partners",
    "/acme/requests",
    "/acme/search?q=a",
    "/acme/users/removed",
    `/acme/users/${mei}/remove`,
    `/acme/users/${mei}/suspend`,
    "/acme/access-map",
    `/acme/access-map?user=${mei}`,
    "/acme/who-can",
    `/acme/who-can?bot=${organization.bots[0].id}&permission=Content%3Aread`,
    "/acme/settings/team",
    "/acme/settings/billing",
    "/acme/settings/forward-auth",
    "/acme/settings/forward-auth/new",
    "/acme/settings/delete",
    "/acme/audit-log",
    "/acme/settings",
    "/acme/administration",
    "/acme/not-there",
    "/profile",
    "/profile/authentication",
    `/profile/handover?bot=${organization.bots[0].id}`,
    "/profile/password",
    "/profile/backup-codes",
    "/confirm",
    "/forgot",
    "/organizations/new",
    "/demo/mail",
  ];
}

const WIDE = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

// Width and colours seldom meet: each page is looked at once in each, and what surrounds them all in every pair.
for (const [colorScheme, viewport, most] of [
  ["light", WIDE, Infinity],
  ["dark", PHONE, Infinity],
  ["dark", WIDE, 8],
  ["light", PHONE, 8],
]) {
  test(`${most === Infinity ? "every page is" : "the first pages are"} accessible in ${colorScheme} at ${viewport.width} px, and wide enough for what it shows`, async () => {
    const { person: ana } = find(server, "workspace", "Ana");
    const page = await window.open({ viewport, colorScheme });
    await page.goto(`${server.url}/sign-in`);
    assert.deepEqual(await violations(page), [], "/sign-in");
    await signIn(page, server, ana.email);
    const found = [];
    for (const path of pages().slice(0, most)) {
      await page.goto(server.url + path);
      found.push(...(await violations(page)).map((violation) => `${path}: ${violation}`));
      const beyond = await tooWide(page);
      if (beyond > 0) found.push(`${path}: ${beyond} px too wide`);
    }
    assert.deepEqual(found, []);
    assert.deepEqual(window.faults, []);
  });
}

test("W-11: searching filters while typing and keeps the search in the address", async () => {
  const { person: ana } = find(server, "workspace", "Ana");
  const page = await window.open();
  await signIn(page, server, ana.email);
  await page.goto(`${server.url}/acme/roles`);
  await page.getByRole("searchbox").pressSequentially("mana");
  await page.getByRole("link", { name: "admin", exact: true }).waitFor({ state: "detached" });
  await page.waitForURL(`${server.url}/acme/roles?q=mana`);
  await page.reload();
  assert.equal(await page.getByRole("searchbox").inputValue(), "mana");
  assert.deepEqual(await page.locator("a.row-name").allInnerTexts(), ["manager"]);
  assert.deepEqual(window.faults, []);
});

test("a list is reached and used by keyboard alone", async () => {
  const { person: ana } = find(server, "workspace", "Ana");
  const page = await window.open();
  await signIn(page, server, ana.email);
  await page.goto(`${server.url}/acme/bots`);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  await page.keyboard.press("Enter");
  for (let step = 0; step < 10; step += 1) {
    await page.keyboard.press("Tab");
    if ((await page.evaluate(() => document.activeElement.textContent.trim())) === "Help desk") break;
  }
  await page.keyboard.press("Enter");
  await page.waitForURL(`${server.url}/acme/bots/help-desk`);
});

test("what somebody types is never replaced by a change of others", async () => {
  const { organization, person: ana } = find(server, "workspace", "Ana");
  const { person: omar } = find(server, "workspace", "Omar");
  const page = await window.open();
  const other = await window.open();
  await signIn(page, server, ana.email);
  await signIn(other, server, omar.email);
  const manager = organization.roles.find((role) => role.name === "manager").id;
  await page.goto(`${server.url}/acme/roles/${manager}`);
  await page.locator("html[data-live=on]").waitFor();
  await page.getByLabel("Name").fill("Half-typed");
  await other.goto(`${server.url}/acme/roles/${manager}?model=Policy`);
  await other.locator("#model-Policy").getByLabel("Action").selectOption("read");
  await other.locator("#model-Policy").getByRole("button", { name: "Add" }).click();
  await page.getByText("This page has changed meanwhile.").waitFor();
  assert.equal(await page.getByLabel("Name").inputValue(), "Half-typed");
  await page.getByRole("button", { name: "Show the change" }).click();
  await page.locator("#model-Policy").getByText("read", { exact: true }).first().waitFor();
});

test("quick search is reached with Ctrl-K and walked with the arrow keys", async () => {
  const { person: ana } = find(server, "workspace", "Ana");
  const page = await window.open();
  await signIn(page, server, ana.email);
  await page.goto(`${server.url}/acme/bots`);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("Mei");
  await page.locator("#quick-results a", { hasText: "Mei Tanaka" }).waitFor();
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/acme\/users\//);
  await page.keyboard.press("Control+k");
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("#quick").isVisible(), false);
  assert.deepEqual(window.faults, []);
});
