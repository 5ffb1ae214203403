"""What goes wrong, with the exact texts and the shape of the bodies."""

import time
import uuid

import cohere
import httpx
import pytest
from conftest import DATA, KEY, RERANKER, not_yet, rerank_model, upload

NO_UUID = "00000000-0000-4000-8000-000000000000"
EMBED = {"name": "n", "type": "embed-input"}
NO_MODEL = "make sure the correct model ID was used and that you have access to the model."


def assert_error(answer, status, message):
    """The answer is an error as all but fine-tuning give it: a fresh id, then the message."""
    assert (answer.status_code, answer.json().get("message")) == (status, message)
    assert answer.headers["content-type"] == "application/json"
    assert list(answer.json()) == ["id", "message"]
    assert uuid.UUID(answer.json()["id"]).version == 4
    assert answer.text.startswith('{"id":"') and answer.text.rstrip("\n").endswith('"}')


def assert_finetuning_error(answer, status, message):
    assert (answer.status_code, answer.json()) == (status, {"message": message})


def test_no_key(base_url, monkeypatch):
    monkeypatch.delenv("CO_API_KEY", raising=False)
    with pytest.raises(cohere.UnauthorizedError) as raised:
        cohere.Client("", base_url=base_url).datasets.list()
    assert raised.value.body["message"] == "no api key supplied"


def test_no_key_for_fine_tuning(base_url):
    assert_finetuning_error(httpx.get(f"{base_url}/v1/finetuning/finetuned-models"), 401, "no api key supplied")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_scheme_has_no_case(base_url, scheme):
    answer = httpx.get(f"{base_url}/v1/datasets", headers={"Authorization": f"{scheme} {KEY}"})
    assert answer.json() == {"datasets": []}


@pytest.mark.parametrize(
    "key, error, message",
    [
        ("invalid-key", cohere.UnauthorizedError, "invalid api token"),
        (
            "expired-key",
            cohere.UnauthorizedError,
            "Your API key has expired. Please create a production key at dashboard.cohere.com or reach out to your "
            "contact at Cohere to continue usage.",
        ),
    ],
)
def test_magic_keys(base_url, key, error, message):
    with pytest.raises(error) as raised:
        cohere.Client(key, base_url=base_url).datasets.list()
    assert raised.value.body["message"] == message


def test_limited_key_says_when_to_come_again(base_url):
    answer = httpx.get(f"{base_url}/v1/datasets", headers={"Authorization": "Bearer limited-key"})
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "1"


def test_sdk_comes_again_after_a_limit(base_url, monkeypatch):
    """It waits as long as Retry-After says: a trial key has ten calls of rerank in a minute."""
    waits = []
    monkeypatch.setattr(time, "sleep", waits.append)
    co = cohere.ClientV2("trial-key", base_url=base_url)
    for _ in range(10):
        co.rerank(model="rerank-v3.5", query="q", documents=["d"])
    with pytest.raises(cohere.TooManyRequestsError) as raised:
        co.rerank(model="rerank-v3.5", query="q", documents=["d"])
    assert raised.value.body["message"].startswith(
        "You are using a Trial key, which is limited to 10 API calls / minute. "
    )
    assert waits == [1, 1]


def test_trial_key_is_told_what_is_left(http):
    answer = http.get("/v1/datasets", headers={"Authorization": "Bearer trial-key"})
    assert answer.headers["x-endpoint-monthly-call-limit"] == "1000"
    assert answer.headers["x-trial-endpoint-call-limit"] == "500"
    assert answer.headers["x-trial-endpoint-call-remaining"] == "499"


