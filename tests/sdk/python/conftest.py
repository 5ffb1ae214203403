"""What the tests share: one server for all, a world of it for each test, clients, and data."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cohere
import httpx
import pytest
from cohere.finetuning.finetuning import BaseModel, FinetunedModel, Settings
from server import ROOT, Mockhere

sys.path.insert(0, str(ROOT / "tests" / "support"))
import descriptions  # noqa: E402

DATA = ROOT / "scenarios" / "data"
KEY = "test-key"
RERANKER = "reranker-finetune-input"


def not_yet(what: str) -> pytest.MarkDecorator:
    """Mark a test of what mockhere will do some day. It fails when that day has come: take the mark away then."""
    return pytest.mark.xfail(reason=f"not there yet: {what}", strict=True)


def read_rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="session", autouse=True)
def recorded_calls() -> Iterator[None]:
    """With $MOCKHERE_SDK_CALLS, each call of the SDK becomes a line of that file: ../coverage.py reads it."""
    name = os.environ.get("MOCKHERE_SDK_CALLS")
    if not name:
        yield
        return
    calls = Path(name)
    calls.parent.mkdir(parents=True, exist_ok=True)
    with calls.open("w", encoding="utf-8") as record, pytest.MonkeyPatch.context() as patch:
        for transport in (httpx.Client, httpx.AsyncClient):
            send = transport.send

            def send_recorded(self: Any, request: httpx.Request, *args: Any, send: Any = send, **options: Any) -> Any:
                if "x-fern-sdk-name" in request.headers:
                    print(request.method, request.url.path, file=record)
                return send(self, request, *args, **options)

            patch.setattr(transport, "send", send_recorded)
        yield


@pytest.fixture(scope="session")
def mockhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mockhere]:
    server = Mockhere(tmp_path_factory.mktemp("mockhere"))
    yield server
    assert server.stop() == 0, server.log_text()


@pytest.fixture
def start_mockhere(tmp_path: Path) -> Iterator[Callable[..., Mockhere]]:
    """Start further servers, each with the options given; they end with the test.

    With `again`, a server that has ended, the new one goes on with its data.
    """
    servers: list[Mockhere] = []

    def start(*options: str, again: Mockhere | None = None) -> Mockhere:
        folder = again.log.parent if again else tmp_path / f"mockhere{len(servers)}"
        servers.append(Mockhere(folder, *options))
        return servers[-1]

    yield start
    for server in servers:
        if server.process.returncode is None:
            assert server.stop() == 0, server.log_text()


@pytest.fixture
def world(request: pytest.FixtureRequest) -> str:
    """The path prefix of a world that only this test uses."""
    name = re.sub(r"[^a-z0-9._-]+", "-", request.node.name.lower())
    return f"/w/{name[:64]}"


@pytest.fixture
def base_url(mockhere: Mockhere, world: str) -> str:
    return mockhere.url + world


@pytest.fixture
def co(base_url: str) -> cohere.Client:
    return cohere.Client(KEY, base_url=base_url, timeout=120)


@pytest.fixture
def co2(base_url: str) -> cohere.ClientV2:
    return cohere.ClientV2(KEY, base_url=base_url, timeout=120)


@pytest.fixture
def http(base_url: str) -> Iterator[httpx.Client]:
    """Plain HTTP, for what the SDK hides or refuses to send."""
    with httpx.Client(base_url=base_url, headers={"Authorization": f"Bearer {KEY}"}, timeout=60) as client:
        yield client


@pytest.fixture(scope="session")
def debian_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """2,000 rows of real texts for training and 200 for evaluation."""
    folder = tmp_path_factory.mktemp("debian")
    train, evaluation = folder / "train.jsonl", folder / "eval.jsonl"
    try:
        descriptions.make(train, rows=2000, eval_output=evaluation, eval_rows=200)
    except SystemExit as failure:
        pytest.fail(str(failure.code))
    return train, evaluation


def upload(co: cohere.Client, train: Path, evaluation: Path | None = None) -> Any:
    """Create a reranker dataset of files, and wait until it is validated."""
    with train.open("rb") as data:
        if evaluation is None:
            created = co.datasets.create(name=train.stem, data=data, type=RERANKER)
        else:
            with evaluation.open("rb") as eval_data:
                created = co.datasets.create(name=train.stem, data=data, eval_data=eval_data, type=RERANKER)
    return co.wait(created, interval=0.05, timeout=120).dataset


def rerank_model(name: str, dataset_id: str) -> FinetunedModel:
    base = BaseModel(base_type="BASE_TYPE_RERANK", name="english")
    return FinetunedModel(name=name, settings=Settings(base_model=base, dataset_id=dataset_id))


def train_model(co: cohere.Client, name: str, dataset_id: str) -> Any:
    """Create a fine-tuned rerank model and poll until it is ready."""
    created = co.finetuning.create_finetuned_model(request=rerank_model(name, dataset_id))
    model = created.finetuned_model
    assert model.status == "STATUS_QUEUED"
    end = time.monotonic() + 120
    while model.status != "STATUS_READY":
        assert model.status != "STATUS_FAILED"
        assert time.monotonic() < end, f"still {model.status}"
        time.sleep(0.05)
        model = co.finetuning.get_finetuned_model(model.id).finetuned_model
    return model


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Show the end of each server's log beside the failure."""
    report = yield
    if report.failed:
        folders = [value.log for value in item.funcargs.values() if isinstance(value, Mockhere)]
        folders += sorted(item.funcargs["tmp_path"].glob("mockhere*/log")) if "tmp_path" in item.funcargs else []
        for log in folders:
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
            report.sections.append((f"end of {log}", "\n".join(lines[-40:])))
    return report
