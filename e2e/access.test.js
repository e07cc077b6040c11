// Access, as it is changed and looked at: what a change would do, the map, roles side by side, partners, requests; what is
// taken away is gone from open pages.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { violations } from "./lib/axe.js";
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

test("what a change would do stands beside the form while it is made, and a switch takes along what it needs", async () => {
  const { person: dora } = find(server, "projects", "Dora");
  const { person: emil } = find(server, "projects", "Emil");
  const page = await window.open();
  await signIn(page, server, dora.email);
  await page.goto(`${server.url}/delta/bots/citizen-services/access/${emil.user_id}`);
  await page.getByRole("switch", { name: /^Create, edit and deploy/ }).check();
  assert.ok(await page.getByRole("switch", { name: /^Try it/ }).isChecked(), "the playground comes along");
  const panel = page.locator("[data-preview-panel]");
  await panel.getByText("Gains").waitFor();
  assert.match(await panel.innerText(), /Emil/);
  await page.getByRole("switch", { name: /^Try it/ }).uncheck();
  assert.ok(!(await page.getByRole("switch", { name: /^Create, edit and deploy/ }).isChecked()), "without it, it goes too");
  await panel.getByText("Nobody gains or loses anything by it.").waitFor();
  // Looked at only: after a reload everything is as it was.
  await page.reload();
  assert.ok(!(await page.getByRole("switch", { name: /^Try it/ }).isChecked()));
  assert.deepEqual(window.faults, []);
});

test("the access map is walked with the arrow keys and says why below", async () => {
  const { person: ana } = find(server, "workspace", "Ana");
  const page = await window.open();
  await signIn(page, server, ana.email);
  await page.goto(`${server.url}/acme/access-map`);
  const place = () => page.evaluate(() => [document.activeElement.closest("td").cellIndex, document.activeElement.closest("tr").sectionRowIndex]);
  await page.locator("[data-map] td a").first().focus();
  assert.deepEqual(await place(), [1, 0]);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  assert.deepEqual(await place(), [2, 1]);
  await page.locator("[data-because]").getByText(/Allowed|Not allowed/).waitFor();
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Why?" }).waitFor();
});

test("roles are edited side by side with the keyboard alone, seen beforehand, and saved together", async () => {
  const { person: ana } = find(server, "workspace", "Ana");
  const page = await window.open();
  await signIn(page, server, ana.email);
  await page.goto(`${server.url}/acme/roles/matrix`);
  await page.getByLabel("Filter permissions").fill("Audit log: read");
  await page.getByLabel("manager · Audit log: read").focus();
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "public · Audit log: read");
  await page.keyboard.press("ArrowLeft");
  const manager = page.getByLabel("manager · Audit log: read");
  const [before, key, after] = (await manager.inputValue()) === "" ? ["", "a", "role"] : ["role", "–", ""];
  await page.keyboard.press(key);
  assert.equal(await manager.inputValue(), after);
  await page.locator("[data-preview-panel]").getByText(before ? "Loses" : "Gains", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.", { exact: true }).waitFor();
  assert.equal(await manager.inputValue(), after);
  await manager.selectOption(before);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.", { exact: true }).waitFor();
  assert.deepEqual(window.faults, []);
});

test("W-17 W-18 W-20: the permissions dialog works without JavaScript", async () => {
  const { person: ana } = find(server, "workspace", "Ana");
  const page = await window.open({ javaScriptEnabled: false });
  await signIn(page, server, ana.email);
  await page.goto(`${server.url}/acme/roles/new`);
  await page.getByLabel("Name").fill("Plain");
  await page.getByRole("button", { name: "Add role" }).click();
  const content = page.locator("#model-Content");
  const add = async () => {
    if ((await content.getAttribute("open")) === null) await content.locator("summary").click();
    await content.getByLabel("Action").selectOption("update");
    await content.getByLabel("On", { exact: true }).selectOption("team");
    await content.getByRole("button", { name: "Add" }).click();
  };
  await add();
  assert.equal(await page.getByRole("status").innerText(), "The permission is added, effective now.");
  assert.match(await content.locator("tbody").innerText(), /update\s+bots they work on/);
  await add();
  assert.match(await page.getByRole("alert").innerText(), /taken already/);
  await content.getByRole("button", { name: /Remove/ }).click();
  assert.equal(await content.locator("tbody").count(), 0);
});

