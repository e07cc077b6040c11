// What stands in for the chat API in the tests of the widget: a peer that speaks its contract and remembers what it was
// asked. `answerBy(page, peer)` puts it between the page and the server; without that line a test talks to the server itself.
import { createServer } from "node:http";

/** A peer for one bot: `card` is what it says of it, `reply(text)` what it answers. */
export function chatPeer(card, reply = (text) => ({ text: `You said: ${text}` })) {
  const talks = new Map();
  const seen = new Map();
  const calls = [];
  let waiting = [];
  const wake = () => waiting.splice(0).forEach((resolve) => resolve());
  const add = (talk, sender, text, name = "", choices = []) => {
    talk.messages.push({ number: talk.messages.length + 1, sender, name, text, choices, at: new Date().toISOString() });
    wake();
  };
  const view = (talk, after, extra = {}) => ({ status: talk.status, messages: talk.messages.filter((one) => one.number > after), ...(talk.note && { note: talk.note }), ...extra });

  const acts = {
    "POST /messages"(talk, body) {
      if (seen.has(body.id)) return { status: 201, body: seen.get(body.id) };
      let token;
      if (!talk) {
        token = `rcv_${talks.size + 1}`;
        talk = { token, conversation: `c${talks.size + 1}`, status: "bot", messages: [] };
        talks.set(token, talk);
      }
      const before = talk.messages.length;
      add(talk, "visitor", body.text);
      if (talk.status === "bot") {
        const answer = reply(body.text, talk);
        if (answer) for (const one of [answer].flat()) add(talk, "bot", one.text, card.name, one.choices);
      }
      const answer = { conversation: talk.conversation, ...(token && { token }), ...view(talk, before) };
      seen.set(body.id, answer);
      return { status: 201, body: answer };
    },
    async "GET /messages"(talk, _, query) {
      const after = Number(query.get("after"));
      const end = Date.now() + Number(query.get("wait")) * 1000;
      const [status, note] = [talk.status, talk.note];
      const quiet = () => !talk.messages.some((one) => one.number > after) && talk.status === status && talk.note === note;
      while (quiet() && Date.now() < end && !peer.stopped) {
        await new Promise((resolve) => {
          waiting.push(resolve);
          setTimeout(resolve, Math.min(500, end - Date.now()));
        });
      }
      return { status: 200, body: view(talk, after) };
    },
    "POST /handover"(talk) {
      talk.status = "waiting";
      return { status: 200, body: { status: talk.status, ...peer.handover } };
    },
    "PUT /contact"(talk, body) {
      talk.contact = body;
      return { status: 204 };
    },
    "POST /close"(talk) {
      talk.status = "closed";
      wake();
      return { status: 204 };
    },
  };

  const answer = async (request) => {
    const url = new URL(request.url());
    const rest = url.pathname.split("/").slice(4).join("/");
    const name = `${request.method()} /${rest}`;
    const headers = await request.allHeaders();
    const body = request.postData() ? JSON.parse(request.postData()) : null;
    const token = headers.authorization?.replace("Bearer ", "");
    calls.push({ name, body, token, cookie: headers.cookie, query: url.search });
    if (name === "GET /") return { status: 200, body: card };
    const talk = token && talks.get(token);
    if (token && !talk) return { status: 401, body: {} };
    if (!acts[name] || (!talk && name !== "POST /messages")) return { status: 404, body: {} };
    return acts[name](talk, body, url.searchParams);
  };

  const peer = {
    card,
    calls,
    answer,
    handover: { note: "Somebody is called." },
    stopped: false,
    /** The conversation begun last. */
    talk: () => [...talks.values()].at(-1),
    /** What the team does. */
    agent(text, name = "Ana Diaz") {
      const talk = peer.talk();
      if (talk.status !== "agent") {
        talk.status = "agent";
        talk.note = undefined;
        add(talk, "note", `${name} joined.`);
      }
      add(talk, "agent", text, name);
    },
    said: () => calls.filter((call) => call.name === "POST /messages"),
    stop() {
      peer.stopped = true;
      wake();
    },
  };
  return peer;
}

const CORS = { "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "authorization, content-type", "Access-Control-Allow-Methods": "GET, POST, PUT" };

/** Lets the peer answer the page's calls of the chat API. `lose(call, number)` tells which answers never arrive. */
export async function answerBy(page, peer, lose = () => false) {
  let number = 0;
  await page.route(/\/chat\/v1\//, async (route) => {
    const request = route.request();
    if (request.method() === "OPTIONS") return route.fulfill({ status: 204, headers: CORS });
    const found = await peer.answer(request);
    const call = peer.calls.at(-1);
    if (lose(call, ++number)) return route.abort("connectionreset").catch(() => {});
    const body = found.body === undefined ? undefined : JSON.stringify(found.body);
    await route.fulfill({ status: found.status, headers: { ...CORS, "Content-Type": "application/json" }, body }).catch(() => {});
  });
}

/** Somebody's site that has the widget in it: another origin, with a policy that allows our script and calls alone. */
export async function site(widget, { html = "", lang = "en", policy = true } = {}) {
  const from = new URL(widget).origin;
  const server = createServer((request, response) => {
    const headers = { "Content-Type": "text/html; charset=utf-8" };
    if (policy) headers["Content-Security-Policy"] = `default-src 'none'; script-src ${from}; connect-src ${from}; require-trusted-types-for 'script'`;
    response.writeHead(request.url === "/" ? 200 : 404, headers);
    response.end(`<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Corner shop</title></head>
<body><main><h1>Corner shop</h1><p>Everything for the garden.</p><a href="#more">More</a>${html}</main><script src="${widget}" async></script></body></html>`);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, stop: () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())) };
}
