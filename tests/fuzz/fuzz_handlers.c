/*
 * Requests from anybody to a whole server without its sockets, one after the other, each ended by a
 * byte of 0xFF:
 *
 *     PUT /__mockhere/limits HTTP
 *     Authorization: Bearer key
 *
 *     {"jobs_per_day":1}
 *
 * Without headers, those of a call with a JSON body are sent. `$D`, `$M`, `$P` and `$U` stand for
 * the last dataset, model, page token and link that was answered, so that an input gets to them.
 *
 * Each answer has a status that is documented, never 500, and a body as its Content-Type says; an
 * error has a message. And the same requests to a world that was emptied have the same answers.
 * With FUZZ_SHOW in the environment they are printed.
 */
#include <jansson.h>
#include <string.h>

#include "api/errors.h"
#include "base/json_scan.h"
#include "fuzz/fuzz.h"
#include "fuzz/json_mutator.h"
#include "support/fake.h"

enum { REQUESTS_MAX = 12, INPUT_LEN_MAX = 6000, RUNS_MAX = 2000 };

/* What one pass over an input left. */
struct pass {
    struct buf answers;
    struct buf ids[4]; /* as in `letters` */
    bool is_timeless;  /* no clock was set going */
    bool is_wiremock;  /* its paths were called: there may be stubs, which answer anything */
};

static const char letters[] = "DMPU";

static void pass_done(struct pass *pass)
{
    buf_done(&pass->answers);
    for (size_t i = 0; i < ARRAY_LEN(pass->ids); i++)
        buf_done(&pass->ids[i]);
}

/*
 * The request
 */

/* Append `t` with ids in the place of `$D` and the like. */
static void fill_in(const struct pass *pass, struct text t, struct buf *out)
{
    for (size_t i = 0; i < t.len; i++) {
        const char *letter = i + 1 < t.len ? strchr(letters, t.data[i + 1]) : NULL;

        if (t.data[i] != '$' || !letter || !*letter) {
            buf_add_char(out, t.data[i]);
            continue;
        }
        buf_add_text(out, buf_text(&pass->ids[letter - letters]));
        i++;
    }
}

/* Read header lines up to an empty one. */
static void read_headers(struct text *rest, struct fake_request *request)
{
    size_t count = 0;

    for (;;) {
        struct text value = text_cut(rest, '\n');
        struct text name = text_cut(&value, ':');

        if (name.len == 0)
            break;
        if (count == FAKE_HEADERS_MAX)
            continue;
        request->headers[count++] = (struct header){name, text_trim(value)};
        if (text_eq_nocase(name, TEXT("transfer-encoding")))
            request->is_chunked = true;
    }
    if (count > 0)
        return;
    request->headers[0] = (struct header)FAKE_KEY;
    request->headers[1] = (struct header)FAKE_HEADER("Content-Type", "application/json");
    request->headers[2] = (struct header)FAKE_HEADER("Host", "127.0.0.1:8080");
}

/* Send the request in `rest`. Returns false if the server would not have let it come so far. */
static bool send_one(struct pass *pass, struct text rest)
{
    AUTO(buf_done) struct buf method = {0}, target = {0}, body = {0};
    struct fake_request request = {.piece_size = 0};
    struct text line = text_cut(&rest, '\n');

    buf_add_text(&method, text_cut(&line, ' '));
    fill_in(pass, text_cut(&line, ' '), &target);
    if (method.len == 0 || target.len == 0 || target.data[0] != '/' ||
        memchr(target.data, '\0', target.len))
        return false;
    read_headers(&rest, &request);
    fill_in(pass, rest, &body);
    pass->is_wiremock =
        pass->is_wiremock || text_find(buf_text(&target), TEXT("/__admin")) < target.len;
    request.method = method.data;
    request.target = target.data;
    request.body = buf_text(&body);
    request.piece_size = body.len % 7 ? 0 : 5;
    (void)fake_send(&request);
    return true;
}

/*
 * The answer
 */

static bool is_documented(int status)
{
    static const int others[] = {200, 204};

    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (status == others[i])
            return true;
    for (size_t i = 0; i < api_error_count; i++)
        if (status == api_errors[i].status)
            return status != 500;
    return false;
}

/* What came with a request may be nested as deep as is read, and goes deeper in its answer. */
static bool is_json(struct text t)
{
    char why[96] = "";

    return json_scan_check(t, JSON_SCAN_DEPTH_MAX, why, sizeof(why)) ||
           strcmp(why, "exceeded max depth") == 0;
}

static void keep_id(const char *id, struct buf *out)
{
    if (!id)
        return;
    buf_clear(out);
    buf_add_string(out, id);
}

