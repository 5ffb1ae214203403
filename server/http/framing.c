#include "http/framing.h"

#include <string.h>

/* The headers that decide on the framing, each at its first and counted. */
enum framing_header {
    FRAMING_HOST,
    FRAMING_LENGTH,
    FRAMING_ENCODING,
    FRAMING_EXPECT,
    FRAMING_CONNECTION,
    FRAMING_UPGRADE,
    FRAMING_TRAILER,
    FRAMING_HEADERS
};

static const struct text names[FRAMING_HEADERS] = {
    [FRAMING_HOST] = {"host", 4},
    [FRAMING_LENGTH] = {"content-length", 14},
    [FRAMING_ENCODING] = {"transfer-encoding", 17},
    [FRAMING_EXPECT] = {"expect", 6},
    [FRAMING_CONNECTION] = {"connection", 10},
    [FRAMING_UPGRADE] = {"upgrade", 7},
    [FRAMING_TRAILER] = {"trailer", 7},
};

struct found {
    struct text value[FRAMING_HEADERS];
    unsigned count[FRAMING_HEADERS];
};

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool framing_name_is_valid(struct text name)
{
    static const char symbols[] = "!#$%&'*+-.^_`|~";

    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];

        if (!is_letter_or_digit(c) && c != '-' && !memchr(symbols, c, sizeof(symbols) - 1))
            return false;
    }
    return name.len > 0;
}

/* Returns false if a name is none. */
static bool collect(const struct request *req, struct found *found)
{
    for (size_t i = 0; i < req->header_count; i++) {
        const struct header *header = &req->headers[i];

        if (!framing_name_is_valid(header->name))
            return false;
        for (size_t k = 0; k < FRAMING_HEADERS; k++) {
            if (header->name.len != names[k].len || !text_eq_nocase(header->name, names[k]))
                continue;
            if (found->count[k]++ == 0)
                found->value[k] = header->value;
        }
    }
    return true;
}

/* Host names, addresses and ports need no more characters than these. */
static bool host_is_valid(struct text host)
{
    static const char symbols[] = "-._~%:[]";

    for (size_t i = 0; i < host.len; i++)
        if (!is_letter_or_digit(host.data[i]) &&
            !memchr(symbols, host.data[i], sizeof(symbols) - 1))
            return false;
    return host.len > 0;
}

static const char *host_problem(const struct found *found, bool is_1_1)
{
    if (found->count[FRAMING_HOST] > 1)
        return "malformed request: more than one Host";
    if (found->count[FRAMING_HOST] == 0)
        return is_1_1 ? "malformed request: Host is missing" : NULL;
    return host_is_valid(found->value[FRAMING_HOST]) ? NULL : "malformed request: Host is invalid";
}

static bool parse_length(struct text value, int64_t *out)
{
    uint64_t length;

    if (!text_to_u64(value, &length) || length > INT64_MAX)
        return false;
    *out = (int64_t)length;
    return true;
}

static const char *body_problem(struct request *req, const struct found *found, bool is_1_1,
                                struct framing *out)
{
    int64_t length = -1;

    if (found->count[FRAMING_LENGTH] > 1)
        return "malformed request: more than one Content-Length";
    if (found->count[FRAMING_LENGTH] == 1 && !parse_length(found->value[FRAMING_LENGTH], &length))
        return "malformed request: Content-Length is not a number";
    if (found->count[FRAMING_ENCODING] > 0) {
        if (found->count[FRAMING_LENGTH] > 0)
            return "malformed request: both Content-Length and Transfer-Encoding";
        if (found->count[FRAMING_ENCODING] > 1 || !is_1_1 ||
            !text_eq_nocase(found->value[FRAMING_ENCODING], TEXT("chunked")))
            return "malformed request: Transfer-Encoding must be chunked";
        out->is_chunked = true;
    }
    req->content_length = length;
    req->has_body = out->is_chunked || length > 0;
    return NULL;
}

static bool list_has(struct text list, struct text wanted)
{
    while (list.len > 0)
        if (text_eq_nocase(text_trim(text_cut(&list, ',')), wanted))
            return true;
    return false;
}

/*
 * CivetWeb closes after a Connection header without `keep-alive`, after any try to upgrade, and
 * when trailers follow a chunked body; what we tell the client must agree with that.
 */
static bool keeps_alive(const struct found *found, bool is_1_1)
{
    struct text connection = found->value[FRAMING_CONNECTION];

    if (found->count[FRAMING_UPGRADE] || found->count[FRAMING_TRAILER])
        return false;
    if (found->count[FRAMING_CONNECTION] == 0)
        return is_1_1;
    return list_has(connection, TEXT("keep-alive")) && !list_has(connection, TEXT("close")) &&
           !list_has(connection, TEXT("upgrade")) && found->count[FRAMING_CONNECTION] == 1;
}

int framing_check(struct request *req, bool is_1_1, struct framing *out, const char **sentence)
{
    struct found found = {0};
    struct framing framing = {0};
    struct text expect;
    const char *problem = NULL;

    if (!collect(req, &found))
        problem = "malformed request: the name of a header is invalid";
    if (!problem)
        problem = host_problem(&found, is_1_1);
    if (!problem)
        problem = body_problem(req, &found, is_1_1, &framing);
    if (problem) {
        *sentence = problem;
        return 400;
    }
    expect = found.value[FRAMING_EXPECT];
    if (is_1_1 && found.count[FRAMING_EXPECT] > 0) {
        if (found.count[FRAMING_EXPECT] > 1 || !text_eq_nocase(expect, TEXT("100-continue"))) {
            *sentence = "expectation failed";
            return 417;
        }
        framing.expects_continue = req->has_body;
    }
    framing.keep_alive = keeps_alive(&found, is_1_1);
    *out = framing;
    return 0;
}
