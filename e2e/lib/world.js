// What browser tests stand on: the real binary (a demo, or an empty installation), a real mail server, a real browser.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = fileURLToPath(new URL("../../", import.meta.url));
const binary = `${root}target/debug/rolecall`;

/** Starts a program that answers with lines; `next()` waits for one that `read` makes something of. */
function start(program, args, env = {}, read = JSON.parse) {
  const child = spawn(program, args, { cwd: root, env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "inherit"] });
  const lines = [];
  const waiting = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    const value = read(line);
    if (!value) return;
    if (waiting.length) waiting.shift()(value);
    else lines.push(value);
  });
  const next = () =>
    new Promise((resolve, reject) => {
      if (lines.length) return resolve(lines.shift());
      const timer = setTimeout(() => reject(new Error(`${program} said nothing for 30 s`)), 30_000);
      waiting.push((value) => {
        clearTimeout(timer);
        resolve(value);
      });
    });
  const stop = (signal = "SIGTERM") =>
    new Promise((resolve) => {
      child.once("exit", (code) => resolve(code));
      child.stdin.end();
      child.kill(signal);
    });
  return { next, stop };
}

/** A mail server; `next()` waits for a message. */
export async function mailbox() {
  const server = start(`${root}target/python/bin/python`, [`${root}e2e/lib/mailbox.py`]);
  const { port } = await server.next();
  return { ...server, url: `smtp://127.0.0.1:${port}` };
}

/** The demo: its data as printed by `--json`, and how to stop it. */
export async function demo(...args) {
  const server = start(binary, ["demo", "--json", "--listen", "127.0.0.1:0", ...args], { ROLECALL_LOG: "error" });
  return { ...(await server.next()), stop: server.stop };
}

/** An installation in an empty folder; `link` is where it is set up. */
export async function installation(...args) {
  const folder = mkdtempSync(join(tmpdir(), "rolecall-empty-"));
  const link = (line) => line.match(/https?:\/\/\S+\/setup\?token=\S+/)?.[0];
  const server = start(binary, ["serve", "--data", folder, "--listen", "127.0.0.1:0", ...args], { ROLECALL_LOG: "error" }, link);
  const found = await server.next();
  const stop = async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { link: found, url: new URL(found).origin, stop };
}

/** A browser; pages fail the test on errors of scripts and of the content policy. */
export async function browser() {
  const launched = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-background-networking"] });
  const faults = [];
  const open = async (options = {}) => {
    const context = await launched.newContext(options);
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    page.on("pageerror", (error) => faults.push(`${page.url()}: ${error.message}`));
    page.on("console", (message) => {
      const expected = /status of 4\d\d/.test(message.text());
      if (message.type() === "error" && !expected) faults.push(`${page.url()}: ${message.text()}`);
    });
    return page;
  };
  return { open, faults, close: () => launched.close() };
}

/** Signs somebody in by the form. */
export async function signIn(page, demo, email) {
  await page.goto(`${demo.url}/sign-in`);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(demo.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
}

/** The API as whoever is signed in on the page: what it answers, which must be good. */
export function api(page, server) {
  return async (method, path, data) => {
    const answer = await page.request.fetch(server.url + path, { method, data, headers: { Origin: server.url, "If-Match": "*" } });
    const text = await answer.text();
    assert.ok(answer.ok(), `${method} ${path}: ${answer.status()} ${text}`);
    return answer.headers()["content-type"]?.includes("json") ? JSON.parse(text) : text;
  };
}

/** The organization of a preset, and one of its people by first name. */
export function find(demo, preset, first) {
  const organization = demo.organizations.find((one) => one.preset === preset);
  const person = organization.people.find((one) => one.name.startsWith(`${first} `));
  return { organization, person };
}

/** The links of the sidebar. */
export const sidebar = (page) => page.locator(".side-link").allInnerTexts();
