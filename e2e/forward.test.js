// A program behind a proxy that asks Rolecall: whoever is signed out is led to the sign-in page and back, and the rules'
// pages in the settings.
import assert from "node:assert/strict";
import { createServer, request } from "node:http";
import { after, before, test } from "node:test";
import { isAccessible, tooWide } from "./lib/axe.js";
import { browser, demo, find, signIn } from "./lib/world.js";

let server, window, proxy;

/** Asks with these headers as they are (`fetch` has its own mind about some). */
function ask(url, headers) {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers }, async (answer) => {
      const chunks = [];
      for await (const chunk of answer) chunks.push(chunk);
      resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) });
    });
    sent.on("error", reject).end();
  });
}

/** A proxy that asks as Caddy does, with a program behind it that greets whom it is told of; what it was asked with. */
async function guarded(url) {
  const seen = [];
  const http = createServer(async (asked, response) => {
    const headers = { ...asked.headers };
    headers["x-forwarded-method"] = asked.method;
    headers["x-forwarded-proto"] = "http";
    headers["x-forwarded-host"] = asked.headers.host;
    headers["x-forwarded-uri"] = asked.url;
    const { status, headers: answered, body } = await ask(`${url}/access/v1/forward-auth`, headers);
    if (status !== 200) return response.writeHead(status, answered).end(body);
    seen.push({ url: asked.url, cookie: asked.headers.cookie ?? "" });
    response.writeHead(200, { "content-type": "text/html" }).end(`<h1>Hello ${answered["remote-name"]}</h1>`);
  });
  await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
  const close = () =>
    new Promise((resolve) => {
      http.close(resolve);
      http.closeAllConnections();
    });
  return { host: `bots.localhost:${http.address().port}`, seen, close };
}

before(async () => {
  server = await demo("--trusted-proxy", "127.0.0.0/8");
  window = await browser();
  proxy = await guarded(server.url);
});

after(async () => {
  await proxy?.close();
  await window?.close();
  await server?.stop();
});

test("a rule is added and tried in the settings, and the proxy's configuration is there to copy", async () => {
  const { person: ana } = find(server, "workspace", "Ana");
  const page = await window.open();
  await signIn(page, server, ana.email);
  await page.goto(`${server.url}/acme/settings/forward-auth`);
  await page.getByText("No host is guarded yet").waitFor();
  await isAccessible(page);
  await page.getByRole("link", { name: "Add a rule" }).click();
  await page.getByLabel("Host").fill(proxy.host);
  await page.getByLabel("Needs").selectOption("Flow:read");
  await page.getByRole("button", { name: "Add the rule" }).click();
  await page.getByText("This permission is one on bots: name the bot.").waitFor();
  await isAccessible(page);
  await page.getByLabel("Bot", { exact: true }).selectOption({ index: 1 });
  await page.getByRole("button", { name: "Add the rule" }).click();
  await page.getByText("The rule is added.").waitFor();
  await page.getByLabel("Address", { exact: true }).fill(`http://${proxy.host}/docs?x=1`);
  await page.getByRole("button", { name: "Try it" }).click();
  await page.getByText("Who passes").waitFor();
  assert.match(await page.locator("main").innerText(), /Ana/);
  await page.locator("summary", { hasText: "nginx" }).click();
  assert.match(await page.locator("pre").first().innerText(), new RegExp(`https://${proxy.host}\\$request_uri`));
  await isAccessible(page);
  assert.deepEqual(window.faults, []);
});

test("whoever is signed out signs in and comes back to the page they wanted", async () => {
  const { person: ana } = find(server, "workspace", "Ana");
  const page = await window.open();
  await page.goto(`http://${proxy.host}/docs?x=1`);
  await page.waitForURL(/\/sign-in\?/);
  await page.getByLabel("E-mail").fill(ana.email);
  await page.getByLabel("Password").fill(server.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("heading", { name: `Hello ${ana.name}` }).waitFor();
  assert.equal(page.url(), `http://${proxy.host}/docs?x=1`);
  assert.ok(proxy.seen.every(({ url, cookie }) => !url.startsWith("/_rolecall") && !cookie.includes("rolecall_session")));
  // Another page needs no way round; after signing out of Rolecall there is one again.
  await page.goto(`http://${proxy.host}/more`);
  await page.getByRole("heading", { name: "Hello" }).waitFor();
  const left = await page.context().request.delete(`${server.url}/api/v1/session`, { headers: { origin: server.url } });
  assert.equal(left.status(), 204);
  await page.goto(`http://${proxy.host}/more`);
  await page.waitForURL(/\/sign-in\?/);
  assert.deepEqual(window.faults, []);
});

test("whoever may not pass reads a small page", async () => {
  const { person: carla } = find(server, "team", "Carla");
  const page = await window.open();
  await signIn(page, server, carla.email);
  await page.goto(`http://${proxy.host}/docs`);
  await page.getByRole("heading", { name: "Not allowed" }).waitFor();
  await isAccessible(page);
});

test("the settings fit a phone", async () => {
  const { person: ana } = find(server, "workspace", "Ana");
  const page = await window.open({ viewport: { width: 390, height: 844 } });
  await signIn(page, server, ana.email);
  for (const path of ["", "/new"]) {
    await page.goto(`${server.url}/acme/settings/forward-auth${path}`);
    assert.equal(await tooWide(page), 0, path);
  }
});
