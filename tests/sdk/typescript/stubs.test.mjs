/* Stubs, faults and the journal with wiremock-captain and wiremock-rest-client, in front of the real endpoints. */

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";

import { Cohere, newWorld } from "./support.mjs";

const packages = createRequire(join(process.env.NODE_FOLDER, "package.json"));
const { WireMock, WireMockAPI, BodyType, DelayType, EndpointFeature, MatchingAttributes, WireMockFault } =
    packages("wiremock-captain");
const { WireMockRestClient } = packages("wiremock-rest-client");

const MESSAGE = { message: "later" };
const RERANK = { model: "rerank-v3.5", query: "capital", documents: ["a town", "a capital"] };
const ONCE = { maxRetries: 0 };

/* A world with both clients of WireMock. Their URLs are relative to what ends in a slash. */
function newStubbed() {
    const world = newWorld();
    return {
        ...world,
        captain: new WireMock(`${world.base}/`),
        rest: new WireMockRestClient(`${world.base}/`, { logLevel: "error", continueOnFailure: true }),
        get: async (path, init) => {
            const answer = await fetch(world.base + path, init);
            return { status: answer.status, text: await answer.text(), headers: answer.headers };
        },
    };
}

const paths = (events) => events.map((event) => event.request.url.replace(/^\/w\/[^/]+/, ""));

test("rerank is a 429 once", async () => {
    const { captain, co2, base } = newStubbed();
    const api = new WireMockAPI(`${base}/`, "/v2/rerank", "POST");
    await api.register(
        { body: { query: "capital" } },
        { status: 429, body: MESSAGE, headers: { "Retry-After": "1" } },
        {
            scenario: { scenarioName: "busy", requiredScenarioState: "Started", newScenarioState: "idle" },
            requestIgnoreExtraElements: true,
        },
    );
    await assert.rejects(co2.rerank(RERANK, ONCE), Cohere.TooManyRequestsError);
    assert.equal((await co2.rerank(RERANK)).results[0].index, 1);
    assert.equal((await captain.getAllScenarios())[0].state, "idle");
    await captain.resetAllScenarios();
    await assert.rejects(co2.rerank(RERANK, ONCE), Cohere.TooManyRequestsError);
    assert.equal((await api.getRequestsForAPI()).length, 3);
});

test("the second poll is a 503", async () => {
    const { rest, co } = newStubbed();
    const request = { method: "GET", urlPathTemplate: "/v1/datasets/{id}" };
    await rest.mappings.createMapping({
        request,
        response: { proxyBaseUrl: "mockhere:", fixedDelayMilliseconds: 100 },
        scenarioName: "polls",
        requiredScenarioState: "Started",
        newScenarioState: "second",
    });
    await rest.mappings.createMapping({
        request,
        response: { status: 503, jsonBody: MESSAGE },
        scenarioName: "polls",
        requiredScenarioState: "second",
        newScenarioState: "later",
    });
    const { id } = await co.datasets.create(new Blob(['{"text":"a"}']), undefined, { name: "d", type: "embed-input" });
    const start = performance.now();
    assert.equal((await co.datasets.get(id)).dataset.name, "d");
    assert.ok(performance.now() - start >= 99);
    await assert.rejects(co.datasets.get(id, ONCE), Cohere.ServiceUnavailableError);
    assert.equal((await co.datasets.get(id)).dataset.name, "d");
    assert.equal((await rest.requests.getCount({ method: "GET", urlPathPattern: "/v1/datasets/.*" })).count, 3);
});

test("captain's stubs are registered, read and removed", async () => {
    const { captain, get } = newStubbed();
    const made = await captain.register(
        { method: "GET", endpoint: "/a", metadata: { team: "red" } },
        { status: 200, body: { n: 1 } },
    );
    assert.deepEqual(JSON.parse((await get("/a")).text), { n: 1 });
    assert.equal((await captain.getMapping(made.id)).request.url, "/a");
    assert.equal((await captain.getAllMappings()).length, 1);
    const found = await captain.findMappingByMetadata({ team: "red" }, MatchingAttributes.EqualToJson);
    assert.deepEqual(found.map((stub) => stub.id), [made.id]);
    await captain.removeMappingByMetadata({ team: "red" }, MatchingAttributes.EqualToJson);
    assert.equal((await get("/a")).status, 404);
    const other = await captain.register({ method: "GET", endpoint: "/b" }, { status: 200 });
    assert.ok((await captain.deleteMapping(other.id)).ok);
    assert.equal((await get("/b")).status, 404);
    assert.equal((await captain.getUnmatchedRequests()).length, 2);
    await captain.register({ method: "GET", endpoint: "/c" }, { status: 200 });
    await captain.clearAll();
    assert.deepEqual([await captain.getAllMappings(), await captain.getAllRequests()], [[], []]);
    await captain.register({ method: "GET", endpoint: "/d" }, { status: 200 });
    await captain.clearAllExceptDefault();
    assert.deepEqual(await captain.getAllMappings(), []);
});

