// The widget, as visitors meet it: on somebody's site with a strict policy, on a phone, on the bot's own page; and how its
// look is made.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { answerBy, chatPeer, site } from "./lib/visitors.js";
import { browser, demo, find, signIn } from "./lib/world.js";

let server, window, shop, bot, widget;

const CARD = {
  name: "Garden help",
  version: 1,
  language: "en",
  languages: ["en", "de", "ar"],
  appearance: { title: "Ask the gardener", subtitle: "Answers at once", greeting: "Hello! What grows with you?" },
  opening: { messages: [], choices: ["Roses", "Opening hours"] },
};

before(async () => {
  server = await demo();
  window = await browser();
  bot = find(server, "workspace", "Ana").organization.bots.find((one) => one.published);
  widget = `${server.url}/chat/${bot.id}/widget.js`;
  shop = await site(widget);
});

after(async () => {
  await window?.close();
  await shop?.stop();
  await server?.stop();
});

/** A page with the widget in it, its chat answered by a peer. */
async function visit({ card = CARD, reply, lose, at = shop.url, ...options } = {}) {
  const peer = chatPeer({ id: bot.id, ...card }, reply);
  const page = await window.open(options);
  await answerBy(page, peer, lose);
  await page.goto(at);
  return { page, peer };
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
  const { page, peer } = await visit({ reply: (text) => (text === "Roses" ? { text: "In May. See https://example.com/roses." } : { text: "Yes?", choices: ["A", "B"] }) });
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
  assert.equal(peer.said()[0].body.page, shop.url);
  assert.equal(peer.said()[1].token, "rcv_1");
  assert.ok(peer.calls.every((call) => !call.cookie));
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
  await dialog(page).getByText("Yes?").waitFor();
  assert.equal(peer.said().at(-1).token, undefined);
  peer.stop();
  assert.deepEqual(window.faults.splice(0), []);
});

test("a message whose answer is lost is sent again under its id, and shown once", async () => {
  const { page, peer } = await visit({ lose: (call) => call.name === "POST /messages" && peer.said().length < 3 });
  await launcher(page).click();
  await say(page, "Is it cold?");
  await page.getByText("You said: Is it cold?").waitFor();
  const ids = peer.said().map((call) => call.body.id);
  assert.equal(ids.length, 3);
  assert.equal(new Set(ids).size, 1);
  assert.equal(peer.talk().messages.length, 2, "nothing happened twice");
  assert.equal(await page.locator(".said.visitor").count(), 1);
  peer.stop();
  // That the answers are lost is told on the browser's console.
  assert.deepEqual(window.faults.splice(0).filter((fault) => !fault.includes("ERR_CONNECTION_RESET")), []);
});

test("P-16: a person is asked for, answers while the window is closed, and is seen", async () => {
  const { page, peer } = await visit();
  await launcher(page).click();
  await say(page, "I need help");
  await page.getByText("You said: I need help").waitFor();
  await page.getByRole("button", { name: "Talk to a person" }).click();
  await page.getByText("Somebody is called.").waitFor();
  await page.keyboard.press("Escape");
  peer.agent("Good morning, what can I do?");
  await page.getByRole("button", { name: "Open the chat, 1 new" }).click();
  await page.getByText("Ana Diaz joined.").waitFor();
  await page.getByText("Good morning, what can I do?").waitFor();
  await say(page, "My roses are ill");
  await page.waitForFunction(() => !document.querySelector("[data-rolecall]").shadowRoot.querySelector(".pending"));
  assert.equal(peer.talk().messages.at(-1).text, "My roses are ill");
  assert.equal(await page.locator(".writing").count(), 0, "nobody is shown to write who does not");
  peer.stop();
  assert.deepEqual(window.faults.splice(0), []);
});

