/*
 * Any bytes at all: the scanner comes to jansson's verdict and values, says why when it refuses,
 * and skipping a value passes exactly what reading it passes.
 */
#include "base/buf.h"
#include "base/json_scan.h"
#include "fuzz/fuzz.h"
#include "fuzz/json_mutator.h"
#include "support/json_oracle.h"

/* A string reads the same whether it is unescaped on the way or afterwards. */
static void demand_same_string(const struct json_scan *scan)
{
    AUTO(buf_done) struct buf scratch = {0};
    struct text string;

    if (scan->token != JSON_SCAN_STRING && scan->token != JSON_SCAN_KEY)
        return;
    demand(json_scan_string(scan, &scratch, &string), "there is memory");
    demand(text_eq(string, scan->plain), "both ways to unescape agree");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text document = {(const char *)data, size}, raw = {0};
    struct json_scan scan, skipping;
    AUTO(buf_done) struct buf plain = {0};
    char error[sizeof(scan.error)] = "";
    bool fine = json_scan_check(document, JSON_SCAN_DEPTH_MAX, error, sizeof(error));

    demand(json_oracle_agrees(document), "jansson agrees");
    demand(fine == !error[0], "a refusal has a reason");

    json_scan_init(&scan, document, JSON_SCAN_DEPTH_MAX);
    demand(json_scan_unescape_to(&scan, &plain), "there is memory");
    while (json_scan_next(&scan) > JSON_SCAN_END) {
        demand(scan.depth <= JSON_SCAN_DEPTH_MAX, "depth has its limit");
        demand_same_string(&scan);
    }
    demand(scan.at <= size, "an error is inside the input");
    demand(!fine || utf8_is_valid(document), "what is accepted is UTF-8");
    demand(!scan.not_utf8 || !utf8_is_valid(document), "valid UTF-8 is not blamed");

    json_scan_init(&skipping, document, JSON_SCAN_DEPTH_MAX);
    if (json_scan_raw(&skipping, &raw)) {
        demand(fine == (json_scan_next(&skipping) == JSON_SCAN_END), "skipping is reading");
        demand(json_scan_check(raw, JSON_SCAN_DEPTH_MAX, error, sizeof(error)), "raw is whole");
    } else {
        demand(!fine && text_eq(text_of(skipping.error), text_of(error)), "skipping fails alike");
    }
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed)
{
    return json_mutate(data, size, size_max, seed, 0);
}
