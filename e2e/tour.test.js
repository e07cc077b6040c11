// The tour: from an empty installation to a published bot on somebody's site that answers ten questions, hands over to a
// person and is answered; by clicking, as a person does who has read the README.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { site } from "./lib/visitors.js";
import { browser, installation } from "./lib/world.js";

let server, window, shop;

before(async () => {
  server = await installation();
  window = await browser();
});

after(async () => {
  await window?.close();
  await shop?.stop();
  await server?.stop();
});

const button = (page, name) => page.getByRole("button", { name, exact: true });
const link = (page, name) => page.getByRole("link", { name, exact: true });
const area = (page, name) => page.getByRole("navigation", { name: "Areas" }).getByRole("link", { name, exact: true }).click();
const PASSWORD = "marble otter violin forty";

/** What a visitor of the shop asks, and what of the answer has to be there. */
const QUESTIONS = [
  // From entries written by hand.
  ["When are you open?", "Monday to Saturday from 9:00 to 18:00"],
  ["How long is a gift voucher good for?", "good for three years"],
  // From entries taken in from a file.
  ["Do you deliver by cargo bike?", "within five kilometres"],
  ["When should I plant tulip bulbs?", "Plant them in October"],
  // An intent written by hand, and one taken in as a table.
  ["could you repair my old watering can", "Bring it in on a Tuesday"],
  ["can I pay with my card", "Cards, cash and vouchers"],
  // What the bot was begun with.
  ["I have forgotten my password", "Forgotten?"],
  ["how do I invite a colleague", "The invitation is good for"],
  ["where do I find my invoices", "Invoices are under Settings"],
  ["is your service down", "talk to a person"],
];

test("the tour: from an empty installation to a bot on a site, ten answers, and a person who takes over", async () => {
  const owner = await window.open({ viewport: { width: 1440, height: 900 } });
  await setUp(owner);
  await makeBot(owner);
  await writeContent(owner);
  await teach(owner);
  await tryOut(owner);
  const snippet = await publish(owner);
  const agent = await bringIn(owner);
  shop = await site(server.url, { line: snippet, policy: false });
  const visitor = await window.open({ viewport: { width: 390, height: 844 } });
  await visitor.goto(shop.url);
  await ask(visitor);
  await handOver(visitor, agent);
  assert.deepEqual(window.faults, []);
});

async function setUp(page) {
  await page.goto(server.link);
  await page.getByLabel("Organization", { exact: true }).fill("Corner shop");
  await page.getByRole("radio", { name: /^Workspace/ }).check();
  await page.getByLabel("First and last name").fill("Olga Owner");
  await page.getByLabel("E-mail").fill("olga@shop.example");
  await page.getByLabel("Choose a password").fill(PASSWORD);
  await button(page, "Set up and sign in").click();
  await page.getByText("Make the first one").waitFor();
}

async function makeBot(page) {
  await link(page, "New bot").first().click();
  await page.getByLabel("Name", { exact: true }).fill("Shop help");
  await page.getByRole("radio", { name: /^Support with handover/ }).check();
  await button(page, "Create bot").click();
  await page.getByRole("heading", { name: "Shop help", level: 1 }).waitFor();
}

async function writeContent(page) {
  await area(page, "Content");
  for (const [title, text] of [
    ["Opening hours of the shop", "We are open **Monday to Saturday from 9:00 to 18:00**, and closed on Sundays."],
    ["Gift vouchers", "Gift vouchers are sold at the till in any value and are good for three years."],
  ]) {
    await link(page, "New entry").click();
    await page.getByLabel("Title", { exact: true }).fill(title);
    await page.getByLabel("Text", { exact: true }).fill(text);
    await page.getByRole("radio", { name: /^Ready/ }).check();
    await button(page, "Add the entry").click();
    await page.getByText(`“${title}” is added.`).waitFor();
  }
  await link(page, "Import").click();
  const guide = "# Guide\n\n## Delivery by cargo bike\n\nWe deliver within five kilometres, the same day.\n\n## Tulip bulbs\n\nPlant them in October, twice as deep as they are high.\n";
  await page.getByLabel("Files", { exact: true }).setInputFiles({ name: "guide.md", mimeType: "text/markdown", buffer: Buffer.from(guide) });
  await page.getByLabel(/An entry for each chapter/).check();
  await page.getByLabel("What is new is").selectOption({ label: "Ready" });
  await button(page, "Import the files").click();
  await page.getByText("2 made, 0 renewed, 0 unchanged, 0 refused").waitFor();
  await link(page, "See the content").click();
}

