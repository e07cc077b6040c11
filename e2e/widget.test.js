// The widget, as visitors meet it: on somebody's site with a strict policy, on a phone, on the bot's own page, talking to the
// real server.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isAccessible } from "./lib/axe.js";
import { ALWAYS, LATER, heard, loseAnswers, site } from "./lib/visitors.js";
import { api, browser, demo, find, signIn } from "./lib/world.js";

const RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"];
let server, window, shop, ana, mei, bot, widget;

const OPENING = `
name = "Opening"
begins = "conversation"
start = "ask"

[steps.ask]
kind = "question"
text = "Roses, or when we open?"
choices = [{ label = "Roses", next = "roses" }, { label = "Opening hours", next = "hours" }]

[steps.roses]
kind = "message"
text = "In May. See https://example.com/roses."

[steps.hours]
kind = "message"
text = "From nine to five."
`;
const MORE = `
name = "More"
begins = "intent"
intent = "more"
start = "which"

[steps.which]
kind = "question"
text = "Which of the two?"
choices = [{ label = "A" }, { label = "B" }]
`;
const INTENTS = [
  { name: "greeting", response: "Good day to you!", examples: ["hello", "good day", "hello there", "good morning", "hello again"] },
  { name: "cold", response: "Cover them tonight.", examples: ["is it cold", "is it cold tonight", "will there be frost", "how cold will it be"] },
  { name: "more", examples: ["what else", "what else is there", "tell me more", "anything else"] },
];

before(async () => {
  server = await demo();
  window = await browser();
  const { organization, person } = find(server, "workspace", "Ana");
  ana = api(await signedIn(person), server);
  mei = api(await signedIn(find(server, "workspace", "Mei").person), server);
  bot = await gardener(organization, "Garden help", { title: "Ask the gardener", subtitle: "Answers at once", greeting: "Hello! What grows with you?" });
  widget = `${server.url}/chat/${bot}/widget.js`;
  shop = await site(widget);
});

after(async () => {
  await window?.close();
  await shop?.stop();
  await server?.stop();
});

async function signedIn(person) {
  const page = await window.open();
  await signIn(page, server, person.email);
  return page;
}

/** A published bot that knows about gardens. */
async function gardener(organization, name, appearance, settings = {}) {
  const { id } = await ana("POST", `/api/v1/organizations/${organization.id}/bots`, { name });
  const at = `/api/v1/bots/${id}`;
  await ana("PATCH", `${at}/settings`, settings);
  await ana("PATCH", `${at}/appearance`, appearance);
  await ana("POST", `${at}/training/import`, { intents: INTENTS });
  for (const text of [OPENING, MORE]) await ana("POST", `${at}/flows/import`, { text });
  await ana("PUT", `${at}/publication`, {});
  return id;
}

/** A page with the widget in it, and what it asks. */
async function visit({ at = shop.url, ...options } = {}) {
  const page = await window.open(options);
  const said = heard(page);
  await page.goto(at);
  return { page, said };
}

/** The conversation that was begun last, as the team reads it. */
async function held(rest = "") {
  const list = `/api/v1/bots/${bot}/conversations`;
  const { items } = await ana("GET", `${list}?limit=1`);
  return { at: `${list}/${items[0].id}`, ...(await ana("GET", `${list}/${items[0].id}${rest}`)) };
}

const launcher = (page) => page.getByRole("button", { name: /Open the chat/ });
const dialog = (page, name = "Ask the gardener") => page.getByRole("dialog", { name });
const field = (page) => page.getByLabel("Write a message");
const storage = (page) => page.evaluate(() => Object.keys(localStorage).concat(Object.keys(sessionStorage)));

async function say(page, text) {
  await field(page).fill(text);
  await page.keyboard.press("Enter");
}

