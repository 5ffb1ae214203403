"""What mockhere answers otherwise than WireMock, on purpose: the reason, as the README gives it, and the cases that show it."""

from __future__ import annotations

DIFFERENCES: dict[str, list[str]] = {
    "A stub is shown as it was sent, with its id, its method and its status added.": [
        "url before urlPath",
        "absent false",
        "anything",
    ],
    "Of methods there are GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS; others are a 501.": ["own method"],
    "`equalToNumber`, `greaterThanNumber` and their like are there, as in newer WireMocks.": [
        "equalToNumber",
        "greaterThanNumber",
        "lessThanEqualNumber",
    ],
    "JSONPath is that of RFC 9535, where `'1'` is not `1`, with the few things of Jayway's that people use.": [
        "matchesJsonPath, string and number",
    ],
    "The `name` of a multipart pattern is asked for.": ["multipartPatterns"],
    "Where WireMock breaks, this answers: a page past the end is empty, and an import may do without `deleteAllNotInImport`.": [
        "pages",
        "import",
    ],
    "Numbers, texts and booleans do not stand for each other in a stub; neither a status below 200 nor a delay below 0 is taken.": [
        "a status that is text of a number",
        "a status below 200",
        "a negative delay",
    ],
    "What is posted under `/__admin` must be declared as `Content-Type: application/json`, so that no web page can do it.": [
        "another type of content",
    ],
    "XML, custom matchers and extensions are refused with a 422, and never silently left out.": ["XML", "XPath"],
    "A call that nobody serves gets the 404 of Cohere, and the journal shows it, with no stub.": [
        "the journal",
        "counting and finding",
    ],
    "Secrets are hidden: the journal has a short hash of a key, and finds calls by the key all the same.": ["a secret"],
    "What answers with nothing there says `{}` here; `POST /__admin/requests/reset` and settings that were posted are answered, too, "
    "since clients read that.": ["remove", "requests/reset", "settings"],
    "`GET /__admin/version` tells the version of mockhere beside that of WireMock.": ["small paths"],
}
