/* Fine-tuned models, from file to ranking. */

import assert from "node:assert/strict";
import test from "node:test";

import { assertRefused, Cohere, newWorld, rerankModel, trainModel, uploadReranker } from "./support.mjs";

const STAGES = ["STATUS_QUEUED", "STATUS_FINETUNING", "STATUS_DEPLOYING_API", "STATUS_READY"];

test("the guide, from file to ranking", async () => {
    const { co, co2 } = newWorld();
    const dataset = await uploadReranker(co);
    const model = await trainModel(co, "guide", dataset.id);
    assert.deepEqual([model.name, model.status], ["guide", "STATUS_READY"]);
    assert.equal(model.settings.datasetId, dataset.id);
    assert.deepEqual(model.settings.baseModel, {
        name: "english",
        version: "2.0.0",
        baseType: "BASE_TYPE_RERANK",
        strategy: "STRATEGY_VANILLA",
    });
    assert.ok(model.createdAt < model.completedAt && model.completedAt <= model.updatedAt);

    const { events, totalSize } = await co.finetuning.listEvents(model.id);
    assert.deepEqual([events.map((event) => event.status), totalSize], [STAGES, STAGES.length]);

    const request = { model: `${model.id}-ft`, query: "My tandem creaks", documents: ["pump", "creaks and knocks"] };
    const [first, second] = [await co.rerank(request), await co2.rerank(request)];
    assert.equal(first.results[0].index, 1);
    assert.deepEqual(first.results, second.results);

    const listed = await co2.finetuning.listFinetunedModels();
    assert.deepEqual([listed.finetunedModels.map((item) => item.id), listed.totalSize], [[model.id], 1]);
    assert.deepEqual(await co.finetuning.deleteFinetunedModel(model.id), {});
    const gone = `finetuned model ${model.id} not found`;
    const error = await assertRefused(co.finetuning.getFinetunedModel(model.id), Cohere.NotFoundError, 404, gone);
    assert.deepEqual(error.body, { message: gone });
});

test("models are listed by pages", async () => {
    const { co } = newWorld();
    const dataset = await uploadReranker(co);
    const ids = [];
    for (const name of ["first", "second", "third"]) {
        ids.push((await co.finetuning.createFinetunedModel(rerankModel(name, dataset.id))).finetunedModel.id);
    }
    const first = await co.finetuning.listFinetunedModels({ pageSize: 2 });
    assert.deepEqual(first.finetunedModels.map((model) => model.id), ids.slice(0, 2));
    assert.equal(first.totalSize, 3);
    const rest = await co.finetuning.listFinetunedModels({ pageSize: 2, pageToken: first.nextPageToken });
    assert.deepEqual(rest.finetunedModels.map((model) => model.id), ids.slice(2));
    assert.ok(!rest.nextPageToken);
});

test("models are listed newest first when asked for", async () => {
    const { co } = newWorld();
    const dataset = await uploadReranker(co);
    for (const name of ["first", "second"]) {
        await co.finetuning.createFinetunedModel(rerankModel(name, dataset.id));
    }
    const newest = await co.finetuning.listFinetunedModels({ orderBy: "created_at desc" });
    assert.deepEqual(newest.finetunedModels.map((model) => model.name), ["second", "first"]);
});

test("a model is renamed", async () => {
    const { co } = newWorld();
    const model = await trainModel(co, "before", (await uploadReranker(co)).id);
    const answer = await co.finetuning.updateFinetunedModel(model.id, { name: "after", settings: model.settings });
    assert.equal(answer.finetunedModel.name, "after");
    assert.equal((await co.finetuning.getFinetunedModel(model.id)).finetunedModel.name, "after");
});

test("metrics begin before the training", async () => {
    const { co } = newWorld();
    const model = await trainModel(co, "measured", (await uploadReranker(co)).id);
    const { stepMetrics } = await co.finetuning.listTrainingStepMetrics(model.id);
    assert.ok(stepMetrics.length >= 2);
    assert.equal(stepMetrics[0].metrics.step, 0);
    assert.ok(stepMetrics.every((step) => step.metrics.ndcg_at_10 >= 0 && step.metrics.ndcg_at_10 <= 1));
});

test("a fine-tuned model is among the models when ready", async () => {
    const { co } = newWorld();
    const model = await trainModel(co, "listed", (await uploadReranker(co)).id);
    const shown = await co.models.get(`${model.id}-ft`);
    assert.deepEqual([shown.name, shown.finetuned, shown.endpoints], [`${model.id}-ft`, true, ["rerank"]]);
});

test("a model under way is not ready for serving", async () => {
    const { co, co2, control } = newWorld();
    const dataset = await uploadReranker(co);
    await control("PUT", "clock", { mode: "frozen" });
    const { finetunedModel } = await co.finetuning.createFinetunedModel(rerankModel("m", dataset.id));
    const model = `${finetunedModel.id}-ft`;
    for (const client of [co, co2]) {
        await assertRefused(
            client.rerank({ model, query: "q", documents: ["d"] }),
            Cohere.BadRequestError,
            400,
            `finetuned model with name ${model} is not ready for serving`,
        );
    }
});