test("W-7: by keyboard: opened, answered, chosen, closed, gone on with after a reload, ended; no cookie, nothing kept before a message", async () => {
  const { page, said } = await visit();
  await launcher(page).waitFor();
  assert.deepEqual(await storage(page), []);
  await launcher(page).focus();
  await page.keyboard.press("Enter");
  await dialog(page).waitFor();
  assert.equal(await launcher(page).getAttribute("aria-expanded"), "true");
  assert.ok(await field(page).evaluate((one) => one.getRootNode().activeElement === one), "the field has the focus");
  await dialog(page).getByText("What grows with you?").waitFor();
  assert.deepEqual(await storage(page), [], "nothing is kept before a message");
  await page.getByRole("button", { name: "Roses" }).click();
  const link = page.getByRole("link", { name: "https://example.com/roses" });
  assert.equal(await link.getAttribute("href"), "https://example.com/roses");
  assert.match(await link.getAttribute("rel"), /noopener/);
  assert.equal(await page.getByRole("button", { name: "Roses" }).count(), 0, "what was chosen is gone");
  await say(page, "What else?");
  await page.getByRole("button", { name: "B", exact: true }).waitFor();
  assert.equal(said()[0].body.page, shop.url);
  assert.equal(said()[0].token, undefined);
  assert.match(said()[1].token, /^Bearer rcv_/);
  for (const call of said()) assert.equal(await call.cookie(), null);
  await page.keyboard.press("Escape");
  assert.equal(await dialog(page).count(), 0);
  assert.equal(await page.evaluate(() => document.activeElement.shadowRoot.activeElement.className), "launcher");
  await page.reload();
  await launcher(page).click();
  await dialog(page).getByText("In May.").waitFor();
  await dialog(page).getByText("What else?").waitFor();
  await page.getByRole("button", { name: "End conversation" }).click();
  await page.getByRole("button", { name: "End", exact: true }).click();
  await page.getByText("This conversation has ended.").waitFor();
  assert.deepEqual(await storage(page), []);
  assert.deepEqual(await page.context().cookies(), []);
  await page.getByRole("button", { name: "Start a new one" }).click();
  await say(page, "Hello again");
  await dialog(page).getByText("Good day to you!").waitFor();
  assert.equal(said().at(-1).token, undefined);
  assert.deepEqual(window.faults.splice(0), []);
});

test("a message whose answer is lost is sent again under its id, and shown and kept once", async () => {
  const { page, said } = await visit();
  await loseAnswers(page, 2);
  await launcher(page).click();
  await say(page, "Is it cold?");
  await page.getByText("Cover them tonight.").waitFor();
  const ids = said().map((call) => call.body.id);
  assert.equal(ids.length, 3);
  assert.equal(new Set(ids).size, 1);
  const talk = await held();
  const again = "Roses, or when we open?";
  assert.deepEqual(talk.messages.map((one) => one.text), [again, "Is it cold?", "Cover them tonight.", again], "nothing happened twice");
  assert.equal(await page.locator(".said.visitor").count(), 1);
  // That the answers are lost is told on the browser's console.
  assert.deepEqual(window.faults.splice(0).filter((fault) => !fault.includes("ERR_CONNECTION_RESET")), []);
});

test("P-16: a person is asked for, answers while the window is closed, and is seen", async () => {
  await mei("PUT", "/api/v1/me/availability", { bots: [{ bot_id: bot, time_zone: "UTC", week: ALWAYS }], away: [] });
  const { page } = await visit();
  await launcher(page).click();
  await say(page, "Hello");
  await page.getByText("Good day to you!").waitFor();
  await page.getByRole("button", { name: "Talk to a person" }).click();
  await page.getByText("Somebody has been asked to join.").waitFor();
  await page.keyboard.press("Escape");
  const { at } = await held();
  await mei("POST", `${at}/reply`, { text: "Good morning, what can I do?" });
  await page.getByRole("button", { name: "Open the chat, 1 new" }).click();
  await page.locator(".note", { hasText: "Mei Tanaka joined" }).waitFor();
  await page.getByText("Good morning, what can I do?").waitFor();
  await page.locator(".from", { hasText: "Mei Tanaka" }).waitFor();
  await say(page, "My roses are ill");
  await page.waitForFunction(() => !document.querySelector("[data-rolecall]").shadowRoot.querySelector(".pending"));
  const talk = await held();
  assert.deepEqual([talk.status, talk.messages.at(-1).text], ["agent", "My roses are ill"], "the bot is silent");
  assert.equal(await page.locator(".writing").count(), 0, "nobody is shown to write who does not");
  await mei("POST", `${at}/close`);
  await page.getByText("This conversation has ended.").waitFor();
  assert.deepEqual(window.faults.splice(0), []);
});

