/* Rankings by both clients. */

import assert from "node:assert/strict";
import test from "node:test";

import { newWorld } from "./support.mjs";

const CAPITAL = "What is the capital of the United States?";
/* As Cohere's specification has it, with its missing space. */
const DOCUMENTS = [
    "Carson City is the capital city of the American state of Nevada.",
    "The Commonwealth of the Northern Mariana Islands is a group of islands in the Pacific Ocean. Its capital is " +
        "Saipan.",
    "Capitalization or capitalisation in English grammar is the use of a capital letter at the start of a word. " +
        "English usage varies from capitalization in other languages.",
    "Washington, D.C. (also known as simply Washington or D.C., and officially as the District of Columbia) is the " +
        "capital of the United States. It is a federal district.",
    "Capital punishment has existed in the United States since beforethe United States was a country. As of 2017, " +
        "capital punishment is legal in 30 of the 50 states.",
];

const order = (answer) => answer.results.map((result) => result.index);

test("the example of the specification, as v1", async () => {
    const { co } = newWorld();
    const documents = DOCUMENTS.map((text) => ({ text }));
    const answer = await co.rerank({ model: "rerank-v3.5", query: CAPITAL, documents, topN: 3 });
    assert.deepEqual(order(answer), [3, 4, 0]);
    assert.equal(answer.meta.apiVersion.version, "1");
    assert.equal(answer.meta.billedUnits.searchUnits, 1);
    assert.match(answer.id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("the example of the specification, as v2", async () => {
    const { co2 } = newWorld();
    const answer = await co2.rerank({ model: "rerank-v3.5", query: CAPITAL, documents: DOCUMENTS, topN: 3 });
    assert.deepEqual(order(answer), [3, 4, 0]);
    assert.equal(answer.meta.apiVersion.version, "2");
    const scores = answer.results.map((result) => result.relevanceScore);
    assert.deepEqual(scores, [...scores].sort((a, b) => b - a));
    assert.ok(scores.every((score) => score >= 0 && score <= 1));
});

test("documents come back when asked for", async () => {
    const { co } = newWorld();
    const request = { model: "rerank-v3.5", query: CAPITAL, documents: DOCUMENTS, topN: 2 };
    const asked = await co.rerank({ ...request, returnDocuments: true });
    assert.deepEqual(asked.results.map((result) => result.document.text), [DOCUMENTS[3], DOCUMENTS[4]]);
    const plain = await co.rerank(request);
    assert.ok(plain.results.every((result) => result.document === undefined));
});

test("rank fields take the place of text", async () => {
    const { co } = newWorld();
    const documents = [{ Title: "Facts", Content: DOCUMENTS[0] }, { Title: "More facts", Content: DOCUMENTS[3] }];
    const answer = await co.rerank({
        model: "rerank-english-v3.0",
        query: CAPITAL,
        documents,
        rankFields: ["Title", "Content"],
    });
    assert.deepEqual(order(answer), [1, 0]);
});

for (const nothing of [null, undefined]) {
    test(`optional fields may be ${nothing}`, async () => {
        const { co, co2 } = newWorld();
        const request = { model: "rerank-v3.5", query: "q", documents: ["a", "b"], topN: nothing };
        const first = await co.rerank({
            ...request,
            rankFields: nothing,
            returnDocuments: nothing,
            maxChunksPerDoc: nothing,
        });
        const second = await co2.rerank({ ...request, maxTokensPerDoc: nothing, priority: nothing });
        assert.deepEqual([first.results.length, second.results.length], [2, 2]);
    });
}

test("explicit nulls on the wire are absent", async () => {
    const { co2 } = newWorld();
    for (const [path, fields] of [
        ["v1/rerank", ["top_n", "rank_fields", "return_documents", "max_chunks_per_doc"]],
        ["v2/rerank", ["top_n", "max_tokens_per_doc", "priority"]],
    ]) {
        const nulls = Object.fromEntries(fields.map((field) => [field, null]));
        const answer = await co2.fetch(path, {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ model: "rerank-v3.5", query: "q", documents: ["a", "b"], ...nulls }),
        });
        assert.equal(answer.status, 200);
        assert.equal((await answer.json()).results.length, 2);
    }
});

test("the path of private deployments answers with the dated version", async () => {
    const { co } = newWorld();
    const answer = await co.fetch("rerank", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ model: "rerank-v3.5", query: CAPITAL, documents: DOCUMENTS, top_n: 1 }),
    });
    const ranking = await answer.json();
    assert.deepEqual(order(ranking), [3]);
    assert.equal(ranking.meta.api_version.version, "2022-12-06");
});

test("models that rerank are listed", async () => {
    const { co2 } = newWorld();
    const { models } = await co2.models.list({ endpoint: "rerank" });
    const names = models.map((model) => model.name);
    for (const name of ["rerank-v3.5", "rerank-english-v3.0", "rerank-multilingual-v3.0", "rerank-v4.0-pro"]) {
        assert.ok(names.includes(name), name);
    }
});

test("a model is shown by its name", async () => {
    const { co } = newWorld();
    const model = await co.models.get("rerank-v3.5");
    assert.deepEqual([model.name, model.finetuned, model.endpoints], ["rerank-v3.5", false, ["rerank"]]);
});

test("a key is checked", async () => {
    /* The method of the second client fails before it calls anybody. */
    const answer = await newWorld().co.checkApiKey();
    assert.equal(answer.valid, true);
    assert.match(answer.organizationId, /^[0-9a-f-]{36}$/);
    assert.match(answer.ownerId, /^[0-9a-f-]{36}$/);
});
