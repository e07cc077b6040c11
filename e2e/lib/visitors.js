// Visitors of bots: somebody's site with the widget in it, what the widget asks of the server, conversations held through the
// chat API.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";

/** Somebody's site that has the widget in it: another origin, with a policy that allows our script and calls alone. */
export async function site(widget, { html = "", lang = "en", policy = true, line = `<script src="${widget}" async></script>` } = {}) {
  const from = new URL(widget).origin;
  const server = createServer((request, response) => {
    const headers = { "Content-Type": "text/html; charset=utf-8" };
    if (policy) headers["Content-Security-Policy"] = `default-src 'none'; script-src ${from}; connect-src ${from}; require-trusted-types-for 'script'`;
    response.writeHead(request.url === "/" ? 200 : 404, headers);
    response.end(`<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Corner shop</title></head>
<body><main><h1>Corner shop</h1><p>Everything for the garden.</p><a href="#more">More</a>${html}</main>${line}</body></html>`);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, stop: () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())) };
}

/** The messages that the page sends from now on: their bodies, the token and the cookie they come with. */
export function heard(page) {
  const calls = [];
  page.on("request", (request) => {
    if (request.method() !== "POST" || !/^\/chat\/v1\/[^/]+\/messages$/.test(new URL(request.url()).pathname)) return;
    calls.push({ body: request.postDataJSON(), token: request.headers().authorization, cookie: () => request.headerValue("cookie") });
  });
  return () => calls;
}

/** The answers to the next messages never arrive at the page, so many of them; the server has done its part. */
export async function loseAnswers(page, count) {
  let left = count;
  await page.route(/\/chat\/v1\/[^/]+\/messages$/, async (route) => {
    if (route.request().method() !== "POST" || left === 0) return route.continue();
    left -= 1;
    await route.fetch();
    await route.abort("connectionreset");
  });
}

/** A visitor's conversation: what they say, the address they leave, whether they ask for a person before their last words. Its id. */
export async function visits(server, { bot, says, contact, waits, page = "https://shop.example/parcels" }) {
  const headers = { "Content-Type": "application/json" };
  const ask = async (method, path, body) => {
    const answer = await fetch(`${server.url}/chat/v1/${bot}${path}`, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text && JSON.parse(text);
  };
  let id;
  for (const [number, text] of says.entries()) {
    if (waits && number > 0 && number === says.length - 1) await ask("POST", "/handover");
    const answer = await ask("POST", "/messages", { text, id: randomUUID(), page });
    id ??= answer.conversation;
    if (answer.token) headers.Authorization = `Bearer ${answer.token}`;
  }
  if (contact) await ask("PUT", "/contact", contact);
  if (waits && says.length < 2) await ask("POST", "/handover");
  return id;
}

const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/** A whole week, in which somebody can always be reached. */
export const ALWAYS = DAYS.map((day) => ({ day, from: "00:00", until: "24:00" }));

/** A week with a few minutes of the day after tomorrow alone: whoever has it cannot be reached now. */
export const LATER = [{ day: DAYS[(new Date().getUTCDay() + 1) % 7], from: "09:00", until: "09:30" }];
