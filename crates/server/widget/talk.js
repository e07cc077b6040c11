// One conversation: what the visitor says goes out in order and once, what is answered comes in once.

/** Brings a window and a server together. */
function makeTalk({ card, words, tag, server, kept, window: view }) {
  let token = null;
  let status = "bot";
  let after = 0;
  let waiting = [];
  let sending = null;
  let turn = 0;
  let poll = null;
  let addressOffered = false;
  let addressGiven = false;
  let greeting = null;
  let standing = [""];

  const opening = card.opening || {};
  const list = (value) => (Array.isArray(value) ? value.map(String) : []);
  const isOver = () => status === "closed";

  function allow() {
    view.allow({ write: !isOver(), ask: status === "bot", finish: Boolean(token) && !isOver() });
  }

  /** What is said below the conversation until something else is. */
  function stand(text, options) {
    standing = [text, options];
    view.tell(...standing);
  }

  /** What the bot says before anybody wrote. */
  function greet(appearance, withOpening = true) {
    const said = withOpening ? list(opening.messages) : [];
    const text = appearance.greeting || (said.length ? "" : words.greeting);
    if (text) greeting = view.bubble({ sender: "bot", text });
    said.forEach((one) => view.bubble({ sender: "bot", text: one }));
    view.offer(withOpening ? list(opening.choices) : []);
  }

  /** Shows messages that were not shown yet; `fresh` ones are told of where the window is closed. */
  function show(messages, fresh = false) {
    for (const one of Array.isArray(messages) ? messages : []) {
      if (!(one.number > after)) continue;
      after = one.number;
      if (typeof one.text === "string" && one.text) view.bubble(one, fresh);
      view.offer(one.sender === "visitor" ? [] : list(one.choices));
    }
  }

  function become(next, note) {
    const before = status;
    if (typeof next === "string") status = next;
    if (isOver()) return finish();
    const waits = status === "waiting";
    if (before !== status || note) stand(note || (waits ? words.waiting : ""), { address: waits && !addressGiven });
    allow();
  }

  function finish() {
    status = "closed";
    kept.forget();
    turn++;
    view.offer([]);
    view.write(false);
    view.contactDone();
    stand(words.ended, { over: true });
    allow();
  }

  /** The conversation is not there any more: the next message begins another. */
  function lose() {
    kept.forget();
    [token, status, after] = [null, "bot", 0];
    allow();
  }

  // Sending

  function say(text) {
    if (isOver()) return;
    view.offer([]);
    const element = view.bubble({ sender: "visitor", text });
    element.classList.add("pending");
    waiting.push({ id: newId(), text, element, failures: 0 });
    hold();
    return drain();
  }

  /** What was not answered yet is kept, so that it is sent again when the page was left meanwhile. */
  function hold() {
    kept.write({ token, waiting: waiting.map(({ id, text }) => ({ id, text })) });
  }

  /** Sends what waits, one after the other. */
  function drain() {
    sending ||= sendAll().finally(() => {
      sending = null;
      view.write(false);
      follow();
    });
    return sending;
  }

  async function sendAll() {
    rest();
    while (waiting.length && !isOver()) {
      const one = waiting[0];
      view.write(status === "bot");
      try {
        arrived(one, await server.send(token, { id: one.id, text: one.text, language: tag, page: page() }));
      } catch (error) {
        if (!(await again(one, error))) break;
      }
    }
  }

  function arrived(one, answer) {
    waiting.shift();
    one.element.classList.remove("pending");
    if (answer.token) token = answer.token;
    // The first is the visitor's own, which is shown already.
    const [own, ...others] = Array.isArray(answer.messages) ? answer.messages : [];
    if (own && own.sender === "visitor") after = Math.max(after, own.number);
    hold();
    view.write(false);
    show(own && own.sender !== "visitor" ? [own, ...others] : others, true);
    become(answer.status);
  }

  /** Whether the message is tried again by itself. */
  async function again(one, error) {
    if (error.status === 409 || (token && [401, 403, 404, 410].includes(error.status))) {
      // What this conversation was is over; the message begins another.
      if (one.moved) return giveUp(one);
      one.moved = true;
      lose();
      return true;
    }
    if (!error.passes || one.failures >= 5) return giveUp(one);
    view.write(false);
    view.tell(error.status === 429 ? words.busy : words.trying);
    await pause(delay(one.failures++, error));
    view.tell(...standing);
    return true;
  }

  function giveUp(one) {
    waiting.shift();
    hold();
    view.write(false);
    view.fail(one.element, words.failed, () => {
      one.failures = 0;
      one.moved = false;
      one.element.classList.add("pending");
      waiting.push(one);
      drain();
    });
    return waiting.length > 0;
  }

  /** Where the visitor is, without what may be secret in an address. */
  function page() {
    return location.origin === "null" ? undefined : location.origin + location.pathname;
  }

  // Following

  function wanted() {
    const person = status === "waiting" || status === "agent";
    return token && !isOver() && !sending && (person || (view.isOpen() && !document.hidden));
  }

  function rest() {
    turn++;
    if (poll) poll.abort();
    poll = null;
  }

  async function follow() {
    rest();
    const mine = turn;
    let failures = 0;
    while (mine === turn && wanted()) {
      const began = Date.now();
      poll = new AbortController();
      try {
        const found = await server.messages(token, after, LONG_POLL, poll.signal);
        if (mine !== turn) return;
        failures = 0;
        kept.write({});
        const quiet = !(found.messages || []).length;
        show(found.messages, true);
        become(found.status, found.note);
        // A server that does not wait is not asked all the time.
        if (quiet && Date.now() - began < 1000) await pause(2000);
      } catch (error) {
        if (mine !== turn) return;
        if (!error.passes) return lose();
        await pause(delay(failures++, error));
      }
    }
    if (mine === turn) poll = null;
  }

  // What else can be done

  async function person() {
    view.settle();
    if (!token) {
      await say(view.texts().person || words.person);
      if (!token || status !== "bot") return;
    }
    try {
      const found = await server.handover(token);
      const here = ["waiting", "agent"].includes(found.status) && found.reachable !== false && !found.reachable_at;
      become(found.status);
      view.settle();
      if (here) {
        if (found.note) stand(found.note, { address: status === "waiting" && !addressGiven });
      } else {
        nobody(found);
      }
      follow();
    } catch (error) {
      if ([401, 404].includes(error.status)) lose();
      view.tell(words.failedPerson);
    }
  }

  /** Nobody is there: until when, as far as that is known, and a way to be answered elsewhere. */
  function nobody({ note, reachable_at: until }) {
    const time = new Date(until || NaN);
    const when = Number.isNaN(time.getTime())
      ? ""
      : words.from.replace("{when}", time.toLocaleString(tag, { weekday: "long", day: "numeric", month: "long", hour: "numeric", minute: "2-digit" }));
    // What the server says of it is said where the window cannot tell when.
    const own = view.texts().offline || (when ? words.nobody : note || words.nobody);
    stand([own, when].filter(Boolean).join(" "), { address: !addressGiven });
    if (!addressOffered && !addressGiven && view.isOpen()) view.askContact();
    addressOffered = true;
  }

  async function contact(given) {
    try {
      await server.contact(token, given);
      addressGiven = true;
      view.contactDone();
      stand(words.saved);
      view.settle();
    } catch {
      view.tell(words.failedPerson, { address: true });
    }
  }

  async function end() {
    const ended = token;
    finish();
    view.settle();
    // If it does not arrive, the conversation ends by itself; here it is forgotten in any case.
    for (let failures = 0; failures < 3; failures++) {
      try {
        return await server.close(ended);
      } catch (error) {
        if (!error.passes) return;
        await pause(delay(failures, error));
      }
    }
  }

  function begin() {
    [token, status, after, waiting, addressOffered, addressGiven] = [null, "bot", 0, [], false, false];
    view.clear();
    stand("");
    allow();
    greet(card.appearance || {});
    view.settle();
  }

  /** Goes on with what the browser remembers. */
  async function resume() {
    const before = kept.read();
    if (!before || (!before.token && !(before.waiting || []).length)) return greet(card.appearance || {});
    token = before.token || null;
    for (let failures = 0; token; ) {
      try {
        const found = await server.messages(token, 0, 0);
        if (found.status === "closed") {
          lose();
          break;
        }
        const first = (found.messages || [])[0];
        greet(card.appearance || {}, !first || first.sender === "visitor");
        show(found.messages);
        become(found.status, found.note);
        break;
      } catch (error) {
        if (!error.passes || failures > 4) lose();
        else await pause(delay(failures++, error));
      }
    }
    if (!token) greet(card.appearance || {});
    if (before.waiting && before.waiting.length) {
      for (const { id, text } of before.waiting) {
        const element = view.bubble({ sender: "visitor", text: String(text) });
        element.classList.add("pending");
        waiting.push({ id, text: String(text), element, failures: 0 });
      }
      await drain();
    } else {
      follow();
    }
  }

  document.addEventListener("visibilitychange", () => !document.hidden && !poll && follow());
  addEventListener("online", () => !sending && follow());

  return { say, person, contact, end, begin, resume, follow, allow, greeting: () => greeting };
}
