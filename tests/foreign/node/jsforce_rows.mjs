// jsforce as published: rows one by one and many at once, queries, replication, schema, errors.
import assert from "node:assert/strict";
import jsforce from "jsforce";
import { card, refusal, story, tell } from "./stories.mjs";

const connection = new jsforce.Connection({
  instanceUrl: card.salesforce_url,
  accessToken: card.salesforce_access_token,
  version: "62.0",
});
const leads = connection.sobject("Lead");
const person = (LastName, more = {}) => ({ LastName, Company: "Jay & Sons", ...more });

story("one row through its life", async () => {
  const begun = new Date(Date.now() - 120_000);
  const made = await leads.create(person("One"));
  assert.equal(made.success, true);
  assert.equal((await leads.update({ Id: made.id, Title: "CTO" })).success, true);
  const read = await leads.retrieve(made.id);
  assert.deepEqual([read.Title, read.Company, read.attributes.type], ["CTO", "Jay & Sons", "Lead"]);
  const keyed = await leads.upsert(person("Keyed", { Foreign_Key__c: "j-1" }), "Foreign_Key__c");
  assert.deepEqual([keyed.success, keyed.created], [true, true]);
  const again = await leads.upsert({ Foreign_Key__c: "j-1", Title: "CEO" }, "Foreign_Key__c");
  assert.deepEqual([again.id, again.created], [keyed.id, false]);
  assert.equal((await leads.destroy(made.id)).success, true);
  const until = new Date(Date.now() + 120_000);
  assert.ok((await leads.updated(begun, until)).ids.includes(keyed.id));
  assert.ok((await leads.deleted(begun, until)).deletedRecords.some(({ id }) => id === made.id));
});

story("many rows in one call fail in part", async () => {
  const mixed = [person("A"), { FirstName: "Jo" }, person("C")];
  const told = await leads.create(mixed, { allOrNone: false });
  assert.deepEqual(told.map(({ success }) => success), [true, false, true]);
  assert.equal(told[1].errors[0].statusCode, "REQUIRED_FIELD_MISSING");
  const refused = await leads.create(mixed, { allOrNone: true });
  assert.equal(refused[0].errors[0].statusCode, "ALL_OR_NONE_OPERATION_ROLLED_BACK");
  const ids = [told[0].id, told[2].id];
  const changed = await leads.update(ids.map((Id) => ({ Id, Title: "VP" })));
  assert.ok(changed.every(({ success }) => success));
  assert.deepEqual((await leads.retrieve(ids, { fields: ["Title"] })).map(({ Title }) => Title), ["VP", "VP"]);
  const keyed = ["x", "y"].map((key) => person(key, { Foreign_Key__c: `many-${key}` }));
  const upserted = await leads.upsert(keyed, "Foreign_Key__c");
  assert.deepEqual(upserted.map(({ created }) => created), [true, true]);
  assert.ok((await leads.destroy(ids)).every(({ success }) => success));
});

story("more rows than one call takes are split, and queries fetch every page", async () => {
  const many = Array.from({ length: 450 }, (_, number) => person(`JPage${String(number).padStart(3, "0")}`));
  const made = await leads.create(many, { allowRecursive: true });
  assert.equal(made.filter(({ success }) => success).length, 450);
  const soql = "SELECT Id, LastName FROM Lead WHERE LastName LIKE 'JPage%' ORDER BY LastName";
  const headers = { "Sforce-Query-Options": "batchSize=200" };
  const first = await connection.query(soql, { headers });
  assert.deepEqual([first.totalSize, first.done, first.records.length], [450, false, 200]);
  const second = await connection.queryMore(first.nextRecordsUrl, { headers });
  const third = await connection.queryMore(second.nextRecordsUrl, { headers });
  assert.deepEqual([second.records.length, third.records.length, third.done], [200, 50, true]);
  const all = await connection.query(soql, { autoFetch: true, maxFetch: 1_000, headers });
  assert.equal(all.records.length, 450);
  const streamed = [];
  await new Promise((resolve, reject) => {
    const query = connection.query(soql, { headers });
    query.on("record", ({ LastName }) => streamed.push(LastName)).on("end", resolve).on("error", reject);
    query.run({ autoFetch: true, maxFetch: 1_000 });
  });
  assert.deepEqual(streamed, many.map(({ LastName }) => LastName));
});

story("queries are built from conditions, count, explain and see deleted rows", async () => {
  const { id } = await leads.create(person("O'Neil & Co", { Email: "oneil@jay.example" }));
  const found = await leads.find({ LastName: "O'Neil & Co", Email: { $like: "oneil%" } }, ["Id", "Owner.Name"]).limit(5);
  assert.deepEqual(found.map(({ Id }) => Id), [id]);
  assert.equal(await leads.count({ LastName: "O'Neil & Co" }), 1);
  assert.equal((await leads.find({ Id: id }).explain()).plans.length, 1);
  await leads.destroy(id);
  const soql = `SELECT Id, IsDeleted FROM Lead WHERE Id = '${id}'`;
  assert.equal((await connection.query(soql)).totalSize, 0);
  assert.equal((await connection.query(soql, { scanAll: true })).records[0].IsDeleted, true);
});

story("words are searched for", async () => {
  const { id } = await leads.create(person("Trillian Findable"));
  const { searchRecords } = await connection.search("FIND {trillian find*} RETURNING Lead(Id, LastName), Contact(Id)");
  assert.deepEqual(searchRecords.map(({ Id }) => Id), [id]);
});

