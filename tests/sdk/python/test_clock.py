"""Time that stands still and is moved by hand, and bytes that are always the same."""

import datetime
import itertools

import cohere
import httpx
import pytest
from conftest import DATA, KEY, RERANKER, not_yet, rerank_model

NOW = "2024-01-17T20:11:42.907112Z"
TRAIN = DATA / "rerank_train.jsonl"
EVAL = DATA / "rerank_eval.jsonl"
STEP = "10ms"
STEPS_MAX = 500


@pytest.fixture
def advance(mockhere, world):
    """Freeze the clock of the test's world, and return what moves it."""
    mockhere.control("PUT", "clock", {"mode": "frozen", "now": NOW}, world)
    return lambda by: mockhere.control("POST", "clock/advance", {"by": by}, world)


def statuses(read, advance, last):
    """The statuses seen, without repeats, until `last`; the clock moves a little between two reads."""
    seen = []
    for _ in range(STEPS_MAX):
        seen.append(read())
        if seen[-1] == last:
            break
        advance(STEP)
    return [status for status, _ in itertools.groupby(seen)]


def create_dataset(co):
    with TRAIN.open("rb") as data, EVAL.open("rb") as eval_data:
        return co.datasets.create(name="frozen", data=data, eval_data=eval_data, type=RERANKER).id


def test_dataset_goes_through_its_statuses(co, advance):
    id = create_dataset(co)
    assert statuses(lambda: co.datasets.get(id).dataset.validation_status, advance, "validated") == [
        "queued",
        "processing",
        "validated",
    ]
    dataset = co.datasets.get(id).dataset
    assert dataset.created_at == datetime.datetime.fromisoformat(NOW)
    assert dataset.updated_at > dataset.created_at


def test_nothing_happens_while_the_clock_stands(co, advance):
    id = create_dataset(co)
    first, second = (co.datasets.get(id).dataset for _ in range(2))
    assert first.validation_status == "queued"
    assert first == second
    assert first.dataset_parts is None and first.schema_ is None and first.metrics is None


def test_model_goes_through_its_statuses(co, advance, http):
    dataset_id = create_dataset(co)
    advance("1h")
    model = co.finetuning.create_finetuned_model(request=rerank_model("m", dataset_id)).finetuned_model
    created = model.created_at
    assert created == datetime.datetime.fromisoformat(NOW) + datetime.timedelta(hours=1)
    assert model.completed_at is None
    stages = ["STATUS_QUEUED", "STATUS_FINETUNING", "STATUS_DEPLOYING_API", "STATUS_READY"]
    assert [event.status for event in co.finetuning.list_events(model.id).events] == stages[:1]
    assert (
        statuses(lambda: co.finetuning.get_finetuned_model(model.id).finetuned_model.status, advance, stages[-1])
        == stages
    )
    events = co.finetuning.list_events(model.id).events
    times = [event.created_at for event in events]
    assert [event.status for event in events] == stages
    assert times == sorted(times) and times[0] == created
    model = co.finetuning.get_finetuned_model(model.id).finetuned_model
    assert model.completed_at == times[2]
    assert model.updated_at == times[3]
    raw = http.get(f"/v1/finetuning/finetuned-models/{model.id}").json()["finetuned_model"]
    assert list(raw) == [
        "id", "name", "creator_id", "organization_id", "settings", "status", "created_at", "updated_at", "completed_at",
    ]  # fmt: skip


def test_events_come_newest_first_when_asked_for(co, advance):
    dataset_id = create_dataset(co)
    advance("1h")
    id = co.finetuning.create_finetuned_model(request=rerank_model("m", dataset_id)).finetuned_model.id
    advance("24h")
    newest = co.finetuning.list_events(id, order_by="created_at desc").events
    assert newest == co.finetuning.list_events(id).events[::-1]


def test_advancing_lists_the_transitions_passed(co, advance):
    id = create_dataset(co)
    assert id in advance("1h").text


def test_dataset_expires_after_30_days(co, advance):
    id = create_dataset(co)
    advance("719h")
    assert co.datasets.get(id).dataset.validation_status == "validated"
    advance("2h")
    with pytest.raises(cohere.NotFoundError):
        co.datasets.get(id)


def test_download_link_expires_after_four_hours(co, advance):
    id = create_dataset(co)
    advance("1h")
    url = co.datasets.get(id).dataset.dataset_parts[0].url
    advance("3h")
    assert httpx.get(url).status_code == 200
    advance("1h")
    assert httpx.get(url).status_code in (403, 404)


def test_clock_says_what_it_was_told(mockhere, world, advance):
    advance("250ms")
    clock = mockhere.control("GET", "clock", None, world).json()
    assert (clock["mode"], clock["now"]) == ("frozen", "2024-01-17T20:11:43.157112Z")


def script(server):
    """The same calls, whatever the server: each answer with its headers and its body."""
    server.control("PUT", "clock", {"mode": "frozen", "now": NOW})
    answers = []
    # Links carry the Host that was asked, and ports differ.
    headers = {"Authorization": f"Bearer {KEY}", "Host": "mockhere"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=60) as http:

        def call(method, path, **arguments):
            answer = http.request(method, path, **arguments)
            answers.append((method, path, answer.status_code, sorted(answer.headers.multi_items()), answer.content))
            return answer

        files = {"data": ("t.jsonl", TRAIN.read_bytes()), "eval_data": ("e.jsonl", EVAL.read_bytes())}
        id = call("POST", "/v1/datasets", params={"name": "n", "type": RERANKER}, files=files).json()["id"]
        call("GET", f"/v1/datasets/{id}")
        server.control("POST", "clock/advance", {"by": "1h"})
        dataset = call("GET", f"/v1/datasets/{id}").json()["dataset"]
        for part in dataset["dataset_parts"]:
            call("GET", httpx.URL(part["url"]).raw_path.decode())
        model = rerank_model("m", id).model_dump(exclude_none=True)
        model_id = call("POST", "/v1/finetuning/finetuned-models", json=model).json()["finetuned_model"]["id"]
        server.control("POST", "clock/advance", {"by": "24h"})
        call("GET", f"/v1/finetuning/finetuned-models/{model_id}")
        call("GET", f"/v1/finetuning/finetuned-models/{model_id}/events")
        call("GET", f"/v1/finetuning/finetuned-models/{model_id}/training-step-metrics")
        rerank = {"query": "My tandem creaks", "documents": [text for text in ("grease it", "pump it up")]}
        for name in (f"{model_id}-ft", "rerank-v3.5", "no-such-model"):
            call("POST", "/v1/rerank", json={"model": name, **rerank})
            call("POST", "/v2/rerank", json={"model": name, **rerank})
        call("GET", "/v1/no-such-path")
        call("GET", "/v1/datasets")
    return answers


def test_same_seed_and_clock_give_the_same_bytes(start_mockhere):
    first = script(start_mockhere("--seed", "7"))
    second = script(start_mockhere("--seed", "7"))
    for one, other in zip(first, second, strict=True):
        assert one == other


def test_another_seed_gives_other_ids(start_mockhere):
    ids = set()
    for seed in ("7", "8"):
        co = cohere.Client(KEY, base_url=start_mockhere("--seed", seed).url)
        ids.add(co.datasets.create(name="n", data=("a.jsonl", '{"text": "a"}\n'), type="embed-input").id)
    assert len(ids) == 2
