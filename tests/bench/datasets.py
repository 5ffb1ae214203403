"""What the benches ask of datasets and fine-tuned models."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import urlsplit

from servers import Client, fail, get

DATASET = "/v1/datasets?name=bench&type=reranker-finetune-input"
MODELS = "/v1/finetuning/finetuned-models"
VALIDATION_SECONDS = 60


def wait_until_validated(port: int, id: str) -> dict[str, Any]:
    end = time.monotonic() + VALIDATION_SECONDS
    while time.monotonic() < end:
        dataset: dict[str, Any] = json.loads(get(port, f"GET /v1/datasets/{id} HTTP/1.1"))["dataset"]
        if dataset["validation_status"] == "validated":
            return dataset
        if dataset["validation_status"] == "failed":
            fail(f"the upload is not valid: {dataset['validation_error']}")
        time.sleep(0.01)
    fail("the upload is never validated")


def part_path(dataset: dict[str, Any]) -> str:
    """Where the first part of a dataset is to be had."""
    url = urlsplit(dataset["dataset_parts"][0]["url"])
    return f"{url.path}?{url.query}" if url.query else url.path


def create_model(client: Client, dataset_id: str) -> str:
    settings = {"base_model": {"base_type": "BASE_TYPE_RERANK", "name": "english"}, "dataset_id": dataset_id}
    body = json.dumps({"name": "bench", "settings": settings}).encode()
    id: str = json.loads(client.get(f"POST {MODELS} HTTP/1.1", body))["finetuned_model"]["id"]
    return id


def wait_until_trained(client: Client, id: str) -> None:
    """The metrics are answered when the training is over, whatever the clock says."""
    client.get(f"GET {MODELS}/{id}/training-step-metrics HTTP/1.1")
