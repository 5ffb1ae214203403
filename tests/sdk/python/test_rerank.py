"""Rankings: the documented examples, and what answers look like."""

import json
import re

import pytest

CAPITAL = "What is the capital of the United States?"
# As Cohere's specification has it, with its missing space.
SHORT = [
    "Carson City is the capital city of the American state of Nevada.",
    "The Commonwealth of the Northern Mariana Islands is a group of islands in the Pacific Ocean. Its capital is "
    "Saipan.",
    "Capitalization or capitalisation in English grammar is the use of a capital letter at the start of a word. "
    "English usage varies from capitalization in other languages.",
    "Washington, D.C. (also known as simply Washington or D.C., and officially as the District of Columbia) is the "
    "capital of the United States. It is a federal district.",
    "Capital punishment has existed in the United States since beforethe United States was a country. As of 2017, "
    "capital punishment is legal in 30 of the 50 states.",
]
LONG = [
    "Carson City is the capital city of the American state of Nevada. At the 2010 United States Census, Carson City "
    "had a population of 55,274.",
    "The Commonwealth of the Northern Mariana Islands is a group of islands in the Pacific Ocean that are a political "
    "division controlled by the United States. Its capital is Saipan.",
    "Charlotte Amalie is the capital and largest city of the United States Virgin Islands. It has about 20,000 people. "
    "The city is on the island of Saint Thomas.",
    "Washington, D.C. (also known as simply Washington or D.C., and officially as the District of Columbia) is the "
    "capital of the United States. It is a federal district. The President of the USA and many major national "
    "government offices are in the territory. This makes it the political center of the United States of America.",
    "Capital punishment has existed in the United States since before the United States was a country. As of 2017, "
    "capital punishment is legal in 30 of the 50 states. The federal government (including the United States military) "
    "also uses capital punishment.",
]


def order(response):
    return [result.index for result in response.results]


def test_example_of_the_specification(co, co2):
    first = co.rerank(
        model="rerank-v3.5", query=CAPITAL, documents=[{"text": text} for text in SHORT], top_n=3
    )
    second = co2.rerank(model="rerank-v3.5", query=CAPITAL, documents=SHORT, top_n=3)
    assert order(first) == order(second) == [3, 4, 0]


def test_example_of_the_specification_with_the_snippet_s_order(co2):
    swapped = [SHORT[0], SHORT[1], SHORT[3], SHORT[2], SHORT[4]]
    assert order(co2.rerank(model="rerank-v3.5", query=CAPITAL, documents=swapped, top_n=3)) == [2, 4, 0]


@pytest.mark.parametrize("model", ["rerank-v4.0-pro", "rerank-v4.0-fast", "rerank-v3.5", "rerank-multilingual-v3.0"])
def test_first_place_of_the_overview_s_example(co2, model):
    response = co2.rerank(model=model, query=CAPITAL, documents=LONG, top_n=5)
    assert order(response)[0] == 3
    assert sorted(order(response)) == [0, 1, 2, 3, 4]


def test_examples_of_the_recordings(co, co2):
    documents = ["This is a test document.", "Another test document."]
    assert order(co2.rerank(model="rerank-v3.5", query="Test query", documents=documents)) == [0, 1]
    assert order(co.rerank(model="rerank-english-v3.0", query="Test query", documents=documents)) == [0, 1]
    documents = ["content: This document is about Penguins.\n", "content: This document is about Physics.\n"]
    assert order(co2.rerank(model="rerank-v3.5", query="penguins", documents=documents, top_n=3)) == [0, 1]


def test_scores_fall_and_stay_between_0_and_1(co2):
    scores = [r.relevance_score for r in co2.rerank(model="rerank-v3.5", query=CAPITAL, documents=LONG).results]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_same_request_gives_the_same_ranking(co2):
    first, second = (co2.rerank(model="rerank-v3.5", query=CAPITAL, documents=LONG) for _ in range(2))
    assert first.results == second.results


def test_equal_documents_keep_their_order(co2):
    assert order(co2.rerank(model="rerank-v3.5", query="a b", documents=["b a c"] * 5)) == [0, 1, 2, 3, 4]


def test_documents_come_back_when_asked_for(co):
    response = co.rerank(model="rerank-v3.5", query=CAPITAL, documents=SHORT, top_n=2, return_documents=True)
    assert [result.document.text for result in response.results] == [SHORT[3], SHORT[4]]
    without = co.rerank(model="rerank-v3.5", query=CAPITAL, documents=SHORT, top_n=2)
    assert all(result.document is None for result in without.results)


