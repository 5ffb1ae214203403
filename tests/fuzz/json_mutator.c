#include "fuzz/json_mutator.h"

#include <string.h>

#include "base/buf.h"
#include "base/json_scan.h"
#include "fuzz/fuzz.h"

enum { SPANS_MAX = 256 };

struct span {
    size_t at, len;
};

/* The values of a document, each from its first byte to its last. */
struct spans {
    struct span items[SPANS_MAX];
    size_t count;
};

static void add_span(struct spans *spans, size_t at, size_t end)
{
    if (spans->count < SPANS_MAX)
        spans->items[spans->count++] = (struct span){at, end - at};
}

/* Find the values of `json`, as far as it is well formed. */
static void find_spans(struct text json, struct spans *out)
{
    size_t open[JSON_SCAN_DEPTH_MAX];
    struct json_scan scan;

    json_scan_init(&scan, json, JSON_SCAN_DEPTH_MAX);
    while (json_scan_next(&scan) > JSON_SCAN_END) {
        switch (scan.token) {
        case JSON_SCAN_OBJECT:
        case JSON_SCAN_ARRAY:
            open[scan.depth - 1] = scan.token_at;
            break;
        case JSON_SCAN_OBJECT_END:
        case JSON_SCAN_ARRAY_END:
            add_span(out, open[scan.depth], scan.at);
            break;
        case JSON_SCAN_KEY:
        case JSON_SCAN_STRING:
        case JSON_SCAN_NUMBER:
        case JSON_SCAN_TRUE:
        case JSON_SCAN_FALSE:
        case JSON_SCAN_NULL:
            add_span(out, scan.token_at, scan.at);
            break;
        case JSON_SCAN_END:
        case JSON_SCAN_ERROR:
            break;
        }
    }
}

static const char *const literals[] = {
    "null",
    "true",
    "false",
    "0",
    "-1",
    "1",
    "1e400",
    "0.1",
    "9223372036854775807",
    "1e-7",
    "9223372036854775808",
    "\"\"",
    "\"a\"",
    "\"\\ud800\"",
    "\"\\u0000\"",
    "\"\\ud800\\udc00\"",
    "\"\\udbff\\udfff\"",
    "[]",
    "{}",
    "[[]]",
    "{\"\":{}}",
};

/* Write what stands in the place of `old`, one of the values of `json`. */
static void write_other(struct text json, const struct spans *spans, struct text old,
                        uint32_t *random, struct buf *out)
{
    struct span other = spans->items[random_below(random, spans->count)];

    switch (random_below(random, 6)) {
    case 0: /* dropped */
        break;
    case 1: /* doubled */
        buf_add_text(out, old);
        buf_add_char(out, ',');
        buf_add_text(out, old);
        break;
    case 2:
        buf_add_char(out, '[');
        buf_add_text(out, old);
        buf_add_char(out, ']');
        break;
    case 3:
        buf_add_string(out, "{\"a\":");
        buf_add_text(out, old);
        buf_add_char(out, '}');
        break;
    case 4:
        buf_add_string(out, literals[random_below(random, ARRAY_LEN(literals))]);
        break;
    default:
        buf_add(out, json.data + other.at, other.len);
        break;
    }
}

size_t json_mutate_between(uint8_t *data, size_t size, size_t size_max, unsigned seed,
                           size_t offset, size_t end)
{
    static struct spans spans;
    AUTO(buf_done) struct buf other = {0};
    struct text json = {(const char *)data + offset, end - offset};
    uint32_t random = seed;
    uint8_t *at;
    struct span span;

    spans.count = 0;
    if (json.len > 0 && random_below(&random, 3) == 0)
        find_spans(json, &spans);
    if (spans.count == 0)
        return LLVMFuzzerMutate(data, size, size_max);
    span = spans.items[random_below(&random, spans.count)];
    write_other(json, &spans, (struct text){json.data + span.at, span.len}, &random, &other);
    if (other.failed || size - span.len + other.len > size_max)
        return LLVMFuzzerMutate(data, size, size_max);
    at = data + offset + span.at;
    memmove(at + other.len, at + span.len, size - offset - span.at - span.len);
    if (other.len)
        memcpy(at, other.data, other.len);
    return size - span.len + other.len;
}

size_t json_mutate(uint8_t *data, size_t size, size_t size_max, unsigned seed, size_t offset)
{
    return json_mutate_between(data, size, size_max, seed, offset < size ? offset : size, size);
}