test("P-16: where nobody can be reached it is said until when, and an address can be left", async () => {
  const { page, peer } = await visit();
  peer.handover = { status: "bot", reachable_at: "2030-01-07T09:00:00Z" };
  await launcher(page).click();
  await page.getByRole("button", { name: "Talk to a person" }).click();
  await page.getByText(/Nobody can be reached right now\. Somebody can be reached from Monday.*January/).waitFor();
  await page.getByRole("button", { name: "Leave address" }).click();
  await page.getByText("Enter an e-mail address or a phone number.").waitFor();
  await page.getByLabel("Name").fill("Robin");
  await page.getByLabel("E-mail").fill("robin@example.com");
  await page.getByRole("button", { name: "Leave address" }).click();
  await page.getByText("Your address is noted.").waitFor();
  assert.deepEqual(peer.talk().contact, { name: "Robin", email: "robin@example.com" });
  peer.stop();
  assert.deepEqual(window.faults.splice(0), []);
});

const PAYLOADS = ["<img src=x onerror='ran=1'>", "<script>ran=1</script>", "javascript:ran=1//https://x", "\"><svg onload=ran=1>", "data:text/html,<script>ran=1</script>"];

test("no markup of bots, agents, notes or choices runs or becomes an element", async () => {
  for (const payload of PAYLOADS) {
    const texts = { placeholder: payload, send: payload, person: payload, offline: payload };
    const appearance = { title: payload, subtitle: payload, greeting: payload, launcher: payload, accent: payload, scheme: payload, position: payload, picture: payload, texts };
    const card = { ...CARD, name: payload, appearance, opening: { messages: [payload], choices: [payload] } };
    const { page, peer } = await visit({ card, reply: () => ({ text: payload, choices: [payload] }) });
    peer.handover = { note: payload };
    const root = page.locator("[data-rolecall]");
    await root.getByRole("button").first().click();
    await root.locator(".choices button").click();
    await root.locator(".said", { hasText: payload }).nth(3).waitFor();
    await root.locator(".tools button").first().click();
    await root.locator(".banner", { hasText: payload }).waitFor();
    peer.agent(payload, payload);
    await root.locator(".from", { hasText: payload }).waitFor();
    const found = await root.evaluate((place) => {
      const all = [...place.shadowRoot.querySelectorAll("*")];
      return {
        elements: all.filter((one) => ["IMG", "SCRIPT", "IFRAME", "OBJECT"].includes(one.tagName)).length,
        handlers: all.filter((one) => [...one.attributes].some((attribute) => attribute.name.startsWith("on"))).length,
        links: all.filter((one) => one.tagName === "A").map((one) => one.protocol),
      };
    });
    assert.deepEqual([found.elements, found.handlers], [0, 0], payload);
    assert.ok(found.links.every((protocol) => ["http:", "https:", "mailto:"].includes(protocol)), found.links.join());
    assert.equal(await page.evaluate("typeof ran"), "undefined", payload);
    peer.stop();
    await page.close();
  }
  assert.deepEqual(window.faults.splice(0), []);
});

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