story("related rows come with their parents and children", async () => {
  const account = await connection.sobject("Account").create({ Name: "Jay Holding" });
  await connection.sobject("Contact").create({ LastName: "Child", AccountId: account.id });
  const accounts = connection.sobject("Account").find({ Id: account.id }, ["Id", "Name"]);
  const [read] = await accounts.include("Contacts").select("Id, LastName, Account.Name").end().execute();
  assert.equal(read.Contacts.totalSize, 1);
  assert.equal(read.Contacts.records[0].Account.Name, "Jay Holding");
});

story("several requests travel as one", async () => {
  const base = "/services/data/v62.0";
  const answers = await connection.requestPost(`${base}/composite`, {
    allOrNone: true,
    compositeRequest: [
      { method: "POST", url: `${base}/sobjects/Account`, referenceId: "acme", body: { Name: "Composed" } },
      {
        method: "POST",
        url: `${base}/sobjects/Contact`,
        referenceId: "jo",
        body: { LastName: "Composed", AccountId: "@{acme.id}" },
      },
    ],
  });
  assert.deepEqual(answers.compositeResponse.map(({ httpStatusCode }) => httpStatusCode), [201, 201]);
  const batch = await connection.requestPost(`${base}/composite/batch`, {
    batchRequests: [{ method: "GET", url: "v62.0/limits" }, { method: "GET", url: "v62.0/sobjects/Nothing__c" }],
  });
  assert.deepEqual([batch.hasErrors, ...batch.results.map(({ statusCode }) => statusCode)], [true, 200, 404]);
});

story("it learns the schema, keeps it, and adds to it", async () => {
  const global = await connection.describeGlobal();
  assert.ok(global.sobjects.some(({ name, keyPrefix }) => name === "Lead" && keyPrefix === "00Q"));
  const fresh = await connection.describe("Lead");
  assert.equal(fresh.fields.find(({ name }) => name === "Foreign_Key__c").unique, true);
  const kept = await leads.describe$();
  assert.equal(await leads.describe$(), kept);
  const made = await connection.tooling.sobject("CustomField").create({
    FullName: "Lead.Hat__c",
    Metadata: { label: "Hat", type: "Text", length: 9 },
  });
  assert.equal(made.success, true);
  const soql = "SELECT Id, DeveloperName FROM CustomField WHERE DeveloperName = 'Hat'";
  const found = await connection.tooling.query(soql);
  assert.deepEqual([found.totalSize, found.records[0].Id], [1, made.id]);
  assert.ok((await connection.request("/services/data")).some(({ version }) => version === "62.0"));
  assert.equal((await connection.request("/")).sobjects, "/services/data/v62.0/sobjects");
});

story("a lead is converted, and accounts are merged, over SOAP", async () => {
  const { id } = await leads.create(person("Convertible"));
  const [{ MasterLabel }] = await connection.sobject("LeadStatus").find({ IsConverted: true }, ["MasterLabel"]);
  const done = await connection.soap.convertLead({
    leadId: id,
    convertedStatus: MasterLabel,
    doNotCreateOpportunity: true,
  });
  assert.equal(done.success, true);
  assert.match(done.contactId, /^003/);
  const who = await connection.soap.getUserInfo();
  assert.match(who.organizationId, /^00D/);
  assert.ok((await connection.soap.getServerTimestamp()).timestamp);
  const [kept, lost] = await connection.sobject("Account").create([{ Name: "Kept" }, { Name: "Lost" }]);
  const merged = await connection.soap.merge({
    masterRecord: { type: "Account", Id: kept.id },
    recordToMergeIds: [lost.id],
  });
  assert.equal(merged.success, true);
  const gone = await refusal(() => connection.sobject("Account").retrieve(lost.id));
  assert.equal(gone.errorCode, "ENTITY_IS_DELETED");
});

story("each refusal has its code", async () => {
  await leads.create(person("Only", { Foreign_Key__c: "j-only" }));
  await leads.create([1, 2].map(() => person("Twice", { Loose_Key__c: "j-twice" })));
  const cases = [
    [() => leads.create({ FirstName: "Jo" }), "REQUIRED_FIELD_MISSING"],
    [() => leads.create(person("X", { Nonsense__c: 1 })), "INVALID_FIELD"],
    [() => leads.create(person("X", { Foreign_Key__c: "j-only" })), "DUPLICATE_VALUE"],
    [() => leads.retrieve("00Q000000000001AAA"), "NOT_FOUND"],
    [() => leads.upsert(person("X", { Loose_Key__c: "j-twice" }), "Loose_Key__c"), "MULTIPLE_CHOICES"],
    [() => connection.query("SELECT Id FRM Lead"), "MALFORMED_QUERY"],
    [() => connection.query("SELECT Id FROM Nothing__c"), "INVALID_TYPE"],
    [() => connection.queryMore("/services/data/v62.0/query/0r8000000000000AAA-200"), "INVALID_QUERY_LOCATOR"],
    [() => connection.describe("Nothing__c"), "NOT_FOUND"],
  ];
  for (const [act, code] of cases) {
    const { errorCode, name } = await refusal(act);
    assert.deepEqual([errorCode ?? name, String(act)], [code, String(act)]);
  }
});

await tell();
