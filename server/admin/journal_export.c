/*
 * The journal for other programs: as HAR 1.2, which browsers and debuggers read, and as a script of
 * curl commands, to call all of it again.
 */
#include <ctype.h>
#include <string.h>

#include "admin/call.h"
#include "admin/journal_query.h"
#include "base/base64.h"
#include "base/timestamp.h"
#include "http/reply.h"

static struct text as_text(struct match_text text)
{
    return (struct text){text.data, text.len};
}

static struct text find_field(const struct journal_fields *fields, struct text name)
{
    for (size_t i = 0; i < fields->count; i++)
        if (text_eq_nocase(as_text(fields->items[i].name), name))
            return as_text(fields->items[i].value);
    return (struct text){0};
}

static struct text host_of(const struct journal_call *call)
{
    return call->host.len > 0 ? call->host : TEXT("127.0.0.1");
}

/*
 * HAR
 */

static void write_pairs(struct json_writer *w, const struct match_field *items, size_t count)
{
    json_write_array(w);
    for (size_t i = 0; i < count; i++) {
        json_write_object(w);
        json_write_member_text(w, "name", as_text(items[i].name));
        json_write_member_text(w, "value", as_text(items[i].value));
        json_write_object_end(w);
    }
    json_write_array_end(w);
}

static void write_har_request(struct json_writer *w, const struct journal_entry *entry)
{
    const struct journal_call *call = &entry->call;
    AUTO(buf_done) struct buf url = {0};
    struct match_request view;
    const struct match_fields *fields;

    journal_entry_view(entry, &view);
    buf_add_string(&url, "http://");
    buf_add_text(&url, host_of(call));
    buf_add_format(&url, ":%u", call->port);
    buf_add_text(&url, call->url);
    json_write_object(w);
    json_write_member_text(w, "method", call->method);
    json_write_member_text(w, "url", buf_text(&url));
    json_write_member_text(w, "httpVersion", call->protocol);
    json_write_key(w, "cookies");
    fields = match_request_cookies(&view);
    write_pairs(w, fields->items, fields->count);
    json_write_key(w, "headers");
    write_pairs(w, call->headers.items, call->headers.count);
    json_write_key(w, "queryString");
    fields = match_request_query(&view);
    write_pairs(w, fields->items, fields->count);
    if (call->body.len > 0) {
        json_write_key(w, "postData");
        json_write_object(w);
        json_write_member_text(w, "mimeType", find_field(&call->headers, TEXT("content-type")));
        json_write_member_text(w, "text", call->body.data);
        json_write_object_end(w);
    }
    json_write_member_int(w, "headersSize", -1);
    json_write_member_int(w, "bodySize", (int64_t)call->body.len);
    json_write_object_end(w);
    w->out->failed |= url.failed || view.is_out_of_memory;
    match_request_done(&view);
}

static void write_har_content(struct json_writer *w, const struct journal_call *call)
{
    struct text body = call->response_body.data;

    json_write_object(w);
    json_write_member_int(w, "size", (int64_t)call->response_body.len);
    json_write_member_text(w, "mimeType",
                           find_field(&call->response_headers, TEXT("content-type")));
    if (utf8_is_valid(body)) {
        json_write_member_text(w, "text", body);
    } else {
        AUTO(buf_done) struct buf encoded = {0};

        base64_add(body, &encoded);
        json_write_member_text(w, "text", buf_text(&encoded));
        json_write_member_string(w, "encoding", "base64");
        w->out->failed |= encoded.failed;
    }
    json_write_object_end(w);
}

static void write_har_response(struct json_writer *w, const struct journal_call *call)
{
    json_write_object(w);
    json_write_member_int(w, "status", call->status);
    json_write_member_string(w, "statusText", call->status ? http_reason(call->status) : "");
    json_write_member_text(w, "httpVersion", call->protocol);
    json_write_key(w, "cookies");
    json_write_raw(w, TEXT("[]"));
    json_write_key(w, "headers");
    write_pairs(w, call->response_headers.items, call->response_headers.count);
    json_write_key(w, "content");
    write_har_content(w, call);
    json_write_member_text(w, "redirectURL", find_field(&call->response_headers, TEXT("location")));
    json_write_member_int(w, "headersSize", -1);
    json_write_member_int(w, "bodySize", (int64_t)call->response_body.len);
    if (call->fault)
        json_write_member_string(w, "_error", call->fault);
    json_write_object_end(w);
}

