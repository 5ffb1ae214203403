"""Stubs, faults and the journal with python-wiremock, in front of the real endpoints."""

from __future__ import annotations

import time

import cohere
import httpx
import pytest
from conftest import DATA, KEY
from wiremock.client import (
    BasicAuthCredentials,
    DelayDistribution,
    DelayDistributionMethods,
    GlobalSetting,
    GlobalSettings,
    HttpMethods,
    Mapping,
    MappingRequest,
    MappingResponse,
    Mappings,
    NearMisses,
    NearMissMatchPatternRequest,
    NearMissMatchRequest,
    Requests,
    ResponseFaultType,
    Scenarios,
    WireMockMatchers,
)
from wiremock.constants import Config
from wiremock.exceptions import InvalidInputException, NotFoundException

MESSAGE = {"message": "later"}
EVERYTHING = NearMissMatchPatternRequest(url_pattern=".*", method=HttpMethods.ANY)


@pytest.fixture(autouse=True)
def wiremock(base_url, monkeypatch):
    """Point python-wiremock at the world of the test."""
    monkeypatch.setattr(Config, "base_url", f"{base_url}/__admin")


def stub(request: MappingRequest, response: MappingResponse, **options) -> Mapping:
    return Mappings.create_mapping(Mapping(request=request, response=response, **options))


def get(url_path: str, response: MappingResponse, **options) -> Mapping:
    return stub(MappingRequest(method=HttpMethods.GET, url_path=url_path), response, **options)


def urls(found) -> list[str]:
    return [request.url for request in found.requests]


def rerank(co: cohere.ClientV2):
    return co.rerank(
        model="rerank-v3.5",
        query="capital",
        documents=["a town", "a capital"],
        request_options={"max_retries": 0},
    )


def test_rerank_is_a_429_once(co2):
    stub(
        MappingRequest(method=HttpMethods.POST, url_path="/v2/rerank"),
        MappingResponse(status=429, json_body=MESSAGE, headers={"Retry-After": "1"}),
        scenario_name="busy",
        required_scenario_state="Started",
        new_scenario_state="idle",
    )
    for _ in range(2):
        with pytest.raises(cohere.TooManyRequestsError) as raised:
            rerank(co2)
        assert raised.value.body == MESSAGE
        assert raised.value.headers["retry-after"] == "1"
        assert rerank(co2).results[0].index == 1
        Scenarios.reset_all_scenarios()
    asked = NearMissMatchPatternRequest(
        method=HttpMethods.POST,
        url_path="/v2/rerank",
        body_patterns=[{WireMockMatchers.MATCHES_JSON_PATH: "$[?(@.query == 'capital')]"}],
    )
    assert Requests.get_matching_request_count(asked).count == 4


def test_second_poll_is_a_503(co):
    poll = MappingRequest(method=HttpMethods.GET, url_path_pattern="/v1/datasets/.+")
    stub(
        poll,
        MappingResponse(proxy_base_url="mockhere:", fixed_delay_milliseconds=100),
        scenario_name="polls",
        required_scenario_state="Started",
        new_scenario_state="second",
    )
    stub(
        poll,
        MappingResponse(status=503, json_body=MESSAGE),
        scenario_name="polls",
        required_scenario_state="second",
        new_scenario_state="later",
    )
    with (DATA / "rerank_train.jsonl").open("rb") as data:
        created = co.datasets.create(name="d", data=data, type="reranker-finetune-input")
    start = time.monotonic()
    assert co.datasets.get(created.id).dataset.name == "d"
    assert time.monotonic() - start >= 0.1
    with pytest.raises(cohere.ServiceUnavailableError):
        co.datasets.get(created.id, request_options={"max_retries": 0})
    assert co.datasets.get(created.id).dataset.name == "d"
    assert urls(Requests.get_matching_requests(NearMissMatchPatternRequest(url_path_pattern="/v1/datasets/.+"))) == [
        f"/v1/datasets/{created.id}"
    ] * 3


