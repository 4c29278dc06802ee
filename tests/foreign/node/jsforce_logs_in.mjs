// jsforce as published: the ways it logs in, and how it renews a session.
import assert from "node:assert/strict";
import { createSign } from "node:crypto";
import { readFileSync } from "node:fs";
import jsforce from "jsforce";
import { card, refusal, story, tell } from "./stories.mjs";

const loginUrl = card.salesforce_url;
const app = { clientId: card.salesforce_client_id, clientSecret: card.salesforce_client_secret };

function assertion() {
  const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { iss: app.clientId, sub: card.salesforce_username, aud: loginUrl, exp: Date.now() + 180_000 };
  const text = `${encoded({ alg: "RS256" })}.${encoded(claims)}`;
  const signature = createSign("RSA-SHA256").update(text).sign(readFileSync(card.salesforce_private_key));
  return `${text}.${signature.toString("base64url")}`;
}

async function opens(connection) {
  const who = await connection.identity();
  assert.equal(who.username, card.salesforce_username);
  assert.equal((await connection.limits()).DailyApiRequests.Max, 100_000);
  assert.equal(connection.limitInfo.apiUsage.limit, 100_000);
}

story("it logs in by SOAP and out again", async () => {
  const connection = new jsforce.Connection({ loginUrl });
  const who = await connection.login(card.salesforce_username, card.salesforce_password);
  assert.match(who.id, /^005\w{15}$/);
  assert.match(who.organizationId, /^00D\w{15}$/);
  assert.equal(connection.instanceUrl, loginUrl);
  await opens(connection);
  const { accessToken, instanceUrl } = connection;
  await connection.logout();
  const late = new jsforce.Connection({ accessToken, instanceUrl });
  assert.equal((await refusal(() => late.query("SELECT Id FROM Lead"))).errorCode, "INVALID_SESSION_ID");
});

story("it logs in by OAuth with user name and password", async () => {
  const connection = new jsforce.Connection({ oauth2: { loginUrl, ...app } });
  const who = await connection.login(card.salesforce_username, card.salesforce_password);
  assert.match(who.organizationId, /^00D\w{15}$/);
  await opens(connection);
  await connection.logout(true);
});

story("it authorises by client credentials and by JWT", async () => {
  const credentials = new jsforce.Connection({ instanceUrl: loginUrl, oauth2: { loginUrl, ...app } });
  await credentials.authorize({ grant_type: "client_credentials" });
  await opens(credentials);
  const bearer = new jsforce.Connection({ oauth2: { loginUrl } });
  await bearer.authorize({ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion: assertion() });
  await opens(bearer);
});

story("it renews a dead session by its refresh token and repeats the call", async () => {
  const connection = new jsforce.Connection({
    instanceUrl: loginUrl,
    accessToken: "00D000000000001!dead",
    refreshToken: card.salesforce_refresh_token,
    oauth2: { loginUrl, ...app },
  });
  const renewed = [];
  connection.on("refresh", (token) => renewed.push(token));
  assert.equal((await connection.query("SELECT Id FROM Organization")).totalSize, 1);
  assert.equal(renewed.length, 1);
});

story("it is refused with the org's words", async () => {
  const plain = new jsforce.Connection({ loginUrl });
  const wrong = await refusal(() => plain.login(card.salesforce_username, "wrong"));
  assert.match(wrong.message, /^INVALID_LOGIN: Invalid username, password/);
  const newest = new jsforce.Connection({ loginUrl, version: "66.0" });
  const gone = await refusal(() => newest.login(card.salesforce_username, card.salesforce_password));
  assert.match(gone.message, /^UNSUPPORTED_API_VERSION/);
  const stranger = new jsforce.Connection({ oauth2: { loginUrl, ...app, clientSecret: "wrong" } });
  const unknown = await refusal(() => stranger.authorize({ grant_type: "client_credentials" }));
  assert.equal(unknown.name, "invalid_client");
  const dead = new jsforce.Connection({ instanceUrl: loginUrl, accessToken: "00D000000000001!dead" });
  assert.equal((await refusal(() => dead.sobject("Lead").create({}))).errorCode, "INVALID_SESSION_ID");
});

await tell();
