// One's own account: lost password, two-factor sign-in, backup codes, passkeys, sessions; with a real mail server and the
// browser's own virtual authenticator.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { browser, demo, find, mailbox, signIn } from "./lib/world.js";

let mail, server, window;

before(async () => {
  mail = await mailbox();
  server = await demo("--smtp-url", mail.url);
  window = await browser();
});

after(async () => {
  await window?.close();
  await server?.stop();
  await mail?.stop();
});

/** The code of an authenticator app (RFC 6238), so many steps from now. */
function totp(secret, steps = 0) {
  const bits = [...secret.replaceAll(" ", "")].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const digest = createHmac("sha1", key).update(counter).digest();
  const at = digest[19] & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

const button = (page, name) => page.getByRole("button", { name, exact: true });

async function firstStep(page, email, password = server.password) {
  await page.goto(`${server.url}/sign-in`);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await button(page, "Sign in").click();
}

test("a lost password is replaced by the mailed link", async () => {
  const { person: finn } = find(server, "team", "Finn");
  const page = await window.open();
  await page.goto(`${server.url}/sign-in`);
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await page.getByLabel("E-mail").fill(finn.email);
  await button(page, "Send the link").click();
  await page.getByRole("heading", { name: "Look into your mail" }).waitFor();
  const message = await mail.next();
  assert.match(message.text, /good for 20 minutes, once/);
  await page.goto(message.text.match(/https?:\/\/\S+\/recover\?token=\S+/)[0]);
  await page.locator("#password").fill("lantern orbit meadow twelve");
  await button(page, "Set the password").click();
  await page.getByText("The new password holds.").waitFor();
  assert.match((await mail.next()).text, /password was changed/);
  await firstStep(page, finn.email, "lantern orbit meadow twelve");
  await page.waitForURL((url) => url.pathname.endsWith("/bots"));
  assert.deepEqual(window.faults, []);
});

test("P-14: an authenticator app and backup codes, from setting up to signing in", async () => {
  const { person: omar } = find(server, "workspace", "Omar");
  const page = await window.open({ acceptDownloads: true });
  await signIn(page, server, omar.email);
  await page.goto(`${server.url}/profile`);
  await page.getByRole("link", { name: "Authentication" }).click();
  await page.locator("#two-factor").getByRole("button", { name: "Set up" }).click();
  await page.getByText("Cannot scan it?").click();
  const secret = await page.locator(".secret").innerText();
  await page.getByLabel("Enter the code").fill(totp(secret));
  await button(page, "Switch on").click();
  const codes = (await page.getByLabel(/Backup codes of/).inputValue()).trim().split("\n");
  assert.equal(codes.length, 10);
  const [download] = await Promise.all([page.waitForEvent("download"), button(page, "Download").click()]);
  assert.equal((await readFile(await download.path(), "utf8")).trim(), codes.join("\n"));
  assert.match((await mail.next()).text, /authenticator app was set up/);
  const other = await window.open();
  await firstStep(other, omar.email);
  await other.getByRole("heading", { name: "Second step" }).waitFor();
  await other.getByLabel("Code").fill("000000");
  await button(other, "Sign in").click();
  await other.getByText(/The code is wrong/).waitFor();
  // The code that set it up is used up; the next one is in time.
  await other.getByLabel("Code").fill(totp(secret, 1));
  await button(other, "Sign in").click();
  await other.waitForURL((url) => url.pathname.endsWith("/bots"));
  const third = await window.open();
  await firstStep(third, omar.email);
  await third.getByLabel("Code").fill(codes[3].toLowerCase());
  await button(third, "Sign in").click();
  await third.waitForURL((url) => url.pathname.endsWith("/bots"));
  assert.match((await mail.next()).text, /backup code was used/);
  await page.goto(`${server.url}/profile/authentication`);
  await page.getByText("9 left").waitFor();
  // The two other browsers are signed out from here.
  await button(page, "Sign out everywhere else").click();
  await page.getByText("You are signed out everywhere else.").waitFor();
  await other.goto(`${server.url}/profile`);
  await other.waitForURL((url) => url.pathname === "/sign-in");
  assert.deepEqual(window.faults, []);
});

test("P-14: a passkey signs in without a password, stands as second factor, confirms and is removed", async () => {
  const { person: mei } = find(server, "workspace", "Mei");
  const page = await window.open();
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  const options = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", { options });
  await signIn(page, server, mei.email);
  await page.goto(`${server.url}/profile/authentication`);
  await page.getByLabel("Name of a new passkey").fill("Laptop");
  await button(page, "Add a passkey").click();
  // With the first factor one is led to backup codes.
  await page.getByRole("heading", { name: "Make new backup codes?" }).waitFor();
  await button(page, "Make new codes").click();
  await page.getByLabel(/Backup codes of/).waitFor();
  assert.match((await mail.next()).text, /passkey was added/);
  assert.match((await mail.next()).text, /New backup codes/);
  const { credentials } = await session.send("WebAuthn.getCredentials", { authenticatorId });
  assert.equal(credentials.length, 1);
  assert.ok(credentials[0].isResidentCredential);
  await page.goto(`${server.url}/profile/authentication`);
  await page.getByLabel("Name of the passkey").fill("Office laptop");
  await page.getByRole("button", { name: /^Rename/ }).click();
  await page.getByText("Saved.", { exact: true }).waitFor();
  const signOut = async () => {
    await page.context().clearCookies();
    await page.goto(`${server.url}/sign-in?next=/profile`);
  };
  await signOut();
  await button(page, "Use a passkey").click();
  await page.waitForURL((url) => url.pathname === "/profile");
  // After the password it stands as the second factor.
  await signOut();
  await firstStep(page, mei.email);
  await page.getByRole("heading", { name: "Second step" }).waitFor();
  await button(page, "Use a passkey").click();
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
  await page.goto(`${server.url}/confirm?next=/profile/authentication`);
  await button(page, "Use a passkey").click();
  await page.waitForURL((url) => url.pathname === "/profile/authentication");
  // The address to go on to is never another site's.
  await page.goto(`${server.url}/sign-in?switch=1&next=//evil.example`);
  assert.equal(await page.locator("[data-passkey]").getAttribute("data-next"), "/");
  // An authenticator that does not know its person says nothing, and the page says so.
  await page.goto(`${server.url}/sign-in?switch=1`);
  await session.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
  await button(page, "Use a passkey").click();
  await page.getByText(/Nothing came from a passkey/).waitFor();
  await session.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: true });
  await page.goto(`${server.url}/profile/authentication`);
  await page.getByRole("link", { name: /^Remove/ }).click();
  await button(page, "Remove passkey").click();
  await page.getByText("The passkey is removed.").waitFor();
  await signOut();
  await button(page, "Use a passkey").click();
  await page.getByText(/not known here/).waitFor();
  assert.deepEqual(window.faults, []);
});
