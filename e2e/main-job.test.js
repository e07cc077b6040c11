// The main job, from end to end: invite, accept, see what the role allows, change the role, see it change, read about it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browser, demo, find, mailbox, sidebar, signIn } from "./lib/world.js";

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

const linkIn = (message) => message.text.match(/https?:\/\/\S+\/invitations\/\S+/)[0];

test("G-1 W-4 W-5 W-19 W-21 W-23 W-25 A-7: an invited person has exactly what their role says, also when it changes", async () => {
  const { organization, person: ana } = find(server, "workspace", "Ana");
  const admin = await window.open();
  await signIn(admin, server, ana.email);

  // A role for the newcomer, made from nothing in the permissions dialog.
  await admin.goto(`${server.url}/acme/roles/new`);
  await admin.getByLabel("Name").fill("Reviewer");
  await admin.getByRole("button", { name: "Add role" }).click();
  await admin.getByText("The role “Reviewer” is made.").waitFor();
  const role = admin.url();
  const add = async (model, action) => {
    const entry = admin.locator(`#model-${model}`);
    if (!(await entry.getAttribute("open").then((open) => open !== null))) await entry.locator("summary").click();
    await entry.getByLabel("Action").selectOption(action);
    await entry.getByRole("button", { name: "Add" }).click();
    await admin.getByText("The permission is added, effective now.").waitFor();
  };
  await add("Bot", "read");
  await add("User", "read");

  // The invitation goes out over SMTP.
  await admin.goto(`${server.url}/acme/invitations/new`);
  await admin.getByLabel("E-mail").fill("Nadia.Petrova@example.com");
  await admin.getByLabel("Reviewer").check();
  await admin.getByRole("button", { name: "Invite user" }).click();
  await admin.getByText("is on its way").waitFor();
  const message = await mail.next();
  assert.deepEqual(message.to, ["Nadia.Petrova@example.com"]);
  assert.match(message.subject, /Ana Marchetti invites you to Acme/);
  assert.match(message.html, /Reviewer/);

  // The person accepts and is signed in.
  const nadia = await window.open();
  await nadia.goto(linkIn(message));
  await nadia.getByLabel("First and last name").fill("Nadia Petrova");
  await nadia.getByLabel("Choose a password").fill("short");
  await nadia.getByRole("button", { name: "Accept and sign in" }).click();
  await nadia.getByText("Use at least 15 characters").waitFor();
  assert.equal(await nadia.getByLabel("First and last name").inputValue(), "Nadia Petrova");
  await nadia.getByLabel("Choose a password").fill("marble otter violin forty");
  await nadia.getByText(/^Strong: /).waitFor();
  await nadia.waitForFunction(() => document.querySelector(".strength-bar span").getBoundingClientRect().width > 100);
  await nadia.getByRole("button", { name: "Accept and sign in" }).click();
  await nadia.waitForURL(`${server.url}/acme/bots`);

  // Exactly what the role allows: bots and users, nothing else.
  assert.deepEqual(await sidebar(nadia), ["Bots", "Users", "Team"]);
  assert.equal(await nadia.getByRole("link", { name: "New bot" }).count(), 0);
  await nadia.getByRole("link", { name: "Help desk" }).click();
  assert.equal(await nadia.getByRole("button", { name: /Publish/ }).count(), 0);
  for (const page of ["roles", "audit-log", "invitations", "bots/new", "users/new"]) {
    const answer = await nadia.goto(`${server.url}/acme/${page}`);
    assert.ok([403, 404].includes(answer.status()), `${page} answered ${answer.status()}`);
  }

  // Her page is open while the administrator takes `User: read` away and adds `AuditLog: read`.
  await nadia.goto(`${server.url}/acme/bots`);
  await nadia.locator("html[data-live=on]").waitFor();
  await nadia.evaluate(() => (window.notReloaded = true));
  await admin.goto(role);
  await admin.locator("#model-User summary").click();
  await admin.locator("#model-User").getByRole("button", { name: /Remove/ }).click();
  await admin.getByText("The permission is removed, effective now.").waitFor();
  await nadia.getByRole("link", { name: "Users" }).waitFor({ state: "detached" });
  await add("AuditLog", "read");
  await nadia.getByRole("link", { name: "Audit log" }).waitFor();
  assert.equal(await nadia.evaluate(() => window.notReloaded), true);
  assert.deepEqual(await sidebar(nadia), ["Bots", "Audit log"]);

  // The next request is refused: on the page and in the API.
  assert.ok([403, 404].includes((await nadia.goto(`${server.url}/acme/users`)).status()));
  const api = await nadia.request.get(`${server.url}/api/v1/organizations/${organization.id}/users`);
  assert.ok([403, 404].includes(api.status()));

  // The audit log tells the whole story.
  await admin.goto(`${server.url}/acme/audit-log`);
  const story = (await admin.locator(".event-text").allInnerTexts()).join("\n");
  for (const sentence of [
    "Ana Marchetti added the role “Reviewer”",
    "Ana Marchetti invited Nadia.Petrova@example.com",
    "Nadia Petrova accepted the invitation",
    "Ana Marchetti removed a permission from “Reviewer”",
    "Nadia Petrova tried without permission: Users: read",
  ]) {
    assert.ok(story.includes(sentence), `missing: ${sentence}\n${story}`);
  }
  assert.deepEqual(window.faults, []);
});

test("A-6 A-8: a client sees only the bots they are put on, at once", async () => {
  const { organization, person: bea } = find(server, "agency", "Bea");
  const { person: chloe } = find(server, "agency", "Chloe");
  const admin = await window.open();
  const client = await window.open();
  await signIn(admin, server, bea.email);
  await signIn(client, server, chloe.email);
  await client.locator("html[data-live=on]").waitFor();
  assert.deepEqual(await client.locator("a.row-name").allInnerTexts(), ["Hotel concierge"]);
  await admin.goto(`${server.url}/brightside/bots/recipe-finder/access`);
  await admin.getByLabel("Add somebody").selectOption({ label: "Chloe Dubois" });
  await admin.getByRole("button", { name: "Add to the team" }).click();
  await admin.getByText("They are on it.").waitFor();
  assert.ok(await admin.getByLabel("Client").isChecked());
  await client.getByRole("link", { name: "Recipe finder" }).waitFor();
  await admin.goto(`${server.url}/brightside/bots/recipe-finder/access`);
  await admin.getByRole("row", { name: /Chloe/ }).getByRole("button", { name: /Remove/ }).click();
  await client.getByRole("link", { name: "Recipe finder" }).waitFor({ state: "detached" });
  const bot = organization.bots.find((one) => one.name === "Recipe finder");
  assert.equal((await client.request.get(`${server.url}/api/v1/bots/${bot.id}`)).status(), 404);
  assert.deepEqual(window.faults, []);
});
