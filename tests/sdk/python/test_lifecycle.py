"""Lives as one wishes them: by polls, held, failing as planned, forced; and a restart that keeps them."""

import cohere
import httpx
import pytest
from conftest import DATA, KEY, RERANKER, rerank_model

FROZEN = {"mode": "frozen", "now": "2025-06-01T12:00:00Z"}


@pytest.fixture
def control(mockhere, world):
    """Call a control path of the test's world, whose clock stands still."""
    mockhere.control("PUT", "clock", FROZEN, world)
    return lambda method, path, body=None: mockhere.control(method, path, body, world).json()


def create_dataset(co):
    with (DATA / "rerank_train.jsonl").open("rb") as data:
        return co.datasets.create(name="d", data=data, type=RERANKER)


def create_model(co, dataset_id):
    return co.finetuning.create_finetuned_model(request=rerank_model("m", dataset_id)).finetuned_model


def status_of(co, model):
    return co.finetuning.get_finetuned_model(model.id).finetuned_model.status


def test_waiting_by_polls_needs_no_time(co, control):
    control("PUT", "lifecycle", {"dataset": {"polls": 2}, "finetuned_model": {"polls": 1}})
    dataset = co.wait(create_dataset(co), interval=0, timeout=60).dataset
    assert dataset.validation_status == "validated"
    assert dataset.updated_at == dataset.created_at
    model = create_model(co, dataset.id)
    assert [status_of(co, model) for _ in range(5)] == [
        "STATUS_QUEUED",
        "STATUS_FINETUNING",
        "STATUS_DEPLOYING_API",
        "STATUS_READY",
        "STATUS_READY",
    ]


def test_instant_models_are_queued_only_when_created(co, control):
    control("PUT", "lifecycle", {"preset": "instant"})
    model = create_model(co, create_dataset(co).id)
    assert model.status == "STATUS_QUEUED"
    assert status_of(co, model) == "STATUS_READY"


def test_held_dataset_waits_until_it_is_let_go(co, control):
    control("PUT", "lifecycle", {"dataset": {"hold": "processing"}})
    created = create_dataset(co)
    control("POST", "clock/advance", {"by": "1d"})
    with pytest.raises(TimeoutError):
        co.wait(created, interval=0.01, timeout=0.1)
    control("PATCH", f"datasets/{created.id}", {"status": "validated"})
    assert co.wait(created, interval=0.01, timeout=60).dataset.dataset_parts


def test_planned_failure_of_a_dataset_reaches_who_waits(co, control):
    control("PUT", "lifecycle", {"preset": "instant", "dataset": {"failure": {"message": "the disk caught fire"}}})
    with pytest.raises(Exception, match="failed .*the disk caught fire"):
        co.wait(create_dataset(co), interval=0.01, timeout=60)


def test_planned_failure_of_a_model(co, control):
    control("PUT", "lifecycle", {"preset": "documented"})
    dataset = create_dataset(co)
    control("POST", "clock/advance", {"until": {"dataset": dataset.id, "status": "validated"}})
    control("PUT", "lifecycle", {"finetuned_model": {"failure": {"at": "STATUS_FINETUNING", "message": "no GPUs"}}})
    model = create_model(co, dataset.id)
    answer = control("POST", "clock/advance", {"until": {"finetuned_model": model.id, "status": "STATUS_FAILED"}})
    assert answer["now"] == "2025-06-01T12:19:14.000000Z"
    assert [transition["status"] for transition in answer["transitions"]] == ["STATUS_FINETUNING", "STATUS_FAILED"]
    assert status_of(co, model) == "STATUS_FAILED"
    assert control("GET", "finetuned-models")["finetuned_models"][0]["reason"] == "no GPUs"
    with pytest.raises(cohere.BadRequestError):
        co.rerank(model=f"{model.id}-ft", query="q", documents=["d"])


def test_paused_model_serves_and_its_events_tell(co, control):
    control("PUT", "lifecycle", {"preset": "instant"})
    model = create_model(co, create_dataset(co).id)
    control("PATCH", f"finetuned-models/{model.id}", {"status": "STATUS_PAUSED", "reason": "a rest"})
    assert status_of(co, model) == "STATUS_PAUSED"
    assert co.rerank(model=f"{model.id}-ft", query="q", documents=["d"]).results
    assert [event.status for event in co.finetuning.list_events(model.id).events][-2:] == [
        "STATUS_READY",
        "STATUS_PAUSED",
    ]


def test_clock_runs_as_fast_as_one_likes(co, control):
    control("PUT", "lifecycle", {"preset": "documented"})
    control("PUT", "clock", {"mode": "scaled", "scale": 100000})
    dataset = co.wait(create_dataset(co), interval=0.01, timeout=60).dataset
    assert dataset.validation_status == "validated"


@pytest.mark.parametrize("way", ["stop", "kill"])
def test_lives_outlive_the_process(start_mockhere, way):
    server = start_mockhere("--clock", FROZEN["now"], "--lifecycle", "instant")
    co = cohere.Client(KEY, base_url=server.url)
    server.control("PUT", "lifecycle", {"finetuned_model": {"polls": 1}})
    model = create_model(co, create_dataset(co).id)
    assert [status_of(co, model) for _ in range(2)] == ["STATUS_QUEUED", "STATUS_FINETUNING"]
    getattr(server, way)()

    server = start_mockhere(again=server)
    co = cohere.Client(KEY, base_url=server.url)
    assert server.control("GET", "lifecycle", None).json()["finetuned_model"]["polls"] == 1
    assert [status_of(co, model) for _ in range(2)] == ["STATUS_DEPLOYING_API", "STATUS_READY"]
    assert httpx.get(f"{server.url}/__mockhere/clock").json()["now"].startswith("2025-06-01T12:00:00")
