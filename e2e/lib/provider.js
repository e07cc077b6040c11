// A real OAuth provider (npm oidc-provider) on this machine: PKCE required, refresh tokens that rotate, revocation.
import { createServer } from "node:http";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Provider from "oidc-provider";

const SECRET = "a secret of the client";

/** The file that tells Rolecall of it. */
const settings = (url) => `[[provider]]
key = "forge"
name = "Forge"
issuer = "${url}"
authorize = "${url}/auth"
token = "${url}/token"
revoke = "${url}/token/revocation"
identity = "${url}/me"
client-id = "rolecall"
client-secret = "${SECRET}"
remove-at = "${url}/apps"

[provider.parameters]
prompt = "consent"

[[provider.scopes]]
name = "openid"
words = "Know who you are there"
needed = true

[[provider.scopes]]
name = "posts:read"
words = "Read your posts"

[[provider.scopes]]
name = "posts:write"
words = "Write in your name"
`;

/** Listens; `config` is Rolecall's file, and `serve` begins once it is known where people are sent back to. */
export async function provider() {
  let answer = (request, response) => response.writeHead(503).end();
  const server = createServer((request, response) => answer(request, response));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  const folder = await mkdtemp(join(tmpdir(), "rolecall-e2e-"));
  const config = join(folder, "rolecall.toml");
  await writeFile(config, settings(url));
  const seen = { grants: [], revoked: [], grantId: undefined };
  let op;
  const serve = (callback) => {
    op = new Provider(url, {
      clients: [{ client_id: "rolecall", client_secret: SECRET, redirect_uris: [callback], grant_types: ["authorization_code", "refresh_token"] }],
      scopes: ["openid", "posts:read", "posts:write"],
      claims: { openid: ["sub", "name"] },
      pkce: { required: () => true },
      features: { devInteractions: { enabled: true }, revocation: { enabled: true } },
      rotateRefreshToken: true,
      issueRefreshToken: () => true,
      expiresWithSession: () => false,
      // Within Rolecall's half minute of reserve: every use refreshes.
      ttl: { AccessToken: 20, RefreshToken: 3600, Grant: 3600, Session: 3600, Interaction: 600 },
      findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: `${id} at the forge` }) }),
    });
    op.on("grant.success", (ctx) => seen.grants.push(ctx.oidc.params.grant_type));
    op.on("grant.revoked", (_, grantId) => seen.revoked.push(grantId));
    op.on("refresh_token.saved", (token) => Object.assign(seen, { grantId: token.grantId }));
    answer = op.callback();
  };
  /** What people do on the provider's own page: they take the permission back. */
  const revoke = async () => {
    const { grantId } = seen;
    await op.AccessToken.revokeByGrantId(grantId);
    await op.RefreshToken.revokeByGrantId(grantId);
    await (await op.Grant.find(grantId))?.destroy();
  };
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  };
  return { url, config, seen, serve, revoke, stop };
}