async function isAccessible(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"] }));
  assert.deepEqual(found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(" ")}`), []);
}

for (const colorScheme of ["light", "dark"]) {
  test(`the window is accessible, on a phone and on a desk, ${colorScheme}`, async () => {
    for (const viewport of [{ width: 390, height: 800 }, { width: 1440, height: 900 }]) {
      const plain = await site(widget, { policy: false });
      const { page, peer } = await visit({ at: plain.url, viewport, colorScheme, reducedMotion: "reduce", reply: (text) => ({ text: `Good: ${text}`, choices: ["Yes", "No"] }) });
      await launcher(page).click();
      await say(page, "Thank you");
      await page.getByRole("button", { name: "Yes", exact: true }).waitFor();
      await isAccessible(page);
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
      peer.stop();
      await page.close();
      await plain.stop();
    }
    assert.deepEqual(window.faults.splice(0), []);
  });
}

test("the visitor's language is spoken, from right to left where it is written so", async () => {
  const arabic = await site(widget, { lang: "ar" });
  const { page, peer } = await visit({ at: arabic.url, card: { ...CARD, appearance: {} } });
  await page.getByRole("button", { name: "فتح المحادثة" }).click();
  await page.getByText("مرحبًا! كيف يمكنني مساعدتك؟").waitFor();
  assert.equal(await page.locator("[data-rolecall] .chat").getAttribute("dir"), "rtl");
  await page.getByRole("button", { name: "Roses" }).click();
  await page.getByText("You said: Roses").waitFor();
  assert.equal(peer.said()[0].body.language, "ar");
  peer.stop();
  await arabic.stop();
  assert.deepEqual(window.faults.splice(0), []);
});

test("W-7: the bot's own page holds the conversation; without scripts it says what to do", async () => {
  const at = `${server.url}/chat/${bot.id}`;
  const { page, peer } = await visit({ at });
  await page.getByRole("heading", { name: "Ask the gardener", level: 1 }).waitFor();
  assert.equal(await page.title(), "Ask the gardener");
  await say(page, "Good day");
  await page.getByText("You said: Good day").waitFor();
  assert.equal(await page.getByRole("button", { name: "Close" }).count(), 0);
  await isAccessible(page);
  peer.stop();
  const plain = await window.open({ javaScriptEnabled: false });
  await plain.goto(at);
  assert.match(await plain.locator("noscript").innerText(), /This conversation needs JavaScript/);
  assert.deepEqual(window.faults.splice(0), []);
});

for (const javaScriptEnabled of [true, false]) {
  test(`G-5: a bot's look is made, its contrast said, its window previewed${javaScriptEnabled ? "" : ", without scripts"}`, async () => {
    const { organization, person } = find(server, "workspace", "Ana");
    const page = await window.open({ javaScriptEnabled, viewport: { width: 1440, height: 1000 } });
    await signIn(page, server, person.email);
    await page.goto(`${server.url}/${organization.slug}/bots`);
    await page.getByRole("link", { name: bot.name, exact: true }).click();
    await page.getByRole("link", { name: "Appearance", exact: true }).click();
    const frame = page.frameLocator("#appearance-preview");
    await page.getByLabel("Name in the window").fill("Mia");
    await page.getByLabel("Accent", { exact: true }).fill("#ff8800");
    if (javaScriptEnabled) {
      await page.getByText("Contrast 2.3:1: hard to read").waitFor();
      await frame.getByRole("dialog", { name: "Mia" }).waitFor();
      const ground = () => frame.locator(".head").evaluate((one) => getComputedStyle(one).backgroundColor);
      assert.equal(await ground(), "rgb(255, 136, 0)");
      await page.getByLabel("Greeting").fill("Ask me <b>anything</b>");
      await frame.getByText("Ask me <b>anything</b>").waitFor();
      await frame.getByLabel("Write a message").fill("Does it work?");
      await frame.getByLabel("Write a message").press("Enter");
      await frame.getByText("Does it work?").waitFor();
    } else {
      await page.getByRole("button", { name: "Preview" }).click();
      await frame.locator("svg text", { hasText: "Mia" }).waitFor();
    }
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("#b35f00 behind them would pass").first().waitFor();
    assert.equal(await page.getByLabel("Name in the window").inputValue(), "Mia");
    await page.getByLabel("Accent", { exact: true }).fill("#006644");
    await page.getByLabel("Name in the window").fill("");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("Visitors see it once it is published.").first().waitFor();
    assert.equal(await page.getByLabel("Accent", { exact: true }).inputValue(), "#006644");
    await page.getByRole("link", { name: "Channels", exact: true }).click();
    assert.match(await page.getByLabel("The line to put into your pages").inputValue(), /^<script src="http.*\/widget\.js" async><\/script>$/);
    assert.deepEqual(window.faults.splice(0), []);
  });
}
