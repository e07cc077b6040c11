// A flow as data: its steps, the ways between them, their places. No page, no drawing.
const flowModel = (() => {
  "use strict";

  const WIDTH = 232;
  const HEAD = 34;
  const LINE = 18;
  const ROW = 26;
  const GAP_X = 88;
  const GAP_Y = 40;

  // Where only the targets of ways count.
  const none = { ways: {}, tests: {} };

  /** A new step of the kind. */
  const blank = (kind) =>
    ({
      message: () => ({ kind, text: "", next: null }),
      question: () => ({ kind, text: "", choices: [], otherwise: null }),
      collect: () => ({ kind, text: "", variable: "", takes: "text", next: null, otherwise: null }),
      decision: () => ({ kind, cases: [], otherwise: null }),
      go_to: () => ({ kind, to: "" }),
      hand_over: () => ({ kind, text: "" }),
      call: () => ({ kind, integration: "", keeps: [], next: null, failed: null }),
    })[kind]();

  /** A condition in words. */
  const condition = ({ variable, test }, words) => {
    const [key, value] = typeof test === "string" ? [test, ""] : Object.entries(test)[0];
    return `${variable} ${words.tests[key]} ${value}`.trim();
  };

  /** Every way out of a step: its key, what is said of it, where it leads ("" if nowhere). `all`: those not taken, too. */
  const ways = (step, words, all = false) => {
    const one = (key) => ({ key, label: words.ways[key], to: step[key] || "" });
    const optional = (key) => (all || step[key] ? [one(key)] : []);
    switch (step.kind) {
      case "message":
        return [one("next")];
      case "question":
        return [...step.choices.map((choice, at) => ({ key: `choices.${at}`, label: choice.label, to: choice.next || "" })), ...optional("otherwise")];
      case "collect":
        return [one("next"), ...optional("otherwise")];
      case "decision":
        return [...step.cases.map((one, at) => ({ key: `cases.${at}`, label: condition(one.condition, words), to: one.next || "" })), one("otherwise")];
      case "go_to":
        return [one("to")];
      case "call":
        return [one("next"), ...optional("failed")];
      default:
        return [];
    }
  };

  /** Lets a way of a step lead elsewhere. */
  const connect = (step, key, to) => {
    const [list, at] = key.split(".");
    if (at !== undefined) step[list][at].next = to || null;
    else step[key] = key === "to" ? to : to || null;
  };

  const rewire = (flow, from, to) => {
    for (const step of Object.values(flow.steps))
      for (const way of ways(step, none, true)) if (way.to === from) connect(step, way.key, to);
    if (flow.start === from) flow.start = to;
  };

  /** Gives a step another name everywhere; false if that is taken or none. */
  const rename = ({ flow, places }, from, to) => {
    if (!to || to === "__proto__" || (to !== from && Object.hasOwn(flow.steps, to))) return false;
    if (to === from) return true;
    flow.steps[to] = flow.steps[from];
    delete flow.steps[from];
    if (places[from]) places[to] = places[from];
    delete places[from];
    rewire(flow, from, to);
    return true;
  };

  const remove = ({ flow, places }, name) => {
    delete flow.steps[name];
    delete places[name];
    rewire(flow, name, "");
  };

  /** A name that is not taken. */
  const fresh = (flow, wanted) => {
    let name = wanted;
    for (let number = 2; Object.hasOwn(flow.steps, name); number++) name = `${wanted} ${number}`;
    return name;
  };

  /** The steps as somebody meets them who follows the flow; at the end those that nobody meets. */
  const order = (flow) => {
    const met = new Set();
    const ahead = [flow.start];
    while (ahead.length) {
      const name = ahead.pop();
      if (met.has(name) || !Object.hasOwn(flow.steps, name)) continue;
      met.add(name);
      const onward = ways(flow.steps[name], none, true).map((way) => way.to);
      ahead.push(...onward.reverse());
    }
    Object.keys(flow.steps).sort().forEach((name) => met.add(name));
    return [...met];
  };

  const textLines = (step) => (step.text ? Math.min(3, Math.ceil(step.text.length / 30)) : 0);

  /** Where the rows of a step's ways begin, and how high it is. */
  const size = (step, count) => {
    const top = HEAD + (textLines(step) ? textLines(step) * LINE + 12 : 0);
    return { top, height: Math.max(top + count * ROW + (count ? 6 : 0), HEAD + 12) };
  };

  const height = (step) => size(step, ways(step, none, true).length).height;

  /** Places for the steps: columns by how far they are from the start, in each the order in which they are met. */
  const arrange = (flow) => {
    const column = new Map();
    const ahead = [[flow.start, 0]];
    while (ahead.length) {
      const [name, depth] = ahead.shift();
      if (column.has(name) || !Object.hasOwn(flow.steps, name)) continue;
      column.set(name, depth);
      for (const way of ways(flow.steps[name], none, true)) ahead.push([way.to, depth + 1]);
    }
    const places = {};
    const below = [];
    for (const name of order(flow)) {
      const at = column.get(name) ?? 0;
      places[name] = { x: 40 + at * (WIDTH + GAP_X), y: below[at] ?? 64 };
      below[at] = places[name].y + height(flow.steps[name]) + GAP_Y;
    }
    return places;
  };

  /** Fills in the places that are missing: all of them if there is none, else below what is drawn. */
  const settle = ({ flow, places }) => {
    const missing = order(flow).filter((name) => !places[name]);
    if (missing.length === Object.keys(flow.steps).length) return Object.assign(places, arrange(flow));
    for (const name of missing) {
      const drawn = Object.keys(places).filter((one) => Object.hasOwn(flow.steps, one));
      const lowest = Math.max(...drawn.map((one) => places[one].y + height(flow.steps[one])));
      places[name] = { x: 40, y: Math.round(lowest + GAP_Y) };
    }
    return places;
  };

  return { WIDTH, HEAD, LINE, ROW, GAP_X, blank, ways, connect, rename, remove, fresh, order, size, textLines, arrange, settle };
})();
