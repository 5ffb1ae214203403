"""The calls that compare.py sends to WireMock and to mockhere: cases, each of which begins on an empty server."""

from __future__ import annotations

import base64
from typing import Any, NamedTuple


class Call(NamedTuple):
    method: str
    path: str
    body: Any = None  # bytes, or what becomes JSON; None: no body
    headers: tuple[tuple[str, str], ...] = ()


class Case(NamedTuple):
    name: str
    calls: list[Call]


ID_A = "aaaaaaaa-0000-4000-8000-00000000000a"
ID_B = "bbbbbbbb-0000-4000-8000-00000000000b"
OK = {"status": 200, "body": "ok"}
AUTH = base64.b64encode(b"user:pass").decode()


def admin(method: str, path: str, body: Any = None) -> Call:
    return Call(method, f"/__admin{path}", body)


def add(stub: dict[str, Any]) -> Call:
    return admin("POST", "/mappings", stub)


def get(path: str, **headers: str) -> Call:
    return Call("GET", path, None, tuple((name.replace("_", "-"), value) for name, value in headers.items()))


def post(path: str, body: Any, **headers: str) -> Call:
    return Call("POST", path, body, tuple((name.replace("_", "-"), value) for name, value in headers.items()))


def matching(name: str, request: dict[str, Any], *calls: Call) -> Case:
    return Case(name, [add({"request": request, "response": OK}), *calls])


def body_case(name: str, pattern: dict[str, Any], *bodies: Any) -> Case:
    return matching(
        name, {"method": "POST", "url": "/b", "bodyPatterns": [pattern]}, *(post("/b", body) for body in bodies)
    )


def value_case(name: str, pattern: dict[str, Any], *values: str) -> Case:
    """The operator of a parameter of the query: the first call has none."""
    return matching(
        name, {"urlPath": "/v", "queryParameters": {"q": pattern}}, get("/v"), *(get(f"/v?q={value}") for value in values)
    )


def answered(name: str, response: dict[str, Any]) -> Case:
    return Case(name, [add({"id": ID_A, "request": {"url": "/r"}, "response": response}), get("/r")])


def refused(name: str, stub: Any) -> Case:
    return Case(name, [add(stub), admin("GET", "/mappings")])


URLS = [
    matching("url", {"url": "/u?a=1"}, get("/u?a=1"), get("/u?a=1&b=2"), get("/u")),
    matching("url is not decoded", {"url": "/u%20x"}, get("/u%20x"), get("/u+x")),
    matching("urlPath", {"urlPath": "/u"}, get("/u"), get("/u?a=1"), get("/u/"), get("/U")),
    matching("urlPattern", {"urlPattern": "/u/[0-9]+\\?a=.*"}, get("/u/12?a="), get("/u/12"), get("/x/u/12?a=")),
    matching("urlPathPattern", {"urlPathPattern": "/u/(a|b)"}, get("/u/a?x=y"), get("/u/ab"), get("/u/c")),
    matching("urlPathTemplate", {"urlPathTemplate": "/u/{id}/x"}, get("/u/1/x"), get("/u/1/2/x"), get("/u/1/x/")),
    matching(
        "pathParameters",
        {"urlPathTemplate": "/u/{id}:cancel", "pathParameters": {"id": {"matches": "[0-9]+"}}},
        get("/u/1:cancel"),
        get("/u/a:cancel"),
    ),
    matching("url before urlPath", {"url": "/u", "urlPath": "/p"}, get("/u"), get("/p")),
    matching("no url", {"method": "GET"}, get("/anything"), Call("DELETE", "/anything")),
    matching("method", {"method": "GET", "url": "/u"}, Call("HEAD", "/u"), Call("POST", "/u"), get("/u")),
    matching("any method", {"method": "ANY", "url": "/u"}, Call("PATCH", "/u"), Call("OPTIONS", "/u")),
    matching("own method", {"method": "PURGE", "url": "/u"}, Call("PURGE", "/u"), get("/u")),
]

