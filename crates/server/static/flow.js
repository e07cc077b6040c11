// The editor of a flow: the drawing, the list of steps that does the same by keyboard, undoing, checking, saving.
(() => {
  "use strict";

  const root = document.getElementById("flow");
  if (!root) return;
  const one = (selector) => root.querySelector(selector);
  const words = JSON.parse(root.dataset.words);
  const writable = root.dataset.writable === "true";
  const details = document.getElementById("flow-details");
  const panel = document.getElementById("flow-step");
  const fields = panel.querySelector("[data-fields]");
  const list = document.getElementById("flow-list");

  let { flow, places } = JSON.parse(root.dataset.flow);
  let version = root.dataset.version;
  let chosen = null;
  let faults = [];
  let past = [];
  let future = [];

  const detail = (name) => details.elements.namedItem(name).value.trim();
  const shot = () => JSON.stringify({ flow, places });
  const whole = () => JSON.stringify([flow, places, detail("name"), detail("begins"), detail("intent")]);
  flowModel.settle({ flow, places });
  let saved = whole();

  /** Said to whoever listens to the page. */
  const say = (text) => {
    const place = document.getElementById("flow-said");
    place.textContent = "";
    requestAnimationFrame(() => (place.textContent = text));
  };

  // What is seen.

  const line = (name) => {
    const step = flow.steps[name];
    const item = document.createElement("li");
    item.dataset.step = name;
    item.classList.toggle("is-chosen", name === chosen);
    const make = (tag, text, mark) => {
      const element = document.createElement(tag);
      element.textContent = text;
      if (mark) element.className = mark;
      return element;
    };
    const link = document.createElement("a");
    link.href = `${location.pathname}/step?name=${encodeURIComponent(name)}`;
    if (name === chosen) link.setAttribute("aria-current", "true");
    link.append(make("span", words.kinds[step.kind], "flow-kind"), " ", make("strong", name));
    if (name === flow.start) link.append(" ", document.getElementById("flow-first-badge").content.cloneNode(true));
    if (step.text) link.append(make("span", step.text.slice(0, 120), "flow-text"));
    const ways = document.createElement("ul");
    ways.className = "flow-ways";
    for (const way of flowModel.ways(step, words)) {
      const entry = make("li", `${way.label || "…"} → `);
      entry.append(way.to ? make("span", way.to) : make("em", words.ways.nowhere));
      ways.append(entry);
    }
    const told = document.createElement("div");
    told.className = "flow-step-faults";
    told.append(...faults.filter((fault) => fault.step === name).map((fault) => make("p", fault.words)));
    item.append(link, ways.children.length ? ways : "", told);
    return item;
  };

  const canvas = (() => {
    const drawing = one(".flow-drawing");
    drawing.hidden = false;
    return flowCanvas.begin(document.getElementById("flow-canvas"), words, writable, {
      choose: (name) => name && choose(name, false),
      move: (name, x, y) => {
        const place = places[name];
        if (place.x === x && place.y === y) return;
        change(() => (places[name] = { x, y }), words.says.moved);
      },
      connect: (name, key, to) => change(() => flowModel.connect(flow.steps[name], key, to), words.says.connected),
    });
  })();

  const show = () => {
    const focused = document.activeElement?.closest?.("#flow-list li")?.dataset.step;
    const names = flowModel.order(flow);
    list.replaceChildren(...names.map(line));
    if (focused) [...list.children].find((item) => item.dataset.step === focused)?.querySelector("a").focus();
    canvas.draw({ flow, places }, { chosen, faulty: new Set(faults.map((fault) => fault.step)) });
    const start = details.elements.namedItem("start");
    const options = names.map((name) => new Option(name, name, false, name === flow.start));
    start.replaceChildren(...(Object.hasOwn(flow.steps, flow.start) ? [] : [new Option("…", "")]), ...options);
    for (const act of ["undo", "redo"]) {
      const button = one(`[data-act=${act}]`);
      if (button) button.disabled = !(act === "undo" ? past : future).length;
    }
    const state = document.getElementById("flow-state");
    if (state && whole() !== saved) state.textContent = words.says.unsaved;
    else if (state && state.textContent === words.says.unsaved) state.textContent = "";
    details.elements.namedItem("intent").parentElement.hidden = detail("begins") !== "intent";
    panelFaults();
  };

  const panelFaults = () => {
    const own = faults.filter((fault) => fault.step && fault.step === chosen);
    document.getElementById("flow-step-faults").replaceChildren(
      ...own.map((fault) => Object.assign(document.createElement("p"), { textContent: fault.words })),
    );
  };

  // What changes.

  /** Changes the flow so that it can be undone; changes of one field are undone together. */
  let grouped = null;
  const change = (act, said, group = null) => {
    const before = shot();
    act();
    if (shot() === before) return show();
    if (!group || group !== grouped) past.push(before);
    grouped = group;
    future = [];
    if (past.length > 200) past.shift();
    if (said) say(said);
    show();
    check();
  };

  const travel = (from, to, said) => {
    if (!from.length) return;
    to.push(shot());
    ({ flow, places } = JSON.parse(from.pop()));
    grouped = null;
    if (!Object.hasOwn(flow.steps, chosen)) close();
    else fillPanel();
    say(said);
    show();
    check();
  };

  // What is wrong: asked once the hand rests.
  let checking = 0;
  const check = async () => {
    const turn = ++checking;
    await new Promise((resolve) => setTimeout(resolve, 350));
    if (turn !== checking) return;
    const body = new URLSearchParams({ flow: JSON.stringify(flow), begins: detail("begins"), intent: detail("intent") });
    const answer = await fetch(root.dataset.check, { method: "POST", body, headers: { Accept: "text/html" } }).catch(() => null);
    if (turn !== checking || !answer?.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("faults");
    if (turn !== checking || !fresh) return;
    const before = faults.map((fault) => fault.words).join("\n");
    takeFaults(fresh);
    document.getElementById("faults").replaceWith(document.adoptNode(fresh));
    if (faults.map((fault) => fault.words).join("\n") !== before)
      say([fresh.querySelector(".badge").textContent, ...faults.map((fault) => fault.words)].join(" "));
    show();
  };

  const takeFaults = (element) => {
    faults = [...element.querySelectorAll("li")].map((item) => ({ step: item.dataset.step, words: item.textContent }));
  };

  // The form of the chosen step.

  const titled = () => {
    document.getElementById("flow-step-title").textContent = `${words.kinds[flow.steps[chosen].kind]}: ${chosen}`;
  };

  const fillPanel = () => {
    const step = flow.steps[chosen];
    titled();
    flowForm.fill(fields, one(`template[data-kind="${step.kind}"]`), chosen, step, flowModel.order(flow));
    const more = panel.querySelector("[data-act=row]");
    if (more) more.hidden = !flowForm.hasRows(fields);
    panelFaults();
  };

  const choose = (name, focus) => {
    chosen = name;
    panel.hidden = false;
    fillPanel();
    show();
    canvas.reveal(name);
    if (focus) document.getElementById("flow-step-title").focus();
    else panel.scrollIntoView({ block: "nearest" });
  };

  const close = () => {
    const name = chosen;
    chosen = null;
    panel.hidden = true;
    show();
    [...list.children].find((item) => item.dataset.step === name)?.querySelector("a").focus();
  };

  fields.addEventListener("input", (event) => {
    if (event.target.name === "step") return;
    const kind = flow.steps[chosen].kind;
    change(() => (flow.steps[chosen] = flowForm.read(fields, kind)), null, `${chosen} ${event.target.name}`);
  });
  fields.addEventListener("change", (event) => {
    grouped = null;
    if (event.target.name !== "step") return;
    const wanted = event.target.value.trim();
    const before = chosen;
    change(() => {
      if (flowModel.rename({ flow, places }, before, wanted)) chosen = wanted;
    });
    event.target.value = chosen;
    if (chosen === before) return;
    flowForm.renamed(fields, before, chosen, flowModel.order(flow));
    titled();
  });
  panel.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
  panel.addEventListener("keydown", (event) => event.key === "Escape" && close());

  const add = (kind) => {
    const name = flowModel.fresh(flow, words.kinds[kind]);
    const beside = places[chosen] ?? null;
    change(() => {
      flow.steps[name] = flowModel.blank(kind);
      if (!Object.hasOwn(flow.steps, flow.start)) flow.start = name;
      if (beside) places[name] = { x: beside.x + flowModel.WIDTH + flowModel.GAP_X, y: beside.y };
      flowModel.settle({ flow, places });
    }, words.says.added);
    choose(name, false);
    fields.querySelector("[name=step]").select();
  };

  // Saving.

  const problem = (text) => {
    const place = document.getElementById("flow-problem");
    place.hidden = !text;
    place.querySelector("div").textContent = text;
  };

  const conflict = document.getElementById("flow-conflict");
  let theirs = null;
  let saving = false;

  const save = async () => {
    if (saving) return;
    // A name that is still being typed counts, too.
    if (document.activeElement?.name === "step") document.activeElement.dispatchEvent(new Event("change", { bubbles: true }));
    saving = true;
    problem("");
    const sent = whole();
    const body = { name: detail("name"), begins: detail("begins"), intent: detail("intent"), flow, places };
    const headers = { "Content-Type": "application/json", "If-Match": `"${version}"` };
    try {
      const answer = await fetch(root.dataset.api, { method: "PATCH", headers, body: JSON.stringify(body) });
      const found = await answer.json();
      if (answer.status === 412) return collide(found);
      if (!answer.ok) return problem(found.detail || words.says.failed);
      version = String(found.version);
      details.elements.namedItem("version").value = version;
      saved = sent;
      conflict.hidden = true;
      document.querySelector("h1").firstChild.textContent = found.name;
      show();
      document.getElementById("flow-state").textContent = words.says.saved;
      say(words.says.saved);
    } catch {
      problem(words.says.offline);
    } finally {
      saving = false;
    }
  };

  const collide = (found) => {
    theirs = String(found.current.version);
    const file = document.getElementById("flow-file").elements;
    for (const name of ["name", "begins", "intent"]) file.namedItem(name).value = detail(name);
    file.namedItem("flow").value = JSON.stringify(flow);
    file.namedItem("places").value = JSON.stringify(places);
    conflict.hidden = false;
    conflict.focus();
    conflict.scrollIntoView({ block: "center" });
  };

  document.getElementById("flow-file").addEventListener("submit", () => {
    leaving = true;
    setTimeout(() => {
      leaving = false;
      delete document.getElementById("flow-file").dataset.sent;
    }, 500);
  });

  let leaving = false;
  addEventListener("beforeunload", (event) => {
    if (writable && !leaving && whole() !== saved) event.preventDefault();
  });

  // What is pressed.

  const acts = {
    undo: () => travel(past, future, words.says.undone),
    redo: () => travel(future, past, words.says.redone),
    arrange: () => {
      change(() => (places = flowModel.arrange(flow)), words.says.arranged);
      canvas.fit();
    },
    smaller: () => canvas.zoom(1 / 1.25),
    larger: () => canvas.zoom(1.25),
    fit: () => canvas.fit(),
    row: () => flowForm.addRow(fields).querySelector("input").focus(),
    first: () => change(() => (flow.start = chosen), words.says.first),
    delete: () => {
      const name = chosen;
      close();
      change(() => flowModel.remove({ flow, places }, name), words.says.deleted);
      list.querySelector("a")?.focus();
    },
    close,
    theirs: () => {
      leaving = true;
      location.reload();
    },
    mine: () => {
      version = theirs;
      save();
    },
  };

  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act], [data-add], [data-move]");
    if (button) {
      event.preventDefault();
      if (button.dataset.act) return acts[button.dataset.act]();
      if (button.dataset.add) return add(button.dataset.add);
      const [x, y] = button.dataset.move.split(",").map(Number);
      return change(() => (places[chosen] = { x: places[chosen].x + 24 * x, y: places[chosen].y + 24 * y }), words.says.moved, `${chosen} moves`);
    }
    const item = event.target.closest("#flow-list li[data-step], #faults li[data-step]");
    if (!item || !Object.hasOwn(flow.steps, item.dataset.step) || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    choose(item.dataset.step, true);
  });

  details.addEventListener("submit", (event) => {
    event.preventDefault();
    delete details.dataset.sent;
    save();
  });
  details.addEventListener("input", (event) => {
    if (event.target.name === "start") return change(() => (flow.start = event.target.value));
    show();
    check();
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, textarea, select");
    if (!(event.ctrlKey || event.metaKey) || event.altKey || !writable) return;
    if (event.key === "s") {
      event.preventDefault();
      save();
    } else if (!typing && event.key.toLowerCase() === "z") {
      event.preventDefault();
      acts[event.shiftKey ? "redo" : "undo"]();
    } else if (!typing && event.key === "y") {
      event.preventDefault();
      acts.redo();
    }
  });

  takeFaults(document.getElementById("faults"));
  show();
  canvas.open(flow.start);
})();
