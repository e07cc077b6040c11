// Whatever people, visitors and files bring in stays text: a list of payloads is written into every field, then every page of
// the console, the windows of the bots, the mails and the tables are opened. Nothing of it is an element, nothing runs.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PAYLOADS, isHarmless, runsNothing } from "./lib/payloads.js";
import { site, visits } from "./lib/visitors.js";
import { browser, installation, mailbox } from "./lib/world.js";

const PASSWORD = "marble otter violin forty";
const OWNER = { name: "Olga Owner", email: "olga@shop.example", password: PASSWORD };
let mail, server, window, owner, organization;
const bots = [];
const refused = [];

before(async () => {
  mail = await mailbox();
  server = await installation("--smtp-url", mail.url, "--rate-limit", "0", "--chat-per-address", "0");
  window = await browser();
  owner = await window.open();
  owner.on("dialog", (dialog) => window.faults.push(`a dialog opened: ${dialog.message()}`));
  const token = new URL(server.link).searchParams.get("token");
  await write("POST", "/api/v1/setup", { token, organization: { name: PAYLOADS[0], preset: "workspace" }, user: OWNER });
  const { email, password } = OWNER;
  // Browsers say what they are, and are shown among one's sessions.
  for (const payload of PAYLOADS.slice(0, 3)) await write("POST", "/api/v1/session", { email, password }, { "User-Agent": payload });
  organization = (await write("GET", "/api/v1/me")).organizations[0];
});

after(async () => {
  await window?.close();
  await server?.stop();
  await mail?.stop();
});

/** Asks the API as the owner: what it answers, or nothing where it refuses the text in words. */
async function write(method, path, data, headers = {}) {
  const answer = await owner.request.fetch(server.url + path, { method, data, headers: { Origin: server.url, "If-Match": "*", ...headers } });
  const text = await answer.text();
  if (answer.ok()) return text && answer.headers()["content-type"].includes("json") ? JSON.parse(text) : text;
  assert.ok([415, 422].includes(answer.status()), `${method} ${path}: ${answer.status()} ${text}`);
  refused.push(`${method} ${path}: ${text}`);
}

/** The same on one line, as names are, and so short. */
const line = (payload, length = 60) => payload.replace(/[\u0000-\u001f]+/g, " ").slice(0, length).trim();

const quoted = JSON.stringify;
const flow = (payload, number) => `
name = ${quoted(line(payload))}
begins = "conversation"
start = ${quoted(line(payload))}

[steps.${quoted(line(payload))}]
kind = "question"
text = ${quoted(payload)}
choices = [{ label = ${quoted(line(payload))}, next = "ask" }, { label = "Other ${number}" }]

[steps.ask]
kind = "collect"
text = ${quoted(payload)}
variable = "answer"
takes = "text"
next = "said"

[steps.said]
kind = "message"
text = ${quoted(`You said {answer}: ${payload}`)}
`;

/** A bot whose every field is this. */
async function fill(payload, number) {
  const short = (length) => line(payload, length);
  await write("POST", `/api/v1/organizations/${organization.id}/bots`, { name: `a\r\n${payload}` });
  const made = await write("POST", `/api/v1/organizations/${organization.id}/bots`, { name: short() });
  const at = `/api/v1/bots/${made.id}`;
  const texts = { placeholder: short(), send: short(40), person: short(), offline: short(300) };
  await write("PATCH", `${at}/appearance`, { title: short(), subtitle: short(), greeting: short(), launcher: short(40), texts });
  await write("PATCH", `${at}/appearance`, { accent: payload });
  for (const change of [{ fallback: { en: payload } }, { time_zone: payload }, { language_model: { endpoint: payload, model: payload } }]) await write("PATCH", `${at}/settings`, change);
  const tags = [short(40).replaceAll(",", " ")];
  for (const status of ["ready", "draft"]) {
    await write("POST", `${at}/content`, { kind: "entry", title: `${short()} ${status}`, body: `${payload}\n\n# ${payload}\n\n- ${payload}`, tags, source: short(), status });
  }
  await write("POST", `${at}/content`, { kind: "response", title: short(), variants: [{ text: payload }], tags, status: "ready" });
  const examples = [payload, `${payload} again`, `tell me about ${payload}`];
  const intents = [{ name: short(), response: payload, examples }, { name: `Other ${number}`, response: payload, examples: [`${payload} again`] }];
  await write("POST", `${at}/training/import`, { intents, out_of_scope: [payload, "nothing"] });
  await write("POST", `${at}/flows/import`, { text: flow(payload, number) });
  await write("POST", `${at}/playground/tests`, { sentence: payload, expects: "text", expected: payload });
  await write("POST", `${at}/playground/tests/run`);
  await write("POST", `${at}/api-keys`, { name: short(), scope: [{ model: "Content", action: "read" }] });
  for (const note of [payload, `${payload} again`]) await write("PUT", `${at}/publication`, { note, confirm: true });
  bots.push({ id: made.id, slug: made.slug, payload });
}