def test_sdk_gets_past_each_third_failure(mockhere, base_url, http, monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    co = cohere.Client("flaky-key", base_url=base_url)
    for _ in range(6):
        assert co.datasets.list().datasets == []
    statuses = [
        http.get("/v1/datasets", headers={"Authorization": "Bearer flaky-raw"}).status_code for _ in range(6)
    ]
    assert statuses == [200, 200, 503, 200, 200, 503]


def test_slow_key_is_two_seconds_late(http):
    begun = time.monotonic()
    assert http.get("/v1/datasets", headers={"Authorization": "Bearer slow-key"}).status_code == 200
    assert time.monotonic() - begun >= 2


def test_magic_key_that_names_its_world(mockhere, world):
    key = f"blocked-key@{world.removeprefix('/w/')}"
    answer = httpx.get(f"{mockhere.url}/v1/datasets", headers={"Authorization": f"Bearer {key}"})
    assert_error(
        answer, 402,
        "Please add or update your payment method at https://dashboard.cohere.com/billing?tab=payment to continue",
    )  # fmt: skip


def test_declared_keys_are_the_only_ones(mockhere, base_url, world):
    declared = {"keys": [{"key": "good-key", "plan": "production"}, {"key": "old-key", "plan": "expired"}]}
    assert "good-key" not in mockhere.control("PUT", "keys", declared, world).text
    assert cohere.Client("good-key", base_url=base_url).datasets.list().datasets == []
    for key in "old-key", KEY, "trial-key":
        with pytest.raises(cohere.UnauthorizedError):
            cohere.Client(key, base_url=base_url).datasets.list()
    mockhere.control("PUT", "keys", {"keys": []}, world)
    assert cohere.Client(KEY, base_url=base_url).datasets.list().datasets == []


def test_job_limit(co, mockhere, world):
    dataset = upload(co, DATA / "rerank_train.jsonl", DATA / "rerank_eval.jsonl")
    mockhere.control("PUT", "limits", {"jobs_per_day": 1}, world)
    co.finetuning.create_finetuned_model(request=rerank_model("m", dataset.id))
    with pytest.raises(cohere.BadRequestError) as raised:
        co.finetuning.create_finetuned_model(request=rerank_model("m", dataset.id))
    assert raised.value.body["message"] == "you have reached the limit of 1 fine-tuning jobs per day"


def test_unknown_dataset(co):
    with pytest.raises(cohere.NotFoundError) as raised:
        co.datasets.get("my-dataset-id")
    assert raised.value.body["message"] == "dataset with id my-dataset-id not found"
    with pytest.raises(cohere.NotFoundError):
        co.datasets.delete("my-dataset-id")


@pytest.mark.parametrize(
    "params, files, status, message",
    [
        ({"type": "embed-input"}, {"data": b"x"}, 400, "The name parameter must be set."),
        ({"name": "n"}, {"data": b"x"}, 400, "The type parameter must be set."),
        ({"name": "n", "type": "rerank-finetune-input"}, {"data": b"x"}, 400, "The dataset type is invalid."),
        ({"name": "n", "type": "embed-result"}, {"data": b"x"}, 400, "The dataset type is invalid."),
        ({**EMBED, "name": "é" * 50}, {"data": b"x"}, 400, "The name must be less than 50 characters long."),
        ({**EMBED, "keep_original_file": "maybe"}, {"data": b"x"}, 400,
         "The keep_original_file parameter must be true or false."),
        ({**EMBED, "csv_delimiter": ";;"}, {"data": b"x"}, 400, "You have used an invalid csv delimiter."),
        (EMBED, {"training": b"x"}, 400,
         "You used an invalid parameter for part: training use file or an evaluation file."),
        (EMBED, {"eval_data": b'{"text": "a"}\n'}, 400, "The data file must be set."),
        (EMBED, {"data": b""}, 400, "The data file must be set."),
    ],
)  # fmt: skip
def test_refused_uploads(http, params, files, status, message):
    parts = {name: ("rows.jsonl", content) for name, content in files.items()}
    assert_error(http.post("/v1/datasets", params=params, files=parts), status, message)


def test_name_of_49_characters_is_fine(http):
    answer = http.post(
        "/v1/datasets", params={**EMBED, "name": "é" * 49}, files={"data": ("a.jsonl", b'{"text": "a"}\n')}
    )
    assert answer.status_code == 200


def test_upload_that_is_no_form(http):
    answer = http.post("/v1/datasets", params=EMBED, content=b"{}", headers={"Content-Type": "application/json"})
    assert_error(answer, 415, "Content-Type must be multipart/form-data.")


def test_csv_is_not_for_reranker(http):
    answer = http.post(
        "/v1/datasets", params={"name": "n", "type": RERANKER}, files={"data": ("a.csv", b"query\na\n")}
    )
    assert_error(answer, 400, f"{RERANKER} takes jsonl files.")


@pytest.mark.parametrize(
    "method, below",
    [
        ("GET", ""),
        ("DELETE", ""),
        ("GET", "/events"),
        ("PATCH", ""),
        ("GET", "/training-step-metrics"),
    ],
)
def test_unknown_fine_tuned_models(http, method, below):
    for id, status, message in (
        (NO_UUID, 404, f"finetuned model {NO_UUID} not found"),
        ("test-id", 400, "finetuneID is not a valid UUID: 'test-id'"),
    ):
        answer = http.request(method, f"/v1/finetuning/finetuned-models/{id}{below}", json={"name": "n"})
        assert_finetuning_error(answer, status, message)


def settings(**changes):
    whole = {"base_model": {"base_type": "BASE_TYPE_RERANK"}, "dataset_id": "gone", **changes}
    return {"name": "n", "settings": {key: value for key, value in whole.items() if value is not None}}


@pytest.mark.parametrize(
    "body, status, message",
    [
        ({}, 400, "name must be set"),
        ({"name": "n"}, 400, "settings must be set"),
        (settings(base_model=None), 400, "settings.base_model must be set"),
        (settings(base_model={}), 400, "settings.base_model.base_type must be set"),
        (settings(base_model={"base_type": "BASE_TYPE_X"}), 400, "settings.base_model.base_type is invalid"),
        (settings(base_model={"base_type": "BASE_TYPE_RERANK", "name": "klingon"}), 400,
         "settings.base_model.name must be one of english, multilingual"),
        (settings(dataset_id=None), 400, "settings.dataset_id must be set"),
        (settings(), 404, "dataset with id gone not found"),
        (settings(hyperparameters={"train_epochs": 11}), 400,
         "settings.hyperparameters.train_epochs must be between 1 and 10"),
    ],
)  # fmt: skip
def test_refused_fine_tuning(http, body, status, message):
    assert_finetuning_error(http.post("/v1/finetuning/finetuned-models", json=body), status, message)


def test_dataset_of_another_type_trains_no_reranker(co, http):
    created = co.datasets.create(name="d", data=("a.jsonl", '{"text": "a"}\n'), type="embed-input")
    co.wait(created, interval=0.05, timeout=60)
    answer = http.post("/v1/finetuning/finetuned-models", json=settings(dataset_id=created.id))
    assert_finetuning_error(
        answer, 400, f"dataset with id {created.id} has type embed-input, BASE_TYPE_RERANK needs {RERANKER}"
    )


def test_trailing_comma_of_the_docs_is_bad_json(http):
    answer = http.post(
        "/v1/finetuning/finetuned-models",
        content=b'{"name": "n", "settings": {"base_model": {"base_type": "BASE_TYPE_CHAT",}}}',
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 400
    assert list(answer.json()) == ["message"]
    assert answer.json()["message"].startswith("invalid json syntax: ")


@pytest.mark.parametrize(
    "changes, status, message",
    [
        ({"model": None}, 400, "a model parameter is required for this endpoint."),
        ({"model": "xyz"}, 404, f"model 'xyz' not found, {NO_MODEL}"),
        ({"model": "foo-ft"}, 404, f"model 'foo-ft' not found, {NO_MODEL}"),
        ({"model": f"{NO_UUID}-ft"}, 404, f"finetuned model {NO_UUID}-ft not found"),
        ({"model": "rerank-english-v2.0"}, 404,
         "model 'rerank-english-v2.0' was removed on April 30, 2025. See "
         "https://docs.cohere.com/docs/models#rerank for a list of models you can use instead."),
        ({"model": "command-r"}, 400, "invalid request: model 'command-r' is not supported by the rerank API"),
        ({"query": ""}, 400, "invalid request: query must not be empty or be only whitespace"),
        ({"query": " \t\n"}, 400, "invalid request: query must not be empty or be only whitespace"),
        ({"query": 5}, 400, "invalid request: query must be a string"),
        ({"documents": []}, 400, "invalid request: list of documents must not be empty"),
        ({"documents": ["a", ""]}, 400, "invalid request: document at index 1 cannot be empty"),
        ({"documents": ["a"] * 10001}, 400,
         "invalid request: number of total max chunks (number of documents * max chunks per doc) must be less "
         "than 10000"),
        ({"top_n": 0}, 400, "invalid request: top_n must be greater than 0"),
        ({"top_n": -1}, 400, "invalid request: top_n must be greater than 0"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_refused_rerank(http, version, changes, status, message):
    body = {"model": "rerank-v3.5", "query": "q", "documents": ["a", "b"], **changes}
    assert_error(http.post(f"/{version}/rerank", json=body), status, message)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"rank_fields": []},
         "invalid request: rank_fields cannot be empty, it must either contain at least one field or be omitted"),
        ({"documents": [{"title": "a"}]}, "invalid request: required 'text' param is missing or empty."),
        ({"documents": ["a"] * 1001, "max_chunks_per_doc": 10},
         "invalid request: number of total max chunks (number of documents * max chunks per doc) must be less "
         "than 10000"),
    ],
)  # fmt: skip
def test_refused_rerank_of_v1(http, changes, message):
    body = {"model": "rerank-v3.5", "query": "q", "documents": ["a", "b"], **changes}
    assert_error(http.post("/v1/rerank", json=body), 400, message)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"documents": ["a", {"text": "b"}]}, "invalid request: document at index 1 must be a string"),
        ({"priority": 1000}, "invalid request: priority must be between 0 and 999"),
        ({"query": None}, "invalid request: query must not be empty or be only whitespace"),
        ({"documents": None}, "invalid request: list of documents must not be empty"),
    ],
)  # fmt: skip
def test_refused_rerank_of_v2(http, changes, message):
    body = {"model": "rerank-v3.5", "query": "q", "documents": ["a", "b"], **changes}
    assert_error(http.post("/v2/rerank", json=body), 400, message)


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_rerank_of_bad_json(http, version):
    answer = http.post(f"/{version}/rerank", content=b'{"query": "\a"}', headers={"Content-Type": "application/json"})
    assert_error(answer, 400, r"invalid json syntax: invalid character '\a' in string literal")


