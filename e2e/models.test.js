// What other programs registered, as a person looks at it: models, one of them, subjects; registered and deleted by hand.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { violations } from "./lib/axe.js";
import { api, browser, demo, find, signIn } from "./lib/world.js";

let server, window;

before(async () => {
  server = await demo();
  window = await browser();
});

after(async () => {
  await window?.close();
  await server?.stop();
});

/** A program's model with resources and subjects, registered through the API. */
async function registered(page) {
  const { organization } = find(server, "workspace", "Ana");
  const call = api(page, server);
  const base = `/api/v1/organizations/${organization.id}`;
  const model = await call("POST", `${base}/models`, { name: "crm:Ticket", label: "Ticket", actions: ["read", "close"] });
  for (const id of ["T-1001", "T-1002: the printer on the second floor is out of paper again and nobody knows where it is kept"]) {
    await call("POST", `${base}/models/${model.id}/resources`, { foreign_id: id });
  }
  const subject = await call("POST", `${base}/subjects`, { type: "crm:Agent", foreign_id: "agent-7" });
  const roles = (await call("GET", `${base}/roles`)).items;
  await call("PUT", `${base}/subjects/${subject.id}/roles`, { roles: [{ role_id: roles[0].id, expires_at: "2099-01-01T00:00:00Z" }] });
  await call("POST", `${base}/grants`, { model_id: model.id, actions: ["read"], subject_id: subject.id });
  await call("POST", `${base}/grants`, { model_id: model.id, actions: ["close"], subject_id: subject.id, resource: "T-1001" });
  return model;
}

test("models of programs are listed, shown, registered and deleted", async () => {
  const { person: ana } = find(server, "workspace", "Ana");
  const page = await window.open({ viewport: { width: 1440, height: 900 } });
  const pictures = process.env.PICTURES;
  const picture = async (name) => {
    if (!pictures) return;
    for (const [width, scheme] of [[1440, "light"], [390, "light"], [1440, "dark"], [390, "dark"]]) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme: scheme });
      await page.screenshot({ path: `${pictures}/${name}-${width}-${scheme}.png`, fullPage: true });
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.emulateMedia({ colorScheme: "light" });
  };
  await signIn(page, server, ana.email);
  await page.goto(`${server.url}/acme/models`);
  await page.getByText("No program has registered anything").waitFor();
  await picture("empty");
  const model = await registered(page);
  await page.goto(`${server.url}/acme/roles`);
  await page.getByRole("link", { name: "Models of programs" }).click();
  await page.getByRole("link", { name: "Ticket" }).waitFor();
  await picture("models");
  assert.deepEqual(await violations(page), []);
  await page.getByRole("link", { name: "Ticket" }).click();
  await page.getByText("T-1001").first().waitFor();
  await picture("model");
  assert.deepEqual(await violations(page), []);
  await page.goto(`${server.url}/acme/models/subjects`);
  await page.getByText("agent-7").waitFor();
  await picture("subjects");
  assert.deepEqual(await violations(page), []);
  await page.goto(`${server.url}/acme/models/new`);
  await page.getByLabel("Name in permissions").fill("Bot");
  await page.getByLabel("Actions").fill("read");
  await page.getByRole("button", { name: "Register" }).click();
  await page.getByText("This is a model of Rolecall's own").first().waitFor();
  await picture("new");
  assert.deepEqual(await violations(page), []);
  await page.getByLabel("Name in permissions").fill("crm:Deal");
  await page.getByRole("button", { name: "Register" }).click();
  await page.getByText("crm:Deal is registered.").waitFor();
  await page.goto(`${server.url}/acme/models/${model.id}`);
  await page.getByRole("link", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete the model" }).click();
  await page.getByText("The model is gone.").waitFor();
  assert.equal(await page.getByRole("link", { name: "Ticket" }).count(), 0);
  assert.deepEqual(window.faults, []);
});
