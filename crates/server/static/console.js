// What pages do beyond links and forms: follow changes, measure passwords, copy links. Every form works without it.
(() => {
  "use strict";

  // Following changes: one stream, closed while the page is hidden (a browser gives a site few connections).
  let stream = null;
  let seen = location.href;

  const page = () => document.getElementById("page");

  /** Whether somebody is in the middle of something on the page. */
  const isTyping = () =>
    [...document.querySelectorAll("#main form:not([role=search])")].some((form) =>
      [...form.elements].some((field) => {
        if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
        if (field.tagName === "SELECT") {
          const fixed = [...field.options].some((option) => option.defaultSelected);
          return [...field.options].some((o, i) => o.selected !== (fixed ? o.defaultSelected : i === 0));
        }
        return "defaultValue" in field && field.type !== "hidden" && field.value !== field.defaultValue;
      }),
    );

  /** Says that the page has changed, and lets the person choose when to see it. */
  const notice = () => {
    if (document.getElementById("live-notice")) return;
    const bar = document.createElement("div");
    bar.id = "live-notice";
    bar.className = "alert alert-info live-notice";
    bar.setAttribute("role", "status");
    const text = document.createElement("span");
    text.textContent = page().dataset.notice;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-sm";
    button.textContent = page().dataset.show;
    button.addEventListener("click", () => location.reload());
    bar.append(text, button);
    document.getElementById("main").prepend(bar);
  };

  const talk = () => document.querySelector("[data-talk]");
  const atEnd = () => talk() && talk().scrollHeight - talk().scrollTop - talk().clientHeight < 48;
  const toEnd = () => talk() && (talk().scrollTop = talk().scrollHeight);

  /** Puts the parts in place that nobody types in, where the page has such; false: it has none. */
  const renew = (fresh) => {
    const parts = [...document.querySelectorAll("[data-live-part]")];
    const end = atEnd();
    for (const part of parts) {
      const now = fresh.querySelector(`#${part.id}`);
      // What was said is added to, so that it is read out and nobody loses their place.
      if (now && part.matches("[data-talk]")) [...now.children].forEach((one) => one.id && !document.getElementById(one.id) && part.append(document.adoptNode(one)));
      else if (now && now.outerHTML !== part.outerHTML) part.replaceWith(document.adoptNode(now));
    }
    if (end) toEnd();
    return parts.length > 0;
  };

  let looking = false;
  let again = false;

  /** Puts the page as it is now in place of the one shown; what is open stays open. */
  const look = async () => {
    if (looking) {
      again = true;
      return;
    }
    looking = true;
    try {
      do {
        again = false;
        const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
        if (answer.redirected && !answer.url.startsWith(location.origin + location.pathname)) return location.assign(answer.url);
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("page");
        if (!fresh) return location.reload();
        // A page that its script draws is not replaced under it.
        if (document.querySelector("[data-keep]")) return notice();
        if (isTyping()) return renew(fresh) || notice();
        const end = atEnd();
        const open = [...document.querySelectorAll("#page details[open][id]")].map((one) => one.id);
        await htmx.swap({ sourceElement: page(), target: page(), text: fresh.outerHTML, swap: "outerMorph" });
        open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
        prepare();
        if (end) toEnd();
      } while (again);
    } finally {
      looking = false;
    }
  };

  const follow = () => {
    const address = page()?.dataset.events;
    if (!address || stream || document.hidden) return;
    stream = new EventSource(address);
    stream.addEventListener("open", () => document.documentElement.setAttribute("data-live", "on"));
    stream.addEventListener("permissions", look);
    stream.addEventListener("handover", (event) => document.dispatchEvent(new CustomEvent("handover", { detail: event.data })));
    stream.addEventListener("session", () => location.assign("/sign-in"));
    stream.addEventListener("list", (event) => {
      if ((page().dataset.lists || "").split(" ").includes(event.data)) look();
    });
  };

  const rest = () => {
    stream?.close();
    stream = null;
    document.documentElement.removeAttribute("data-live");
  };

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return rest();
    follow();
    // What was missed meanwhile.
    if (page()?.dataset.events && seen) look();
  });
  addEventListener("pagehide", rest);
  addEventListener("pageshow", (event) => event.persisted && follow());

  // Passkeys: where the browser has them in the form that the standard's third edition gives them.
  const passkeys = Boolean(window.PublicKeyCredential?.parseCreationOptionsFromJSON);

  const call = async (path, body) => {
    const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    const text = await answer.text();
    const found = text ? JSON.parse(text) : {};
    if (answer.ok) return found;
    if (found.type === "/problems/fresh-sign-in") return location.assign(`/confirm?next=${encodeURIComponent(location.pathname)}`);
    throw new Error(found.detail);
  };

  const sign = async () => {
    const { ceremony, publicKey } = await call("/api/v1/session/passkey/ceremony", {});
    const options = PublicKeyCredential.parseRequestOptionsFromJSON(publicKey);
    const credential = await navigator.credentials.get({ publicKey: options });
    return { ceremony, credential: credential.toJSON() };
  };

  const acts = {
    "sign-in": async () => call("/api/v1/session/passkey", await sign()),
    confirm: async () => call("/api/v1/session/confirm", { passkey: await sign() }),
    add: async () => {
      const asked = await call("/api/v1/me/passkeys/ceremony", {});
      if (!asked) return new Promise(() => {});
      const options = PublicKeyCredential.parseCreationOptionsFromJSON(asked.publicKey);
      const credential = await navigator.credentials.create({ publicKey: options });
      const name = document.getElementById("passkey-new").value;
      return call("/api/v1/me/passkeys", { name, ceremony: asked.ceremony, credential: credential.toJSON() });
    },
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-passkey]");
    if (!button) return;
    const told = button.parentElement.querySelector("[role=alert]");
    told.textContent = "";
    button.disabled = true;
    try {
      await acts[button.dataset.passkey]();
      location.assign(button.dataset.next || "/");
    } catch (error) {
      told.textContent = error instanceof DOMException ? button.dataset.cancelled : error.message;
      button.disabled = false;
    }
  });

  /** Says below a new password how hard it is to guess and why: the server knows, asked once the typing pauses. */
  const meter = (box) => {
    const field = document.getElementById(box.dataset.strengthOf);
    const words = box.dataset.words.split("|");
    let turn = 0;
    const say = (level, text) => {
      box.dataset.level = level;
      box.querySelector("[role=status]").textContent = text;
    };
    const other = (name) => field.form.elements.namedItem(name)?.value || undefined;
    const measure = async () => {
      const mine = ++turn;
      if (!field.value) return say("", "");
      await new Promise((resolve) => setTimeout(resolve, 300));
      if (mine !== turn) return;
      const recovery = field.form.querySelector("[data-recovery]")?.value;
      const body = { password: field.value, name: other("name"), email: other("email") ?? other("username"), recovery };
      // Where it cannot be asked, the form's own answer says it.
      const found = await call("/api/v1/password-strength", body).catch(() => null);
      if (mine !== turn) return;
      if (!found) return say("", "");
      say(found.score, [`${words[found.score]}: ${found.why}`, ...found.advice].join(" "));
    };
    if (!field) return;
    field.addEventListener("input", measure);
    field.form.addEventListener("change", (event) => event.target !== field && measure());
    box.hidden = false;
  };

  const prepare = () => {
    document.querySelectorAll("[data-send-hint][hidden]").forEach((hint) => (hint.hidden = false));
    document.querySelectorAll("[data-filter][hidden]").forEach((field) => {
      field.hidden = false;
      document.querySelectorAll("[data-filter-label]").forEach((label) => (label.hidden = false));
      field.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
      field.addEventListener("input", () => {
        const wanted = field.value.trim().toLowerCase();
        for (const row of document.querySelector(field.dataset.filter).children)
          row.hidden = row.type !== "hidden" && !row.textContent.toLowerCase().includes(wanted);
      });
    });
    document.querySelectorAll(".strength[hidden]").forEach(meter);
    document.querySelectorAll(".side-search kbd[hidden]").forEach((key) => (key.hidden = false));
    document.querySelectorAll("[data-close][hidden]").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", () => button.parentElement.remove());
    });
    document.querySelectorAll("[data-copy][hidden]").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", () => {
        const field = document.getElementById(button.dataset.copy);
        field.select();
        navigator.clipboard?.writeText(field.value);
      });
    });
    document.querySelectorAll("[data-download][hidden]").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", () => {
        const link = document.createElement("a");
        link.href = URL.createObjectURL(new Blob([document.getElementById(button.dataset.download).value], { type: "text/plain" }));
        link.download = button.dataset.name;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 1000);
      });
    });
    if (passkeys) document.querySelectorAll("[data-passkey-box][hidden]").forEach((box) => (box.hidden = false));
    document.querySelectorAll("[data-file-into][hidden]").forEach((box) => {
      box.hidden = false;
      box.querySelector("input").addEventListener("change", async (event) => {
        const [file] = event.target.files;
        if (file) document.getElementById(box.dataset.fileInto).value = await file.text();
      });
    });
    document.querySelectorAll("[data-print][hidden]").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", () => print());
    });
    document.querySelectorAll("pre[data-links]").forEach((letter) => {
      letter.removeAttribute("data-links");
      const parts = letter.textContent.split(/(https?:\/\/\S+)/);
      letter.replaceChildren(
        ...parts.map((part) => {
          if (!/^https?:\/\//.test(part)) return part;
          const link = document.createElement("a");
          link.href = part;
          link.textContent = part;
          return link;
        }),
      );
    });
  };

  // What a switch needs is ticked along; without it, the switch goes too.
  document.addEventListener("change", (event) => {
    const field = event.target;
    if (field.name !== "switches") return;
    const all = [...field.form.querySelectorAll("input[name=switches]")];
    const needs = (one) => (one.dataset.requires || "").split(" ").filter(Boolean);
    const follow = (one) => {
      const others = one.checked
        ? all.filter((other) => !other.checked && needs(one).includes(other.value))
        : all.filter((other) => other.checked && needs(other).includes(one.value));
      for (const other of others) {
        other.checked = one.checked;
        follow(other);
      }
    };
    follow(field);
  });

  // Beside a form that changes access: what it would do, as it stands.
  let previewing = 0;
  document.addEventListener("change", async (event) => {
    const form = event.target.form;
    const panel = form?.querySelector("[data-preview-panel]");
    if (!panel) return;
    const turn = ++previewing;
    const fields = new URLSearchParams(new FormData(form));
    fields.set("preview", "1");
    await new Promise((resolve) => setTimeout(resolve, 200));
    if (turn !== previewing) return;
    const answer = await fetch(form.action, { method: "POST", body: fields, headers: { Accept: "text/html" } });
    const found = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("preview");
    if (turn !== previewing) return;
    panel.hidden = !found;
    if (found) {
      found.removeAttribute("id");
      panel.replaceChildren(found);
    }
  });

  // A second click sends nothing twice.
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.sent) return event.preventDefault();
    event.target.dataset.sent = "yes";
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

  // Arrow keys move from cell to cell of a map; in an open choice they are the browser's.
  const opens = CSS.supports("selector(select:open)");
  document.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    const cell = event.target.closest?.("[data-map] td");
    if (!step || !cell || event.altKey || (opens && event.target.matches("select:open"))) return;
    event.preventDefault();
    const rows = cell.parentElement.parentElement.rows;
    let row = cell.parentElement;
    let next = null;
    do {
      row = rows[row.sectionRowIndex + step[0]];
      next = row?.hidden ? null : row?.cells[cell.cellIndex + step[1]]?.querySelector("a, select");
    } while (row && !next && step[0]);
    next?.focus();
  });

  // The cell that is looked at is explained below its map.
  let asking = 0;
  document.addEventListener("focusin", async (event) => {
    const cell = event.target.closest?.("[data-map] td a");
    const panel = document.querySelector("[data-because]");
    if (!cell || !panel) return;
    const turn = ++asking;
    await new Promise((resolve) => setTimeout(resolve, 150));
    if (turn !== asking) return;
    const answer = await fetch(cell.href, { headers: { Accept: "text/html" } });
    const found = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("because");
    if (turn !== asking || !found) return;
    panel.replaceChildren(...found.childNodes);
    panel.hidden = false;
  });

  // Quick search: Ctrl-K or Cmd-K anywhere, arrow keys among what is found.
  const quick = document.getElementById("quick");
  const open = () => {
    quick.showModal();
    const field = document.getElementById("quick-q");
    field.select();
    field.dispatchEvent(new Event("quick"));
  };
  document.addEventListener("click", (event) => {
    if (!quick) return;
    if (event.target === quick) quick.close();
    if (!event.target.closest?.("[data-quick]")) return;
    event.preventDefault();
    open();
  });
  document.addEventListener("keydown", (event) => {
    if (!quick) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      if (!quick.open) open();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!quick.open || !step) return;
    event.preventDefault();
    const stops = [document.getElementById("quick-q"), ...quick.querySelectorAll("#quick-results a")];
    const place = stops.indexOf(document.activeElement) + step;
    stops[Math.max(0, Math.min(stops.length - 1, place))].focus();
  });

  // A menu closes on Escape and on a click elsewhere.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelectorAll(".side details[open]").forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });
  document.addEventListener("click", (event) => {
    document.querySelectorAll(".side details[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  // Where the sections of a bot do not fit side by side, the present one is in sight.
  const here = document.querySelector(".tabs [aria-current]");
  const row = here?.closest(".nav-tabs");
  if (row) row.scrollLeft = here.offsetLeft - (row.clientWidth - here.offsetWidth) / 2;

  prepare();
  toEnd();
  follow();
  // What a copy would do is shown at once.
  document.querySelector("form[data-preview-now] input")?.dispatchEvent(new Event("change", { bubbles: true }));
})();