/** What visitors say and leave, and what the team does with it. */
async function talk({ id, payload }) {
  const conversation = await visits(server, { bot: id, says: [payload, payload, "something that nobody knows"], page: `https://x.example/${payload}`, waits: true });
  const at = `/api/v1/bots/${id}/conversations/${conversation}`;
  const spoken = await visits(server, { bot: id, says: [payload], contact: { name: line(payload), phone: line(payload) } });
  await write("POST", `${at}/take-over`);
  await write("POST", `${at}/reply`, { text: payload });
  await write("POST", `${at}/close`);
  await write("POST", `/api/v1/bots/${id}/conversations/${spoken}/reveal`, { reason: payload });
}

/** Somebody invited who asks for access, with reasons. */
async function ask(org) {
  const role = (await write("GET", `${org}/roles`)).items.find((one) => one.name === "manager").id;
  await write("POST", `${org}/invitations`, { email: "reader@x.example", role_ids: [role] });
  const token = (await mail.next()).text.match(/\/invitations\/(\S+)/)[1];
  const page = await window.open();
  const send = (path, data) => page.request.post(server.url + path, { data, headers: { Origin: server.url } });
  assert.equal((await send(`/api/v1/invitations/${token}/accept`, { name: PAYLOADS[1], password: PASSWORD })).status(), 201);
  const models = ["User", "Role", "AuditLog", "Invitation", "Policy", "Billing", "Partner", "SingleSignOn", "UserPermission", "Permission", "RoleAssignment"];
  for (const [number, model] of models.entries()) {
    const asked = await send(`${org}/access-requests`, { model, action: "read", reason: PAYLOADS[number] });
    assert.ok([201, 422].includes(asked.status()), await asked.text());
  }
  await page.context().close();
}

test("what is looked for would be found", async () => {
  const page = await window.open();
  for (const payload of PAYLOADS.filter((one) => /<(script|img|svg|a|iframe)\b/.test(one))) await assert.rejects(isHarmless(page, payload, `<p title='${payload}'>${payload}`), payload);
  for (const cell of ["=1+1", "@SUM(A1)", "＝1"]) assert.throws(() => runsNothing(`a,"${cell}"`, cell));
  await page.context().close();
});

