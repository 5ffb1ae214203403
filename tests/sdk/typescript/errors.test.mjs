/* The SDK's classes of errors, and what it does about some of them. */

import assert from "node:assert/strict";
import { File } from "node:buffer";
import test from "node:test";

import { assertRefused, Cohere, CohereClient, CohereError, newWorld, NO_UUID, rerankModel }
    from "./support.mjs";
import { startMockhere } from "./server.mjs";

const EMBED = { name: "n", type: "embed-input" };
const RERANK = { model: "rerank-v3.5", query: "q", documents: ["a"] };
const ONE = new File(['{"text": "a"}\n'], "a.jsonl");
const HELP = "For proper usage, please refer to https://docs.cohere.com/reference/rerank";
const NO_MODEL = "make sure the correct model ID was used and that you have access to the model.";
const EXPIRED =
    "Your API key has expired. Please create a production key at dashboard.cohere.com or reach out to your contact " +
    "at Cohere to continue usage.";

const CASES = [
    ["a dataset without a name", Cohere.BadRequestError, 400, "The name parameter must be set.",
        ({ co }) => co.datasets.create(ONE, undefined, { type: "embed-input" })],
    ["a dataset of an unknown type", Cohere.BadRequestError, 400, "The dataset type is invalid.",
        ({ co }) => co.datasets.create(ONE, undefined, { ...EMBED, type: "rerank-finetune-input" })],
    ["a dataset without rows", Cohere.BadRequestError, 400, "The data file must be set.",
        ({ co }) => co.datasets.create(new File([], "a.jsonl"), undefined, EMBED)],
    ["an unknown dataset", Cohere.NotFoundError, 404, "dataset with id my-dataset-id not found",
        ({ co }) => co.datasets.get("my-dataset-id")],
    ["a dataset to delete that is unknown", Cohere.NotFoundError, 404, "dataset with id a/b not found",
        ({ co }) => co.datasets.delete("a/b")],
    ["an empty list of documents", Cohere.BadRequestError, 400,
        "invalid request: list of documents must not be empty", ({ co }) => co.rerank({ ...RERANK, documents: [] })],
    ["an empty query", Cohere.BadRequestError, 400, "invalid request: query must not be empty or be only whitespace",
        ({ co2 }) => co2.rerank({ ...RERANK, query: " " })],
    ["a rerank without a model", Cohere.BadRequestError, 400, "a model parameter is required for this endpoint.",
        ({ co }) => co.rerank({ ...RERANK, model: undefined })],
    ["an unknown model", Cohere.NotFoundError, 404, `model 'xyz' not found, ${NO_MODEL}`,
        ({ co2 }) => co2.rerank({ ...RERANK, model: "xyz" })],
    ["a field that v2 does not know", Cohere.UnprocessableEntityError, 422,
        `unknown field: parameter 'top_k' is not a valid field. ${HELP}`,
        ({ co2 }) => co2.rerank({ ...RERANK, top_k: 3 })],
    ["an id that is no UUID", Cohere.BadRequestError, 400, "finetuneID is not a valid UUID: 'test-id'",
        ({ co }) => co.finetuning.getFinetunedModel("test-id")],
    ["an unknown fine-tuned model", Cohere.NotFoundError, 404, `finetuned model ${NO_UUID} not found`,
        ({ co }) => co.finetuning.listEvents(NO_UUID)],
    ["a fine-tuning of an unknown dataset", Cohere.NotFoundError, 404, "dataset with id gone not found",
        ({ co2 }) => co2.finetuning.createFinetunedModel(rerankModel("n", "gone"))],
    ["a fine-tuning without a name", Cohere.BadRequestError, 400, "name must be set",
        ({ co }) => co.finetuning.createFinetunedModel(rerankModel("", "gone"))],
    ["a hyperparameter out of range", Cohere.BadRequestError, 400,
        "settings.hyperparameters.train_epochs must be between 1 and 10",
        ({ co }) => {
            const model = rerankModel("n", "gone");
            return co.finetuning.createFinetunedModel(
                { ...model, settings: { ...model.settings, hyperparameters: { trainEpochs: 11 } } });
        }],
    ["an empty key", Cohere.UnauthorizedError, 401, "no api key supplied",
        ({ base }) => new CohereClient({ token: "", environment: base }).datasets.list()],
    ["an empty key for fine-tuning", Cohere.UnauthorizedError, 401, "no api key supplied",
        ({ base }) => new CohereClient({ token: "", environment: base }).finetuning.listFinetunedModels()],
    ["a model by an unknown name", Cohere.NotFoundError, 404, `model 'xyz' not found, ${NO_MODEL}`,
        ({ co }) => co.models.get("xyz")],
    ["a priority out of range", Cohere.BadRequestError, 400, "invalid request: priority must be between 0 and 999",
        ({ co2 }) => co2.rerank({ ...RERANK, priority: 1000 })],
    ["an endpoint that is not faked", Cohere.NotImplementedError, 501,
        "mockhere does not fake /v1/tokenize; stub it under /__admin/mappings",
        ({ co }) => co.tokenize({ text: "a", model: "command-r" }, { maxRetries: 0 })],
    ["an update of an unknown model", Cohere.NotFoundError, 404,
        `finetuned model ${NO_UUID} not found`,
        ({ co }) => co.finetuning.updateFinetunedModel(NO_UUID, rerankModel("n", "d"))],
    ["a look at the metrics of an unknown model", Cohere.NotFoundError, 404,
        `finetuned model ${NO_UUID} not found`,
        ({ co }) => co.finetuning.listTrainingStepMetrics(NO_UUID)],
];
for (const [what, Class, status, message, call] of CASES) {
    test(`${what} is refused`, async () => {
        await assertRefused(call(newWorld()), Class, status, message);
    });
}

