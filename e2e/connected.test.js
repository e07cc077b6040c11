// Connected accounts against a real provider: consent, more and fewer permissions, refresh, revocation, removal.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isAccessible } from "./lib/axe.js";
import { browser, demo, find, signIn } from "./lib/world.js";
import { provider } from "./lib/provider.js";

let forge, server, window;

before(async () => {
  forge = await provider();
  server = await demo("--config", forge.config);
  forge.serve(`${server.url}/profile/accounts/callback`);
  window = await browser();
});

after(async () => {
  await window?.close();
  await server?.stop();
  await forge?.stop();
});

/** Faults of our own pages; the provider's want fonts from elsewhere. */
const faults = () => window.faults.filter((fault) => !fault.startsWith(forge.url));
const button = (page, name) => page.getByRole("button", { name });
const at = (url) => (address) => address.href.startsWith(url);

/** Chooses permissions on our page, and goes on to the provider's. */
async function choose(page, ...words) {
  for (const box of await page.getByRole("checkbox").all()) if (await box.isEnabled()) await box.uncheck();
  for (const word of words) await page.getByLabel(word).check();
  await button(page, "Continue to Forge").click();
  await page.waitForURL(at(forge.url));
}

/** Signs in at the provider, where it asks, and agrees. */
async function agree(page, login) {
  if (login) {
    await page.locator("input[name=login]").fill(login);
    await page.locator("input[name=password]").fill("any");
    await page.locator("button[type=submit]").click();
  }
  await button(page, "Continue").click();
  await page.waitForURL(at(server.url));
}

const permissions = (page) => page.locator(".connection li").allInnerTexts();

test("P-15: an account is connected, given other permissions, refreshed, lost, reconnected and removed", async () => {
  const { person: ana } = find(server, "workspace", "Ana");
  const page = await window.open();
  await signIn(page, server, ana.email);
  await page.goto(`${server.url}/profile`);
  await page.getByRole("link", { name: "Accounts" }).click();
  await page.getByRole("link", { name: "Connect Forge" }).click();
  // Who changes their mind there comes back to words, and nothing is connected.
  await choose(page, "Read your posts");
  await page.getByRole("link", { name: /Cancel/ }).click();
  await page.getByText("You did not give the permission at Forge").waitFor();
  assert.equal(await page.locator(".connection").count(), 0);
  await page.getByRole("link", { name: "Connect Forge" }).click();
  await choose(page, "Read your posts", "Write in your name");
  await agree(page, "smith");
  await page.getByText("Forge is connected.").waitFor();
  await page.locator(".connection strong", { hasText: "smith at the forge" }).waitFor();
  assert.deepEqual(await permissions(page), ["Know who you are there", "Read your posts", "Write in your name"]);
  assert.deepEqual(forge.seen.grants, ["authorization_code"]);
  const back = page.url();
  // Fewer, then more.
  for (const words of [["Read your posts"], ["Write in your name", "Read your posts"]]) {
    await page.getByRole("link", { name: "Change permissions" }).click();
    await choose(page, ...words);
    await agree(page);
    await page.getByText("Forge is connected.").waitFor();
    assert.equal((await permissions(page)).length, words.length + 1);
  }
  assert.equal(page.url(), back);
  // The access token is at its end: the refresh token, another each time, has a new one.
  for (const times of [1, 2]) {
    await button(page, "Check now").click();
    await page.getByText("Forge accepts the connection.").waitFor();
    assert.equal(forge.seen.grants.filter((one) => one === "refresh_token").length, times);
  }
  await forge.revoke();
  await button(page, "Check now").click();
  await page.getByText("Forge does not accept the connection any more.").waitFor();
  await page.getByText("Reconnect needed").waitFor();
  await page.getByRole("link", { name: "Reconnect" }).click();
  await choose(page, "Read your posts");
  await agree(page);
  await page.getByText("Works").waitFor();
  await button(page, "Check now").click();
  await page.getByText("Forge accepts the connection.").waitFor();
  const { grantId } = forge.seen;
  await page.getByRole("link", { name: "Remove Forge" }).click();
  await button(page, "Remove connection").click();
  await page.getByText("Forge has taken the permission back").waitFor();
  assert.deepEqual(forge.seen.revoked, [grantId]);
  assert.equal(await page.locator(".connection").count(), 0);
  assert.deepEqual(faults(), []);
});

test("P-15: it works without scripts, and is accessible", async () => {
  const { person: omar } = find(server, "workspace", "Omar");
  const plain = await window.open({ javaScriptEnabled: false });
  await signIn(plain, server, omar.email);
  await plain.goto(`${server.url}/profile/accounts/connect/forge`);
  await choose(plain, "Write in your name");
  await agree(plain, "mason");
  await plain.getByText("Forge is connected.").waitFor();
  const page = await window.open();
  await signIn(page, server, omar.email);
  await page.goto(`${server.url}/profile/accounts`);
  const change = await page.getByRole("link", { name: "Change permissions" }).getAttribute("href");
  for (const path of ["/profile/accounts", "/profile/accounts/connect/forge", change, `${change}/remove`]) {
    await page.goto(server.url + path);
    await isAccessible(page);
  }
  assert.deepEqual(faults(), []);
});