PARAMETERS = [
    value_case("equalTo", {"equalTo": "a"}, "a", "A", "", "a&q=b", "b&q=a"),
    value_case("equalTo of another case", {"equalTo": "a", "caseInsensitive": True}, "A", "b"),
    value_case("contains", {"contains": "b"}, "abc", "ac"),
    value_case("doesNotContain", {"doesNotContain": "b"}, "abc", "ac"),
    value_case("matches", {"matches": "a.c"}, "abc", "abcd"),
    value_case("doesNotMatch", {"doesNotMatch": "a.c"}, "abc", "abcd"),
    value_case("absent", {"absent": True}, "", "a"),
    value_case("absent false", {"absent": False}, "a"),
    value_case("anything", {"anything": "(always)"}, "a"),
    value_case("and", {"and": [{"contains": "a"}, {"contains": "b"}]}, "ab", "a"),
    value_case("or", {"or": [{"equalTo": "a"}, {"absent": True}]}, "a", "b"),
    value_case("not", {"not": {"equalTo": "a"}}, "a", "b"),
    value_case("hasExactly", {"hasExactly": [{"equalTo": "1"}, {"contains": "2"}]}, "22&q=1", "1", "1&q=2&q=3"),
    value_case("includes", {"includes": [{"equalTo": "1"}, {"contains": "2"}]}, "3&q=22&q=1", "1"),
    value_case("before", {"before": "2024-05-01T00:00:00Z"}, "2024-04-30T23:59:59Z", "2024-05-01T00:00:00Z"),
    value_case("after", {"after": "2024-05-01T00:00:00Z"}, "2024-05-01T00:00:01Z", "2024-05-01T00:00:00Z", "x"),
    value_case("equalToDateTime", {"equalToDateTime": "2024-05-01T00:00:00Z"}, "2024-05-01T00:00:00Z", "2024-05-01T00:00:01Z"),
    value_case("equalToNumber", {"equalToNumber": 5}, "5", "5.0", "6", "x"),
    value_case("greaterThanNumber", {"greaterThanNumber": 5}, "6", "5"),
    value_case("lessThanEqualNumber", {"lessThanEqualNumber": 5}, "5", "6"),
    value_case("decoded values", {"equalTo": "a b"}, "a%20b", "a+b"),
    matching(
        "headers",
        {"url": "/h", "headers": {"X-A": {"equalTo": "b"}}},
        get("/h", x_a="b"),
        get("/h", X_A="B"),
        get("/h"),
        Call("GET", "/h", None, (("X-A", "a"), ("X-A", "b"))),
    ),
    matching("cookies", {"url": "/c", "cookies": {"c": {"matches": "d.*"}}}, get("/c", Cookie="b=1; c=de"), get("/c", Cookie="c=e"), get("/c")),
    matching(
        "basicAuthCredentials",
        {"url": "/a", "basicAuthCredentials": {"username": "user", "password": "pass"}},
        get("/a", Authorization=f"Basic {AUTH}"),
        get("/a", Authorization="Basic xxxx"),
    ),
    matching("scheme", {"url": "/s", "scheme": "http"}, get("/s")),
    matching("other scheme", {"url": "/s", "scheme": "https"}, get("/s")),
    matching("host", {"url": "/s", "host": {"equalTo": "127.0.0.1"}}, get("/s")),
    matching("other port", {"url": "/s", "port": 1}, get("/s")),
    matching("clientIp", {"url": "/s", "clientIp": {"equalTo": "127.0.0.1"}}, get("/s")),
    matching(
        "formParameters",
        {"url": "/f", "formParameters": {"f": {"equalTo": "a b"}}},
        post("/f", b"f=a+b", Content_Type="application/x-www-form-urlencoded"),
        post("/f", b"f=ab", Content_Type="application/x-www-form-urlencoded"),
    ),
]


def multipart(name: str, text: str) -> Call:
    body = f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="f"\r\n\r\n{text}\r\n--b--\r\n'
    return post("/m", body.encode(), Content_Type="multipart/form-data; boundary=b")


