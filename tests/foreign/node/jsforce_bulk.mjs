// jsforce as published: both Bulk APIs, both ways.
import assert from "node:assert/strict";
import jsforce from "jsforce";
import { card, refusal, story, tell } from "./stories.mjs";

const connection = new jsforce.Connection({
  instanceUrl: card.salesforce_url,
  accessToken: card.salesforce_access_token,
  version: "62.0",
});
for (const bulk of [connection.bulk, connection.bulk2]) {
  bulk.pollInterval = 20;
  bulk.pollTimeout = 20_000;
}
const lead = (LastName, key) => ({ LastName, Company: 'Bulk, "Øre"', Foreign_Key__c: key });

story("Bulk 2.0 loads rows and tells failed ones apart", async () => {
  const input = [lead("A", "jb-1"), lead("", "jb-2")];
  const told = await connection.bulk2.loadAndWaitForResults({
    object: "Lead",
    operation: "upsert",
    externalIdFieldName: "Foreign_Key__c",
    input,
    pollInterval: 20,
  });
  assert.deepEqual(told.successfulResults.map(({ sf__Created, Foreign_Key__c }) => [sf__Created, Foreign_Key__c]), [
    ["true", "jb-1"],
  ]);
  assert.match(told.failedResults[0].sf__Error, /^REQUIRED_FIELD_MISSING:/);
  assert.deepEqual(told.unprocessedRecords, []);
  const [{ sf__Id }] = told.successfulResults;
  const again = await connection.bulk2.loadAndWaitForResults({
    object: "Lead",
    operation: "delete",
    input: [{ Id: sf__Id }],
    pollInterval: 20,
  });
  assert.equal(again.successfulResults[0].sf__Id, sf__Id);
});

story("Bulk 2.0 queries as a stream", async () => {
  const input = Array.from({ length: 300 }, (_, number) => lead(`JB2 ${number}`, `jb2-${number}`));
  const job = connection.bulk2.createJob({ object: "Lead", operation: "insert" });
  await job.open();
  await job.uploadData(input);
  await job.close();
  await job.poll(20, 20_000);
  assert.equal((await job.check()).numberRecordsProcessed, 300);
  await job.delete();
  const soql = "SELECT LastName, Company, CreatedDate FROM Lead WHERE LastName LIKE 'JB2%' ORDER BY LastName";
  const rows = await (await connection.bulk2.query(soql)).toArray();
  assert.equal(rows.length, 300);
  assert.deepEqual([rows[0].LastName, rows[0].Company], ["JB2 0", 'Bulk, "Øre"']);
  assert.match(rows[0].CreatedDate, /\.000Z$/);
});

story("Bulk 1.0 loads rows, tells failed ones apart, and queries", async () => {
  const [made, failed] = await connection.bulk.load("Lead", "insert", [lead("JB1", "jb1-1"), lead("", "jb1-2")]);
  assert.deepEqual([made.success, failed.success], [true, false]);
  assert.match(failed.errors[0], /^REQUIRED_FIELD_MISSING:/);
  const changed = await connection.sobject("Lead").updateBulk([{ Id: made.id, Title: "CTO" }]);
  assert.equal(changed[0].success, true);
  const rows = [];
  const stream = await connection.bulk.query(`SELECT Id, Title FROM Lead WHERE Id = '${made.id}'`);
  await new Promise((resolve, reject) => {
    stream.on("record", (row) => rows.push(row)).on("end", resolve).on("error", reject);
  });
  assert.deepEqual(rows, [{ Id: made.id, Title: "CTO" }]);
  const gone = await connection.sobject("Lead").find({ Id: made.id }).destroy({ allowBulk: true, bulkThreshold: 0 });
  assert.equal(gone[0].success, true);
});

story("bad jobs are refused with their codes", async () => {
  const options = { object: "Lead", operation: "insert", input: [{ Nonsense__c: "x" }], pollInterval: 20 };
  const failed = await refusal(() => connection.bulk2.loadAndWaitForResults(options));
  assert.match(failed.message, /InvalidBatch : Field name not found : Nonsense__c/);
  const query = await refusal(() => connection.bulk2.query("SELECT Nonsense FROM Lead"));
  assert.equal(query.errorCode, "INVALID_FIELD");
  const unknown = await refusal(() => connection.bulk.job("750000000000001AAA").check());
  assert.equal(unknown.errorCode, "InvalidJob");
});

story("Bulk 1.0 renews a dead session as well", async () => {
  const tired = new jsforce.Connection({
    instanceUrl: card.salesforce_url,
    accessToken: "00D000000000001!dead",
    refreshToken: card.salesforce_refresh_token,
    oauth2: {
      loginUrl: card.salesforce_url,
      clientId: card.salesforce_client_id,
      clientSecret: card.salesforce_client_secret,
    },
  });
  tired.bulk.pollInterval = 20;
  const [made] = await tired.bulk.load("Lead", "insert", [lead("Tired", "jb1-tired")]);
  assert.equal(made.success, true);
});

await tell();