def test_stub_is_created_read_changed_and_deleted(http):
    created = get("/a", MappingResponse(body="one"), priority=3, metadata={"team": "red"}, persistent=False)
    assert http.get("/a").text == "one"
    found = Mappings.retrieve_mapping(created)
    assert (found.id, found.priority, found.metadata) == (created.id, 3, {"team": "red"})
    found.response.body = "two"
    assert Mappings.update_mapping(found).response.body == "two"
    assert http.get("/a").text == "two"
    every = Mappings.retrieve_all_mappings()
    assert ([mapping.id for mapping in every.mappings], every.meta.total) == ([created.id], 1)
    Mappings.delete_mapping(created.id)
    with pytest.raises(NotFoundException):
        Mappings.retrieve_mapping(created.id)
    with pytest.raises(NotFoundException):
        Mappings.delete_mapping(created.id)
    assert http.get("/a").status_code == 404


def test_stubs_are_removed_by_metadata_all_and_by_reset(http):
    get("/a", MappingResponse(body="red"), metadata={"team": "red"})
    get("/b", MappingResponse(body="blue"), metadata={"team": "blue"})
    Mappings.delete_mapping_by_metadata({"matchesJsonPath": {"expression": "$.team", "equalTo": "red"}})
    assert (http.get("/a").status_code, http.get("/b").status_code) == (404, 200)
    Mappings.delete_all_mappings()
    assert http.get("/b").status_code == 404
    get("/c", MappingResponse(body="c"))
    Mappings.reset_mappings()
    assert http.get("/c").status_code == 404


def test_higher_priority_and_then_the_latest_answers(http):
    get("/a", MappingResponse(body="first"))
    get("/a", MappingResponse(body="second"))
    assert http.get("/a").text == "second"
    get("/a", MappingResponse(body="urgent"), priority=1)
    get("/a", MappingResponse(body="third"))
    assert http.get("/a").text == "urgent"


@pytest.mark.parametrize(
    ("asked", "call", "other"),
    [
        ({"url": "/x?q=1"}, {"url": "/x?q=1"}, {"url": "/x"}),
        ({"url_pattern": "/x.*=1"}, {"url": "/x?q=1"}, {"url": "/x?q=2"}),
        ({"url_path": "/x", "query_parameters": {"q": {"contains": "b"}}}, {"url": "/x?q=abc"}, {"url": "/x?q=ac"}),
        ({"headers": {"X-A": {"doesNotMatch": "[0-9]"}}}, {"headers": {"x-a": "b"}}, {"headers": {"x-a": "1"}}),
        ({"headers": {"X-A": {"absent": True}}}, {}, {"headers": {"x-a": "b"}}),
        ({"cookies": {"c": {"equalTo": "d"}}}, {"headers": {"cookie": "c=d"}}, {"headers": {"cookie": "c=e"}}),
        (
            {"basic_auth_credentials": BasicAuthCredentials(username="u", password="p")},
            {"headers": {"authorization": "Basic dTpw"}},
            {"headers": {"authorization": "Basic dTpx"}},
        ),
        (
            {"body_patterns": [{"equalToJson": '{"a": [1, 2]}', "ignoreArrayOrder": True, "ignoreExtraElements": True}]},
            {"json": {"b": 0, "a": [2, 1]}},
            {"json": {"a": [1]}},
        ),
        ({"body_patterns": [{"matchesJsonPath": "$.documents[1]"}]}, {"json": {"documents": [1, 2]}}, {"json": {}}),
        ({"metadata": {"a": "tolerated here, where the client has it"}}, {}, None),
    ],
)
def test_what_requests_are_asked_for(http, asked, call, other):
    stub(MappingRequest(**{"method": HttpMethods.ANY, "url_path": None, **asked}), MappingResponse(status=204))
    defaults = {"method": "POST", "url": "/x"}
    assert http.request(**{**defaults, **call}).status_code == 204
    if other is not None:
        assert http.request(**{**defaults, **other}).status_code == 404


@pytest.mark.parametrize(
    ("response", "text"),
    [
        (MappingResponse(body="plain"), "plain"),
        (MappingResponse(json_body={"a": [1, None]}), '{"a":[1,null]}'),
        (MappingResponse(base64_body="aGVsbG8="), "hello"),
        (MappingResponse(status=201, status_message="Made so"), ""),
    ],
)
def test_kinds_of_answers(http, response, text):
    get("/a", response)
    answer = http.get("/a")
    assert (answer.text, answer.status_code) == (text, response.status or 200)
    if response.status_message:
        assert answer.reason_phrase == response.status_message