BODIES = [
    body_case("equalToJson", {"equalToJson": {"a": [1, 2]}}, {"a": [1, 2]}, {"a": [2, 1]}, {"a": [1, 2], "b": 1}, b"x"),
    body_case("equalToJson of a string", {"equalToJson": '{"a":1.0}'}, {"a": 1}, {"a": "1"}),
    body_case("ignoreArrayOrder", {"equalToJson": {"a": [1, 2]}, "ignoreArrayOrder": True}, {"a": [2, 1]}, {"a": [2]}),
    body_case("ignoreExtraElements", {"equalToJson": {"a": 1}, "ignoreExtraElements": True}, {"a": 1, "b": 2}, {"b": 2}),
    body_case("placeholders", {"equalToJson": {"a": "${json-unit.any-number}"}}, {"a": 3}, {"a": "3"}),
    body_case("matchesJsonPath", {"matchesJsonPath": "$.a"}, {"a": 1}, {"a": None}, {"a": []}, {"a": ""}, {"b": 1}, b"x"),
    body_case("matchesJsonPath, filter", {"matchesJsonPath": "$.a[?(@.b == 1)]"}, {"a": [{"b": 1}]}, {"a": [{"b": 2}]}),
    body_case("matchesJsonPath, filter of an object", {"matchesJsonPath": "$[?(@.a == 'b')]"}, {"a": "b"}, {"a": "c"}),
    body_case("matchesJsonPath, string and number", {"matchesJsonPath": "$.a[?(@.b == '1')]"}, {"a": [{"b": 1}]}),
    body_case("matchesJsonPath, equalTo", {"matchesJsonPath": {"expression": "$.a", "equalTo": "1"}}, {"a": 1}, {"a": "1"}, {"a": 2}),
    body_case("matchesJsonPath, contains", {"matchesJsonPath": {"expression": "$.a", "contains": "b"}}, {"a": "abc"}, {"a": ["x", "b"]}),
    body_case("matchesJsonPath, absent", {"matchesJsonPath": {"expression": "$.a", "absent": True}}, {"b": 1}, {"a": 1}),
    body_case("matchesJsonPath, size", {"matchesJsonPath": "$[?(@.a.size() == 2)]"}, {"a": [1, 2]}, {"a": [1]}),
    body_case("matchesJsonPath, regex", {"matchesJsonPath": "$.a[?(@ =~ /b.*/i)]"}, {"a": ["BC"]}, {"a": ["c"]}),
    body_case("matchesJsonPath, deep", {"matchesJsonPath": "$..z"}, {"a": {"z": 1}}, {"a": 1}),
    body_case("binaryEqualTo", {"binaryEqualTo": "AAE="}, b"\x00\x01", b"\x00"),
    body_case("contains of a body", {"contains": "needle"}, b"a needle", b"hay"),
    body_case("absent body", {"absent": True}, b"", b"x"),
    body_case("matches of a body", {"matches": "a.z"}, b"abz", b"a\nz"),
    matching(
        "multipartPatterns",
        {"url": "/m", "multipartPatterns": [{"name": "data", "matchingType": "ANY", "bodyPatterns": [{"contains": "x"}]}]},
        multipart("data", "axb"),
        multipart("data", "ab"),
        multipart("other", "axb"),
    ),
]

ANSWERS = [
    answered("defaults", {}),
    answered("status and message", {"status": 418, "statusMessage": "Teapot"}),
    answered("body", {"body": "text"}),
    answered("jsonBody", {"jsonBody": {"a": [1, None, "ü"]}}),
    answered("jsonBody of a string", {"jsonBody": "text"}),
    answered("base64Body", {"base64Body": "aGk="}),
    answered("headers", {"headers": {"X-One": "1", "X-Two": ["a", "b"]}}),
    answered("204", {"status": 204}),
    answered("status 503", {"status": 503}),
    Case("a name", [add({"id": ID_A, "name": "n", "request": {"url": "/r"}}), get("/r")]),
    Case(
        "priorities",
        [
            add({"request": {"url": "/p"}, "response": {"body": "usual"}}),
            add({"request": {"url": "/p"}, "response": {"body": "urgent"}, "priority": 1}),
            add({"request": {"url": "/p"}, "response": {"body": "latest"}}),
            get("/p"),
            admin("DELETE", "/mappings"),
            get("/p"),
        ],
    ),
    Case(
        "the latest first",
        [
            add({"request": {"url": "/p"}, "response": {"body": "1"}}),
            add({"request": {"urlPath": "/p"}, "response": {"body": "2"}}),
            get("/p"),
        ],
    ),
]