/* Keep what later requests may refer to. */
static void keep_ids(struct pass *pass, const json_t *answer)
{
    const json_t *model = json_object_get(answer, "finetuned_model");
    const json_t *parts = json_object_get(json_object_get(answer, "dataset"), "dataset_parts");
    const char *url = json_string_value(json_object_get(json_array_get(parts, 0), "url"));
    const char *path = url ? strstr(url, "/files/") : NULL;

    if (!json_object_get(answer, "message"))
        keep_id(json_string_value(json_object_get(answer, "id")), &pass->ids[0]);
    keep_id(json_string_value(json_object_get(model, "id")), &pass->ids[1]);
    keep_id(json_string_value(json_object_get(answer, "next_page_token")), &pass->ids[2]);
    keep_id(path, &pass->ids[3]);
}

static void check_json_answer(struct pass *pass)
{
    struct text body = fake_body();
    json_auto_t *answer = NULL;

    demand(is_json(body), "what is called JSON is");
    answer = json_loadb(body.data, body.len, JSON_ALLOW_NUL, NULL);
    if (fake_status() >= 400) {
        const json_t *message = json_object_get(answer, "message");

        demand(json_string_length(message) > 0, "an error has a message");
    } else {
        keep_ids(pass, answer);
    }
}

static void check_answer(struct pass *pass)
{
    struct text type = fake_header("content-type"), body = fake_body();
    bool says_json = text_has_prefix(type, TEXT("application/json"));

    if (pass->is_wiremock)
        return;
    if (!is_documented(fake_status()))
        (void)fprintf(stderr, "%d %.*s\n", fake_status(), TEXT_ARG(body));
    demand(is_documented(fake_status()), "the status is documented");
    demand(fake_status() < 400 || says_json, "an error is JSON");
    demand(fake_status() != 204 || body.len == 0, "no content is no content");
    if (says_json)
        check_json_answer(pass);
    if (text_find(body, TEXT("\"mode\":\"real\"")) < body.len ||
        text_find(body, TEXT("\"mode\":\"scaled\"")) < body.len)
        pass->is_timeless = false;
    buf_add_format(&pass->answers, "%d ", fake_status());
    buf_add_text(&pass->answers, body);
    buf_add_char(&pass->answers, '\n');
}

/*
 * The fake
 */

static void start(void)
{
    struct worlds_config config = fake_config();

    config.limits.dataset.train_queries_min = 1;
    config.limits.dataset.eval_queries_min = 1;
    config.limits.dataset.train_labelled_min = 1;
    config.limits.dataset.eval_labelled_min = 1;
    config.limits.dataset.prompts_min = 1;
    config.limits.dataset.line_bytes_max = 1000;
    fake_start_with(&config);
}

static void empty_worlds(void)
{
    struct worlds *worlds = fake_dispatch()->api.worlds;
    struct name_list names = {0};

    demand(worlds_list(worlds, &names) == WORLDS_OK, "worlds are listed");
    for (size_t i = 0; i < names.count; i++)
        demand(worlds_reset(worlds, text_of(names.items[i])) == WORLDS_OK, "a world is emptied");
    name_list_done(&names);
}

static void run(struct text input, struct pass *pass)
{
    size_t count = 0;

    empty_worlds();
    while (input.data && count++ < REQUESTS_MAX)
        if (send_one(pass, text_cut(&input, '\xFF')))
            check_answer(pass);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned runs;
    AUTO(pass_done) struct pass first = {.is_timeless = true}, second = {.is_timeless = true};
    struct text input = {(const char *)data, size};

    if (size > INPUT_LEN_MAX)
        return 0;
    if (runs % RUNS_MAX == 0) {
        if (runs)
            fake_stop();
        start();
    }
    runs++;
    run(input, &first);
    run(input, &second);
    if (getenv("FUZZ_SHOW"))
        (void)fprintf(stderr, "%.*s", TEXT_ARG(buf_text(&first.answers)));
    if (first.is_timeless && !first.is_wiremock)
        demand_text(buf_text(&second.answers), buf_text(&first.answers), "it can be told again");
    return 0;
}

/* Change the body of one of the requests, or anything. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed)
{
    struct text input = {(const char *)data, size};
    uint32_t random = seed;
    size_t wanted = random_below(&random, REQUESTS_MAX), offset, end;

    for (offset = 0; wanted > 0 && offset < size; wanted--)
        offset += text_find((struct text){input.data + offset, size - offset}, TEXT("\n\n")) + 2;
    if (offset >= size)
        return LLVMFuzzerMutate(data, size, size_max);
    end = offset + text_find((struct text){input.data + offset, size - offset}, TEXT("\xFF"));
    return json_mutate_between(data, size, size_max, random, offset, end);
}