test("P-16: where nobody can be reached it is said until when, and an address can be left", async () => {
  await mei("PUT", "/api/v1/me/availability", { bots: [{ bot_id: bot, time_zone: "UTC", week: LATER }], away: [] });
  const { page } = await visit();
  await launcher(page).click();
  await page.getByRole("button", { name: "Talk to a person" }).click();
  await page.getByText(/Nobody can be reached right now\. Somebody can be reached from \w+day, /).waitFor();
  await page.getByRole("button", { name: "Leave address" }).click();
  await page.getByText("Enter an e-mail address or a phone number.").waitFor();
  await page.getByLabel("Name").fill("Robin");
  await page.getByLabel("E-mail").fill("robin@example.com");
  await page.getByRole("button", { name: "Leave address" }).click();
  await page.getByText("Your address is noted.").waitFor();
  assert.deepEqual((await held()).contact, { name: "Robin", email: "robin@example.com", phone: "" });
  assert.deepEqual(window.faults.splice(0), []);
});

for (const colorScheme of ["light", "dark"]) {
  test(`the window is accessible, on a phone and on a desk, ${colorScheme}`, async () => {
    for (const viewport of [{ width: 390, height: 800 }, { width: 1440, height: 900 }]) {
      const plain = await site(widget, { policy: false });
      const { page } = await visit({ at: plain.url, viewport, colorScheme, reducedMotion: "reduce" });
      await launcher(page).click();
      await say(page, "What else?");
      await page.getByRole("button", { name: "A", exact: true }).waitFor();
      await isAccessible(page, RULES);
      const narrow = viewport.width < 480;
      assert.equal(await dialog(page).getAttribute("aria-modal"), String(narrow));
      const box = await dialog(page).boundingBox();
      if (narrow) {
        assert.deepEqual([box.x, box.y, box.width, box.height], [0, 0, 390, 800]);
        // Nothing behind the window is reached by the keyboard.
        for (let presses = 0; presses < 14; presses++) {
          await page.keyboard.press("Tab");
          assert.ok(await page.evaluate(() => document.activeElement.hasAttribute("data-rolecall")), "the focus stays inside");
        }
      }
      const small = await page.locator("[data-rolecall]").evaluate((place) =>
        [...place.shadowRoot.querySelectorAll("button, input, textarea")].map((one) => [one.getBoundingClientRect(), one.textContent]).filter(([box]) => box.width && (box.height < 44 || box.width < 44)).map(([, text]) => text),
      );
      assert.deepEqual(small, [], "everything is large enough for a thumb");
      await page.close();
      await plain.stop();
    }
    assert.deepEqual(window.faults.splice(0), []);
  });
}

test("the visitor's language is spoken, from right to left where it is written so", async () => {
  const plain = await gardener(find(server, "workspace", "Ana").organization, "Plain", {}, { languages: ["en", "de", "ar"] });
  const arabic = await site(`${server.url}/chat/${plain}/widget.js`, { lang: "ar" });
  const { page, said } = await visit({ at: arabic.url });
  await page.getByRole("button", { name: "فتح المحادثة" }).click();
  await page.getByLabel("اكتب رسالة").waitFor();
  assert.equal(await page.locator("[data-rolecall] .chat").getAttribute("dir"), "rtl");
  await page.getByRole("button", { name: "Roses" }).click();
  await page.getByText("In May.").waitFor();
  assert.equal(said()[0].body.language, "ar");
  await arabic.stop();
  assert.deepEqual(window.faults.splice(0), []);
});

test("W-7: the bot's own page holds the conversation; without scripts it says what to do", async () => {
  const at = `${server.url}/chat/${bot}`;
  const { page } = await visit({ at });
  await page.getByRole("heading", { name: "Ask the gardener", level: 1 }).waitFor();
  assert.equal(await page.title(), "Ask the gardener");
  await say(page, "Good day");
  await page.getByText("Good day to you!").waitFor();
  assert.equal(await page.getByRole("button", { name: "Close" }).count(), 0);
  await isAccessible(page, RULES);
  const plain = await window.open({ javaScriptEnabled: false });
  await plain.goto(at);
  assert.match(await plain.locator("noscript").innerText(), /This conversation needs JavaScript/);
  assert.deepEqual(window.faults.splice(0), []);
});
