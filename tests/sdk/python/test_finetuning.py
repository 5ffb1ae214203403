"""The flow of Cohere's guide to fine-tuning rerank, from file to ranking, with the guide's slips corrected."""

import cohere
import pytest
from conftest import DATA, not_yet, read_rows, rerank_model, train_model, upload

STAGES = ["STATUS_QUEUED", "STATUS_FINETUNING", "STATUS_DEPLOYING_API", "STATUS_READY"]
MEASURES = ["accuracy_at_1", "accuracy_at_3", "mrr_at_10", "ndcg_at_10"]


def own_files():
    return DATA / "rerank_train.jsonl", DATA / "rerank_eval.jsonl"


def metrics_of(train, evaluation):
    """The counts a dataset of these files must report."""
    counts = {}
    for name, rows in (("train", train), ("eval", evaluation)):
        counts[f"num_{name}_queries"] = len(rows)
        counts[f"num_{name}_relevant_passages"] = sum(len(row["relevant_passages"]) for row in rows)
        counts[f"num_{name}_hard_negatives"] = sum(len(row["hard_negatives"]) for row in rows)
    return counts


@pytest.fixture(params=["own", "debian"])
def files(request):
    return own_files() if request.param == "own" else request.getfixturevalue("debian_files")


def test_guide_from_file_to_ranking(co, co2, files):
    train, evaluation = map(read_rows, files)
    dataset = upload(co, *files)
    assert dataset.validation_status == "validated"
    found = dataset.metrics.finetune_dataset_metrics
    assert found.reranker_data_metrics.model_dump(exclude_none=True) == metrics_of(train, evaluation)
    assert (found.train_examples, found.eval_examples) == (len(train), len(evaluation))
    assert found.total_examples == len(train) + len(evaluation)

    model = train_model(co, "guide", dataset.id)
    assert model.name == "guide"
    assert model.settings.dataset_id == dataset.id
    assert model.settings.base_model.name == "english"
    assert model.settings.base_model.version == "2.0.0"
    assert model.settings.base_model.strategy == "STRATEGY_VANILLA"
    assert model.settings.hyperparameters is None

    events = co.finetuning.list_events(model.id)
    assert [event.status for event in events.events] == STAGES
    assert events.total_size == len(STAGES)

    row = evaluation[0]
    documents = row["hard_negatives"] + row["relevant_passages"]
    first = co.rerank(query=row["query"], documents=documents, model=f"{model.id}-ft")
    second = co2.rerank(query=row["query"], documents=documents, model=f"{model.id}-ft")
    scores = [result.relevance_score for result in first.results]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert sorted(result.index for result in first.results) == list(range(len(documents)))
    assert [(r.index, r.relevance_score) for r in first.results] == [
        (r.index, r.relevance_score) for r in second.results
    ]

    listed = co.finetuning.list_finetuned_models()
    assert [(item.id, item.status) for item in listed.finetuned_models] == [(model.id, "STATUS_READY")]
    assert listed.total_size == 1

    co.finetuning.delete_finetuned_model(model.id)
    assert not co.finetuning.list_finetuned_models().finetuned_models
    with pytest.raises(cohere.NotFoundError) as raised:
        co.finetuning.get_finetuned_model(model.id)
    assert raised.value.body == {"message": f"finetuned model {model.id} not found"}
    with pytest.raises(cohere.NotFoundError):
        co.rerank(query="q", documents=["d"], model=f"{model.id}-ft")
    co.datasets.delete(dataset.id)
    assert not co.datasets.list().datasets


def test_metrics_begin_before_the_training(co, files):
    model = train_model(co, "measured", upload(co, *files).id)
    steps = co.finetuning.list_training_step_metrics(model.id).step_metrics
    assert [step.step_number or 0 for step in steps] == [int(step.metrics["step"]) for step in steps]
    assert len(steps) >= 2 and steps[0].metrics["step"] == 0
    assert all(0 <= step.metrics[name] <= 1 for step in steps for name in MEASURES)


def relevant_first(co2, model, rows):
    """The number of rows that have a relevant passage in the first place."""
    count = 0
    for row in rows:
        documents = row["hard_negatives"] + row["relevant_passages"]
        best = co2.rerank(model=model, query=row["query"], documents=documents, top_n=1).results[0]
        count += best.index >= len(row["hard_negatives"])
    return count


@not_yet("learning")
def test_fine_tuning_helps_where_questions_and_answers_share_no_words(co, co2):
    model = train_model(co, "workshop", upload(co, *own_files()).id)
    steps = co.finetuning.list_training_step_metrics(model.id).step_metrics
    for name in MEASURES:
        assert steps[-1].metrics[name] >= steps[0].metrics[name]
    assert steps[-1].metrics["ndcg_at_10"] > steps[0].metrics["ndcg_at_10"]
    rows = read_rows(DATA / "rerank_eval.jsonl")
    assert relevant_first(co2, f"{model.id}-ft", rows) > relevant_first(co2, "rerank-v3.5", rows)


def test_model_serves_on_after_its_dataset_was_deleted(co, co2):
    dataset = upload(co, *own_files())
    model = train_model(co, "kept", dataset.id)
    co.datasets.delete(dataset.id)
    assert co2.rerank(model=f"{model.id}-ft", query="a", documents=["a", "b"]).results[0].index == 0


def test_model_is_renamed(co, http):
    model = train_model(co, "before", upload(co, *own_files()).id)
    co.finetuning.update_finetuned_model(model.id, name="after", settings=model.settings)
    assert co.finetuning.get_finetuned_model(model.id).finetuned_model.name == "after"
    answer = http.patch(f"/v1/finetuning/finetuned-models/{model.id}", json={"name": "by name only"})
    assert answer.json()["finetuned_model"]["name"] == "by name only"


def test_models_are_listed_by_pages_oldest_first(co):
    dataset = upload(co, *own_files())
    ids = [
        co.finetuning.create_finetuned_model(request=rerank_model(f"m{i}", dataset.id)).finetuned_model.id
        for i in range(3)
    ]
    first = co.finetuning.list_finetuned_models(page_size=2)
    assert [model.id for model in first.finetuned_models] == ids[:2]
    assert first.total_size == 3
    rest = co.finetuning.list_finetuned_models(page_size=2, page_token=first.next_page_token)
    assert [model.id for model in rest.finetuned_models] == ids[2:]
    assert not rest.next_page_token


def test_models_are_listed_newest_first_when_asked_for(co):
    dataset = upload(co, *own_files())
    for name in ("first", "second"):
        co.finetuning.create_finetuned_model(request=rerank_model(name, dataset.id))
    newest = co.finetuning.list_finetuned_models(order_by="created_at desc")
    assert [model.name for model in newest.finetuned_models] == ["second", "first"]


def test_fine_tuned_model_is_among_the_models_when_ready(co):
    model = train_model(co, "listed", upload(co, *own_files()).id)
    shown = co.models.get(f"{model.id}-ft")
    assert (shown.name, shown.finetuned, shown.endpoints) == (f"{model.id}-ft", True, ["rerank"])