test("T-20: whoever is suspended loses the open page at once", async () => {
  const { person: bea } = find(server, "agency", "Bea");
  const { person: femi } = find(server, "agency", "Femi");
  const admin = await window.open();
  const client = await window.open();
  await signIn(admin, server, bea.email);
  await signIn(client, server, femi.email);
  await client.locator("html[data-live=on]").waitFor();
  await admin.goto(`${server.url}/brightside/users/${femi.user_id}`);
  await admin.getByRole("link", { name: "Deactivate" }).click();
  await admin.getByText("can do nothing in Brightside").waitFor();
  await admin.getByRole("button", { name: "Deactivate" }).click();
  await client.getByRole("link", { name: "Recipe finder" }).waitFor({ state: "detached" });
  await client.getByText("There is nothing here that you can see.").waitFor();
});

test("a grant for a time ends to the second on an open page", async () => {
  const { organization, person: ana } = find(server, "workspace", "Ana");
  const { person: mei } = find(server, "workspace", "Mei");
  const admin = await window.open();
  const page = await window.open();
  await signIn(admin, server, ana.email);
  await signIn(page, server, mei.email);
  await page.goto(`${server.url}/acme/bots`);
  await page.locator("html[data-live=on]").waitFor();
  await page.evaluate(() => (window.notReloaded = true));
  const end = Date.now() + 8000;
  const given = await admin.request.put(`${server.url}/api/v1/organizations/${organization.id}/users/${mei.user_id}/permissions`, {
    data: { permissions: [{ model: "AuditLog", action: "read", expires_at: new Date(end).toISOString() }] },
    headers: { "If-Match": "*", Origin: server.url },
  });
  assert.equal(given.status(), 200, await given.text());
  const link = page.getByRole("link", { name: "Audit log" });
  await link.waitFor();
  await link.waitFor({ state: "detached" });
  const late = Date.now() - end;
  assert.ok(late >= 0 && late < 3000, `${late} ms late`);
  assert.ok(await page.evaluate(() => window.notReloaded));
});

test("P-7: partners agree, offer and enable in the browser, and their pages are accessible", async () => {
  const { person: carla } = find(server, "team", "Carla");
  const { person: bea } = find(server, "agency", "Bea");
  const { person: luca } = find(server, "agency", "Luca");
  const host = await window.open({ viewport: { width: 1440, height: 900 } });
  const guest = await window.open({ viewport: { width: 390, height: 844 }, colorScheme: "dark" });
  const worker = await window.open();
  await signIn(host, server, carla.email);
  await signIn(guest, server, bea.email);
  await signIn(worker, server, luca.email);
  const fits = async (page) => {
    assert.deepEqual(await violations(page), [], page.url());
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, page.url());
  };
  await guest.goto(`${server.url}/brightside/partners`);
  await guest.getByLabel("Short name of the organization").fill("cobalt");
  await guest.getByRole("button", { name: "Ask" }).click();
  await guest.getByRole("cell", { name: "cobalt", exact: true }).waitFor();
  await fits(guest);
  await host.goto(`${server.url}/cobalt/partners`);
  await host.getByRole("button", { name: "Agree" }).click();
  await host.getByRole("heading", { name: "Brightside" }).waitFor();
  await fits(host);
  await host.getByLabel("Offer a bot").selectOption({ label: "IT support" });
  await host.getByRole("button", { name: "Choose the limit" }).click();
  await host.locator("input[value='Conversation:read']").check();
  await fits(host);
  await host.getByRole("button", { name: "Offer" }).click();
  await host.getByRole("link", { name: "IT support", exact: true }).waitFor();
  await fits(host);
  await guest.goto(`${server.url}/brightside/partners`);
  await fits(guest);
  await guest.getByRole("link", { name: "Choose people" }).click();
  await guest.getByLabel("Luca Moretti").check();
  await guest.locator("[data-preview-panel]:not([hidden])").waitFor();
  await fits(guest);
  await guest.getByRole("button", { name: "Save" }).click();
  await guest.getByText("Luca Moretti").waitFor();
  await worker.goto(`${server.url}/cobalt/bots`);
  assert.deepEqual(await worker.locator("a.row-name").allInnerTexts(), ["IT support"]);
  await worker.locator("html[data-live=on]").waitFor();
  await host.getByRole("button", { name: "Freeze" }).click();
  await worker.getByRole("link", { name: "IT support", exact: true }).waitFor({ state: "detached" });
  assert.deepEqual(window.faults, []);
});

