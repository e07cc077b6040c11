// Where it begins: which bot, on whose server, in which way.

/** Answers for the preview, which asks nobody. */
function pretend(words) {
  let number = 0;
  const message = (sender, text) => ({ number: ++number, sender, name: "", text, choices: [], at: new Date().toISOString() });
  return {
    send: async (_, { text }) => ({ token: "preview", status: "bot", messages: [message("visitor", text), message("bot", words.preview)] }),
    messages: () => new Promise(() => {}),
    handover: async () => ({ status: "bot" }),
    contact: async () => ({}),
    close: async () => ({}),
  };
}

/** Keeps nothing. */
function nothing() {
  return { read: () => null, write: () => {}, forget: () => {} };
}

/** The card, tried again as long as that may help; null where there is no such bot. */
async function findCard(server) {
  for (let failures = 0; failures < 4; failures++) {
    try {
      return await server.card();
    } catch (error) {
      if (!error.passes) return null;
      await pause(delay(failures + 1, error));
    }
  }
  return null;
}

async function start(script) {
  const from = new URL(script.src);
  const mode = ["page", "preview"].includes(script.dataset.mode) ? script.dataset.mode : "corner";
  const bot = mode === "preview" ? script.dataset.bot : decodeURIComponent(from.pathname.split("/").slice(-2)[0]);
  const base = from.href.slice(0, from.href.lastIndexOf("/chat/"));
  // The same line twice in a page is one window.
  const mark = Symbol.for(`rolecall:${bot}`);
  if (globalThis[mark]) return;
  globalThis[mark] = true;

  const real = wire(base, bot);
  const card = mode === "preview" ? JSON.parse(script.dataset.card) : await findCard(real);
  if (!card) {
    if (mode === "page") document.getElementById("chat").append(make("p", { role: "alert" }, wordsOf(document.documentElement.lang).failedPerson));
    return;
  }
  const appearance = card.appearance && typeof card.appearance === "object" ? card.appearance : {};
  card.appearance = appearance;
  const tag = chooseLanguage(card, script.dataset.language);
  const words = wordsOf(tag);

  let talk = null;
  const view = makeWindow(mode, words, tag, {
    say: (text) => talk.say(text),
    person: () => talk.person(),
    contact: (given) => talk.contact(given),
    end: () => talk.end(),
    begin: () => talk.begin(),
    opened: () => talk.follow(),
    closed: () => talk.follow(),
    picture: (id) => /^[0-9a-f-]{36}$/i.test(id) && `${base}/chat/${encodeURIComponent(bot)}/picture/${id}`,
  });
  view.paint(appearance, String(card.name || ""));
  const server = mode === "preview" ? pretend(words) : real;
  const kept = mode === "preview" ? nothing() : memory(bot);
  talk = makeTalk({ card, words, tag, server, kept, window: view });
  talk.allow();

  if (mode === "page") document.title = appearance.title || String(card.name || document.title);
  (mode === "page" && document.getElementById("chat") || document.body).append(view.place);
  await talk.resume();
  if (mode === "page") view.settle();
  if (mode === "preview") preview(view, talk, card, words);
}

/** The preview is open, shows both colours of messages, and follows the form that it lies beside. */
function preview(view, talk, card, words) {
  view.open();
  view.bubble({ sender: "visitor", text: words.question });
  view.bubble({ sender: "bot", text: words.preview });
  addEventListener("message", (event) => {
    const given = event.data;
    if (event.source !== parent || event.origin !== location.origin || !given || given.rolecall !== "appearance") return;
    card.appearance = { ...card.appearance, ...given.appearance };
    view.paint(card.appearance, card.name);
    view.reword(talk.greeting(), card.appearance.greeting || words.greeting);
  });
  parent.postMessage({ rolecall: "ready" }, location.origin);
}

const script = document.currentScript || document.querySelector("script[src*='/chat/'][src$='/widget.js']");
if (script) {
  const ready = () => start(script);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", ready);
  else ready();
}
