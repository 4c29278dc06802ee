// @hubspot/api-client as published: records, batches, search, associations, schema, lists, tokens, retries, errors.
import assert from "node:assert/strict";
import hubspot from "@hubspot/api-client";
import { card, refusal, story, tell } from "./stories.mjs";

const basePath = card.hubspot_url;
const client = new hubspot.Client({ basePath, accessToken: card.hubspot_access_token });
const { basicApi, batchApi, searchApi } = client.crm.contacts;
const person = (email, more = {}) => ({ properties: { email, ...more }, associations: [] });
const PRIMARY = { associationCategory: "HUBSPOT_DEFINED", associationTypeId: 1 };

story("single records from birth to erasure", async () => {
  const made = await basicApi.create(person("Node.One@x.io"));
  assert.deepEqual([made.properties.email, made.archived, made.createdAt instanceof Date], ["node.one@x.io", false, true]);
  assert.equal((await basicApi.update(made.id, { properties: { city: "Rome" } })).properties.city, "Rome");
  const read = await basicApi.getById("node.one@x.io", ["city"], ["city"], undefined, false, "email");
  assert.deepEqual([read.id, read.propertiesWithHistory.city[0].value], [made.id, "Rome"]);
  const other = await basicApi.create(person("node.two@x.io"));
  const merged = await basicApi.merge({ primaryObjectId: made.id, objectIdToMerge: other.id });
  assert.equal((await basicApi.getById(other.id)).id, merged.id);
  await basicApi.archive(merged.id);
  assert.equal((await refusal(() => basicApi.getById(merged.id))).code, 404);
  const archived = await basicApi.getPage(100, undefined, undefined, undefined, undefined, true);
  assert.ok(archived.results.some(({ id }) => id === merged.id));
  const erased = await basicApi.create(person("node.three@x.io"));
  await basicApi.purge({ objectId: erased.id });
  assert.equal((await refusal(() => basicApi.getById(erased.id))).code, 404);
});

story("pages, getAll and search agree", async () => {
  const names = Array.from({ length: 150 }, (_, number) => `NPage ${String(number).padStart(3, "0")}`);
  const inputs = names.map((name) => ({ properties: { name, city: "Nodetown" }, associations: [] }));
  for (const at of [0, 100]) await client.crm.companies.batchApi.create({ inputs: inputs.slice(at, at + 100) });
  const all = await client.crm.companies.getAll(60, undefined, ["name", "city"]);
  const ours = all.filter(({ properties }) => properties.city === "Nodetown").map(({ properties }) => properties.name);
  assert.deepEqual(ours.toSorted?.() ?? [...ours].sort(), names);
  const query = {
    filterGroups: [{ filters: [{ propertyName: "city", operator: "EQ", value: "Nodetown" }] }],
    sorts: ["name"],
    properties: ["name"],
    limit: 100,
  };
  const first = await client.crm.companies.searchApi.doSearch(query);
  assert.deepEqual([first.total, first.results.length], [150, 100]);
  const rest = await client.crm.companies.searchApi.doSearch({ ...query, after: first.paging.next.after });
  assert.deepEqual([...first.results, ...rest.results].map(({ properties }) => properties.name), names);
  assert.equal(rest.paging, undefined);
});

story("batches fail in part", async () => {
  const made = await batchApi.create({ inputs: [1, 2].map((number) => person(`nbatch${number}@x.io`)) });
  const [first, second] = made.results.map(({ id }) => id);
  const partial = await batchApi.update({
    inputs: [
      { id: first, properties: { city: "Oslo" }, objectWriteTraceId: "a" },
      { id: second, properties: { nonsense: "x" }, objectWriteTraceId: "b" },
    ],
  });
  assert.deepEqual([partial.numErrors, partial.results.map(({ id }) => id)], [1, [first]]);
  assert.deepEqual(partial.errors[0].context, { objectWriteTraceId: ["b"] });
  const inputs = ["nbatch1@x.io", "nbatch9@x.io"].map((id) => ({ id, idProperty: "email", properties: { city: "X" } }));
  const upserted = await batchApi.upsert({ inputs });
  assert.deepEqual(upserted.results.map((each) => each._new).sort(), [false, true]);
  const asked = { inputs: [{ id: first }, { id: "999999999" }], properties: ["city"], propertiesWithHistory: [] };
  const found = await batchApi.read(asked);
  assert.deepEqual([found.results.length, found.numErrors, found.errors[0].category], [1, 1, "OBJECT_NOT_FOUND"]);
  await batchApi.archive({ inputs: [{ id: first }, { id: second }] });
});

story("associations, old and new", async () => {
  const contact = (await basicApi.create(person("nedge@x.io"))).id;
  const company = (await client.crm.companies.basicApi.create({ properties: { name: "NEdge" }, associations: [] })).id;
  const edges = client.crm.associations.v4;
  const made = await edges.basicApi.create("contacts", contact, "companies", company, [PRIMARY]);
  assert.deepEqual(made.labels, ["Primary"]);
  const page = await edges.basicApi.getPage("contacts", contact, "companies");
  assert.equal(String(page.results[0].toObjectId), company);
  const batch = await edges.batchApi.getPage("contacts", "companies", { inputs: [{ id: contact }] });
  assert.equal(batch.results[0]._from.id, contact);
  const read = await basicApi.getById(contact, undefined, undefined, ["companies"]);
  assert.ok(read.associations.companies.results.every(({ id }) => id === company));
  const types = await edges.schema.definitionsApi.getAll("contacts", "companies");
  assert.ok(types.results.some(({ typeId, label }) => typeId === 1 && label === "Primary"));
  await edges.basicApi.archive("contacts", contact, "companies", company);
});

