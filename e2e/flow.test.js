// The editor of flows: drawn with a pointer, by keyboard alone, without a script, by two people at once.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { isAccessible } from "./lib/axe.js";
import { browser, demo, find, signIn } from "./lib/world.js";

let server, window;

before(async () => {
  server = await demo();
  window = await browser();
});

after(async () => {
  await window?.close();
  await server?.stop();
});

const flows = () => `${server.url}/acme/bots/help-desk/flows`;
const button = (page, name) => page.getByRole("button", { name, exact: true });
const step = (page, name) => page.locator(`#flow-list > li[data-step="${name}"]`);
const panel = (page) => page.locator("#flow-step");
const saved = (page) => page.locator("#flow-state", { hasText: /^Saved$/ }).waitFor();
const sound = (page) => page.locator("#faults .badge", { hasText: "No faults" }).waitFor();

/** Signs Ana in and makes a flow. */
async function begun(name, options) {
  const page = await window.open(options);
  await signIn(page, server, find(server, "workspace", "Ana").person.email);
  await page.goto(`${flows()}/new`);
  await page.getByLabel("Name").fill(name);
  await button(page, "Create the flow").click();
  await page.getByRole("heading", { name, level: 1 }).waitFor();
  if (options?.javaScriptEnabled !== false) await page.locator(".flow-drawing svg").first().waitFor();
  return page;
}

/** Where a part of the drawing is on the screen. */
async function middle(locator) {
  const box = await locator.boundingBox();
  return [box.x + box.width / 2, box.y + box.height / 2];
}

/** The dot of a way out of a step, and the box of a step, in the drawing. */
const dot = (page, name, way) => page.locator(`.joint-element[model-id="step:${name}"] [port="${way}"] .flow-reach`);
const box = (page, name) => page.locator(`.joint-element[model-id="step:${name}"] .flow-box-name`);

async function drag(page, from, to) {
  await page.mouse.move(...(await middle(from)));
  await page.mouse.down();
  await page.mouse.move(...(await middle(to)), { steps: 8 });
  await page.mouse.up();
}

test("G-5: a flow is drawn: a question with two answers, connected, a fault seen and mended, saved", async () => {
  const page = await begun("Drawn");
  await page.getByRole("link", { name: "Question", exact: true }).click();
  await panel(page).getByLabel("Name of the step").fill("What for");
  await panel(page).getByLabel("What it asks").fill("What is it about?");
  await panel(page).getByLabel("Answer", { exact: true }).first().fill("An order");
  await button(page, "Add a row").click();
  await panel(page).getByLabel("Answer", { exact: true }).last().fill("Something else");
  await page.getByRole("link", { name: "Hand over", exact: true }).click();
  await panel(page).getByLabel("What it says").fill("One moment.");
  // Nothing leads there: said beside the step.
  await step(page, "Hand over").locator(".flow-step-faults", { hasText: "Nothing leads to “Hand over”." }).waitFor();
  await step(page, "What for").locator(".flow-step-faults", { hasText: "Nothing leads to “What for”." }).waitFor();
  await button(page, "Arrange").click();
  await drag(page, dot(page, "Welcome", "next"), box(page, "What for"));
  await step(page, "What for").locator(".flow-step-faults p").waitFor({ state: "detached" });
  await drag(page, dot(page, "What for", "choices.1"), box(page, "Hand over"));
  await step(page, "What for").locator(".flow-ways", { hasText: "Something else → Hand over" }).waitFor();
  await sound(page);
  // Moved, undone, done again.
  const place = () => page.locator('.joint-element[model-id="step:Hand over"]').getAttribute("transform");
  const before = await place();
  const [x, y] = await middle(box(page, "Hand over"));
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 40, y + 60, { steps: 5 });
  await page.mouse.up();
  const moved = await place();
  assert.notEqual(moved, before);
  await button(page, "Undo").click();
  assert.equal(await place(), before);
  await button(page, "Redo").click();
  assert.equal(await place(), moved);
  await button(page, "Save").click();
  await saved(page);
  await page.reload();
  await step(page, "What for").locator(".flow-ways", { hasText: "An order → End of the flow" }).waitFor();
  assert.equal(await place(), moved);
  assert.equal(await page.locator(".flow-arrow").count(), 2);
  await isAccessible(page);
  assert.deepEqual(window.faults, []);
});

test("G-5: the same by keyboard alone", async () => {
  const page = await begun("By keyboard");
  /** Goes on with Tab until the thing has the focus. */
  const reach = async (locator) => {
    await locator.waitFor();
    for (let presses = 0; presses < 150; presses++) {
      if (await locator.evaluate((element) => element === document.activeElement)) return;
      await page.keyboard.press("Tab");
    }
    assert.fail(`the keyboard does not reach ${locator}`);
  };
  const write = async (label, text) => {
    await reach(panel(page).getByLabel(label, { exact: true }).first());
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type(text);
  };
  const take = async (select, label) => {
    await reach(select);
    await page.keyboard.type(label);
    await page.keyboard.press("Tab");
  };
  await reach(page.getByRole("link", { name: "Question", exact: true }));
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.name), "step");
  await page.keyboard.type("What for");
  await write("What it asks", "What is it about?");
  await write("Answer", "An order");
  await take(panel(page).getByLabel("Leads to").first(), "Welcome");
  await reach(button(page, "Move right"));
  const place = () => page.locator('.joint-element[model-id="step:What for"]').getAttribute("transform");
  const before = await place();
  await page.keyboard.press("Enter");
  assert.notEqual(await place(), before);
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => document.activeElement.closest("li").dataset.step), "What for");
  await reach(step(page, "Welcome").locator("a"));
  await page.keyboard.press("Enter");
  await take(panel(page).getByLabel("Then go on to"), "What for");
  await sound(page);
  await page.keyboard.press("ControlOrMeta+s");
  await saved(page);
  // Deleted, and brought back.
  await reach(button(page, "Delete step"));
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("#flow-list > li").count(), 1);
  await page.keyboard.press("ControlOrMeta+z");
  assert.equal(await page.locator("#flow-list > li").count(), 2);
  await page.reload();
  await step(page, "Welcome").locator(".flow-ways", { hasText: "then → What for" }).waitFor();
  assert.deepEqual(window.faults, []);
});