def test_rerank_that_is_no_json_at_all(http):
    answer = http.post("/v2/rerank", content=b"a=b", headers={"Content-Type": "text/plain"})
    assert_error(answer, 415, "Content-Type must be application/json")


def test_unknown_field_is_refused_by_v2(co2):
    with pytest.raises(cohere.UnprocessableEntityError) as raised:
        co2.rerank(
            model="rerank-v3.5",
            query="q",
            documents=["d"],
            request_options={"additional_body_parameters": {"top_k": 3}},
        )
    assert raised.value.body["message"] == (
        "unknown field: parameter 'top_k' is not a valid field. For proper usage, please refer to "
        "https://docs.cohere.com/reference/rerank"
    )


def test_unknown_field_is_a_warning_in_v1(http):
    body = {"model": "rerank-v3.5", "query": "q", "documents": ["a"], "top_k": 3}
    answer = http.post("/v1/rerank", json=body)
    assert answer.status_code == 200
    assert answer.headers["x-api-warning"] == "unknown field: parameter top_k is not a valid field"


def test_model_that_is_not_ready(co, mockhere, world):
    dataset = upload(co, DATA / "rerank_train.jsonl", DATA / "rerank_eval.jsonl")
    mockhere.control("PUT", "clock", {"mode": "frozen"}, world)
    model = co.finetuning.create_finetuned_model(request=rerank_model("m", dataset.id)).finetuned_model
    with pytest.raises(cohere.BadRequestError) as raised:
        co.rerank(query="q", documents=["d"], model=f"{model.id}-ft")
    assert raised.value.body["message"] == f"finetuned model with name {model.id}-ft is not ready for serving"
    with pytest.raises(cohere.BadRequestError):
        cohere.ClientV2(KEY, base_url=mockhere.url + world).rerank(model=f"{model.id}-ft", query="q", documents=["d"])