@pytest.mark.parametrize(
    "response",
    [
        MappingResponse(fixed_delay_milliseconds=150),
        MappingResponse(
            delay_distribution=DelayDistribution(
                distribution_type=DelayDistributionMethods.UNIFORM, lower=150, upper=170
            )
        ),
        MappingResponse(
            delay_distribution=DelayDistribution(
                distribution_type=DelayDistributionMethods.LOG_NORMAL, median=200, sigma=0.01
            )
        ),
    ],
)
def test_delays_are_waited_for(http, response):
    get("/a", response)
    start = time.monotonic()
    assert http.get("/a").status_code == 200
    assert time.monotonic() - start >= 0.15


@pytest.mark.parametrize(
    "fault",
    [
        ResponseFaultType.EMPTY_RESPONSE,
        ResponseFaultType.MALFORMED_RESPONSE_CHUNK,
        ResponseFaultType.RANDOM_DATA_THEN_CLOSE,
        "CONNECTION_RESET_BY_PEER",
    ],
)
def test_faults_break_the_connection(http, fault):
    get("/a", MappingResponse(fault=fault))
    with pytest.raises(httpx.TransportError):
        http.get("/a")


def test_settings_delay_every_stub(http):
    assert GlobalSettings.update_global_settings(GlobalSetting(fixed_delay=150)).fixed_delay == 150
    get("/a", MappingResponse(body="late"))
    start = time.monotonic()
    assert http.get("/a").text == "late"
    assert time.monotonic() - start >= 0.15


def test_journal_is_read_and_emptied(http, co2):
    get("/seen", MappingResponse(body="yes"))
    http.get("/seen?a=1", headers={"X-A": "b"})
    http.get("/unseen")
    rerank(co2)
    every = Requests.get_all_received_requests()
    assert (every.meta.total, every.request_journal_disabled) == (3, False)
    assert [event.request.url for event in every.requests] == ["/v2/rerank", "/unseen", "/seen?a=1"]
    seen = Requests.get_request(every.requests[2].id)
    assert seen.request.headers["X-A"] == "b"
    assert seen.response_definition.status == 200
    assert KEY not in seen.request.headers["Authorization"]
    assert urls(Requests.get_unmatched_requests()) == ["/unseen"]
    assert len(Requests.get_all_received_requests(limit=1, parameters={}).requests) == 1
    Requests.reset_request_journal()
    assert Requests.get_matching_request_count(EVERYTHING).count == 0


def test_near_misses_tell_what_was_meant(http):
    get("/v1/thing", MappingResponse(body="x"))
    http.get("/v1/thinq")
    near = Requests.get_unmatched_requests_near_misses().near_misses
    assert near[0].request.url == "/v1/thinq"
    assert 0 < near[0].match_result.distance < 0.5
    near = NearMisses.find_nearest_misses_by_request(NearMissMatchRequest(url="/v1/thinq", method="GET")).near_misses
    assert 0 < near[0].match_result.distance < 0.5
    pattern = NearMissMatchPatternRequest(url="/v1/thing", method="GET")
    near = NearMisses.find_nearest_misses_by_request_pattern(pattern).near_misses
    assert (near[0].request.url, near[0].request_pattern.url) == ("/v1/thinq", "/v1/thing")


@pytest.mark.parametrize(
    ("request_", "response"),
    [
        (MappingRequest(url_pattern="["), MappingResponse()),
        (MappingRequest(url="/a", body_patterns=[{"equalToXml": "<a/>"}]), MappingResponse()),
        (MappingRequest(url="/a"), MappingResponse(fault="NONSENSE")),
        (MappingRequest(url="/a"), MappingResponse(fixed_delay_milliseconds=-1)),
    ],
)
def test_what_cannot_be_a_stub_is_refused(request_, response):
    with pytest.raises(InvalidInputException):
        stub(request_, response)
    assert Mappings.retrieve_all_mappings().meta.total == 0
