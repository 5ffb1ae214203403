"""The asynchronous client, once through."""

import asyncio

import cohere
from conftest import DATA, KEY, RERANKER, rerank_model


async def flow(base_url):
    async with cohere.AsyncClient(KEY, base_url=base_url, timeout=120) as co:
        with (DATA / "rerank_train.jsonl").open("rb") as data, (DATA / "rerank_eval.jsonl").open("rb") as eval_data:
            created = await co.datasets.create(name="async", data=data, eval_data=eval_data, type=RERANKER)
        dataset = (await co.wait(created, interval=0.05, timeout=60)).dataset
        assert dataset.validation_status == "validated"
        model = (
            await co.finetuning.create_finetuned_model(request=rerank_model("async", dataset.id))
        ).finetuned_model
        async with asyncio.timeout(120):
            while model.status != "STATUS_READY":
                await asyncio.sleep(0.05)
                model = (await co.finetuning.get_finetuned_model(model.id)).finetuned_model
        answers = await asyncio.gather(
            *(co.rerank(model=f"{model.id}-ft", query="b", documents=["a", "b", "c"]) for _ in range(20))
        )
        assert [[result.index for result in answer.results][0] for answer in answers] == [1] * 20


def test_flow_with_the_asynchronous_client(base_url):
    asyncio.run(flow(base_url))
