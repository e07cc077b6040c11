// Elements made one by one: whatever bots, visitors and agents write is text and never becomes markup.

/** An element with attributes, listeners (`onclick`: a function) and children; strings are text. */
function make(name, given, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(given || {})) {
    if (typeof value === "function") element.addEventListener(key.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

const SHAPES = {
  chat: ["M21 11.5a8.5 8.5 0 0 1-12.6 7.4L3 20l1.2-5A8.5 8.5 0 1 1 21 11.5Z"],
  close: ["M6 6l12 12", "M18 6 6 18"],
  down: ["m6 9 6 6 6-6"],
  send: ["M4 12h14", "m12 6 6 6-6 6"],
};

/** A picture of lines. */
function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  for (const shape of SHAPES[name]) {
    const path = document.createElementNS(space, "path");
    path.setAttribute("d", shape);
    svg.append(path);
  }
  return svg;
}

// Lengths are bounded, so that no text takes long to search.
const LINKS = /(?:https?:\/\/|mailto:)[^\s<>"'`]{1,2000}|[\p{L}\d._%+-]{1,64}@[\p{L}\d-]{1,63}(?:\.[\p{L}\d-]{1,63}){1,8}/giu;

/** The address of a link, if it is one that may be opened. */
function address(text) {
  try {
    const url = new URL(text.includes(":") ? text : `mailto:${text}`);
    return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** The text with its web and mail addresses as links. */
function linked(text) {
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(LINKS)) {
    let shown = match[0].replace(/[.,;:!?»”’]+$/u, "");
    if (shown.endsWith(")") && !shown.includes("(")) shown = shown.slice(0, -1);
    const href = address(shown);
    if (!href) continue;
    nodes.push(text.slice(at, match.index), make("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, shown));
    at = match.index + shown.length;
  }
  nodes.push(text.slice(at));
  return nodes;
}

/** Draws the picture: by a canvas, as a page's policy may allow no pictures of other servers. */
async function draw(canvas, from) {
  canvas.hidden = true;
  if (!from) return;
  try {
    const answer = await fetch(from, { credentials: "same-origin", referrerPolicy: "no-referrer" });
    if (!answer.ok) return;
    const picture = await createImageBitmap(await answer.blob());
    canvas.width = canvas.height = 96;
    canvas.getContext("2d").drawImage(picture, 0, 0, 96, 96);
    canvas.hidden = false;
  } catch {
    // It does without.
  }
}
