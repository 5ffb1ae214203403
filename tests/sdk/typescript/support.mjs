/* What the tests share: the SDK, a world of the server for each test, clients, and data. */

import assert from "node:assert/strict";
import { File } from "node:buffer";
import { randomUUID } from "node:crypto";
import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { ROOT } from "./server.mjs";

/* The packages live below build/, where no import from here finds them. */
export const { Cohere, CohereClient, CohereClientV2, CohereError } = createRequire(
    join(process.env.NODE_FOLDER, "package.json"),
)("cohere-ai");

export const KEY = "test-key";
export const RERANKER = "reranker-finetune-input";
export const TRAIN = join(ROOT, "scenarios/data/rerank_train.jsonl");
export const EVAL = join(ROOT, "scenarios/data/rerank_eval.jsonl");
export const NO_UUID = "00000000-0000-4000-8000-000000000000";
const WAIT_MS = 120_000;

/* With $MOCKHERE_SDK_CALLS, each call of the SDK becomes a line of that file: ../coverage.py reads it. */
const calls = process.env.MOCKHERE_SDK_CALLS;
if (calls) {
    mkdirSync(dirname(calls), { recursive: true });
    const plain = globalThis.fetch;
    globalThis.fetch = (url, init) => {
        if (new Headers(init?.headers).has("x-fern-sdk-name")) {
            appendFileSync(calls, `${init.method} ${new URL(url).pathname}\n`);
        }
        return plain(url, init);
    };
}

/* A world that nobody else uses: its URL, its clients of both versions, its control paths. */
export function newWorld({ url = process.env.MOCKHERE_URL, key = KEY, ...options } = {}) {
    const base = `${url}/w/${randomUUID()}`;
    const client = { token: key, environment: base, timeoutInSeconds: 60, ...options };
    return {
        base,
        co: new CohereClient({ ...client }),
        co2: new CohereClientV2({ ...client }),
        control: async (method, path, body) => {
            const answer = await fetch(`${base}/__mockhere/${path}`, {
                method,
                headers: { "Content-Type": "application/json" },
                body: JSON.stringify(body),
            });
            assert.ok(answer.ok, await answer.text());
        },
    };
}

/* The promise is refused with an error of this class, with this status and text; the error is returned. */
export async function assertRefused(promise, Class, status, message) {
    const error = await Promise.resolve(promise).then(
        () => assert.fail("the call was not refused"),
        (reason) => reason,
    );
    assert.equal(error.constructor, Class, error.stack);
    assert.deepEqual([error.statusCode, error.body.message], [status, message]);
    return error;
}

/* Call `read` until `done` of what it gives, which is returned. */
export async function waitUntil(read, done) {
    const end = Date.now() + WAIT_MS;
    for (;;) {
        const value = await read();
        if (done(value)) {
            return value;
        }
        assert.ok(Date.now() < end, `still ${JSON.stringify(value)}`);
        await sleep(20);
    }
}

export function readRows(path) {
    return readFileSync(path, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
}

export function fileOf(path) {
    return new File([readFileSync(path)], basename(path));
}

/* Wait for the verdict on a dataset, whatever it is. */
export async function validated(co, id) {
    const verdict = (dataset) => !["unknown", "queued", "processing"].includes(dataset.validationStatus);
    return waitUntil(async () => (await co.datasets.get(id)).dataset, verdict);
}

/* Create a dataset of `data`, and `evaluation` if given, and wait for the verdict. */
export async function upload(co, data, evaluation, options = {}) {
    const { id } = await co.datasets.create(data, evaluation, { name: "d", type: "embed-input", ...options });
    return validated(co, id);
}

export async function uploadReranker(co) {
    const dataset = await upload(co, fileOf(TRAIN), fileOf(EVAL), { name: "rerank train", type: RERANKER });
    assert.equal(dataset.validationStatus, "validated", dataset.validationError);
    return dataset;
}

export function rerankModel(name, datasetId) {
    return { name, settings: { baseModel: { baseType: "BASE_TYPE_RERANK", name: "english" }, datasetId } };
}

/* Create a fine-tuned rerank model and poll until it is ready. */
export async function trainModel(co, name, datasetId) {
    const { finetunedModel } = await co.finetuning.createFinetunedModel(rerankModel(name, datasetId));
    assert.equal(finetunedModel.status, "STATUS_QUEUED");
    return waitUntil(
        async () => (await co.finetuning.getFinetunedModel(finetunedModel.id)).finetunedModel,
        (model) => ["STATUS_READY", "STATUS_FAILED"].includes(model.status),
    );
}