story("properties, owners, pipelines and lists", async () => {
  const { coreApi } = client.crm.properties;
  const body = { name: "node_key", label: "Key", type: "string", fieldType: "text", groupName: "contactinformation" };
  assert.equal((await coreApi.create("contacts", { ...body, hasUniqueValue: true })).hasUniqueValue, true);
  assert.ok((await coreApi.getAll("contacts")).results.some(({ name }) => name === "node_key"));
  assert.equal((await refusal(() => coreApi.create("contacts", body))).code, 409);
  await coreApi.archive("contacts", "node_key");
  const owners = await client.crm.owners.ownersApi.getPage(undefined, undefined, 100);
  assert.ok(owners.results[0].email.includes("@"));
  const { pipelinesApi, pipelineStagesApi } = client.crm.pipelines;
  assert.equal((await pipelinesApi.getAll("deals")).results[0].id, "default");
  const stage = { label: "Open", displayOrder: 0, metadata: { probability: "0.5" } };
  const line = await pipelinesApi.create("deals", { label: "Node", displayOrder: 5, stages: [stage] });
  const renamed = await pipelineStagesApi.update("deals", line.id, line.stages[0].id, { label: "Now", metadata: {} });
  assert.equal(renamed.label, "Now");
  await pipelinesApi.archive("deals", line.id);
  const { listsApi, membershipsApi } = client.crm.lists;
  const { list } = await listsApi.create({ objectTypeId: "0-1", processingType: "MANUAL", name: "Node list" });
  const { id } = await basicApi.create(person("nlisted@x.io"));
  assert.deepEqual((await membershipsApi.add(list.listId, [id])).recordsIdsAdded, [id]);
  assert.deepEqual((await membershipsApi.getPage(list.listId)).results.map(({ recordId }) => recordId), [id]);
  await listsApi.remove(list.listId);
});

story("tokens bought by OAuth open the portal", async () => {
  const stranger = new hubspot.Client({ basePath });
  const bought = await stranger.oauth.tokensApi.create(
    "refresh_token",
    undefined,
    undefined,
    card.hubspot_client_id,
    card.hubspot_client_secret,
    card.hubspot_refresh_token,
  );
  assert.equal(bought.expiresIn, 1800);
  assert.equal((await stranger.oauth.accessTokensApi.get(bought.accessToken)).hubId, 1234567);
  stranger.setAccessToken(bought.accessToken);
  assert.equal((await stranger.crm.contacts.basicApi.getPage(1)).results.length, 1);
});

story("it tries again after a failure of the server, when asked to", async () => {
  const control = `${card.vendors_url}/__sandbox__/faults`;
  const rule = { system: "hubspot", kind: "503", name: "node", path: "/crm/v3/owners", rate: 1, times: 1, html: false };
  await fetch(control, { method: "POST", body: JSON.stringify(rule) });
  const patient = new hubspot.Client({ basePath, accessToken: card.hubspot_access_token, numberOfApiCallRetries: 2 });
  assert.ok((await patient.crm.owners.ownersApi.getPage()).results.length);
  const told = await (await fetch(control)).json();
  assert.ok(told.hubspot.struck.some(({ label, rule: name }) => (label ?? name) === "node"), JSON.stringify(told));
  await fetch(`${control}?name=node&system=hubspot`, { method: "DELETE" });
});

story("each refusal has its code and body", async () => {
  const known = await basicApi.create(person("ntaken@x.io"));
  const cases = [
    [() => basicApi.create(person("ntaken@x.io")), 409, "CONFLICT"],
    [() => basicApi.create(person("no mail")), 400, "VALIDATION_ERROR"],
    [() => basicApi.create(person("nnew@x.io", { nonsense: "x" })), 400, "VALIDATION_ERROR"],
    [() => basicApi.getPage(101), 400, "VALIDATION_ERROR"],
    [() => searchApi.doSearch({ filterGroups: [], limit: 201 }), 400, "VALIDATION_ERROR"],
    [() => basicApi.getById("999999999"), 404, undefined],
    [() => new hubspot.Client({ basePath, accessToken: "x" }).crm.contacts.basicApi.getPage(), 401, "INVALID_AUTHENTICATION"],
  ];
  for (const [act, status, category] of cases) {
    const { code, body } = await refusal(act);
    assert.deepEqual([code, body.status, body.category, typeof body.correlationId], [status, "error", category, "string"]);
  }
  const conflict = await refusal(() => basicApi.create(person("ntaken@x.io")));
  assert.ok(conflict.body.message.includes(`Existing ID: ${known.id}`));
});

story("requests of one's own making pass through", async () => {
  const answer = await client.apiRequest({ path: "/account-info/v3/details" });
  assert.equal((await answer.json()).portalId, 1234567);
});

await tell();
