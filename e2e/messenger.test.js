// A bot answers at a page of Facebook: connected by an account, talked to through the webhook, handed to a person, lost.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { browser, demo, find, signIn } from "./lib/world.js";
import { facebook } from "./lib/facebook.js";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let peer, server, window;

before(async () => {
  peer = await facebook();
  server = await demo("--config", peer.config);
  window = await browser();
});

after(async () => {
  await window?.close();
  await server?.stop();
  await peer?.stop();
});

const told = () => peer.seen.sent.map((one) => one.message.text);

/** Waits until it is so. */
async function until(is, what) {
  const end = Date.now() + 15_000;
  while (!(await is())) {
    assert.ok(Date.now() < end, what);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function sound(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  assert.deepEqual(violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(" ")}`), []);
}

/** What it looks like, where somebody wants to see it. */
async function look(page, name) {
  if (!process.env.SHOTS) return;
  for (const [width, scheme] of [[1440, "light"], [1440, "dark"], [390, "light"]]) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: scheme });
    await page.screenshot({ path: `${process.env.SHOTS}/${name}-${width}-${scheme}.png`, fullPage: true });
  }
  await page.setViewportSize({ width: 1280, height: 720 });
  await page.emulateMedia({ colorScheme: "light" });
}

test("G-5, P-15: a page of Facebook is a channel", async () => {
  const { organization, person: ana } = find(server, "workspace", "Ana");
  const bot = organization.bots.find((one) => one.published);
  const page = await window.open();
  await signIn(page, server, ana.email);
  await page.goto(`${server.url}/${organization.slug}/bots`);
  await page.getByRole("link", { name: bot.name, exact: true }).click();
  await page.getByRole("link", { name: "Channels", exact: true }).click();
  const place = page.url();
  await page.getByRole("link", { name: "Add a page" }).click();
  await page.getByRole("link", { name: "Connect an account" }).click();
  // Not all that is needed: said in words, with the way to the rest.
  await page.getByLabel("See which pages you manage").check();
  await page.getByRole("button", { name: "Continue to Facebook" }).click();
  await page.waitForURL(`${server.url}/profile/accounts`);
  await page.goto(`${place}/messenger`);
  assert.ok(await page.getByText("Read and answer messages to your pages").isVisible());
  await sound(page);
  await look(page, "missing");
  await page.getByRole("link", { name: /Ask for more/ }).click();
  for (const box of await page.getByRole("checkbox").all()) if (await box.isEnabled()) await box.check();
  await page.getByRole("button", { name: "Continue to Facebook" }).click();
  await page.waitForURL(`${server.url}/profile/accounts`);
  await page.goto(`${place}/messenger`);
  await page.getByLabel("Acme <i>Bank</i>").check();
  await sound(page);
  await look(page, "choose");
  await page.getByRole("button", { name: /^Let the .* answer$/ }).click();
  await page.waitForURL(place);
  assert.deepEqual(peer.seen.subscribed, ["POST"]);
  assert.ok(await page.locator("#messenger-channel .badge", { hasText: "Working" }).isVisible());
  await sound(page);
  await look(page, "channels");

  // Somebody writes, is answered, and asks for a person, who answers from the console.
  const webhook = `${server.url}/channels/messenger`;
  assert.equal(await peer.says(webhook, "5", "m1", "hello"), 200);
  await until(() => told().length > 0, "the bot answers");
  assert.equal(await peer.says(webhook, "5", "m1", "hello"), 200);
  await page.goto(place.replace("/channels", "/conversations?channel=messenger"));
  await page.locator(".talk-link").first().click();
  const before = told().length;
  await page.getByLabel("Reply").fill("Ana here. How can I help?");
  await page.getByRole("button", { name: "Send" }).click();
  await until(() => told().includes("Ana here. How can I help?"), "the reply arrives");
  assert.equal(told().length, before + 2, `nothing twice: ${told()}`);
  // Facebook takes the connection no more: what is said is marked, and the channel says what to do.
  peer.seen.revoked = true;
  await page.getByLabel("Reply").fill("Are you there?");
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByText("Not sent yet").waitFor();
  await look(page, "conversation");
  await until(async () => {
    await page.goto(place);
    return page.locator("#messenger-channel .badge", { hasText: "Not working" }).isVisible();
  }, "the page is lost");
  await sound(page);
  await look(page, "lost");
  peer.seen.revoked = false;
  await page.getByRole("link", { name: /Connect again/ }).click();
  await page.getByLabel("Acme <i>Bank</i>").check();
  await page.getByRole("button", { name: /^Let the .* answer$/ }).click();
  await until(() => told().includes("Are you there?"), "what waited is sent");
  // Paused, on, removed.
  await page.getByRole("button", { name: /Pause/ }).click();
  await page.getByRole("button", { name: /Go on/ }).click();
  await page.getByRole("link", { name: /Remove Acme/ }).click();
  await page.getByRole("button", { name: "Remove page" }).click();
  await page.getByText("The page is removed.").waitFor();
  await until(() => peer.seen.subscribed.includes("DELETE"), "Facebook is told");
  assert.deepEqual([window.faults, peer.seen.faults], [[], []]);
});