const KEYS = [
    ["invalid-key", Cohere.UnauthorizedError, 401, "invalid api token"],
    ["expired-key", Cohere.UnauthorizedError, 401, EXPIRED],
];
for (const [key, Class, status, message] of KEYS) {
    test(`the key ${key} is refused`, async () => {
        await assertRefused(newWorld({ key }).co.datasets.list(), Class, status, message);
        await assertRefused(newWorld({ key }).co2.rerank(RERANK), Class, status, message);
        await assertRefused(newWorld({ key }).co.checkApiKey(), Class, status, message);
    });
}

test("a key whose bill is not paid is refused, which has no class of its own", async () => {
    const { co } = newWorld({ key: "blocked-key" });
    const error = await co.datasets.list().catch((reason) => reason);
    assert.equal(error.constructor, CohereError);
    assert.equal(error.statusCode, 402);
});

/* A fetch that notes the status of each answer. */
function counting() {
    const statuses = [];
    const fetchAndNote = async (...args) => {
        const answer = await globalThis.fetch(...args);
        statuses.push(answer.status);
        return answer;
    };
    return { statuses, fetch: fetchAndNote };
}

test("a call past the limit is sent three times, a second apart", async () => {
    const { statuses, fetch } = counting();
    const { co2 } = newWorld({ key: "limited-key", fetch });
    const started = performance.now();
    const error = await co2.rerank(RERANK).catch((reason) => reason);
    assert.equal(error.constructor, Cohere.TooManyRequestsError);
    assert.equal(error.rawResponse.headers.get("retry-after"), "1");
    assert.deepEqual(statuses, [429, 429, 429]);
    assert.ok(performance.now() - started > 1900);
});

test("a call that meets a 503 is sent again", async () => {
    const { statuses, fetch } = counting();
    const { co2 } = newWorld({ key: "flaky-key", fetch });
    for (let i = 0; i < 3; i++) {
        await co2.rerank(RERANK);
    }
    assert.equal(statuses.filter((status) => status === 503).length, 1);
    assert.equal(statuses.length, 4);
});

test("a 503 has a class of errors", async () => {
    const { co } = newWorld({ key: "flaky-key", maxRetries: 0 });
    const errors = [];
    for (let i = 0; i < 3; i++) {
        await co.datasets.list().catch((reason) => errors.push(reason.constructor));
    }
    assert.deepEqual(errors, [Cohere.ServiceUnavailableError]);
});

test("limits of the server are told", async () => {
    const server = await startMockhere("--worlds-max", "1", "--json-size-max", "1024");
    try {
        const options = { url: server.url, maxRetries: 0 };
        const { co } = newWorld(options);
        await co.datasets.list();
        await assertRefused(
            newWorld(options).co.datasets.list(),
            Cohere.ServiceUnavailableError,
            503,
            "mockhere is out of worlds; see --worlds-max",
        );
        const error = await co.rerank({ ...RERANK, documents: ["a".repeat(1024)] }).catch((reason) => reason);
        assert.deepEqual([error.constructor, error.statusCode], [CohereError, 413]);
        assert.equal(error.body.message, "request body is larger than 1024 bytes; see --json-size-max");
    } finally {
        await server.stop();
    }
});

test("an error shows its status and its body", async () => {
    const error = await newWorld().co.datasets.get("x").catch((reason) => reason);
    assert.ok(error instanceof CohereError);
    assert.match(error.message, /Status code: 404\nBody: \{\n {2}"id": "[0-9a-f-]{36}",\n {2}"message": "dataset with id x/);
    assert.equal(error.rawResponse.headers.get("content-type"), "application/json");
});

test("a call can be given up", async () => {
    const controller = new AbortController();
    controller.abort();
    /* The SDK leaves its timer running then, and node waits for it. */
    const call = newWorld({ timeoutInSeconds: 1 }).co.datasets.list({}, { abortSignal: controller.signal });
    await assert.rejects(call, { constructor: CohereError, message: "The user aborted a request" });
});