test("G-2: who saves too late sees it, loses nothing, and takes their version away", async () => {
  const page = await begun("Shared");
  const address = page.url();
  const other = await window.open();
  await signIn(other, server, find(server, "workspace", "Ana").person.email);
  await other.goto(address);
  await other.locator(".flow-drawing svg").first().waitFor();
  await other.getByRole("link", { name: "Welcome" }).first().click();
  await panel(other).getByLabel("What it says").fill("Good day!");
  await button(other, "Save").click();
  await saved(other);
  await page.getByRole("link", { name: "Welcome" }).first().click();
  await panel(page).getByLabel("What it says").fill("Hi there!");
  await button(page, "Save").click();
  await page.getByRole("heading", { name: "Somebody saved this flow meanwhile" }).waitFor();
  assert.equal(await panel(page).getByLabel("What it says").inputValue(), "Hi there!");
  await isAccessible(page);
  const [file] = await Promise.all([page.waitForEvent("download"), button(page, "Download my version").click()]);
  assert.equal(file.suggestedFilename(), "shared.toml");
  assert.match(await readFile(await file.path(), "utf8"), /text = "Hi there!"/);
  // Theirs is kept until somebody says otherwise.
  await other.reload();
  assert.match(await step(other, "Welcome").innerText(), /Good day!/);
  await button(page, "Save mine over theirs").click();
  await saved(page);
  await other.reload();
  assert.match(await step(other, "Welcome").innerText(), /Hi there!/);
  await panel(page).getByLabel("What it says").fill("Mine");
  await button(other, "Save").click();
  await saved(other);
  await button(page, "Save").click();
  await button(page, "Load theirs").click();
  await step(page, "Welcome").filter({ hasText: "Hi there!" }).waitFor();
  assert.deepEqual(window.faults, []);
});

test("G-5: it works without a script, on a phone, and runs nothing that a flow says", async () => {
  const page = await begun("Plain", { javaScriptEnabled: false, viewport: { width: 390, height: 844 } });
  await page.getByRole("link", { name: "Question", exact: true }).click();
  await page.getByLabel("Name of the step").fill("<b>What</b>");
  await page.getByLabel("What it asks").fill("<script>document.title = 'run'</script><img src=x onerror=\"document.title='run'\">");
  await page.getByLabel("Answer", { exact: true }).first().fill("</template><svg onload=\"document.title='run'\">");
  await page.getByLabel("Leads to").first().selectOption("Welcome");
  await button(page, "Save step").click();
  await page.getByText("Nothing leads to “<b>What</b>”.").first().waitFor();
  await page.getByRole("link", { name: /Welcome/ }).click();
  await page.getByLabel("Then go on to").selectOption("<b>What</b>");
  await button(page, "Save step").click();
  await page.locator("#faults .badge", { hasText: "No faults" }).waitFor();
  const address = page.url();
  const scripted = await window.open({ viewport: { width: 390, height: 844 }, hasTouch: true, colorScheme: "dark" });
  await signIn(scripted, server, find(server, "workspace", "Ana").person.email);
  await scripted.goto(address);
  await sound(scripted);
  await scripted.locator('.joint-element[model-id="step:<b>What</b>"]').tap();
  await panel(scripted).getByLabel("What it asks").waitFor();
  assert.doesNotMatch(await scripted.title(), /^run/);
  assert.equal(await scripted.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
  await isAccessible(scripted);
  for (const path of ["", "/new", "/import"]) {
    await scripted.goto(flows() + path);
    await isAccessible(scripted);
  }
  // Out as a file, and in again under another name.
  await scripted.goto(address);
  const [file] = await Promise.all([scripted.waitForEvent("download"), scripted.getByRole("link", { name: "Export" }).click()]);
  const text = (await readFile(await file.path(), "utf8")).replace('name = "Plain"', 'name = "Again"');
  await scripted.goto(`${flows()}/import`);
  await scripted.getByLabel("What the file says").fill(text.replace('kind = "question"', 'kind = "riddle"'));
  await button(scripted, "Import the flow").click();
  await scripted.getByText(/Line \d+: step/).waitFor();
  await scripted.getByLabel("What the file says").fill(text);
  await button(scripted, "Import the flow").click();
  await scripted.getByRole("heading", { name: "Again", level: 1 }).waitFor();
  assert.deepEqual(window.faults, []);
});
