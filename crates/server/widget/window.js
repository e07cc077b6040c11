// The window itself: its elements, how it opens and closes, what is shown in it. It knows nothing of the server; what people
// do in it goes to `acts`.

/** Most characters of one message. */
const LONGEST = 2000;

/** The window: in a corner of a page, as the page (`page`), or in a corner beside the form that it is made in (`preview`). */
function makeWindow(mode, words, tag, acts) {
  const corner = mode !== "page";
  const preview = mode === "preview";
  const narrow = matchMedia("(max-width: 480px), (max-height: 420px)");
  const darkness = matchMedia("(prefers-color-scheme: dark)");
  let appearance = {};
  let name = "";
  let unread = 0;

  const badge = make("span", { class: "badge", "aria-hidden": "true", hidden: true });
  const launcherWords = make("span", { class: "launcher-words", hidden: true, dir: "auto" });
  const launcher = make("button", { class: "launcher", type: "button", "aria-expanded": "false", "aria-haspopup": "dialog", onclick: () => (isOpen() ? close() : open()) }, icon("chat"), icon("down"), launcherWords, badge);
  const picture = make("canvas", { "aria-hidden": "true", hidden: true });
  const title = make(corner ? "h2" : "h1", { class: "title", id: "title", dir: "auto" });
  const subtitle = make("p", { class: "subtitle", dir: "auto", hidden: true });
  const closer = make("button", { type: "button", "aria-label": words.close, hidden: !corner, onclick: () => close() }, icon("down"));
  const log = make("div", { class: "log", role: "log", tabindex: "0", "aria-label": words.log });
  const choices = make("div", { class: "choices", role: "group", "aria-label": words.choices, hidden: true });
  const told = make("span", { dir: "auto" });
  const leave = make("button", { class: "plain", type: "button", hidden: true, onclick: () => askContact() }, words.leave);
  const again = make("button", { class: "main", type: "button", hidden: true, onclick: () => acts.begin() }, words.again);
  const banner = make("div", { class: "banner", role: "status", hidden: true }, told, leave, again);
  const field = make("textarea", { id: "field", rows: "1", maxlength: String(LONGEST), enterkeyhint: "send", autocomplete: "off", dir: "auto" });
  const send = make("button", { type: "submit", class: "main" });
  const composer = make("form", { class: "composer", onsubmit: submit }, make("label", { class: "hint", for: "field" }, words.placeholder), field, send);
  const person = make("button", { type: "button", hidden: true, onclick: () => acts.person() });
  const end = make("button", { type: "button", hidden: true, onclick: () => askEnd(true) }, words.end);
  const sure = make("span", { hidden: true }, words.sure);
  const endNow = make("button", { type: "button", hidden: true, onclick: () => (askEnd(false), acts.end()) }, words.endNow);
  const keep = make("button", { type: "button", hidden: true, onclick: () => (askEnd(false), end.focus()) }, words.keep);
  const tools = make("div", { class: "tools" }, person, end, sure, endNow, keep);
  const contact = makeContact();
  const role = corner ? { role: "dialog", "aria-modal": "false", hidden: true } : {};
  const panel = make(
    corner ? "div" : "section",
    { class: "panel", id: "panel", "aria-labelledby": "title", ...role },
    make("div", { class: "head" }, picture, make("div", { class: "names" }, title, subtitle), closer),
    log,
    choices,
    banner,
    contact,
    composer,
    tools,
  );
  const root = make("div", { class: `chat ${corner ? "corner" : "page"}${preview ? " preview" : ""}`, lang: tag, dir: RIGHT_TO_LEFT.includes(language(tag)) ? "rtl" : "ltr" });
  root.append(panel, ...(corner ? [launcher] : []));
  root.addEventListener("keydown", keys);
  // Keys pressed in here are none of the page's.
  for (const kind of ["keydown", "keypress", "keyup"]) root.addEventListener(kind, (event) => event.stopPropagation());
  field.addEventListener("input", grow);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit(event);
  });
  narrow.addEventListener("change", () => isOpen() && modal());
  darkness.addEventListener("change", () => paint(appearance, name));

  const place = document.createElement("div");
  place.setAttribute("data-rolecall", "");
  const shadow = place.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  shadow.adoptedStyleSheets = [sheet];
  shadow.append(root);
  if (!corner) place.style.display = "block";

  function grow() {
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight + 2, 132)}px`;
  }

  function submit(event) {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return field.focus();
    field.value = "";
    grow();
    acts.say(text);
    field.focus();
  }

  function isOpen() {
    return !panel.hidden;
  }

  /** On a phone the window is the whole screen: what is behind it is not there meanwhile. */
  function modal() {
    panel.setAttribute("aria-modal", String(narrow.matches && corner && !preview));
  }

  function open() {
    if (isOpen()) return;
    panel.hidden = false;
    root.classList.add("open");
    launcher.setAttribute("aria-expanded", "true");
    modal();
    count(0);
    toEnd();
    // The preview opens by itself, which takes nobody's focus away.
    if (!preview) settle();
    acts.opened();
  }

  /** Where the focus goes when what had it is gone; on a phone not into the field, whose keyboard would cover the window. */
  function settle() {
    const place = !again.hidden ? again : composer.hidden || matchMedia("(pointer: coarse)").matches ? log : field;
    place.focus({ preventScroll: true });
  }

  function close() {
    panel.hidden = true;
    root.classList.remove("open");
    launcher.setAttribute("aria-expanded", "false");
    launcher.focus();
    acts.closed();
  }

  function keys(event) {
    if (!corner || !isOpen()) return;
    if (event.key === "Escape" && !event.isComposing) return close();
    if (event.key !== "Tab" || panel.getAttribute("aria-modal") !== "true") return;
    const stops = [...panel.querySelectorAll("button, a[href], input, textarea, [tabindex='0']")].filter((one) => !one.disabled && one.getClientRects().length);
    const [first, last] = [stops[0], stops[stops.length - 1]];
    const here = shadow.activeElement;
    if (event.shiftKey ? here === first : here === last) {
      event.preventDefault();
      (event.shiftKey ? last : first).focus();
    }
  }

  function count(number) {
    unread = number;
    badge.hidden = !number;
    badge.textContent = number > 9 ? "9+" : String(number);
    const label = [appearance.launcher || words.open, number ? words.unread.replace("{count}", number) : ""];
    launcher.setAttribute("aria-label", label.filter(Boolean).join(", "));
  }

  function toEnd() {
    log.scrollTop = log.scrollHeight;
  }

  /** Adds to the conversation; what is read at its end stays at its end. */
  function add(...elements) {
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
    log.append(...elements.filter(Boolean));
    if (writing.isConnected) log.append(writing);
    if (atEnd || elements.some((one) => one && one.classList.contains("visitor"))) toEnd();
  }

  const writing = make("div", { class: "writing", "aria-hidden": "true" }, make("i"), make("i"), make("i"));
  let last = "";

  /** A message; who says it is shown where that changes, and always said to screen readers. */
  function bubble({ sender, name: by, text }, fresh = false) {
    if (sender === "note") {
      last = "note";
      return add(make("div", { class: "note", dir: "auto" }, ...linked(text)));
    }
    const from = sender === "visitor" ? words.you : by || title.textContent;
    const named = sender === "agent" && last !== `agent ${from}`;
    last = `${sender} ${from}`;
    const element = make("div", { class: `said ${sender === "visitor" ? "visitor" : "other"}`, dir: "auto" });
    element.append(make("span", { class: "hint" }, `${from}: `), ...linked(text));
    add(named && make("div", { class: "from", dir: "auto", "aria-hidden": "true" }, from), element);
    if (fresh && !isOpen() && sender !== "visitor") count(unread + 1);
    return element;
  }

  function offer(texts) {
    choices.replaceChildren(
      ...texts.map((text) => make("button", { type: "button", dir: "auto", onclick: () => (offer([]), settle(), acts.say(text)) }, text)),
    );
    choices.hidden = !texts.length;
    if (texts.length) toEnd();
  }

  function tell(text, { address = false, over = false } = {}) {
    if (told.textContent !== text) told.textContent = text;
    leave.hidden = !address || !contact.hidden;
    again.hidden = !over;
    banner.hidden = !text;
    if (text) toEnd();
  }

  function askEnd(asking) {
    end.hidden = asking;
    for (const one of [sure, endNow, keep]) one.hidden = !asking;
    if (asking) keep.focus();
  }

  function makeContact() {
    const wrong = make("p", { class: "wrong", role: "alert", hidden: true }, words.either);
    const input = (key, type, complete) => {
      const box = make("input", { type, autocomplete: complete, maxlength: "200", name: key });
      return [box, make("label", null, words[key], box)];
    };
    const [[nameBox, nameLabel], [mailBox, mailLabel], [phoneBox, phoneLabel]] = [input("name", "text", "name"), input("email", "email", "email"), input("phone", "tel", "tel")];
    const form = make("form", { class: "contact", hidden: true, onsubmit: (event) => {
      event.preventDefault();
      const given = {};
      for (const box of [nameBox, mailBox, phoneBox]) if (box.value.trim()) given[box.name] = box.value.trim();
      wrong.hidden = Boolean(given.email || given.phone);
      if (!wrong.hidden) return mailBox.focus();
      acts.contact(given);
    } });
    const back = make("button", { class: "plain", type: "button", onclick: () => ((form.hidden = true), (leave.hidden = false), leave.focus()) }, words.close);
    form.append(make("p", null, words.leaveAbout), nameLabel, mailLabel, phoneLabel, wrong, make("div", { class: "row" }, make("button", { class: "main", type: "submit" }, words.save), back));
    return form;
  }

  function askContact() {
    contact.hidden = false;
    leave.hidden = true;
    contact.querySelector("input").focus();
  }

  /** Colours, names and texts; what has none has the window's own. */
  function paint(given, bot) {
    const changed = given.picture !== appearance.picture;
    [appearance, name] = [given, bot];
    const texts = given.texts || {};
    const dark = given.scheme === "dark" || (given.scheme !== "light" && darkness.matches);
    root.classList.toggle("dark", dark);
    if (corner) for (const side of ["left", "right"]) root.classList.toggle(side, (given.position === "left" ? "left" : "right") === side);
    for (const [variable, colour] of Object.entries(colours(given, dark))) root.style.setProperty(variable, colour);
    title.textContent = given.title || name;
    subtitle.textContent = given.subtitle || "";
    subtitle.hidden = !given.subtitle;
    launcherWords.textContent = given.launcher || "";
    launcherWords.hidden = !given.launcher;
    field.placeholder = texts.placeholder || words.placeholder;
    send.setAttribute("aria-label", texts.send || words.send);
    send.classList.toggle("worded", Boolean(texts.send));
    send.replaceChildren(texts.send || icon("send"));
    person.textContent = texts.person || words.person;
    count(unread);
    if (changed || !given.picture) draw(picture, given.picture && acts.picture(given.picture));
  }

  return {
    place,
    paint,
    open,
    close,
    isOpen,
    bubble,
    offer,
    tell,
    askContact,
    /** Who is to answer is writing. */
    write: (on) => (on ? add(writing) : writing.remove()),
    /** A message that was not sent, with a way to send it again. */
    fail(element, text, retry) {
      element.classList.remove("pending");
      const line = make("div", { class: "failed", role: "alert" }, text, make("button", { type: "button", onclick: () => (line.remove(), settle(), retry()) }, words.retry));
      element.after(line);
      toEnd();
    },
    contactDone: () => (contact.hidden = true),
    /** What can be done now. */
    allow({ write, ask, finish }) {
      composer.hidden = !write;
      person.hidden = !ask;
      end.hidden = !finish;
      for (const one of [sure, endNow, keep]) one.hidden = true;
    },
    /** An empty conversation. */
    clear() {
      log.replaceChildren();
      last = "";
      offer([]);
      tell("");
      contact.hidden = true;
      if (isOpen()) count(0);
    },
    /** The words of a bubble that is there already. */
    reword(element, text) {
      element.replaceChildren(make("span", { class: "hint" }, `${title.textContent}: `), ...linked(text));
    },
    texts: () => appearance.texts || {},
    settle,
  };
}
