"""Worlds: many fakes in one server that do not see each other."""

import cohere
import httpx
import pytest
from conftest import KEY

LINE = '{"text": "a"}\n'


def names(co):
    return [dataset.name for dataset in co.datasets.list().datasets]


def create(co, name):
    return co.datasets.create(name=name, data=("a.jsonl", LINE), type="embed-input")


def test_two_base_urls_do_not_see_each_other(mockhere):
    a = cohere.Client(KEY, base_url=f"{mockhere.url}/w/base-url-a")
    b = cohere.Client(KEY, base_url=f"{mockhere.url}/w/base-url-b")
    created = create(a, "of a")
    create(b, "of b")
    assert (names(a), names(b)) == (["of a"], ["of b"])
    with pytest.raises(cohere.NotFoundError):
        b.datasets.get(created.id)


def test_header_names_the_world(mockhere):
    with httpx.Client(headers={"X-Mockhere-World": "by-header"}) as transport:
        by_header = cohere.Client(KEY, base_url=mockhere.url, httpx_client=transport)
        create(by_header, "by header")
        assert names(by_header) == ["by header"]
    assert names(cohere.Client(KEY, base_url=f"{mockhere.url}/w/by-header")) == ["by header"]
    assert "by header" not in names(cohere.Client(KEY, base_url=mockhere.url))


def test_end_of_the_key_names_the_world(mockhere):
    create(cohere.Client("any-key@by-key", base_url=mockhere.url), "by key")
    assert names(cohere.Client("another@by-key", base_url=mockhere.url)) == ["by key"]
    assert names(cohere.Client(KEY, base_url=f"{mockhere.url}/w/by-key")) == ["by key"]
    assert names(cohere.Client("any-key@elsewhere", base_url=mockhere.url)) == []


def test_path_comes_before_header_and_header_before_key(mockhere):
    with httpx.Client(headers={"X-Mockhere-World": "order-header"}) as transport:
        create(cohere.Client("key@order-key", base_url=f"{mockhere.url}/w/order-path", httpx_client=transport), "path")
        create(cohere.Client("key@order-key", base_url=mockhere.url, httpx_client=transport), "header")
    create(cohere.Client("key@order-key", base_url=mockhere.url), "key")
    for world in ("path", "header", "key"):
        assert names(cohere.Client(KEY, base_url=f"{mockhere.url}/w/order-{world}")) == [world]


def test_each_world_has_its_own_clock(mockhere):
    frozen = {"mode": "frozen", "now": "2024-01-17T20:11:42.907112Z"}
    mockhere.control("PUT", "clock", frozen, "/w/clock-a")
    a = cohere.Client(KEY, base_url=f"{mockhere.url}/w/clock-a")
    b = cohere.Client(KEY, base_url=f"{mockhere.url}/w/clock-b")
    assert a.datasets.get(create(a, "a").id).dataset.created_at.year == 2024
    assert b.datasets.get(create(b, "b").id).dataset.created_at.year > 2024


@pytest.mark.parametrize("name", ["UPPER", "a b", "x" * 65])
def test_name_of_a_world_has_rules(mockhere, name):
    answer = httpx.get(f"{mockhere.url}/w/{name}/v1/datasets", headers={"Authorization": f"Bearer {KEY}"})
    assert 400 <= answer.status_code < 500
