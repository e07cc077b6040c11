// Conversations: an agent is called, answers and gives back; a reader sees no contact without a reason; by keyboard, for
// assistive technology, without scripts.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isAccessible, tooWide } from "./lib/axe.js";
import { visits } from "./lib/visitors.js";
import { browser, demo, find, signIn } from "./lib/world.js";

const LINES = ["Where is my parcel?", "Yes. Write to bob@example.com or call +49 30 901820"];
const CONTACT = { name: "Bob Visitor", email: "bob@home.example", phone: "030 555 0199" };
let server, window;

before(async () => {
  server = await demo();
  window = await browser();
});

after(async () => {
  await window?.close();
  await server?.stop();
});

const button = (page, name) => page.getByRole("button", { name, exact: true });

/** Somebody of an organization, signed in, and a bot of it. */
async function enter(preset, first, options = {}) {
  const { organization, person } = find(server, preset, first);
  const page = await window.open(options);
  await signIn(page, server, person.email);
  return { page, organization, bot: organization.bots[0], person };
}

test("P-16: an agent sees the request, takes over, answers, gives back and closes", async () => {
  const { page, organization, bot, person } = await enter("workspace", "Mei");
  await page.goto(`${server.url}/${organization.slug}/bots/help-desk/conversations`);
  await page.getByText("Nobody can be reached for conversations").waitFor();
  await page.getByRole("link", { name: "Set your times" }).click();
  const card = page.locator(`#bot-${bot.id}`);
  for (const day of ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]) {
    await card.getByLabel(`${day}, from (1)`).fill("00:00");
    await card.getByLabel(`${day}, until (1)`).fill("00:00");
  }
  await card.getByRole("button", { name: /^Save times/ }).click();
  await page.getByText("Your times are saved.").waitFor();
  await page.goto(`${server.url}/${organization.slug}/roles`);
  const id = await visits(server, { bot: bot.id, says: LINES, contact: CONTACT, waits: true });
  // On whatever page, and wherever the request came in.
  const called = page.getByRole("alert").filter({ hasText: "A visitor waits for a person." });
  await called.waitFor({ timeout: 20_000 });
  await page.locator(".side-link", { hasText: "Waiting (1)" }).waitFor();
  await called.getByRole("link", { name: "Open" }).click();
  await page.getByRole("heading", { name: "Bob Visitor" }).waitFor();
  assert.ok(page.url().endsWith(id));
  assert.match(await page.locator("#talk-contact").innerText(), /bob@home\.example/);
  await isAccessible(page);
  await button(page, "Take over").click();
  await page.getByText("You answer now").waitFor();
  assert.equal(await page.locator(".side-link", { hasText: "Waiting" }).count(), 0);
  // By keyboard: write and send.
  await page.getByLabel("Reply").focus();
  await page.keyboard.type("Hello Bob, your parcel comes today.");
  await page.keyboard.press("Control+Enter");
  await page.locator(".talk-agent", { hasText: "your parcel comes today" }).waitFor();
  assert.match(await page.locator(".talk-log").innerText(), new RegExp(`${person.name} joined`));
  await button(page, "Give back to the bot").click();
  await page.getByText("The bot answers again.").waitFor();
  await button(page, "Close conversation").click();
  await page.getByText("The conversation is closed now.").waitFor();
  assert.equal(await page.getByLabel("Reply").count(), 0);
  assert.deepEqual(window.faults, []);
});

test("P-16: who else answers is told, and nobody's typing is lost", async () => {
  const { page, organization, bot } = await enter("workspace", "Ana");
  const { page: other, person } = await enter("workspace", "Omar");
  const id = await visits(server, { bot: bot.id, says: LINES, waits: true });
  const path = `${server.url}/${organization.slug}/bots/help-desk/conversations/${id}`;
  await page.goto(path);
  await page.locator("html[data-live=on]").waitFor();
  await page.getByLabel("Reply").fill("I am just writing");
  await other.goto(path);
  await other.getByLabel("Reply").fill("Omar here.");
  await button(other, "Send").click();
  await other.locator(".talk-agent", { hasText: "Omar here." }).waitFor();
  await page.locator(".talk-agent", { hasText: "Omar here." }).waitFor();
  assert.equal(await page.getByLabel("Reply").inputValue(), "I am just writing");
  await page.getByText(`${person.name} answers this conversation.`).waitFor();
  await button(page, "Send").click();
  await page.getByText(`${person.name} answers this conversation already.`).waitFor();
  await other.getByLabel("Give to").selectOption({ label: "Ana Marchetti" });
  await button(other, "Give").click();
  await other.getByText("It is given on.").waitFor();
  await other.goto(path);
  await other.getByText("Ana Marchetti answers this conversation.").waitFor();
  assert.deepEqual(window.faults, []);
});

for (const javaScriptEnabled of [true, false]) {
  test(`G-5: a reader sees masked contacts, shows one with a reason, and the log says so${javaScriptEnabled ? "" : ", without scripts"}`, async () => {
    const { page, organization, bot } = await enter("team", "Finn", { javaScriptEnabled });
    const id = await visits(server, { bot: bot.id, says: LINES, contact: CONTACT, waits: true });
    const slug = "onboarding-guide";
    await page.goto(`${server.url}/${organization.slug}/bots/${slug}/conversations?q=parcel`);
    assert.ok((await page.locator(".talks").innerText()).includes("•••@•••"));
    await page.locator(`#talk-${id} a`).click();
    const text = await page.locator("main").innerText();
    for (const secret of ["bob@", "901820", "0199"]) assert.ok(!text.includes(secret), text);
    assert.equal(await page.getByLabel("Reply").count(), 0);
    if (javaScriptEnabled) await isAccessible(page);
    await page.getByText("Show the contact…").click();
    await page.getByLabel("What you need it for").fill("He asked to be called back.");
    await button(page, "Show the contact").click();
    const shown = await page.locator("#revealed").innerText();
    for (const secret of ["bob@home.example", "030 555 0199", "bob@example.com"]) assert.ok(shown.includes(secret), shown);
    const { page: owner } = await enter("team", "Carla");
    await owner.goto(`${server.url}/${organization.slug}/audit-log?action=reveal`);
    const row = owner.locator(".event").first();
    assert.match(await row.innerText(), /Finn Larsen looked at the contact of Onboarding guide #/);
    await row.locator("summary").click();
    assert.match(await row.innerText(), /He asked to be called back\./);
    assert.deepEqual(window.faults, []);
  });
}

test("A-6: lists, hours and deletion are accessible on a phone and a wide screen, light and dark", async () => {
  const { organization } = find(server, "workspace", "Ana");
  const bot = organization.bots[0];
  await visits(server, { bot: bot.id, says: ["<script>alert(1)</script>"] });
  const id = await visits(server, { bot: bot.id, says: LINES, contact: CONTACT, waits: true });
  for (const [width, colorScheme] of [[390, "light"], [1440, "dark"]]) {
    const { page } = await enter("workspace", "Ana", { viewport: { width, height: 844 }, colorScheme });
    const list = `${server.url}/${organization.slug}/bots/help-desk/conversations`;
    for (const rest of ["", "?q=nothing-like-it", "/hours", `/${id}`, `/${id}/delete?person=true`]) {
      await page.goto(list + rest);
      await isAccessible(page);
      const sideways = await tooWide(page);
      assert.ok(sideways <= 0, `${rest} at ${width} scrolls sideways by ${sideways}`);
    }
    await page.goto(`${server.url}/waiting`);
    await isAccessible(page);
  }
  assert.deepEqual(window.faults, []);
});
