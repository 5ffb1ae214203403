/* How a client is told where the fake is. */

import assert from "node:assert/strict";
import test from "node:test";

import { assertRefused, Cohere, CohereClient, CohereClientV2, KEY, newWorld } from "./support.mjs";

const RERANK = { model: "rerank-v3.5", query: "q", documents: ["a"] };

for (const option of ["environment", "baseUrl"]) {
    for (const end of ["", "/"]) {
        test(`${option} with "${end}" at its end leads to the fake`, async () => {
            const options = { token: KEY, [option]: newWorld().base + end };
            assert.deepEqual((await new CohereClient(options).datasets.list()).datasets, []);
            assert.equal((await new CohereClientV2(options).rerank(RERANK)).results.length, 1);
        });
    }
}

for (const end of ["/v1", "/v1/"]) {
    test(`${end} at the end of environment is dropped by the first client only`, async () => {
        const environment = newWorld().base + end;
        const [first, second] = [CohereClient, CohereClientV2].map((Client) => new Client({ token: KEY, environment }));
        assert.deepEqual((await first.datasets.list()).datasets, []);
        await assertRefused(second.rerank(RERANK), Cohere.NotFoundError, 404, "404 page not found");
    });
}

test("baseUrl comes before environment", async () => {
    const options = { token: KEY, baseUrl: newWorld().base, environment: "http://127.0.0.1:1" };
    assert.deepEqual((await new CohereClient(options).datasets.list()).datasets, []);
});

test("the key may come from the environment, or from a function", async (t) => {
    const environment = newWorld().base;
    assert.deepEqual((await new CohereClient({ environment, token: async () => KEY }).datasets.list()).datasets, []);
    process.env.CO_API_KEY = KEY;
    t.after(() => delete process.env.CO_API_KEY);
    assert.deepEqual((await new CohereClient({ environment }).datasets.list()).datasets, []);
});

test("worlds do not see each other, whatever names them", async () => {
    const [a, b] = [newWorld(), newWorld()];
    await a.co.datasets.create(new Blob(['{"text": "a"}\n']), undefined, { name: "of a", type: "embed-input" });
    const names = async (client) => (await client.datasets.list()).datasets.map((dataset) => dataset.name);
    const environment = new URL(a.base).origin;
    const world = a.base.split("/").at(-1);
    assert.deepEqual(await names(a.co2), ["of a"]);
    assert.deepEqual(await names(b.co), []);
    assert.deepEqual(await names(new CohereClient({ token: `${KEY}@${world}`, environment })), ["of a"]);
    const headers = { "X-Mockhere-World": world };
    assert.deepEqual(await names(new CohereClient({ token: KEY, environment, headers })), ["of a"]);
});

test("raw answers have the headers of the fake", async () => {
    const { co } = newWorld({ clientName: "my-cool-project" });
    const { data, rawResponse } = await co.datasets.list().withRawResponse();
    assert.deepEqual(data.datasets, []);
    assert.equal(rawResponse.status, 200);
    assert.match(rawResponse.headers.get("x-debug-trace-id"), /^[0-9a-f]{32}$/);
});

test("many calls at once are answered each for itself", async () => {
    const { co2 } = newWorld();
    const answers = await Promise.all(
        Array.from({ length: 50 }, (_, i) => co2.rerank({ ...RERANK, documents: Array(i + 1).fill("a") })),
    );
    assert.deepEqual(answers.map((answer) => answer.results.length), Array.from({ length: 50 }, (_, i) => i + 1));
});
