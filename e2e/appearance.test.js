// How a bot's window is made to look: its contrast said, the real widget beside the form, with scripts and without.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browser, demo, find, signIn } from "./lib/world.js";

let server, window, bot;

before(async () => {
  server = await demo();
  window = await browser();
  bot = find(server, "workspace", "Ana").organization.bots.find((one) => one.published);
});

after(async () => {
  await window?.close();
  await server?.stop();
});

for (const javaScriptEnabled of [true, false]) {
  test(`G-5: a bot's look is made, its contrast said, its window previewed${javaScriptEnabled ? "" : ", without scripts"}`, async () => {
    const { organization, person } = find(server, "workspace", "Ana");
    const page = await window.open({ javaScriptEnabled, viewport: { width: 1440, height: 1000 } });
    await signIn(page, server, person.email);
    await page.goto(`${server.url}/${organization.slug}/bots`);
    await page.getByRole("link", { name: bot.name, exact: true }).click();
    await page.getByRole("link", { name: "Appearance", exact: true }).click();
    const frame = page.frameLocator("#appearance-preview");
    await page.getByLabel("Name in the window").fill("Mia");
    await page.getByLabel("Accent", { exact: true }).fill("#ff8800");
    if (javaScriptEnabled) {
      await page.getByText("Contrast 2.3:1: hard to read").waitFor();
      await frame.getByRole("dialog", { name: "Mia" }).waitFor();
      const ground = () => frame.locator(".head").evaluate((one) => getComputedStyle(one).backgroundColor);
      assert.equal(await ground(), "rgb(255, 136, 0)");
      await page.getByLabel("Greeting").fill("Ask me <b>anything</b>");
      await frame.getByText("Ask me <b>anything</b>").waitFor();
      await frame.getByLabel("Write a message").fill("Does it work?");
      await frame.getByLabel("Write a message").press("Enter");
      await frame.getByText("Does it work?").waitFor();
    } else {
      await page.getByRole("button", { name: "Preview" }).click();
      await frame.locator("svg text", { hasText: "Mia" }).waitFor();
    }
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("#b35f00 behind them would pass").first().waitFor();
    assert.equal(await page.getByLabel("Name in the window").inputValue(), "Mia");
    await page.getByLabel("Accent", { exact: true }).fill("#006644");
    await page.getByLabel("Name in the window").fill("");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("Visitors see it once it is published.").first().waitFor();
    assert.equal(await page.getByLabel("Accent", { exact: true }).inputValue(), "#006644");
    await page.getByRole("link", { name: "Channels", exact: true }).click();
    assert.match(await page.getByLabel("The line to put into your pages").inputValue(), /^<script src="http.*\/widget\.js" async><\/script>$/);
    assert.deepEqual(window.faults.splice(0), []);
  });
}
