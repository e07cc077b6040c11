// The drawing of a flow (JointJS): steps as boxes, ways as arrows from the dots at their right. It tells what is done in it
// and changes nothing itself.
const flowCanvas = (() => {
  "use strict";

  const { WIDTH, HEAD, LINE, ROW } = flowModel;
  const { dia, shapes } = joint;

  const Box = dia.Element.define(
    "flow.Box",
    { z: 2, attrs: { root: { cursor: "pointer" } } },
    {
      markup: [
        { tagName: "rect", selector: "body" },
        { tagName: "rect", selector: "band" },
        { tagName: "text", selector: "kind" },
        { tagName: "text", selector: "name" },
        { tagName: "text", selector: "says" },
        { tagName: "text", selector: "first" },
        { tagName: "circle", selector: "faultGround" },
        { tagName: "text", selector: "fault" },
      ],
    },
  );

  /** The paper without its style element: the content policy lets none in, and flow.css says the same. */
  const Paper = dia.Paper.extend({ stylesheet: "" });

  const font = { fontFamily: "inherit", fontSize: 12 };

  const box = (name, step, ways, state, words) => {
    const { top, height } = flowModel.size(step, ways.length);
    const faulty = state.faulty.has(name);
    const marks = [`flow-kind-${step.kind}`, faulty && "is-faulty", state.chosen === name && "is-chosen"];
    const kind = words.kinds[step.kind];
    const kindWidth = Math.min(96, kind.length * 6.2 + 18);
    return new Box({
      id: `step:${name}`,
      step: name,
      position: state.places[name],
      size: { width: WIDTH, height },
      attrs: {
        body: { class: ["flow-box", ...marks].filter(Boolean).join(" "), width: WIDTH, height, rx: 8, ry: 8 },
        band: { class: "flow-band", x: 1, y: 8, width: 4, height: height - 16, rx: 2, ry: 2 },
        kind: { class: "flow-box-kind", text: kind, x: WIDTH - 12, y: 22, textAnchor: "end", ...font, fontSize: 11 },
        name: {
          class: "flow-box-name", text: name, x: 14, y: 22, fontFamily: "inherit", fontSize: 13, fontWeight: 600,
          textWrap: { width: WIDTH - 20 - kindWidth, maxLineCount: 1, ellipsis: true },
        },
        says: {
          class: "flow-box-says", text: step.text || "", x: 14, y: HEAD + 14, ...font, lineHeight: LINE,
          textWrap: { width: WIDTH - 28, maxLineCount: flowModel.textLines(step) || 1, ellipsis: true },
        },
        first: { class: "flow-box-first", text: state.start === name ? `▸ ${words.says.first}` : "", x: 0, y: -8, ...font },
        faultGround: { class: "flow-box-fault", r: faulty ? 9 : 0, cx: WIDTH, cy: 0 },
        fault: { class: "flow-box-fault-mark", text: faulty ? "!" : "", x: WIDTH, y: 4, textAnchor: "middle", ...font, fontWeight: 700 },
      },
      ports: {
        groups: {
          out: {
            position: { name: "absolute" },
            markup: [
              { tagName: "circle", selector: "reach" },
              { tagName: "circle", selector: "dot" },
            ],
            attrs: {
              reach: { class: "flow-reach", r: 14, magnet: state.writable ? true : "passive" },
              dot: { class: "flow-dot", r: 5, pointerEvents: "none" },
            },
            label: { position: { name: "left", args: { x: -14, y: 0 } }, markup: [{ tagName: "text", selector: "label" }] },
          },
        },
        items: ways.map((way, at) => ({
          id: way.key,
          group: "out",
          args: { x: WIDTH, y: top + at * ROW + ROW / 2 },
          attrs: {
            dot: { class: way.to ? "flow-dot" : "flow-dot is-open" },
            label: { class: "flow-box-way", text: way.label || "…", ...font, textWrap: { width: WIDTH - 44, height: ROW, maxLineCount: 1, ellipsis: true } },
          },
        })),
      },
    });
  };

  const arrow = (from, way) =>
    new shapes.standard.Link({
      id: `way:${from}:${way.key}`,
      z: 1,
      source: { id: `step:${from}`, port: way.key, connectionPoint: { name: "anchor" } },
      target: way.to ? { id: `step:${way.to}`, anchor: { name: "topLeft", args: { dy: HEAD / 2 } }, connectionPoint: { name: "anchor" } } : undefined,
      connector: { name: "curve", args: { sourceDirection: "right", targetDirection: "left" } },
      attrs: { line: { class: "flow-arrow", strokeWidth: 1.75, targetMarker: { type: "path", d: "M 9 -5 0 0 9 5 z", class: "flow-arrow-head" } } },
    });

  /** Begins a drawing in the element; `on` is told of what is done: `choose`, `move`, `connect`. */
  const begin = (element, words, writable, on) => {
    const graph = new dia.Graph({}, { cellNamespace: { ...shapes, flow: { Box } } });
    const ground = document.createElement("div");
    element.append(ground);
    const paper = new Paper({
      el: ground,
      model: graph,
      width: "100%",
      height: "100%",
      async: false,
      gridSize: 8,
      cellViewNamespace: { ...shapes, flow: { Box } },
      clickThreshold: 4,
      moveThreshold: 4,
      linkPinning: false,
      snapLinks: { radius: 24 },
      markAvailable: false,
      defaultLink: () => arrow("", { key: "", to: "" }),
      defaultConnectionPoint: { name: "boundary" },
      interactive: (view) => (writable ? { linkMove: false, labelMove: false, elementMove: !view.model.isLink() } : false),
      validateMagnet: (view, magnet) => magnet.getAttribute("magnet") !== "passive",
      validateConnection: (from, fromMagnet, to) => Boolean(to && to.model.isElement()),
    });

    const fitted = () => {
      const bounds = graph.getBBox();
      if (!bounds) return;
      const { clientWidth, clientHeight } = element;
      const scale = Math.max(0.15, Math.min(1, (clientWidth - 48) / bounds.width, (clientHeight - 64) / (bounds.height + 24)));
      paper.scale(scale);
      paper.translate((clientWidth - bounds.width * scale) / 2 - bounds.x * scale, Math.max(36, (clientHeight - bounds.height * scale) / 2) - bounds.y * scale);
    };

    /** At first: all of it where that can be read, else its beginning. */
    const open = (name) => {
      fitted();
      const cell = graph.getCell(`step:${name}`);
      if (paper.scale().sx >= 0.6 || !cell) return;
      const { x, y } = cell.position();
      const scale = 0.8;
      paper.scale(scale);
      paper.translate(24 - x * scale, 48 - y * scale);
    };

    /** Another scale, around the middle. */
    const zoom = (factor) => {
      const old = paper.scale().sx;
      const scale = Math.min(2, Math.max(0.15, old * factor));
      const { tx, ty } = paper.translate();
      const [x, y] = [element.clientWidth / 2, element.clientHeight / 2];
      paper.scale(scale);
      paper.translate(x - ((x - tx) * scale) / old, y - ((y - ty) * scale) / old);
    };

    /** Moves the ground so that a step is seen. */
    const reveal = (name) => {
      const cell = graph.getCell(`step:${name}`);
      if (!cell) return;
      const { sx } = paper.scale();
      const { tx, ty } = paper.translate();
      const { x, y, width, height } = cell.getBBox();
      const [left, top] = [x * sx + tx, y * sx + ty];
      const inside = left >= 8 && top >= 24 && left + width * sx <= element.clientWidth - 8 && top + height * sx <= element.clientHeight - 8;
      if (!inside) paper.translate((element.clientWidth - width * sx) / 2 - x * sx, (element.clientHeight - height * sx) / 2 - y * sx);
    };

    let pan = null;
    paper.on("blank:pointerdown", (event) => {
      const { tx, ty } = paper.translate();
      pan = { x: event.clientX - tx, y: event.clientY - ty };
    });
    paper.on("blank:pointermove", (event) => pan && paper.translate(event.clientX - pan.x, event.clientY - pan.y));
    paper.on("blank:pointerup", () => (pan = null));
    element.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        zoom(event.deltaY < 0 ? 1.1 : 1 / 1.1);
      },
      { passive: false },
    );
    paper.on("element:pointerclick", (view) => on.choose(view.model.get("step")));
    paper.on("element:pointerup", (view) => {
      const { x, y } = view.model.position();
      on.move(view.model.get("step"), Math.round(x), Math.round(y));
    });
    paper.on("link:pointerclick", (view) => on.choose(view.model.getSourceElement()?.get("step")));
    paper.on("link:connect", (view) => {
      const source = view.model.source();
      drawn = "";
      on.connect(view.model.getSourceElement().get("step"), source.port, view.model.getTargetElement().get("step"));
    });

    // Nothing is drawn anew under a hand that is drawing.
    let drawn = "";
    let held = false;
    let waiting = null;
    element.addEventListener("pointerdown", () => (held = true), true);
    const release = () =>
      setTimeout(() => {
        held = false;
        if (waiting) draw(...waiting);
      });
    addEventListener("pointerup", release);
    addEventListener("pointercancel", release);

    /** Draws the flow as it is. */
    const draw = ({ flow, places }, { chosen, faulty }) => {
      waiting = held ? [{ flow, places }, { chosen, faulty }] : null;
      const now = JSON.stringify([flow, places, chosen, [...faulty]]);
      if (held || now === drawn) return;
      drawn = now;
      const state = { places, chosen, faulty, start: flow.start, writable };
      const boxes = Object.entries(flow.steps).map(([name, step]) => {
        const ways = flowModel.ways(step, words, writable);
        return { name, ways, box: box(name, step, ways, state, words) };
      });
      const arrows = boxes.flatMap(({ name, ways }) => ways.filter((way) => Object.hasOwn(flow.steps, way.to)).map((way) => arrow(name, way)));
      graph.resetCells([...boxes.map((one) => one.box), ...arrows]);
    };

    return { draw, open, fit: fitted, zoom, reveal };
  };

  return { begin };
})();