static void write_har_entry(struct json_writer *w, const struct journal_entry *entry)
{
    const struct journal_call *call = &entry->call;

    json_write_object(w);
    json_write_member_time(w, "startedDateTime", call->at_us);
    json_write_key(w, "time");
    json_write_double(w, call->delay_ms + call->serve_ms);
    json_write_key(w, "request");
    write_har_request(w, entry);
    json_write_key(w, "response");
    write_har_response(w, call);
    json_write_key(w, "cache");
    json_write_raw(w, TEXT("{}"));
    json_write_key(w, "timings");
    json_write_object(w);
    json_write_member_int(w, "send", 0);
    json_write_key(w, "wait");
    json_write_double(w, call->delay_ms + call->serve_ms);
    json_write_member_int(w, "receive", 0);
    json_write_object_end(w);
    json_write_object_end(w);
}

/*
 * sh
 */

/* What stands for a secret: `sha256:` and its first eight digits. */
static size_t secret_len(struct text t)
{
    size_t len = strlen("sha256:");
    size_t digits = 0;

    if (!text_has_prefix(t, TEXT("sha256:")))
        return 0;
    while (len + digits < t.len && isxdigit((unsigned char)t.data[len + digits]))
        digits++;
    return digits == 8 ? len + digits : 0;
}

/* Append a text as one word of sh, with the variable for each secret. */
static void add_word(struct text t, struct buf *out)
{
    buf_add_char(out, '\'');
    for (size_t i = 0; i < t.len; i++) {
        size_t len = secret_len((struct text){t.data + i, t.len - i});

        if (len > 0) {
            buf_add_string(out, "'\"$CO_API_KEY\"'");
            i += len - 1;
        } else if (t.data[i] == '\'') {
            buf_add_string(out, "'\\''");
        } else {
            buf_add_char(out, t.data[i]);
        }
    }
    buf_add_char(out, '\'');
}

/* Those that curl sets itself, or that are only of the connection. */
static bool is_left_out(struct text name)
{
    static const char *const names[] = {"host",       "content-length", "transfer-encoding",
                                        "connection", "expect",         "accept-encoding"};
    bool result = name.len == 0 || name.data[0] == '@';

    for (size_t i = 0; i < ARRAY_LEN(names) && !result; i++)
        result = text_eq_nocase(text_of(names[i]), name);
    return result;
}

static void add_header(struct text name, struct text value, struct buf *out)
{
    AUTO(buf_done) struct buf line = {0};

    buf_add_text(&line, name);
    /* So curl sends a header without a value. */
    buf_add_string(&line, value.len > 0 ? ": " : ";");
    buf_add_text(&line, value);
    buf_add_string(out, " -H ");
    add_word(buf_text(&line), out);
    out->failed |= line.failed;
}

static void add_headers(const struct journal_call *call, struct text world, struct buf *out)
{
    for (size_t i = 0; i < call->headers.count; i++) {
        struct text name = as_text(call->headers.items[i].name);

        if (!is_left_out(name))
            add_header(name, as_text(call->headers.items[i].value), out);
    }
    if (!text_eq(world, TEXT("default")) &&
        !find_field(&call->headers, TEXT("x-mockhere-world")).data)
        add_header(TEXT("X-Mockhere-World"), world, out);
    /* Else curl would name one. */
    if (call->body.len > 0 && !find_field(&call->headers, TEXT("content-type")).data)
        buf_add_string(out, " -H 'Content-Type:'");
}

/* Tell whether an argument can hold it. */
static bool is_plain(struct text body)
{
    for (size_t i = 0; i < body.len; i++) {
        unsigned char c = (unsigned char)body.data[i];

        if (c < ' ' && c != '\n' && c != '\t')
            return false;
    }
    return utf8_is_valid(body);
}

/* Append the format of a printf that writes these bytes. */
static void add_octal(struct text body, struct buf *out)
{
    buf_add_char(out, '\'');
    for (size_t i = 0; i < body.len; i++) {
        unsigned char c = (unsigned char)body.data[i];

        if (c >= ' ' && c < 127 && !strchr("'\\%", c))
            buf_add_char(out, (char)c);
        else
            buf_add_format(out, "\\%03o", c);
    }
    buf_add_char(out, '\'');
}