STUBS = [
    Case(
        "a stub's life",
        [
            add({"id": ID_A, "name": "n", "request": {"url": "/a"}, "response": OK, "metadata": {"a": 1}}),
            admin("GET", f"/mappings/{ID_A}"),
            admin("PUT", f"/mappings/{ID_A}", {"request": {"url": "/b", "method": "GET"}, "response": OK}),
            admin("GET", "/mappings"),
            admin("DELETE", f"/mappings/{ID_A}"),
            admin("DELETE", f"/mappings/{ID_A}"),
            admin("GET", f"/mappings/{ID_A}"),
            admin("PUT", f"/mappings/{ID_A}", {"request": {"url": "/b"}}),
        ],
    ),
    Case("an id that is taken", [add({"id": ID_A, "request": {}}), add({"id": ID_A, "request": {}})]),
    Case("no UUID", [admin("GET", "/mappings/xx"), admin("DELETE", "/mappings/xx"), admin("PUT", "/mappings/xx", {})]),
    Case(
        "pages",
        [
            *(add({"name": str(i), "request": {"url": f"/{i}"}}) for i in range(3)),
            admin("GET", "/mappings?limit=1"),
            admin("GET", "/mappings?limit=5&offset=2"),
            admin("GET", "/mappings?offset=9"),
        ],
    ),
    Case("reset", [add({"request": {"url": "/a"}}), get("/a"), admin("POST", "/reset"), admin("GET", "/mappings"), admin("GET", "/requests")]),
    Case("mappings/reset", [add({"request": {"url": "/a"}}), admin("POST", "/mappings/reset"), admin("GET", "/mappings")]),
    Case(
        "remove",
        [
            add({"id": ID_A, "request": {"url": "/a"}}),
            add({"id": ID_B, "request": {"url": "/b", "method": "GET"}}),
            admin("POST", "/mappings/remove", {"id": ID_A, "request": {"url": "/a"}}),
            admin("POST", "/mappings/remove", {"request": {"url": "/b", "method": "GET"}}),
            admin("GET", "/mappings"),
        ],
    ),
    Case(
        "import",
        [
            admin("POST", "/mappings/import", {"mappings": [{"request": {"url": "/i"}, "response": {"body": str(i)}} for i in (1, 2)]}),
            get("/i"),
            admin(
                "POST",
                "/mappings/import",
                {"mappings": [{"id": ID_A, "request": {"url": "/j"}}], "importOptions": {"deleteAllNotInImport": True}},
            ),
            admin("GET", "/mappings"),
            admin(
                "POST",
                "/mappings/import",
                {"mappings": [{"id": ID_A, "request": {"url": "/k"}}], "importOptions": {"duplicatePolicy": "IGNORE"}},
            ),
            admin("GET", "/mappings"),
            admin("POST", "/mappings/import", {"mappings": [{"id": ID_A, "request": {"url": "/l"}}]}),
            admin("GET", "/mappings"),
        ],
    ),
    Case(
        "metadata",
        [
            add({"id": ID_A, "request": {"url": "/a"}, "metadata": {"team": "red"}}),
            add({"id": ID_B, "request": {"url": "/b"}}),
            admin("POST", "/mappings/find-by-metadata", {"matchesJsonPath": {"expression": "$.team", "equalTo": "red"}}),
            admin("POST", "/mappings/find-by-metadata", {"equalToJson": {"team": "blue"}}),
            admin("POST", "/mappings/find-by-metadata", {"foo": 1}),
            admin("POST", "/mappings/remove-by-metadata", {"matchesJsonPath": "$.team"}),
            admin("GET", "/mappings"),
        ],
    ),
    Case("unmatched stubs", [add({"id": ID_A, "request": {"url": "/a"}}), add({"id": ID_B, "request": {"url": "/b"}}), get("/a"), admin("GET", "/mappings/unmatched"), admin("DELETE", "/mappings/unmatched"), admin("GET", "/mappings")]),
    Case(
        "another type of content",
        [Call("POST", "/__admin/mappings", {"request": {"url": "/a"}}, (("Content-Type", "text/plain"),)), get("/a")],
    ),
    Case(
        "empty bodies",
        [
            admin("POST", path, b"")
            for path in ("/mappings/import", "/mappings/remove", "/requests/count", "/requests/find", "/settings")
        ],
    ),
    Case("small paths", [admin("GET", ""), admin("GET", "/version"), admin("GET", "/nowhere"), admin("PATCH", "/mappings")]),
]

