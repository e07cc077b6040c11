// The form of one step, beside the drawing: filled in from the step, and read back into it.
const flowForm = (() => {
  "use strict";

  const option = (value, label) => {
    const one = document.createElement("option");
    one.value = value;
    one.textContent = label;
    return one;
  };

  /** Lets the choices of where to go on offer these steps. */
  const offer = (root, names) => {
    for (const select of root.querySelectorAll("[data-target]")) {
      const kept = select.value;
      select.replaceChildren(select.options[0], ...names.map((name) => option(name, name)));
      // A step that is not there any more stays chosen, so that its fault is seen.
      if (kept && !names.includes(kept)) select.append(option(kept, kept));
      select.value = kept;
    }
  };

  /** A step has another name: only the choices of where to go on change, so that whoever types goes on typing. */
  const renamed = (root, from, to, names) => {
    for (const select of root.querySelectorAll("[data-target]")) {
      if (select.value !== from) continue;
      select.append(option(to, to));
      select.value = to;
    }
    offer(root, names);
  };

  const set = (root, name, value) => {
    const field = root.querySelector(`[name="${name}"]`);
    if (!field) return;
    if (field.matches("[data-target]") && value) field.append(option(value, value));
    // What is not among the choices stays chosen, so that its fault is seen.
    if (field.matches("[data-known]") && value && ![...field.options].some((one) => one.value === value)) field.append(option(value, value));
    field.value = value ?? "";
  };

  const fillRow = (row, values) => {
    for (const [name, value] of Object.entries(values)) set(row, name, value);
  };

  const rows = (root) => root.querySelector("[data-rows]");

  /** One more row to fill in. */
  const addRow = (root, values) => {
    const list = rows(root);
    const row = list.firstElementChild.cloneNode(true);
    row.querySelectorAll("input").forEach((field) => (field.value = ""));
    row.querySelectorAll("select").forEach((field) => (field.selectedIndex = 0));
    list.append(row);
    if (values) fillRow(row, values);
    return row;
  };

  const caseValues = ({ condition, next }) => {
    const [test, value] = typeof condition.test === "string" ? [condition.test, ""] : Object.entries(condition.test)[0];
    return { case_variable: condition.variable, case_test: test, case_value: String(value), case_next: next };
  };

  /** Fills the form of a step in, with an empty row where there are rows. */
  const fill = (root, template, name, step, names) => {
    root.replaceChildren(template.content.cloneNode(true));
    for (const key of ["text", "variable", "takes", "integration", "next", "otherwise", "failed", "to"]) if (key in step) set(root, key, step[key]);
    set(root, "step", name);
    if (step.keeps) set(root, "keeps", step.keeps.join(", "));
    if (rows(root)) {
      const values = step.choices ? step.choices.map((choice) => ({ choice_label: choice.label, choice_next: choice.next })) : step.cases.map(caseValues);
      while (rows(root).children.length > 1) rows(root).lastElementChild.remove();
      values.forEach((value, at) => (at ? addRow(root, value) : fillRow(rows(root).firstElementChild, value)));
      if (values.length) addRow(root);
    }
    offer(root, names);
  };

  const test = (kind, value) => {
    if (kind === "is_set" || kind === "is_not_set") return kind;
    if (kind === "above" || kind === "below") return { [kind]: Number.parseInt(value, 10) || 0 };
    return { [kind]: value };
  };

  /** The step that the form stands for. */
  const read = (root, kind) => {
    const value = (name) => root.querySelector(`[name="${name}"]`)?.value.trim() ?? "";
    const to = (name) => value(name) || null;
    const all = [...(rows(root)?.children ?? [])].map((row) => (name) => row.querySelector(`[name="${name}"]`).value.trim());
    const text = root.querySelector('[name="text"]')?.value ?? "";
    switch (kind) {
      case "question": {
        const choices = all.map((get) => ({ label: get("choice_label"), next: get("choice_next") || null }));
        return { kind, text, choices: choices.filter((choice) => choice.label || choice.next), otherwise: to("otherwise") };
      }
      case "collect":
        return { kind, text, variable: value("variable"), takes: value("takes"), next: to("next"), otherwise: to("otherwise") };
      case "decision": {
        const given = all.filter((get) => get("case_variable") || get("case_value"));
        const cases = given.map((get) => ({ condition: { variable: get("case_variable"), test: test(get("case_test"), get("case_value")) }, next: get("case_next") || null }));
        return { kind, cases, otherwise: to("otherwise") };
      }
      case "go_to":
        return { kind, to: value("to") };
      case "hand_over":
        return { kind, text };
      case "call": {
        const keeps = value("keeps").split(",").map((name) => name.trim()).filter(Boolean);
        return { kind, integration: value("integration"), keeps, next: to("next"), failed: to("failed") };
      }
      default:
        return { kind, text, next: to("next") };
    }
  };

  return { fill, read, renamed, addRow, hasRows: (root) => Boolean(rows(root)) };
})();