test("whoever is refused asks for access, and the page opens when it is given", async () => {
  const { person: ana } = find(server, "workspace", "Ana");
  const { person: jonas } = find(server, "workspace", "Jonas");
  const admin = await window.open();
  const page = await window.open();
  await signIn(admin, server, ana.email);
  await signIn(page, server, jonas.email);
  await page.goto(`${server.url}/acme/audit-log`);
  assert.deepEqual(await violations(page), []);
  await page.getByLabel("What you need it for").fill("The quarterly review");
  await page.getByRole("button", { name: "Ask for access" }).click();
  await page.getByText("Asked", { exact: true }).waitFor();
  await admin.goto(`${server.url}/acme/bots`);
  await admin.getByRole("link", { name: "Requests (1)" }).click();
  await admin.getByText("The quarterly review").waitFor();
  assert.deepEqual(await violations(admin), []);
  await admin.getByRole("button", { name: /^Give/ }).click();
  await admin.getByText("Nothing waits for your answer").waitFor();
  await page.goto(`${server.url}/acme/audit-log`);
  await page.getByRole("heading", { name: "Audit log" }).waitFor();
});

test("P-10: a copy shows what it would do before it is saved", async () => {
  const { person: dora } = find(server, "projects", "Dora");
  const { person: emil } = find(server, "projects", "Emil");
  const { person: ines } = find(server, "projects", "Ines");
  const page = await window.open();
  await signIn(page, server, dora.email);
  await page.goto(`${server.url}/delta/bots/citizen-services/access`);
  await page.getByLabel("Add somebody").selectOption({ label: "Ines Costa" });
  await page.getByRole("button", { name: "Add to the team" }).click();
  await page.goto(`${server.url}/delta/bots/citizen-services/access/${ines.user_id}?from=${emil.user_id}`);
  const panel = page.locator("[data-preview-panel]:not([hidden])");
  await panel.getByText("Ines Costa").first().waitFor();
  assert.match(await panel.innerText(), /Content/);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.").waitFor();
});

for (const preset of ["workspace", "agency", "team", "projects"]) {
  test(`W-4 W-5: everybody of the preset ${preset} opens what they see, and nothing else`, async () => {
    const organization = server.organizations.find((one) => one.preset === preset);
    const all = ["bots", "users", "invitations", "roles", "partners", "audit-log", "single-sign-on"];
    all.push("settings", "settings/team", "settings/billing", "bots/new", "users/new", "invitations/new", "roles/new");
    for (const person of organization.people) {
      const page = await window.open();
      await signIn(page, server, person.email);
      await page.goto(`${server.url}/${organization.slug}/bots`);
      const shown = await page.locator("a.side-link").evaluateAll((links) => links.map((link) => new URL(link.href).pathname));
      const opened = new Set();
      for (const path of all) {
        const answer = await page.request.get(`${server.url}/${organization.slug}/${path}`);
        const status = answer.status();
        assert.ok([200, 403, 404].includes(status), `${person.name}: ${path}: ${status}`);
        if (status === 200) opened.add(`/${organization.slug}/${path}`);
      }
      const menu = all.slice(0, 10).map((path) => `/${organization.slug}/${path}`);
      assert.deepEqual(shown.filter((path) => menu.includes(path)).sort(), menu.filter((path) => opened.has(path)).sort(), person.name);
      // The buttons that make something stand where it can be made.
      for (const [list, made] of [["bots", "bots/new"], ["users", "users/new"], ["roles", "roles/new"]]) {
        if (!opened.has(`/${organization.slug}/${list}`)) continue;
        await page.goto(`${server.url}/${organization.slug}/${list}`);
        const buttons = await page.locator(`.head-actions a[href$="/${made}"]`).count();
        assert.equal(buttons > 0, opened.has(`/${organization.slug}/${made}`), `${person.name}: ${made}`);
      }
      await page.context().close();
    }
  });
}
