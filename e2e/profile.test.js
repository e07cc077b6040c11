// The profile: a picture seen where one's name is, times at which one can be reached, and a meter that says why.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { deflateSync } from "node:zlib";
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

/** A PNG of one colour. */
function png(width, height, colour) {
  const table = Array.from({ length: 256 }, (_, n) => {
    for (let bit = 0; bit < 8; bit++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
    return n >>> 0;
  });
  const sum = (bytes) => (bytes.reduce((sum, byte) => (sum >>> 8) ^ table[(sum ^ byte) & 255], 0xffffffff) ^ 0xffffffff) >>> 0;
  const number = (value) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const chunk = (name, data) => {
    const body = Buffer.concat([Buffer.from(name), data]);
    return Buffer.concat([number(data.length), body, number(sum(body))]);
  };
  const rows = Buffer.concat(Array.from({ length: height }, () => Buffer.from([0, ...Array.from({ length: width }, () => colour).flat()])));
  const head = Buffer.concat([number(width), number(height), Buffer.from([8, 2, 0, 0, 0])]);
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", head), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

/** Whether the browser could show the picture. */
const isShown = (image) => image.evaluate((one) => one.decode().then(() => one.naturalWidth === 256));

for (const javaScriptEnabled of [true, false]) {
  test(`P-13: a picture is uploaded, shown beside the name and removed${javaScriptEnabled ? "" : ", without scripts"}`, async () => {
    const { organization, person } = find(server, "workspace", "Ana");
    const page = await window.open({ javaScriptEnabled });
    await signIn(page, server, person.email);
    await page.goto(`${server.url}/profile`);
    await page.getByLabel("Picture", { exact: true }).setInputFiles({ name: "me.svg", mimeType: "image/png", buffer: Buffer.from("<svg/>") });
    await button(page, "Upload picture").click();
    await page.getByText("no picture that is understood here").waitFor();
    await page.getByLabel("Picture", { exact: true }).setInputFiles({ name: "me.png", mimeType: "image/png", buffer: png(120, 80, [200, 30, 60]) });
    await button(page, "Upload picture").click();
    await page.getByText("Your picture is saved.").waitFor();
    const own = page.getByRole("img", { name: "Your picture" });
    if (javaScriptEnabled) assert.ok(await isShown(own));
    const address = await own.getAttribute("src");
    assert.equal(await page.locator(".me img.avatar").getAttribute("src"), address);
    await page.goto(`${server.url}/${organization.slug}/users`);
    const row = page.locator(`#user-${person.user_id} img.avatar`);
    assert.equal(await row.getAttribute("src"), address);
    if (javaScriptEnabled) assert.ok(await isShown(row));
    await page.goto(`${server.url}/profile`);
    await button(page, "Remove picture").click();
    await page.getByText("Your picture is removed.").waitFor();
    assert.equal(await page.locator("img.avatar").count(), 0);
    assert.deepEqual(window.faults, []);
  });
}

test("P-16: times are set, said in words, copied to another bot; days away are kept", async () => {
  const { person } = find(server, "workspace", "Ana");
  const page = await window.open();
  await signIn(page, server, person.email);
  await page.goto(`${server.url}/profile`);
  await page.getByRole("link", { name: "Handover", exact: true }).click();
  const cards = page.locator("details.hours");
  assert.equal(await cards.count(), 2);
  const card = cards.first();
  assert.match(await card.locator("summary").first().innerText(), /No times set/);
  await card.locator("summary").first().click();
  const days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
  for (const day of days) {
    await card.getByLabel(`${day}, from (1)`).fill("00:00");
    await card.getByLabel(`${day}, until (1)`).fill(day === "Monday" ? "00:00" : "23:59");
  }
  await card.getByLabel("Monday, from (1)").fill("12:00");
  await card.getByLabel("Monday, until (1)").fill("11:00");
  await card.getByRole("button", { name: /^Save times/ }).click();
  await page.getByText("Monday: the end must come after the beginning.").waitFor();
  // What was typed is still there.
  assert.equal(await card.getByLabel("Sunday, until (1)").inputValue(), "23:59");
  await card.getByLabel("Monday, from (1)").fill("00:00");
  await card.getByLabel("Monday, until (1)").fill("00:00");
  await card.getByRole("button", { name: /^Save times/ }).click();
  await page.getByText("Your times are saved.").waitFor();
  assert.match(await card.locator("summary").first().innerText(), /Reachable now|Not reachable/);
  assert.equal(await card.getByLabel("Monday, until (1)").inputValue(), "00:00");
  assert.equal(await card.getByLabel("Monday, from (2)").inputValue(), "", "room for another");
  await card.locator("summary", { hasText: "Copy these times to other bots…" }).click();
  await card.getByRole("checkbox").first().check();
  await card.getByRole("button", { name: /^Copy times/ }).click();
  await page.getByText("Copied to one bot.").waitFor();
  assert.match(await cards.nth(1).locator("summary").first().innerText(), /Reachable now|Not reachable/);
  await page.getByLabel("First day").fill("2027-12-24");
  await button(page, "Save days away").click();
  await page.getByText("Your days away are saved.").waitFor();
  assert.equal(await page.getByLabel("Last day").first().inputValue(), "2027-12-24");
  assert.deepEqual(window.faults, []);
});

test("P-14: the meter below a new password says why", async () => {
  const { person } = find(server, "workspace", "Mei");
  const page = await window.open();
  await signIn(page, server, person.email);
  await page.goto(`${server.url}/profile/password`);
  const field = page.locator("#password");
  const told = page.locator(".strength [role=status]");
  const says = (text) => page.locator(".strength [role=status]", { hasText: text }).waitFor();
  await field.fill("short");
  await says("Not yet: At least 15 characters; 10 more.");
  await field.fill("passwordpassword");
  await says("Weak:");
  await field.fill(`${person.name} ${person.name}`);
  await says("your name");
  // One question for a word typed quickly, and the last answer stands.
  let asked = 0;
  page.on("request", (request) => (asked += request.url().endsWith("/password-strength")));
  await field.fill("");
  await field.pressSequentially("marble otter violin forty", { delay: 5 });
  await says("Strong: Very hard to guess.");
  assert.ok(asked <= 3, `${asked} questions`);
  assert.equal(await page.locator(".strength").getAttribute("data-level"), "4");
  await field.fill("");
  await page.waitForFunction(() => document.querySelector(".strength [role=status]").textContent === "");
  assert.equal(await told.getAttribute("role"), "status");
  assert.deepEqual(window.faults, []);
});