test("payloads are written into every field, and refused in words where they cannot be text", async () => {
  const org = `/api/v1/organizations/${organization.id}`;
  for (const [number, payload] of PAYLOADS.entries()) {
    await fill(payload, number);
    await write("POST", `${org}/roles`, { name: line(payload) });
    await write("POST", `/api/v1/me/tokens`, { name: line(payload), scope: [{ organization: organization.id, permissions: [{ model: "Role", action: "read" }] }] });
  }
  await ask(org);
  for (const bot of bots) await talk(bot);
  // A picture that is a script is no picture, whatever it says it is.
  const svg = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" onload="ran=1"><script>ran=1</script></svg>`);
  for (const path of ["/api/v1/me/picture", `/api/v1/bots/${bots[0].id}/picture`]) {
    for (const kind of ["image/svg+xml", "image/png", "text/html"]) {
      assert.equal(await write("PUT", path, svg, { "Content-Type": kind }), undefined, `${path}: ${kind}`);
    }
  }
  const strange = refused.filter((one) => !/accent|time_zone|language_model|picture|control characters|characters\."/.test(one));
  assert.deepEqual(strange, []);
});

test("mails are one message to one person, whoever invites where", async () => {
  const role = (await write("GET", `/api/v1/organizations/${organization.id}/roles`)).items.find((one) => one.name === "manager").id;
  const reader = await window.open();
  for (const [number, payload] of PAYLOADS.entries()) {
    await write("PATCH", "/api/v1/me", { name: line(payload, 80) });
    await write("PATCH", `/api/v1/organizations/${organization.id}`, { name: line(payload, 80) });
    const email = `invited${number}@x.example`;
    if (number % 2) await write("POST", `/api/v1/organizations/${organization.id}/users`, { name: line(payload, 80), email, role_ids: [role] }) ?? (await write("POST", `/api/v1/organizations/${organization.id}/invitations`, { email, role_ids: [role] }));
    else await write("POST", `/api/v1/organizations/${organization.id}/invitations`, { email, role_ids: [role] });
    // Those about what happened before come first.
    for (let message; message?.to[0] !== email; ) {
      message = await mail.next();
      assert.deepEqual(message.to.length, 1);
      assert.doesNotMatch(message.subject, /[\r\n]/);
      assert.ok(message.headers.every((name) => !/bcc/i.test(name)), message.headers.join());
      await reader.setContent(message.html);
      await isHarmless(reader, `the mail “${message.subject}” to ${message.to}`);
    }
  }
});

test("what is typed into a form and given back, and what files are called, stays text", async () => {
  const org = `/${organization.slug}`;
  const bot = `${org}/bots/${bots[0].slug}`;
  await owner.goto(server.url);
  for (const payload of PAYLOADS) {
    const long = payload.repeat(40);
    for (const [path, form] of [
      ["/sign-in", { email: payload, password: "wrong" }],
      ["/forgot", { email: payload }],
      ["/profile", { name: `${payload}\u0007`, language: payload, time_zone: payload }],
      [`${org}/settings`, { name: `${payload}\u0007` }],
      [`${org}/bots`, { name: `${payload}\u0007`, starter: payload }],
      [`${org}/users`, { name: `${payload}\u0007`, email: payload }],
      [`${org}/invitations`, { email: payload }],
      [`${org}/roles`, { name: `${payload}\u0007`, reach: payload }],
      [`${org}/partners`, { slug: payload }],
      [`${bot}/settings`, { name: `${payload}\u0007` }],
      [`${bot}/settings/running`, { languages: payload, time_zone: payload, endpoint: payload, model: payload }],
      [`${bot}/appearance`, { title: long, subtitle: long, greeting: long, accent: payload, picture: payload }],
      [`${bot}/content/new`, { kind: "entry", title: long, body: payload, tags: payload, source: long, language: payload, act: "preview" }],
      [`${bot}/content/new`, { kind: "response", title: long, variant: payload, language: payload }],
      [`${bot}/training`, { sentence: payload }],
      [`${bot}/training/new`, { name: `${payload}\u0007`, examples: payload, response: payload }],
      [`${bot}/training/import`, { text: payload }],
      [`${bot}/playground`, { text: payload }],
      [`${bot}/playground/tests`, { sentence: payload, expects: "intent", expected: payload }],
      [`${bot}/flows/new`, { name: `${payload}\u0007`, begins: "intent", intent: payload }],
      [`${bot}/flows/import`, { text: payload }],
      [`${bot}/publication`, { note: long }],
    ]) {
      const answer = await owner.request.post(server.url + path, { form, headers: { Origin: server.url, Accept: "text/html" }, maxRedirects: 0 });
      assert.ok(answer.status() < 500, `${path}: ${answer.status()}`);
      await isHarmless(owner, `${path}: ${payload}`, await answer.text());
    }
  }
  const files = PAYLOADS.map((payload) => ({ name: `${line(payload).replaceAll("/", ":")}.md`, mimeType: "text/markdown", buffer: Buffer.from(`# ${payload}\n\n${payload}`) }));
  files.push({ name: `${files[0].name}.csv`, mimeType: "text/csv", buffer: Buffer.from(`title,body,status\n${PAYLOADS.map((payload) => `"${payload.replaceAll('"', '""')}",x,maybe`).join("\n")}\n`) });
  await owner.goto(`${server.url}${bot}/content/import`);
  await owner.getByLabel("Files", { exact: true }).setInputFiles(files);
  await owner.getByRole("button", { name: "Import the files" }).click();
  await owner.locator("#done-title").waitFor();
  await isHarmless(owner, "what came of the files");
  assert.deepEqual(window.faults.splice(0), []);
});

/** The address with what differs from record to record left out. */
const shape = (url) => {
  const path = url.pathname.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "{id}").replace(/\/bots\/[^/]+/, (part) => (part === "/bots/new" ? part : "/bots/{bot}"));
  return path.replace(/\/(versions|publication)\/\d+/, "/$1/{number}") + [...url.searchParams.keys()].sort().join("&");
};
const AWAY = /^\/(api|static|chat|events|metrics|demo)|\/export$|sign-out/;

test("no page of the console makes anything of it", async () => {
  const other = await owner.context().newPage();
  for (const page of [owner, other]) await page.goto(server.url);
  const start = [`/${organization.slug}`, "/profile", "/waiting", "/organizations/new", "/nowhere", `/bots?q=${encodeURIComponent(PAYLOADS[0])}`];
  const [queue, known, shapes] = [start.map((path) => new URL(path, server.url)), new Set(), new Map()];
  const visit = async (page, url) => {
    const number = (shapes.get(shape(url)) ?? 0) + 1;
    shapes.set(shape(url), number);
    // Of each kind one is opened for good; of the others the text is looked at, as far as they differ.
    const alike = url.search || /\/(new|import|channels|hours|edit|delete|live)$/.test(url.pathname);
    if (number > (alike ? 3 : PAYLOADS.length)) return;
    const answer = await owner.request.get(url.href);
    assert.ok(answer.status() < 500, `${url}: ${answer.status()}`);
    const type = answer.headers()["content-type"] ?? "";
    const text = await answer.text();
    if (type.startsWith("text/csv")) runsNothing(text, url.href);
    if (!type.startsWith("text/html")) return;
    await isHarmless(page, url.href, text);
    if (number === 1) {
      await page.goto(url.href);
      await isHarmless(page, url.href);
    }
    for (const [, href] of text.matchAll(/<a [^>]*?href="([^"]+)"/g)) {
      const next = new URL(href.replaceAll("&amp;", "&"), url);
      next.hash = "";
      if (next.origin !== server.url || AWAY.test(next.pathname) || known.has(next.href)) continue;
      known.add(next.href);
      queue.push(next);
    }
  };
  while (queue.length) {
    const next = queue.splice(0, 2);
    await Promise.all(next.map((url, number) => visit([owner, other][number], url)));
  }
  assert.ok(shapes.size >= 60, [...shapes.keys()].join("\n"));
  assert.deepEqual(window.faults.splice(0), []);
});

test("no table makes a spreadsheet work", async () => {
  const org = `/api/v1/organizations/${organization.id}`;
  const of = (bot) => [`/api/v1/bots/${bot.id}/content/export`, ...["figures", "intents", "unanswered"].map((table) => `/api/v1/bots/${bot.id}/analytics/export?table=${table}`), `${org}/access-map?bot=${bot.id}&format=csv`, `${org}/who-can?model=Bot&action=read&bot=${bot.id}&format=csv`];
  for (const path of [`${org}/audit-events/export?format=csv`, ...bots.flatMap(of)]) {
    const answer = await owner.request.get(server.url + path);
    assert.equal(answer.status(), 200, `${path}: ${await answer.text()}`);
    runsNothing(await answer.text(), path);
  }
});

test("no window of a bot makes anything of it: on a site, and as a page", async () => {
  for (const bot of bots) {
    const page = await window.open();
    page.on("dialog", (dialog) => window.faults.push(`a dialog opened: ${dialog.message()}`));
    await page.goto(`${server.url}/chat/${bot.id}`);
    const root = page.locator("[data-rolecall]");
    await root.locator(".choices button").first().click();
    await root.locator(".said.other").nth(2).waitFor();
    await root.locator("textarea").fill(bot.payload);
    await root.locator("textarea").press("Enter");
    await root.locator(".said.other").nth(3).waitFor();
    await root.locator(".tools button").first().click();
    await root.locator(".banner").waitFor();
    await isHarmless(page, bot.payload);
    await page.context().close();
  }
  const shop = await site(`${server.url}/chat/${bots[0].id}/widget.js`);
  const page = await window.open();
  await page.goto(shop.url);
  await page.locator("[data-rolecall] .launcher").click();
  await isHarmless(page, "the widget on a site");
  await shop.stop();
  assert.deepEqual(window.faults.splice(0), []);
});