static void add_command(const struct journal_entry *entry, struct text world, struct buf *out)
{
    const struct journal_call *call = &entry->call;
    bool has_body = call->body.data.len > 0, plain = is_plain(call->body.data);
    AUTO(buf_done) struct buf url = {0};
    char when[TIMESTAMP_SIZE];

    timestamp_format(call->at_us, when);
    buf_add_format(out, "\n# %llu: at %s, answered %d\n", (unsigned long long)entry->number, when,
                   call->status);
    if (call->body.is_cut) {
        buf_add_format(out, "# left out: of its body of %llu bytes only the first %zu are known\n",
                       (unsigned long long)call->body.len, call->body.data.len);
        return;
    }
    if (has_body && !plain) {
        buf_add_string(out, "printf ");
        add_octal(call->body.data, out);
        buf_add_string(out, " | ");
    }
    buf_add_string(out, "curl -sS -g --path-as-is ");
    if (text_eq(call->method, TEXT("HEAD"))) {
        buf_add_string(out, "--head");
    } else {
        buf_add_string(out, "-X ");
        add_word(call->method, out);
    }
    buf_add_char(out, ' ');
    buf_add_string(&url, "http://");
    buf_add_text(&url, host_of(call));
    buf_add_format(&url, ":%u", call->port);
    buf_add_text(&url, call->url);
    add_word(buf_text(&url), out);
    add_headers(call, world, out);
    if (has_body && plain) {
        buf_add_string(out, " --data-raw ");
        add_word(call->body.data, out);
    } else if (has_body) {
        buf_add_string(out, " --data-binary @-");
    }
    buf_add_char(out, '\n');
    out->failed |= url.failed;
}

/*
 * Both
 */

/* Read what is asked for and list the journal. Returns 0, or a refusal's status. `*out` is to be
 * released then, too. */
static int read_calls(const struct admin_call *call, const struct request *req,
                      struct response *res, struct journal_query *query, struct journal_list *out)
{
    const char *problem = journal_query_read(req, query);
    struct stub_world *own;
    int status = 0;

    if (problem)
        return reply_message(res, 400, "%s", problem);
    own = admin_stub_world(call);
    if (!own || (own->journal && !journal_list(own->journal, out)))
        status = reply_message(res, 500, "out of memory");
    else if (!own->journal)
        status = admin_no_journal(res);
    stub_world_release(own);
    return status;
}

int journal_har_get(void *context, struct request *req, struct response *res)
{
    AUTO(journal_list_done) struct journal_list calls = {0};
    struct json_writer w = {.out = &res->body};
    struct journal_query query;
    int refusal = read_calls(context, req, res, &query, &calls);

    if (refusal)
        return refusal;
    buf_add_string(&res->body, "{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"mockhere\","
                               "\"version\":\"" MOCKHERE_VERSION "\"},\"entries\":");
    json_write_array(&w);
    for (size_t i = calls.count; i > 0; i--)
        if (journal_query_wants(&query, calls.items[i - 1]))
            write_har_entry(&w, calls.items[i - 1]);
    json_write_array_end(&w);
    buf_add_string(&res->body, "}}");
    return reply_json(res, 200);
}

int journal_sh_get(void *context, struct request *req, struct response *res)
{
    const struct admin_call *call = context;
    AUTO(journal_list_done) struct journal_list calls = {0};
    struct journal_query query;
    int refusal = read_calls(call, req, res, &query, &calls);

    if (refusal)
        return refusal;
    buf_add_string(&res->body, "#!/bin/sh\n# Wherever a secret was, $CO_API_KEY stands.\n");
    for (size_t i = calls.count; i > 0; i--)
        if (journal_query_wants(&query, calls.items[i - 1]))
            add_command(calls.items[i - 1], text_of(call->world->name), &res->body);
    if (res->body.failed)
        return reply_message(res, 500, "out of memory");
    response_set_header(res, "Content-Type", TEXT("text/plain; charset=utf-8"));
    res->status = 200;
    return 200;
}