test("captain's ways of asking", async () => {
    const { captain, get } = newStubbed();
    const rows = [
        [{ endpoint: "/a?b=c" }, {}, ["/a?b=c"], ["/a"]],
        [{ endpoint: "/b/.*" }, { requestEndpointFeature: EndpointFeature.UrlPathPattern }, ["/b/1"], ["/b"]],
        [
            { endpoint: "/c", queryParameters: { q: "1", r: "x.*" } },
            { requestEndpointFeature: EndpointFeature.UrlPath, requestQueryParamFeatures: { r: MatchingAttributes.Matches } },
            ["/c?r=xy&q=1"],
            ["/c?r=y&q=1"],
        ],
        [
            { endpoint: "/d", headers: { "x-a": "b" }, cookies: { c: "d" } },
            { requestHeaderFeatures: { "x-a": MatchingAttributes.Contains } },
            ["/d", { headers: { "X-A": "abc", Cookie: "c=d" } }],
            ["/d", { headers: { "X-A": "abc" } }],
        ],
        [
            { endpoint: "/e", body: "$.a", method: "POST" },
            { requestBodyFeature: MatchingAttributes.MatchesJsonPath },
            ["/e", { method: "POST", body: '{"a":1}' }],
            ["/e", { method: "POST", body: '{"b":1}' }],
        ],
        [
            { endpoint: "/f", body: { a: [1, 2] }, method: "POST" },
            { requestIgnoreArrayOrder: true },
            ["/f", { method: "POST", body: '{"a":[2,1]}' }],
            ["/f", { method: "POST", body: '{"a":[2,1],"b":1}' }],
        ],
        [
            { endpoint: "/g", formParameters: { f: "a b" }, method: "POST" },
            {},
            ["/g", { method: "POST", body: new URLSearchParams({ f: "a b" }) }],
            ["/g", { method: "POST", body: new URLSearchParams({ f: "c" }) }],
        ],
    ];
    for (const [request, features, yes, no] of rows) {
        await captain.register({ method: "GET", ...request }, { status: 202 }, features);
        assert.equal((await get(...yes)).status, 202, request.endpoint);
        assert.equal((await get(...no)).status, 404, request.endpoint);
    }
});

test("captain's answers, priorities and delays", async () => {
    const { captain, get } = newStubbed();
    const request = { method: "GET", endpoint: "/a" };
    await captain.register(request, { status: 200, body: "text", headers: { "X-A": "b" } }, { responseBodyType: BodyType.Body });
    const answer = await get("/a");
    assert.deepEqual([answer.text, answer.headers.get("x-a")], ["text", "b"]);
    await captain.register(request, { status: 200, body: "aGk=" }, { responseBodyType: BodyType.Base64Body, stubPriority: 1 });
    await captain.register(request, { status: 500 });
    assert.equal((await get("/a")).text, "hi");
    const delays = [
        { type: DelayType.FIXED, constantDelay: 100 },
        { type: DelayType.UNIFORM, lower: 100, upper: 110 },
        { type: DelayType.LOG_NORMAL, median: 150, sigma: 0.01 },
        { type: DelayType.CHUNKED_DRIBBLE, numberOfChunks: 4, totalDuration: 100 },
    ];
    for (const responseDelay of delays) {
        await captain.register(
            { method: "GET", endpoint: "/late" },
            { status: 200, body: "abcdefgh" },
            { responseDelay, responseBodyType: BodyType.Body },
        );
        const start = performance.now();
        assert.equal((await get("/late")).text, "abcdefgh");
        assert.ok(performance.now() - start >= 95, responseDelay.type);
    }
});

test("faults break the connection", async () => {
    const { captain, get } = newStubbed();
    for (const fault of Object.values(WireMockFault)) {
        await captain.register({ method: "GET", endpoint: "/f" }, { status: 200 }, { fault });
        await assert.rejects(get("/f"), fault);
    }
});

