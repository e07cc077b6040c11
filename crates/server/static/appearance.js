// Beside the form of a bot's appearance: the window follows what is typed, and the contrast of the colours is said at once.
(() => {
  "use strict";

  const COLOUR = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i;

  /** The colour in six digits; nothing for what is none. */
  const six = (text) => {
    if (!COLOUR.test(text)) return null;
    return (text.length === 4 ? `#${[...text.slice(1)].map((one) => one + one).join("")}` : text).toLowerCase();
  };

  const luminance = (colour) => {
    const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255);
    const [red, green, blue] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };

  /** The contrast of two colours (WCAG 2.2); the server computes it the same way. */
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };

  const form = () => document.querySelector("form[data-appearance]");
  const value = (name) => form().elements.namedItem(name).value.trim();

  const tellContrast = () => {
    document.querySelectorAll("[data-contrast]").forEach((line) => {
      const [words, ground] = line.dataset.contrast.split(" ").map((name) => six(value(name)));
      if (!words || !ground) return (line.textContent = "");
      const found = contrast(words, ground);
      const good = found >= 4.5;
      const text = (good ? form().dataset.good : form().dataset.bad).replace("#", `${(Math.floor(found * 10) / 10).toFixed(1)}:1`);
      if (line.textContent !== text) line.textContent = text;
      line.classList.toggle("bad", !good);
    });
  };

  /** The appearance that stands in the form. */
  const typed = () => {
    const one = {};
    for (const name of ["title", "subtitle", "greeting", "scheme", "position", "launcher"]) one[name] = value(name);
    for (const name of ["accent", "accent_text", "ground", "text"]) {
      const colour = six(value(name));
      if (colour) one[name] = colour;
    }
    one.texts = {};
    for (const name of ["placeholder", "send", "person", "offline"]) one.texts[name] = value(name);
    return one;
  };

  const show = () => {
    const frame = document.getElementById("appearance-preview");
    frame?.contentWindow?.postMessage({ rolecall: "appearance", appearance: typed() }, location.origin);
  };

  const prepare = () => {
    if (!form()) return;
    document.querySelectorAll("[data-picks][hidden]").forEach((pick) => {
      pick.hidden = false;
      pick.value = six(value(pick.dataset.picks)) || "#000000";
      pick.disabled = form().elements.namedItem(pick.dataset.picks).matches(":disabled");
    });
    tellContrast();
  };

  document.addEventListener("input", (event) => {
    if (!form()?.contains(event.target)) return;
    const picks = event.target.dataset.picks;
    if (picks) {
      form().elements.namedItem(picks).value = event.target.value;
    } else {
      const pick = document.querySelector(`[data-picks="${CSS.escape(event.target.name)}"]`);
      const colour = pick && six(event.target.value.trim());
      if (colour) pick.value = colour;
    }
    tellContrast();
    show();
  });

  // The page may have been put in place of itself meanwhile.
  document.addEventListener("focusin", prepare);

  // The window says when it is there: it is shown what was typed meanwhile, or stood in the form when the page came back.
  addEventListener("message", (event) => {
    const frame = document.getElementById("appearance-preview");
    if (event.origin === location.origin && event.source === frame?.contentWindow && event.data?.rolecall === "ready") show();
  });

  prepare();
})();
