/* Uploads in the forms that the SDK takes, their validation, and downloads. */

import assert from "node:assert/strict";
import { Blob, File } from "node:buffer";
import { createReadStream, readFileSync, statSync } from "node:fs";
import test from "node:test";

import { assertRefused, Cohere, EVAL, fileOf, KEY, newWorld, readRows, RERANKER, TRAIN, upload, uploadReranker }
    from "./support.mjs";

const LINE = '{"text": "The quick brown fox jumps over the lazy dog"}\n';
const COLLISION =
    "string 'How can you make physics easy to learn?' is both a relevant passage and hard negatives of query " +
    "'What can make Physics easy to learn?'";
const EMBED = { name: "n", type: "embed-input" };
const NO_FILE = "You used an invalid parameter for part: data use file or an evaluation file.";

const jsonl = (rows) => new File(rows.map((row) => `${JSON.stringify(row)}\n`), "rows.jsonl");

const UPLOADS = {
    "a File": [new File([LINE], "rows.jsonl"), "000_rows.avro"],
    "a File of a Buffer": [new File([Buffer.from(LINE)], "dir/rows.v1.jsonl"), "000_rows.v1.avro"],
    "a Blob that was given a name": [Object.assign(new Blob([LINE]), { name: "named.jsonl" }), "000_named.avro"],
    "a Blob without a name": [new Blob([LINE]), "000_blob.avro"],
};
for (const [what, [data, name]] of Object.entries(UPLOADS)) {
    test(`${what} is uploaded`, async () => {
        const dataset = await upload(newWorld().co, data);
        assert.equal(dataset.validationStatus, "validated", dataset.validationError);
        assert.deepEqual(dataset.datasetParts.map((part) => [part.name, part.numRows]), [[name, 1]]);
        assert.deepEqual(JSON.parse(dataset.datasetParts[0].samples[0]), JSON.parse(LINE));
    });
}

/* The SDK makes text fields of these, which have no file name. */
for (const [what, make] of Object.entries({
    "a bare Buffer": () => Buffer.from(LINE),
    "a stream of a file": () => createReadStream(EVAL),
})) {
    test(`${what} is refused`, async () => {
        await assertRefused(newWorld().co.datasets.create(make(), undefined, EMBED), Cohere.BadRequestError, 400, NO_FILE);
    });
}

test("a dataset of both files is validated and shown", async () => {
    const { co } = newWorld();
    const dataset = await uploadReranker(co);
    assert.match(dataset.id, /^rerank-train-[a-z0-9]{6}$/);
    assert.deepEqual([dataset.name, dataset.datasetType], ["rerank train", RERANKER]);
    assert.ok(dataset.createdAt instanceof Date && dataset.updatedAt > dataset.createdAt);
    assert.deepEqual(dataset.requiredFields, ["query", "relevant_passages"]);
    assert.equal(JSON.parse(dataset.schema).type, "record");
    assert.deepEqual(
        dataset.datasetParts.map((part) => [part.name, part.index, part.numRows]),
        [["000_rerank_train.avro", 0, 300], ["001_rerank_eval.avro", 1, 80]],
    );
    assert.deepEqual(dataset.datasetParts[0].samples.map((sample) => JSON.parse(sample)), readRows(TRAIN).slice(0, 3));
    /* The SDK does not know these, and passes them on as they come. */
    assert.equal(dataset.metrics.finetune_dataset_metrics.reranker_data_metrics.num_eval_queries, 80);
});

test("both clients share their datasets", async () => {
    const { co, co2 } = newWorld();
    const { id } = await co2.datasets.create(jsonl([{ text: "a" }]), undefined, EMBED);
    assert.equal((await co.datasets.get(id)).dataset.name, "n");
});

test("an overlap fails with the documented text", async () => {
    const { co } = newWorld();
    const file = fileOf(TRAIN.replace("rerank_train", "rerank_relevant_passage_hard_negative_collision"));
    const dataset = await upload(co, file, undefined, { type: RERANKER });
    assert.deepEqual([dataset.validationStatus, dataset.validationError], ["failed", COLLISION]);
});

test("malformed rows are skipped when asked for", async () => {
    const bad = { query: "q", relevant_passages: ["same"], hard_negatives: ["same"] };
    const dataset = await upload(newWorld().co, jsonl([bad, ...readRows(TRAIN)]), undefined, {
        type: RERANKER,
        skipMalformedInput: true,
    });
    assert.equal(dataset.validationStatus, "validated");
    assert.equal(dataset.datasetParts[0].numRows, 300);
});