async function teach(page) {
  await area(page, "Training");
  await link(page, "New intent").click();
  await page.getByLabel("Name", { exact: true }).fill("repair");
  await page.getByLabel("Sentences").fill(
    ["can you repair my watering can", "do you repair tools", "my spade is broken, can you mend it", "repair a lawn mower", "is there a repair service", "fix my garden hose please"].join("\n"),
  );
  await page.getByLabel("Answer", { exact: true }).fill("Bring it in on a Tuesday: we repair it while you wait.");
  await button(page, "Add the intent").click();
  await page.getByText("“repair” is added.").waitFor();
  await link(page, "Import").click();
  const paying = ["can I pay by card", "do you take cards", "which ways to pay are there", "can I pay with cash", "do you accept credit cards", "how can I pay in the shop"];
  await page.getByLabel("Rows").fill(paying.map((sentence) => `${sentence};payment`).join("\n"));
  await button(page, "Import the rows").click();
  await page.getByText("Intents: 1 made, 0 added to. Sentences: 6 new.").waitFor();
  await link(page, "payment").click();
  await page.getByLabel("Answer", { exact: true }).fill("Cards, cash and vouchers are all fine.");
  await button(page, "Save").click();
  await button(page, "Train").click();
  await page.getByText("The bot has learned.").waitFor();
}

async function tryOut(page) {
  await area(page, "Playground");
  await page.getByText("What is it about?").waitFor();
  await page.getByLabel("Say something").fill("can you mend my spade");
  await button(page, "Send").click();
  const last = page.locator(".try-turn").last();
  await last.getByText("Bring it in on a Tuesday").waitFor();
  await last.locator(".try-why", { hasText: "repair" }).waitFor();
  const tests = page.locator("#tests");
  await tests.getByLabel("Sentence", { exact: true }).fill("do you take cards");
  await tests.getByLabel("Expect", { exact: true }).selectOption({ label: "the intent" });
  await tests.getByLabel("What should come").fill("payment");
  await button(page, "Add test").click();
  await page.getByText("The test is added.").waitFor();
  await button(page, "Run all").click();
  await page.getByText("1 of 1 passed").waitFor();
}

/** Publishes; the line for the site. */
async function publish(page) {
  await area(page, "Publication");
  await page.getByLabel("Note").fill("The first one");
  await button(page, "Publish").click();
  await page.getByText("It is live.").waitFor();
  await area(page, "Channels");
  return page.getByLabel("The line to put into your pages").inputValue();
}

/** Invites a colleague, who sets the times at which she can be reached. */
async function bringIn(owner) {
  await link(owner, "Invitations").click();
  await link(owner, "Invite user").first().click();
  await owner.getByLabel("E-mail").fill("mira@shop.example");
  await owner.getByLabel("manager").check();
  await button(owner, "Invite user").click();
  const invitation = await owner.getByLabel("Link", { exact: true }).inputValue();
  const agent = await window.open({ viewport: { width: 1440, height: 900 } });
  await agent.goto(invitation);
  await agent.getByLabel("First and last name").fill("Mira Helper");
  await agent.getByLabel("Choose a password").fill(PASSWORD);
  await button(agent, "Accept and sign in").click();
  await link(agent, "Shop help").click();
  await area(agent, "Conversations");
  await agent.getByText("Nobody can be reached for conversations").waitFor();
  await link(agent, "Set your times").click();
  for (const day of ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]) {
    await agent.getByLabel(`${day}, from (1)`).fill("00:00");
    await agent.getByLabel(`${day}, until (1)`).fill("00:00");
  }
  await agent.getByRole("button", { name: /^Save times/ }).click();
  await agent.getByText("Your times are saved.").waitFor();
  await agent.getByText("Reachable now").waitFor();
  await link(agent, "Corner shop").click();
  await link(agent, "Shop help").waitFor();
  await agent.locator("html[data-live=on]").waitFor();
  return agent;
}

async function ask(page) {
  await page.getByRole("button", { name: "Open the chat" }).click();
  await page.getByRole("button", { name: "I have a question" }).click();
  await page.getByText("Ask away").waitFor();
  for (const [question, answer] of QUESTIONS) {
    await page.getByLabel("Write a message").fill(question);
    await page.getByRole("button", { name: "Send" }).click();
    const said = page.locator(".said.other").last();
    await page.waitForFunction(() => !document.querySelector("[data-rolecall]").shadowRoot.querySelector(".pending, .writing"));
    assert.ok((await said.innerText()).includes(answer), `${question}: ${await said.innerText()}`);
  }
}

async function handOver(visitor, agent) {
  await visitor.getByRole("button", { name: "Talk to a person" }).click();
  await visitor.getByText("Somebody has been asked to join.").waitFor();
  const called = agent.getByRole("alert").filter({ hasText: "A visitor waits for a person." });
  await called.getByRole("link", { name: "Open" }).click();
  await agent.locator(".talk-log", { hasText: "is your service down" }).waitFor();
  await button(agent, "Take over").click();
  await agent.getByText("You answer now").waitFor();
  await agent.getByLabel("Reply").fill("Good day, this is Mira. What can I do for you?");
  await button(agent, "Send").click();
  await visitor.locator(".note", { hasText: "Mira Helper joined" }).waitFor();
  await visitor.getByText("this is Mira").waitFor();
  await visitor.getByLabel("Write a message").fill("Thank you, I only wanted to say hello.");
  await visitor.getByRole("button", { name: "Send" }).click();
  await agent.locator(".talk-visitor", { hasText: "I only wanted to say hello" }).waitFor();
  await button(agent, "Close conversation").click();
  await agent.getByText("The conversation is closed now.").waitFor();
  await visitor.getByText("This conversation has ended.").waitFor();
}
