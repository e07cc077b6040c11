// Facebook on this machine: consent, tokens, pages and messages, as far as Rolecall asks; and its calls to the webhook.
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SECRET = "a secret of the app";
export const PAGE = "104857600";

const settings = (url) => `messenger-graph = "${url}/v23.0"
messenger-verify-token = "a word for the webhook"

[[provider]]
preset = "facebook"
authorize = "${url}/dialog/oauth"
token = "${url}/v23.0/oauth/access_token"
revoke = "${url}/v23.0/me/permissions"
identity = "${url}/v23.0/me"
client-id = "rolecall"
client-secret = "${SECRET}"

[provider.granted]
url = "${url}/v23.0/me/permissions"
list = "data"
name = "permission"
field = "status"
value = "granted"
`;

const sign = (key, text) => createHmac("sha256", key).update(text).digest("hex");

/** Listens; `config` is Rolecall's file, `sent` what people were told, and `says` what they write to the page. */
export async function facebook() {
  const seen = { sent: [], granted: [], subscribed: [], faults: [], revoked: false };
  const pages = [{ id: PAGE, name: "Acme <i>Bank</i>", access_token: "page token" }];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, "http://localhost");
    let body = "";
    for await (const chunk of request) body += chunk;
    const json = (value, status = 200) => response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(value));
    const call = `${request.method} ${url.pathname.replace("/v23.0", "")}`;
    if (call === "GET /dialog/oauth") {
      seen.granted = url.searchParams.get("scope").split(" ");
      const back = `${url.searchParams.get("redirect_uri")}?code=one&state=${url.searchParams.get("state")}`;
      return response.writeHead(302, { Location: back }).end();
    }
    if (call === "POST /oauth/access_token") return json({ access_token: "user token", token_type: "bearer", expires_in: 5000000 });
    const token = request.headers.authorization?.replace("Bearer ", "");
    if (call === "GET /me") return json({ id: "1", name: "Ana at Facebook" });
    if (call === "GET /me/permissions") return json({ data: seen.granted.map((permission) => ({ permission, status: "granted" })) });
    if (url.searchParams.get("appsecret_proof") !== sign(SECRET, token)) seen.faults.push(call);
    if (call === "GET /me/accounts") return json({ data: pages });
    if (call.endsWith(`/${PAGE}/subscribed_apps`)) {
      seen.subscribed.push(request.method);
      return json({ success: true });
    }
    if (call === "POST /me/messages" && seen.revoked) return json({ error: { code: 190 } }, 400);
    if (call === "POST /me/messages") {
      seen.sent.push(JSON.parse(body));
      return json({ message_id: "m" });
    }
    seen.faults.push(call);
    return json({}, 404);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  const folder = await mkdtemp(join(tmpdir(), "rolecall-e2e-"));
  const config = join(folder, "rolecall.toml");
  await writeFile(config, settings(url));
  /** Somebody writes to the page: the webhook is called, signed. */
  const says = async (webhook, sender, mid, text) => {
    const messaging = [{ sender: { id: sender }, recipient: { id: PAGE }, timestamp: Date.now(), message: { mid, text } }];
    const body = JSON.stringify({ object: "page", entry: [{ id: PAGE, messaging }] });
    const headers = { "Content-Type": "application/json", "X-Hub-Signature-256": `sha256=${sign(SECRET, body)}` };
    return (await fetch(webhook, { method: "POST", headers, body })).status;
  };
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  };
  return { url, config, seen, says, stop };
}
