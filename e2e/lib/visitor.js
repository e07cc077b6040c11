// Visitors of a demo's bots.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { demo } from "./world.js";

const program = fileURLToPath(new URL("visitor.py", import.meta.url));

/** A demo with visitors: `visits({bot, lines, contact, waits})` begins a conversation and gives its id. */
export async function visited(...args) {
  const folder = mkdtempSync(join(tmpdir(), "rolecall-visited-"));
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  const server = await demo(...args).finally(() => (before === undefined ? delete process.env.TMPDIR : (process.env.TMPDIR = before)));
  const database = readdirSync(folder, { recursive: true }).find((name) => name.endsWith("rolecall.db"));
  const visits = (visit) => JSON.parse(execFileSync("python3", [program, JSON.stringify({ ...visit, database: join(folder, database) })])).id;
  const stop = async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...server, visits, stop };
}
