// Content: an entry is written with what it will look like beside it, two editors meet, files are taken in, nothing runs.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isAccessible, tooWide } from "./lib/axe.js";
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

const button = (page, name) => page.getByRole("button", { name, exact: true });
const link = (page, name) => page.getByRole("link", { name, exact: true });

/** A page of Ana's, on the content of the help desk. */
async function content(options, first = "Ana") {
  const { organization, person } = find(server, "workspace", first);
  const page = await window.open(options);
  await signIn(page, server, person.email);
  await page.goto(`${server.url}/${organization.slug}/bots/help-desk`);
  await page.getByRole("navigation", { name: "Areas" }).getByRole("link", { name: "Content", exact: true }).click();
  return page;
}

for (const javaScriptEnabled of [true, false]) {
  const title = javaScriptEnabled ? "Opening days" : "Closing days";
  test(`G-2: an entry is written, looked at, changed by two and put back${javaScriptEnabled ? "" : ", without scripts"}`, async () => {
    const page = await content({ javaScriptEnabled });
    await link(page, "New entry").click();
    await page.getByLabel("Title", { exact: true }).fill(title);
    await page.getByLabel("Text", { exact: true }).fill("We open on **Mondays**.\n\n<script>document.title = 'run'</script>");
    if (!javaScriptEnabled) await button(page, "Preview").click();
    const preview = page.locator("#preview");
    await preview.locator("strong", { hasText: "Mondays" }).waitFor();
    assert.match(await preview.innerText(), /<script>/);
    assert.doesNotMatch(await page.title(), /^run/);
    await button(page, "Add the entry").click();
    await page.getByText(`“${title}” is added.`).waitFor();
    await page.getByRole("link", { name: title, exact: true }).click();
    const other = await content({ javaScriptEnabled }, "Mei");
    await other.goto(page.url());
    await other.getByLabel("Text", { exact: true }).fill("We open on Tuesdays.");
    await button(other, "Save").click();
    await other.getByText("Saved.").waitFor();
    await page.getByLabel("Text", { exact: true }).fill("We open on Fridays.");
    await button(page, "Save").click();
    await page.getByRole("heading", { name: "Somebody else was faster" }).waitFor();
    assert.equal(await page.getByRole("cell", { name: "We open on Tuesdays." }).count(), 1);
    assert.equal(await page.getByRole("cell", { name: "We open on Fridays." }).count(), 1);
    await button(page, "Save mine").click();
    await page.getByText("Saved.").waitFor();
    await page.getByRole("link", { name: title, exact: true }).click();
    await link(page, "Versions").click();
    await link(page, "Version 2").click();
    assert.equal(await page.locator("ins", { hasText: "We open on Tuesdays." }).count(), 1);
    await button(page, "Put this version back").click();
    await page.getByText("Version 2 is put back, as a new version.").waitFor();
    assert.equal(await page.getByLabel("Text", { exact: true }).inputValue(), "We open on Tuesdays.");
    assert.deepEqual(window.faults, []);
  });
}

test("G-5: many files are taken in on one page, and what came of each is said", async () => {
  const page = await content();
  await link(page, "Import").click();
  const file = (name, text) => ({ name, mimeType: "text/plain", buffer: Buffer.from(text) });
  await page.getByLabel("Files", { exact: true }).setInputFiles([
    file("ferry.md", "# The ferry\n\nIt leaves at noon."),
    file("guide.md", "# Guide\n\n## Bread\n\nFresh.\n\n## Butter\n\nSalted.\n"),
    file("empty.txt", " "),
  ]);
  await page.getByLabel(/An entry for each chapter/).check();
  await button(page, "Import the files").click();
  await page.getByText("3 made, 0 renewed, 0 unchanged, 1 refused").waitFor();
  await page.getByText("The file is empty.").waitFor();
  await page.getByText("2 entries", { exact: true }).click();
  await link(page, "Butter").click();
  await page.getByRole("heading", { name: "Butter", level: 1 }).waitFor();
  assert.deepEqual(window.faults, []);
});

for (const colorScheme of ["light", "dark"]) {
  test(`the pages of the content are accessible in ${colorScheme}, and fit a phone`, async () => {
    const page = await content({ colorScheme, viewport: { width: 390, height: 844 } });
    const list = page.url();
    const entry = await page.locator("a.row-name").first().getAttribute("href");
    const rest = [list, `${list}?kind=response`, `${list}/new?kind=entry`, `${list}/new?kind=response`, `${list}/import`];
    for (const address of [...rest, new URL(entry, list).href, new URL(`${entry}/versions`, list).href, new URL(`${entry}/versions/1`, list).href]) {
      await page.goto(address);
      await isAccessible(page);
      const wide = await tooWide(page);
      assert.ok(wide <= 0, `${address} is ${wide} px too wide`);
    }
    assert.deepEqual(window.faults, []);
  });
}
