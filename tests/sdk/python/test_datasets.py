"""Uploads, their validation, and downloads as the SDK does them."""

import csv
import datetime
import io
import json
import re

import cohere
import fastavro
import httpx
import pytest
from conftest import DATA, RERANKER, read_rows, upload

COLLISION = (
    "string 'How can you make physics easy to learn?' is both a relevant passage and hard negatives of query "
    "'What can make Physics easy to learn?'"
)
TRAIN = DATA / "rerank_train.jsonl"
EVAL = DATA / "rerank_eval.jsonl"


def jsonl(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def create(co, name, content, **options):
    """Upload `content` under a file name, and wait for the verdict."""
    options.setdefault("type", "embed-input")
    return co.wait(co.datasets.create(name="d", data=(name, content), **options), interval=0.05, timeout=60).dataset


def test_wait_raises_with_the_documented_text_of_an_overlap(co):
    with (DATA / "rerank_relevant_passage_hard_negative_collision.jsonl").open("rb") as data:
        created = co.datasets.create(name="collision", data=data, type=RERANKER)
    with pytest.raises(Exception) as raised:
        co.wait(created, interval=0.05, timeout=60)
    assert str(raised.value) == f"Dataset creation failed with status failed and error : {COLLISION}"
    dataset = co.datasets.get(created.id).dataset
    assert dataset.validation_error == COLLISION
    assert dataset.validation_warnings[0] == (
        "not enough valid examples: found only 5 valid train examples of 6 received "
        "(0 incorrectly encoded, 0 duplicated); at least 256 valid examples required"
    )


def test_too_few_queries_fail(co):
    with pytest.raises(Exception, match="at least 256 valid examples required"):
        create(co, "few.jsonl", jsonl(read_rows(TRAIN)[:255]), type=RERANKER)


def test_skipping_malformed_rows_turns_errors_into_warnings(co):
    bad = {"query": "q", "relevant_passages": ["same"], "hard_negatives": ["same"]}
    dataset = create(
        co, "some.jsonl", jsonl([bad, *read_rows(TRAIN)]), type=RERANKER, skip_malformed_input=True
    )
    assert dataset.validation_warnings[0] == (
        "string 'same' is both a relevant passage and hard negatives of query 'q'"
    )
    assert dataset.dataset_parts[0].num_rows == 300


def test_saved_jsonl_has_the_bytes_of_the_rows(co, tmp_path):
    dataset = upload(co, TRAIN, EVAL)
    co.utils.save_dataset(dataset, str(tmp_path / "saved.jsonl"), "jsonl")
    assert (tmp_path / "saved.jsonl").read_text() == jsonl(read_rows(TRAIN) + read_rows(EVAL))


def test_saved_jsonl_of_real_texts_has_the_bytes_of_the_rows(co, tmp_path, debian_files):
    dataset = upload(co, *debian_files)
    co.utils.save_dataset(dataset, str(tmp_path / "saved.jsonl"), "jsonl")
    assert (tmp_path / "saved.jsonl").read_text() == jsonl(read_rows(debian_files[0]) + read_rows(debian_files[1]))


def test_saved_csv_and_avro_have_the_rows(co, tmp_path):
    dataset = upload(co, TRAIN)
    rows = read_rows(TRAIN)
    co.utils.save_dataset(dataset, str(tmp_path / "saved.csv"), "csv")
    with (tmp_path / "saved.csv").open(newline="", encoding="utf-8") as saved:
        assert [row["query"] for row in csv.DictReader(saved)] == [row["query"] for row in rows]
    co.utils.save_dataset(dataset, str(tmp_path / "saved.avro"), "avro")
    with (tmp_path / "saved.avro").open("rb") as saved:
        assert list(fastavro.reader(saved)) == rows


def test_one_line_of_the_sdk_s_own_test_comes_back(co, tmp_path):
    line = '{"text": "The quick brown fox jumps over the lazy dog"}\n'
    dataset = create(co, "embed_job.jsonl", line)
    co.utils.save_dataset(dataset, str(tmp_path / "saved.jsonl"))
    assert (tmp_path / "saved.jsonl").read_text() == line


def test_kept_fields_come_back_and_others_do_not(co, tmp_path):
    dataset = create(
        co,
        "embed.jsonl",
        (DATA / "embed.jsonl").read_bytes(),
        keep_fields=["article", "title", "minutes"],
        optional_fields=["author"],
    )
    assert dataset.preserve_fields == ["article", "title", "minutes", "author"]
    co.utils.save_dataset(dataset, str(tmp_path / "saved.jsonl"))
    wanted = [{**row, "author": row.get("author")} for row in read_rows(DATA / "embed.jsonl")]
    assert (tmp_path / "saved.jsonl").read_text() == jsonl(wanted)
    plain = create(co, "embed.jsonl", (DATA / "embed.jsonl").read_bytes())
    assert json.loads(plain.dataset_parts[0].samples[0]) == {"text": wanted[0]["text"]}


def test_csv_is_read_with_its_delimiter(co):
    dataset = create(co, "rows.csv", 'id;text\n1;"one; and a half"\n2;two\n', csv_delimiter=";")
    assert [json.loads(sample) for sample in dataset.dataset_parts[0].samples] == [
        {"text": "one; and a half"},
        {"text": "two"},
    ]


def test_csv_without_the_required_column_fails(co):
    with pytest.raises(Exception, match=r"csv files must have a header with the required fields: \[text\]\."):
        create(co, "rows.csv", "id,words\n1,one\n")


def labelled(*labels):
    """Twenty rows of each label."""
    return [{"text": f"text {n} of {label}", "label": label} for label in labels for n in range(20)]


TALKS = [
    {"messages": [{"role": "User", "content": f"{n}?"}, {"role": "Chatbot", "content": "Yes."}]} for n in range(2)
]
PAIRS = [{"prompt": f"{n} + 1 =", "completion": f"{n + 1}"} for n in range(32)]
REQUESTS = [{"custom_id": f"{n}", "body": {"texts": ["é", "\n"], "weight": 1.0}} for n in range(3)]


@pytest.mark.parametrize(
    ("type", "rows"),
    [
        ("chat-finetune-input", TALKS),
        ("single-label-classification-finetune-input", labelled("spam", "ham")),
        ("multi-label-classification-finetune-input", [*labelled(["a"], ["b", "c"]), {"text": "none", "label": []}]),
        ("prompt-completion-finetune-input", PAIRS),
    ],
)
def test_rows_of_every_type_to_train_with_come_back(co, tmp_path, type, rows):
    dataset = create(co, "rows.jsonl", jsonl(rows), type=type)
    assert dataset.dataset_type == type
    assert dataset.validation_warnings == ["dataset has 0 valid eval rows. dataset will be auto-split"]
    assert [json.loads(sample) for sample in dataset.dataset_parts[0].samples] == rows[:3]
    co.utils.save_dataset(dataset, str(tmp_path / "saved.jsonl"))
    assert (tmp_path / "saved.jsonl").read_text() == jsonl(rows)
    metrics = dataset.metrics.finetune_dataset_metrics
    assert metrics.total_examples == len(rows)
    assert metrics.eval_examples == -(-len(rows) // 5)


@pytest.mark.parametrize(
    "type", ["batch-chat-input", "batch-chat-v2-input", "batch-embed-v2-input", "batch-openai-chat-input"]
)
def test_rows_of_batches_are_kept_as_their_text(co, tmp_path, type):
    dataset = create(co, "rows.jsonl", jsonl(REQUESTS), type=type)
    assert dataset.validation_warnings == []
    assert [json.loads(sample) for sample in dataset.dataset_parts[0].samples] == REQUESTS
    co.utils.save_dataset(dataset, str(tmp_path / "saved.jsonl"))
    saved = read_rows(tmp_path / "saved.jsonl")
    assert "".join(row["row"] + "\n" for row in saved) == jsonl(REQUESTS)


@pytest.mark.parametrize("type", ["embed-result", "batch-embed-v2-output", "cluster-result", "rerank-finetune-input"])
def test_types_that_are_results_or_slips_are_invalid(co, type):
    with pytest.raises(cohere.BadRequestError) as raised:
        co.datasets.create(name="d", data=("rows.jsonl", "{}"), type=type)
    assert raised.value.body["message"] == "The dataset type is invalid."


def test_chat_metrics_have_turns_and_the_preamble(co):
    talk = {"messages": [{"role": "System", "content": "Be kind."}, *TALKS[0]["messages"], *TALKS[1]["messages"]]}
    dataset = create(
        co, "chat.jsonl", jsonl([talk]), eval_data=("eval.jsonl", jsonl(TALKS)), type="chat-finetune-input"
    )
    metrics = dataset.metrics.finetune_dataset_metrics.chat_data_metrics
    assert (metrics.num_train_turns, metrics.num_eval_turns, metrics.preamble) == (2, 2, "Be kind.")


def test_labels_with_few_examples_are_removed(co):
    rows = [*labelled("spam", "ham"), *labelled("rare")[:4]]
    dataset = create(co, "rows.jsonl", jsonl(rows), type="single-label-classification-finetune-input")
    assert dataset.validation_warnings[0] == "removed labels with fewer than 5 examples: rare"
    metrics = dataset.metrics.finetune_dataset_metrics
    assert metrics.total_examples == 40
    labels = metrics.classify_data_metrics.label_metrics
    assert [(metric.label, metric.total_examples) for metric in labels] == [("spam", 20), ("ham", 20)]
    assert labels[0].samples == ["text 0 of spam", "text 1 of spam", "text 2 of spam"]


def test_one_conversation_is_too_few(co):
    with pytest.raises(Exception) as raised:
        create(co, "chat.jsonl", jsonl(TALKS[:1]), type="chat-finetune-input")
    assert str(raised.value).endswith(
        "not enough valid examples: found only 1 valid train examples of 1 received (0 incorrectly encoded, "
        "0 duplicated, 0 too many tokens); at least 2 valid examples required since no eval data was provided"
    )


def test_missing_field_is_named_with_its_line(co):
    with pytest.raises(Exception, match=r"The required field text was not fund in the dataset \(line: 2\)"):
        create(co, "rows.jsonl", '{"text": "a"}\n{"words": "b"}\n')


def test_raw_dataset_has_the_documented_fields_in_order(co, http):
    id = upload(co, TRAIN, EVAL).id
    assert re.fullmatch(r"rerank-train-[a-z0-9]{6}", id)
    dataset = http.get(f"/v1/datasets/{id}").json()["dataset"]
    assert list(dataset) == [
        "id", "name", "created_at", "updated_at", "dataset_type", "validation_status", "schema", "required_fields",
        "preserve_fields", "dataset_parts", "validation_warnings", "metrics",
    ]  # fmt: skip
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", dataset["created_at"])
    assert dataset["required_fields"] == ["query", "relevant_passages"]
    train, evaluation = dataset["dataset_parts"]
    assert list(train) == ["id", "name", "url", "index", "size_bytes", "num_rows", "samples"]
    assert [train["name"], evaluation["name"]] == ["000_rerank_train.avro", "001_rerank_eval.avro"]
    assert [train["index"], evaluation["index"]] == [0, 1]
    assert [train["num_rows"], evaluation["num_rows"]] == [300, 80]
    assert [json.loads(sample) for sample in train["samples"]] == read_rows(TRAIN)[:3]


def test_without_evaluation_file_the_rows_are_split(co):
    dataset = upload(co, TRAIN)
    assert dataset.validation_warnings == ["dataset has 0 valid eval rows. dataset will be auto-split"]
    assert [part.num_rows for part in dataset.dataset_parts] == [300]
    metrics = dataset.metrics.finetune_dataset_metrics
    assert (metrics.train_examples, metrics.eval_examples) == (240, 60)


def test_download_needs_no_key_and_any_host_will_do(co, mockhere):
    url = upload(co, TRAIN).dataset_parts[0].url
    assert url.startswith(mockhere.url)
    plain = httpx.get(url)
    assert plain.status_code == 200 and plain.content.startswith(b"Obj\x01")
    assert "content-encoding" not in plain.headers
    assert list(fastavro.reader(io.BytesIO(plain.content))) == read_rows(TRAIN)
    for host in ("fake:9000", "localhost:1", "10.1.2.3:8080"):
        assert httpx.get(url, headers={"Host": host}).content == plain.content


def test_download_link_names_the_host_that_was_asked(co, http):
    id = upload(co, TRAIN).id
    answer = http.get(f"/v1/datasets/{id}", headers={"Host": "fake:9000"})
    assert answer.json()["dataset"]["dataset_parts"][0]["url"].startswith("http://fake:9000/")


def test_forged_download_link_is_refused(co):
    url = upload(co, TRAIN).dataset_parts[0].url
    head, token, name = url.rsplit("/", 2)
    middle = len(token) // 2
    changed = token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]
    for forged in (changed, token[:-1], token + "A", "x", "."):
        assert httpx.get(f"{head}/{forged}/{name}").status_code in (403, 404)


def test_kept_original_comes_back_as_it_was_sent(co):
    dataset = create(co, "embed.jsonl", (DATA / "embed.jsonl").read_bytes(), keep_original_file=True)
    assert httpx.get(dataset.dataset_parts[0].original_url).content == (DATA / "embed.jsonl").read_bytes()


def test_usage_counts_the_bytes_as_uploaded(co):
    assert co.datasets.get_usage().organization_usage == 0
    dataset = upload(co, TRAIN, EVAL)
    assert co.datasets.get_usage().organization_usage == TRAIN.stat().st_size + EVAL.stat().st_size
    co.datasets.delete(dataset.id)
    assert co.datasets.get_usage().organization_usage == 0


def test_list_is_newest_first_by_type_and_by_pages(co):
    ids = [create(co, "one.jsonl", '{"text": "a"}\n').id for _ in range(3)] + [upload(co, TRAIN).id]
    assert [dataset.id for dataset in co.datasets.list().datasets] == ids[::-1]
    assert [dataset.id for dataset in co.datasets.list(dataset_type=RERANKER).datasets] == ids[3:]
    assert [dataset.id for dataset in co.datasets.list(limit=2, offset=1).datasets] == [ids[2], ids[1]]


def test_list_takes_dates(co):
    id = create(co, "one.jsonl", '{"text": "a"}\n').id
    now = datetime.datetime.now(datetime.timezone.utc)
    hour = datetime.timedelta(hours=1)
    assert [dataset.id for dataset in co.datasets.list(after=now - hour, before=now + hour).datasets] == [id]
    assert co.datasets.list(before=now - hour).datasets == []
    assert co.datasets.list(after=now + hour).datasets == []


def test_list_takes_a_status(co):
    id = create(co, "one.jsonl", '{"text": "a"}\n').id
    assert [dataset.id for dataset in co.datasets.list(validation_status="validated").datasets] == [id]
    assert co.datasets.list(validation_status="failed").datasets == []


def test_same_content_twice_gives_two_datasets(co):
    first, second = upload(co, TRAIN), upload(co, TRAIN)
    assert first.id != second.id
    co.datasets.delete(first.id)
    assert httpx.get(second.dataset_parts[0].url).status_code == 200


@pytest.mark.parametrize("parts", [("file", "eval_file"), ("data", "eval_data"), ("eval_data", "data")])
def test_parts_have_two_names_and_any_order(http, parts):
    files = [(part, (f"{part}.jsonl", (EVAL if "eval" in part else TRAIN).read_bytes())) for part in parts]
    answer = http.post("/v1/datasets", params={"name": "n", "type": RERANKER}, files=files)
    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == ["id"]


def test_empty_evaluation_part_counts_as_absent(http):
    files = [("data", ("a.jsonl", b'{"text": "a"}\n')), ("eval_data", ("a.jsonl", b""))]
    assert http.post("/v1/datasets", params={"name": "n", "type": "embed-input"}, files=files).status_code == 200


def test_four_rows_are_enough_if_the_limits_say_so(start_mockhere):
    server = start_mockhere("--limits", '{"train_queries_min":4,"eval_queries_min":2}')
    co = cohere.Client("key", base_url=server.url)
    rows = "".join(f'{{"query": "q{i}", "relevant_passages": ["p"]}}\n' for i in range(4))
    created = co.datasets.create(name="small", data=("a.jsonl", rows), type=RERANKER)
    assert co.wait(created, interval=0.05, timeout=60).dataset.validation_status == "validated"