REFUSED = [
    refused("no JSON", b"{"),
    refused("an empty body", b""),
    refused("a stub that takes everything", {}),
    refused("a list", []),
    refused("an unknown field", {"foo": 1}),
    refused("an unknown field of the request", {"request": {"url": "/x", "foo": 1}}),
    refused("an unknown field of the response", {"request": {"url": "/x"}, "response": {"foo": 1}}),
    refused("an unknown operator", {"request": {"url": "/x", "headers": {"a": {"foo": "b"}}}}),
    refused("an operand that is no string", {"request": {"url": "/x", "headers": {"a": {"equalTo": 1}}}}),
    refused("a header that is no matcher", {"request": {"url": "/x", "headers": {"a": "b"}}}),
    refused("headers that are a list", {"request": {"url": "/x", "headers": []}}),
    refused("bodyPatterns that are no list", {"request": {"url": "/x", "bodyPatterns": {}}}),
    refused("a wrong expression", {"request": {"urlPattern": "["}}),
    refused("a wrong expression of a header", {"request": {"url": "/x", "headers": {"a": {"matches": "["}}}}),
    refused("a wrong JSONPath", {"request": {"url": "/x", "bodyPatterns": [{"matchesJsonPath": "$["}]}}),
    refused("equalToJson that is no JSON", {"request": {"url": "/x", "bodyPatterns": [{"equalToJson": "{"}]}}),
    refused("an unknown fault", {"request": {"url": "/x"}, "response": {"fault": "NONSENSE"}}),
    refused("a status that is text", {"request": {"url": "/x"}, "response": {"status": "x"}}),
    refused("a status that is text of a number", {"request": {"url": "/x"}, "response": {"status": "200"}}),
    refused("a status below 200", {"request": {"url": "/x"}, "response": {"status": 100}}),
    refused("a header that is a number", {"request": {"url": "/x"}, "response": {"headers": {"a": 1}}}),
    refused("an unknown delay", {"request": {"url": "/x"}, "response": {"delayDistribution": {"type": "foo"}}}),
    refused("an id that is no UUID", {"id": "x", "request": {"url": "/x"}}),
    refused("a priority that is text", {"priority": "a", "request": {"url": "/x"}}),
    refused("one operand of and", {"request": {"url": "/x", "headers": {"a": {"and": [{"equalTo": "b"}]}}}}),
    refused("a metadata that is a list", {"request": {"url": "/x"}, "metadata": []}),
    refused("XML", {"request": {"url": "/x", "bodyPatterns": [{"equalToXml": "<a/>"}]}}),
    refused("XPath", {"request": {"url": "/x", "bodyPatterns": [{"matchesXPath": "//a"}]}}),
    refused("a negative delay", {"request": {"url": "/x"}, "response": {"fixedDelayMilliseconds": -1}}),
]