def test_unknown_model_by_name(co):
    with pytest.raises(cohere.NotFoundError) as raised:
        co.models.get("xyz")
    assert raised.value.body["message"] == f"model 'xyz' not found, {NO_MODEL}"


@pytest.mark.parametrize("path", ["/v1/no-such-path", "/v3/rerank", "/v1/datasets/x/y", "/v1/datasets/"])
def test_unknown_path(http, path):
    assert_error(http.get(path), 404, "404 page not found")


@pytest.mark.parametrize(
    "method, path, allowed",
    [
        ("PUT", "/v1/datasets", {"GET", "POST"}),
        ("POST", "/v1/datasets/x", {"DELETE", "GET"}),
        ("GET", "/v2/rerank", {"POST"}),
        ("POST", f"/v1/finetuning/finetuned-models/{NO_UUID}", {"DELETE", "GET"}),
    ],
)
def test_wrong_method(http, method, path, allowed):
    answer = http.request(method, path)
    assert (answer.status_code, answer.json()["message"]) == (405, "method not allowed")
    assert allowed <= {name.strip() for name in answer.headers["allow"].split(",")}


def test_endpoint_that_is_not_faked(http):
    assert_error(
        http.post("/v1/embed", json={}), 501, "mockhere does not fake /v1/embed; stub it under /__admin/mappings"
    )
