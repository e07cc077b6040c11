// What assistive technology would stumble over on a page.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"];

/** What is wrong on the page, with where. */
export async function violations(page, rules = RULES) {
  await page.evaluate(axe);
  const found = await page.evaluate((runOnly) => axe.run(document, { runOnly }), rules);
  return found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target.join(" ")} ${node.html}`).join("; ")}`);
}

/** Nothing is wrong on the page. */
export async function isAccessible(page, rules = RULES) {
  assert.deepEqual(await violations(page, rules), [], page.url());
}

/** How much wider than the screen the page is, in pixels. */
export const tooWide = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