JOURNAL = [
    Case(
        "the journal",
        [
            add({"id": ID_A, "request": {"url": "/a?x=1&x=2"}, "response": OK}),
            get("/a?x=1&x=2", X_A="b", Cookie="c=d; e=f"),
            post("/b", b"text", Content_Type="text/plain"),
            admin("GET", "/requests"),
            admin("GET", "/requests?limit=1"),
            admin("GET", "/requests?unmatched=true"),
            admin("GET", f"/requests?matchingStub={ID_A}"),
            admin("GET", "/requests?since=2100-01-01T00:00:00Z"),
            admin("GET", "/requests?since=yesterday"),
            admin("GET", "/requests/unmatched"),
            admin("GET", f"/requests/{ID_B}"),
            admin("GET", "/requests/xx"),
        ],
    ),
    Case(
        "counting and finding",
        [
            get("/a?x=1"),
            get("/a?x=2"),
            post("/a", {"k": "v"}),
            admin("POST", "/requests/count", {"urlPath": "/a"}),
            admin("POST", "/requests/count", {"method": "GET", "urlPath": "/a", "queryParameters": {"x": {"equalTo": "1"}}}),
            admin("POST", "/requests/count", {"bodyPatterns": [{"equalToJson": {"k": "v"}}]}),
            admin("POST", "/requests/count", {}),
            admin("POST", "/requests/count", {"foo": 1}),
            admin("POST", "/requests/find", {"urlPath": "/a", "method": "POST"}),
            admin("POST", "/requests/find", b'{"urlPath":"/a","method":"POST"},"x":{}}'),
            admin("POST", "/requests/remove", {"method": "POST"}),
            admin("POST", "/requests/count", {}),
            admin("DELETE", "/requests"),
            admin("POST", "/requests/count", {}),
            admin("DELETE", f"/requests/{ID_A}"),
        ],
    ),
    Case(
        "removing by metadata",
        [
            add({"request": {"url": "/a"}, "metadata": {"team": "red"}}),
            get("/a"),
            get("/b"),
            admin("POST", "/requests/remove-by-metadata", {"matchesJsonPath": "$.team"}),
            admin("POST", "/requests/count", {}),
        ],
    ),
    Case("requests/reset", [get("/a"), admin("POST", "/requests/reset"), admin("POST", "/requests/count", {})]),
    Case(
        "near misses",
        [
            add({"request": {"url": "/abcdef", "method": "GET"}, "response": OK}),
            get("/abcdeg"),
            admin("GET", "/requests/unmatched/near-misses"),
            admin("POST", "/near-misses/request-pattern", {"url": "/abcdef", "method": "GET"}),
        ],
    ),
    Case("a secret", [get("/a", Authorization="Bearer some-key"), admin("POST", "/requests/find", {"url": "/a"})]),
]


def scenario(state: str, new_state: str, body: str) -> Call:
    return add(
        {
            "scenarioName": "s",
            "requiredScenarioState": state,
            "newScenarioState": new_state,
            "request": {"url": "/s"},
            "response": {"body": body},
        }
    )


SCENARIOS = [
    Case(
        "a scenario",
        [
            scenario("Started", "two", "one"),
            scenario("two", "three", "two"),
            admin("GET", "/scenarios"),
            get("/s"),
            get("/s"),
            get("/s"),
            admin("GET", "/scenarios"),
            admin("PUT", "/scenarios/s/state", {"state": "two"}),
            get("/s"),
            admin("PUT", "/scenarios/s/state"),
            get("/s"),
            admin("PUT", "/scenarios/s/state", {"state": "never"}),
            admin("PUT", "/scenarios/none/state", {"state": "two"}),
            admin("POST", "/scenarios/reset"),
            get("/s"),
            admin("DELETE", "/mappings"),
            admin("GET", "/scenarios"),
        ],
    ),
]

SETTINGS = [
    Case(
        "settings",
        [
            admin("GET", "/settings"),
            admin("POST", "/settings", {"fixedDelay": 5}),
            admin("GET", "/settings"),
            admin("POST", "/settings", {"foo": 1}),
            admin("POST", "/settings", {"fixedDelay": None}),
        ],
    ),
]

CASES = URLS + PARAMETERS + BODIES + ANSWERS + STUBS + REFUSED + JOURNAL + SCENARIOS + SETTINGS