def test_object_documents_come_back_with_sorted_keys(http):
    documents = [
        {"text": SHORT[0], "Title": "Facts", "Content": "x"},
        {"text": SHORT[3], "Title": "More facts", "Content": "y"},
    ]
    body = {"model": "rerank-english-v3.0", "query": CAPITAL, "documents": documents, "return_documents": True}
    results = http.post("/v1/rerank", json=body).json()["results"]
    assert [list(result) for result in results] == [["document", "index", "relevance_score"]] * 2
    assert [list(result["document"]) for result in results] == [["Content", "Title", "text"]] * 2
    assert results[0]["document"] == documents[1]


def test_rank_fields_take_the_place_of_text(co):
    documents = [{"Title": "Facts", "Content": SHORT[0]}, {"Title": "More facts", "Content": SHORT[3]}]
    response = co.rerank(
        model="rerank-english-v3.0", query=CAPITAL, documents=documents, rank_fields=["Title", "Content"]
    )
    assert order(response) == [1, 0]


def test_fields_not_named_do_not_count(co):
    documents = [{"text": "nothing", "note": CAPITAL}, {"text": SHORT[3], "note": ""}]
    assert order(co.rerank(model="rerank-v3.5", query=CAPITAL, documents=documents)) == [1, 0]


def test_strings_and_objects_may_be_mixed(co):
    response = co.rerank(model="rerank-v3.5", query=CAPITAL, documents=[SHORT[0], {"text": SHORT[3]}])
    assert order(response) == [1, 0]


def test_explicit_nulls_are_absent(co, co2):
    assert len(co2.rerank(model="rerank-v3.5", query="q", documents=["a", "b"], top_n=None, max_tokens_per_doc=None,
                          priority=None).results) == 2  # fmt: skip
    assert len(co.rerank(model="rerank-v3.5", query="q", documents=["a", "b"], top_n=None, rank_fields=None,
                         return_documents=None, max_chunks_per_doc=None).results) == 2  # fmt: skip


def test_top_n_may_exceed_the_documents(co2):
    assert len(co2.rerank(model="rerank-v3.5", query="q", documents=["a", "b"], top_n=100).results) == 2


@pytest.mark.parametrize("version", ["1", "2"])
def test_raw_answer(http, version):
    answer = http.post(
        f"/v{version}/rerank", json={"model": "rerank-v3.5", "query": CAPITAL, "documents": SHORT, "top_n": 2}
    )
    uuid = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    result = r'\{"index":\d,"relevance_score":[-+.e0-9]+\}'
    meta = f'{{"api_version":{{"version":"{version}"}},"billed_units":{{"search_units":1}}}}'
    assert re.fullmatch(
        f'{{"id":"{uuid}","results":\\[{result},{result}\\],"meta":{re.escape(meta)}}}', answer.text.rstrip("\n")
    )
    scores = [entry["relevance_score"] for entry in json.loads(answer.text, parse_float=str)["results"]]
    assert all(len(score.replace("0.", "").lstrip("0")) <= 9 for score in scores), "no float32 in shortest form"
    assert answer.headers["content-type"] == "application/json"
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-debug-trace-id"])
    assert answer.headers["access-control-expose-headers"] == "X-Debug-Trace-ID"
    assert answer.headers["pragma"] == "no-cache"
    assert answer.headers["server"] == "mockhere"
    assert "no-store" in answer.headers["cache-control"]
    assert not {"alt-svc", "via", "x-envoy-upstream-service-time"} & set(answer.headers)


@pytest.mark.parametrize("count, units", [(1, 1), (100, 1), (101, 2), (1000, 10)])
def test_search_units(co2, count, units):
    response = co2.rerank(model="rerank-v3.5", query="q", documents=["a short text"] * count, top_n=1)
    assert response.meta.billed_units.search_units == units


def test_models_that_rerank_are_listed(co):
    names = {model.name for model in co.models.list(endpoint="rerank").models}
    assert {"rerank-v3.5", "rerank-english-v3.0", "rerank-multilingual-v3.0", "rerank-v4.0-pro"} <= names


def test_key_is_checked(http):
    answer = http.post("/v1/check-api-key").json()
    assert list(answer) == ["valid", "organization_id", "owner_id"]
    assert answer["valid"] is True
    assert re.fullmatch(r"[0-9a-f-]{36}", answer["organization_id"])