test("rest-client's stubs are created, changed and removed", async () => {
    const { rest, get } = newStubbed();
    const stub = (url, more = {}) => ({ request: { method: "GET", url }, response: { status: 200, body: url }, ...more });
    const made = await rest.mappings.createMapping(stub("/a", { metadata: { team: "red" }, name: "a" }));
    assert.equal((await get("/a")).headers.get("matched-stub-name"), "a");
    await rest.mappings.updateMapping(made.id, stub("/b", { metadata: { team: "red" } }));
    assert.deepEqual([(await get("/a")).status, (await get("/b")).status], [404, 200]);
    assert.equal((await rest.mappings.getMapping(made.id)).request.url, "/b");
    assert.equal((await rest.mappings.getAllMappings()).meta.total, 1);
    const red = { matchesJsonPath: { expression: "$.team", equalTo: "red" } };
    assert.equal((await rest.mappings.findByMetaData(red)).mappings.length, 1);
    await rest.mappings.removeByMetaData(red);
    assert.equal((await rest.mappings.getAllMappings()).meta.total, 0);
    const { id } = await rest.mappings.createMapping(stub("/c"));
    await rest.mappings.deleteMapping(id);
    await rest.mappings.createMapping(stub("/d"));
    await rest.mappings.deleteAllMappings();
    await rest.mappings.createMapping(stub("/e"));
    await rest.mappings.resetAllMappings();
    assert.equal((await rest.mappings.getAllMappings()).meta.total, 0);
    await rest.mappings.createMapping(stub("/f"));
    await rest.global.resetAll();
    assert.equal((await get("/f")).status, 404);
});

test("rest-client's journal", async () => {
    const { rest, get, co2 } = newStubbed();
    await rest.mappings.createMapping({
        request: { method: "GET", urlPath: "/seen" },
        response: { status: 200, body: "yes" },
        metadata: { team: "red" },
    });
    await get("/seen?a=1&a=2", { headers: { "X-A": "b", Authorization: "Bearer canary-key" } });
    await get("/sein");
    await co2.rerank(RERANK);
    const { requests, meta, requestJournalDisabled } = await rest.requests.getAllRequests();
    assert.deepEqual([paths(requests), meta.total, requestJournalDisabled], [["/v2/rerank", "/sein", "/seen?a=1&a=2"], 3, false]);
    const seen = await rest.requests.getRequest(requests[2].id);
    assert.deepEqual(seen.request.queryParams.a, { key: "a", values: ["1", "2"] });
    assert.equal(seen.response.body, "yes");
    assert.ok(!JSON.stringify(seen).includes("canary"));

    const near = (await rest.requests.getUnmatchedNearMisses()).nearMisses[0];
    assert.equal(near.stubMapping.request.urlPath, "/seen");
    assert.equal((await rest.requests.getNearMissesByRequest({ url: "/seem", method: "GET" })).nearMisses.length, 1);
    assert.equal((await rest.requests.getNearMissesByRequestPattern({ url: "/seim", method: "GET" })).nearMisses[0].request.method, "GET");
    assert.equal((await rest.requests.getUnmatchedRequests()).requests.length, 1);
    assert.equal((await rest.requests.findRequests({ urlPathPattern: "/se.*" })).requests.length, 2);

    assert.equal((await rest.requests.removeRequests({ url: "/sein" })).serveEvents.length, 1);
    const red = { matchesJsonPath: "$[?(@.team == 'red')]" };
    assert.equal((await rest.requests.removeRequestsByMetadata(red)).serveEvents.length, 1);
    await rest.requests.deleteRequest((await rest.requests.getAllRequests()).requests[0].id);
    assert.equal((await rest.requests.getCount({ urlPattern: ".*" })).count, 0);
    await get("/seen");
    await rest.requests.resetAllRequests();
    assert.equal((await rest.requests.getCount({ urlPattern: ".*" })).count, 0);
    await get("/seen");
    await rest.requests.deleteAllRequests();
    assert.equal((await rest.requests.getCount({ urlPattern: ".*" })).count, 0);
});

test("rest-client's scenarios and settings", async () => {
    const { rest, get } = newStubbed();
    for (const [required, next] of [["Started", "two"], ["two", "three"], ["three", "three"]]) {
        await rest.mappings.createMapping({
            request: { method: "GET", url: "/s" },
            response: { status: 200, body: required },
            scenarioName: "steps",
            requiredScenarioState: required,
            newScenarioState: next,
        });
    }
    assert.deepEqual([(await get("/s")).text, (await get("/s")).text], ["Started", "two"]);
    const [scenario] = (await rest.scenarios.getAllScenarios()).scenarios;
    assert.deepEqual([scenario.name, scenario.state], ["steps", "three"]);
    assert.deepEqual(scenario.possibleStates.sort(), ["Started", "three", "two"]);
    await rest.scenarios.setScenarioState("steps", "two");
    assert.equal((await get("/s")).text, "two");
    await rest.scenarios.resetScenario("steps");
    assert.equal((await get("/s")).text, "Started");
    await rest.scenarios.resetAllScenarios();
    await rest.global.updateGlobalSettings({ fixedDelay: 100 });
    const start = performance.now();
    assert.equal((await get("/s")).text, "Started");
    assert.ok(performance.now() - start >= 99);
});