test("fields are kept, those of a list and a single one", async () => {
    const rows = [{ text: "a", title: "t", minutes: 1, author: "x", rest: 0 }];
    const dataset = await upload(newWorld().co, jsonl(rows), undefined, {
        keepFields: ["title", "minutes"],
        optionalFields: "author",
    });
    assert.deepEqual(dataset.preserveFields, ["title", "minutes", "author"]);
    assert.deepEqual(JSON.parse(dataset.datasetParts[0].samples[0]), { text: "a", title: "t", minutes: 1, author: "x" });
});

test("a CSV file is read with its delimiter", async () => {
    const file = new File(['id\ttext\n1\t"one, and a half"\n2\ttwo\n'], "rows.csv");
    const dataset = await upload(newWorld().co, file, undefined, { csvDelimiter: "\t" });
    const texts = dataset.datasetParts[0].samples.map((sample) => JSON.parse(sample).text);
    assert.deepEqual(texts, ["one, and a half", "two"]);
});

test("a kept original comes back as it was sent", async () => {
    const dataset = await upload(newWorld().co, new File([LINE], "a.jsonl"), undefined, { keepOriginalFile: true });
    assert.equal(await (await fetch(dataset.datasetParts[0].originalUrl)).text(), LINE);
});

test("parts are downloaded without a key", async () => {
    const { co, base } = newWorld();
    for (const part of (await uploadReranker(co)).datasetParts) {
        assert.ok(part.url.startsWith(new URL(base).origin));
        const answer = await fetch(part.url);
        const bytes = Buffer.from(await answer.arrayBuffer());
        assert.equal(answer.status, 200);
        assert.equal(bytes.subarray(0, 4).toString("latin1"), "Obj\x01");
        assert.equal(bytes.length, part.sizeBytes);
    }
});

test("usage counts the bytes as uploaded", async () => {
    const { co } = newWorld();
    const usage = async () => (await co.datasets.getUsage()).organizationUsage;
    assert.equal(await usage(), 0);
    const { id } = await uploadReranker(co);
    assert.equal(await usage(), statSync(TRAIN).size + statSync(EVAL).size);
    assert.deepEqual(await co.datasets.delete(id), {});
    assert.equal(await usage(), 0);
    assert.deepEqual((await co.datasets.list()).datasets, []);
});

test("the list takes a type, pages and dates, and undefined for any of them", async () => {
    const { co } = newWorld();
    const ids = [];
    for (const name of ["first", "second", "third"]) {
        ids.unshift((await upload(co, jsonl([{ text: "a" }]), undefined, { name })).id);
    }
    const list = async (request) => (await co.datasets.list(request)).datasets.map((dataset) => dataset.id);
    const hour = 3_600_000;
    const [before, after] = [new Date(Date.now() + hour), new Date(Date.now() - hour)];
    assert.deepEqual(await list(), ids);
    assert.deepEqual(await list({ datasetType: undefined, limit: undefined, before: undefined }), ids);
    assert.deepEqual(await list({ datasetType: "embed-input", before, after }), ids);
    assert.deepEqual(await list({ datasetType: RERANKER }), []);
    assert.deepEqual(await list({ before: after }), []);
    assert.deepEqual(await list({ limit: 1, offset: 1 }), [ids[1]]);
});

test("the list takes a status", async () => {
    const { co } = newWorld();
    await upload(co, jsonl([{ text: "a" }]));
    assert.equal((await co.datasets.list({ validationStatus: "validated" })).datasets.length, 1);
    assert.deepEqual((await co.datasets.list({ validationStatus: "failed" })).datasets, []);
});

/* The way around the SDK's streams for files that do not fit into memory. */
test("the form of node itself is accepted, with the older names of the parts", async () => {
    const { base } = newWorld();
    const form = new FormData();
    form.append("eval_file", new Blob([readFileSync(EVAL)]), "e.jsonl");
    form.append("file", new Blob([readFileSync(TRAIN)]), "t.jsonl");
    const answer = await fetch(`${base}/v1/datasets?name=n&type=${RERANKER}`, {
        method: "POST",
        headers: { Authorization: `Bearer ${KEY}` },
        body: form,
    });
    assert.deepEqual(Object.keys(await answer.json()), ["id"]);
});
