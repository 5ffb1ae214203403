#include "stubs/stub_answer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/hash.h"
#include "http/reply.h"
#include "stubs/response_template.h"

/* What WireMock sends for its two faults that send anything. */
static const char malformed_head[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
static const char garbage[] = "lskdu018973t09sylgasjkfg1][]'./.sdlv";

static struct stub_sequence sequence_of(const struct stub_call *call, const struct stub *stub,
                                        uint64_t which)
{
    uint64_t hits = (uint64_t)atomic_load(&stub->hits);

    return (struct stub_sequence){stub, call->own->seed ^ hits * 0x9e3779b97f4a7c15, which << 32};
}

static uint64_t next_bits(void *context)
{
    struct stub_sequence *sequence = context;

    return hash64(text_of(sequence->stub->id), sequence->seed + ++sequence->count);
}

static double next_random(void *context)
{
    return (double)(next_bits(context) >> 11) / 9007199254740992.0;
}

/* An answer while it is made. */
struct answering {
    const struct stub_call *call;
    const struct stub *stub;
    struct response *res;
    const struct response_template *templates; /* NULL: none are looked at */
    struct template_data data;
    char error[TEMPLATE_ERROR_SIZE]; /* what a template failed for; "" if none did */
};

struct template_data stub_template_data(const struct stub_call *call, const struct stub *stub,
                                        uint64_t which, struct match_request *request,
                                        struct stub_sequence *sequence)
{
    *sequence = sequence_of(call, stub, which);
    return (struct template_data){
        .request = request,
        .pattern = stub->request,
        .parameters = stub->response.template_parameters,
        .now_us = call->now_us,
        .random = next_bits,
        .context = sequence,
    };
}

bool stub_is_template(const struct stub_call *call, const struct stub *stub)
{
    return stub->response.is_template || call->are_all_templates;
}

/* Append what a template shows. */
static void render(struct answering *a, const struct template *template, struct buf *out)
{
    char error[TEMPLATE_ERROR_SIZE];

    if (!template_render(template, &a->data, out, error) && !a->error[0])
        memcpy(a->error, error, sizeof(error));
}

/* Headers */

static void add_header(struct response *res, const char *name, const json_t *value)
{
    response_add_header(res, name,
                        (struct text){json_string_value(value), json_string_length(value)});
}

/* Headers that say how the body is sent are ours to set. */
static bool is_framing(const char *name)
{
    struct text text = text_of(name);

    return text_eq_nocase(text, TEXT("content-length")) ||
           text_eq_nocase(text, TEXT("transfer-encoding")) ||
           text_eq_nocase(text, TEXT("connection")) || text_eq_nocase(text, TEXT("keep-alive"));
}

/* A header is one line, whatever a template makes of it. */
static void add_rendered(struct answering *a, const char *name, const struct template *template)
{
    AUTO(buf_done) struct buf value = {0};

    render(a, template, &value);
    for (size_t i = 0; i < value.len; i++)
        if ((unsigned char)value.data[i] < ' ' && value.data[i] != '\t')
            value.data[i] = ' ';
    response_add_header(a->res, name, buf_text(&value));
}

/* Add the header at `place` among those of the stub, unless it is about how answers are framed. */
static void set_header(struct answering *a, const char *name, const json_t *value, size_t place)
{
    const struct template *template = a->templates ? a->templates->headers.items[place] : NULL;

    if (is_framing(name))
        return;
    if (template)
        add_rendered(a, name, template);
    else
        add_header(a->res, name, value);
}

static void set_headers(struct answering *a)
{
    const struct stub *stub = a->stub;
    struct response *res = a->res;
    const char *name;
    json_t *value;
    size_t place = 0;

    json_object_foreach (stub->response.headers, name, value) {
        size_t count = json_is_array(value) ? json_array_size(value) : 1;

        for (size_t i = 0; i < count; i++)
            set_header(a, name, json_is_array(value) ? json_array_get(value, i) : value, place++);
    }
    response_add_header(res, "Matched-Stub-Id", text_of(stub->id));
    if (stub->name)
        response_add_header(res, "Matched-Stub-Name", text_of(stub->name));
}

static void add_outgoing_header(const char *name, const json_t *value, struct outgoing *request)
{
    outgoing_add_header(request, text_of(name),
                        (struct text){json_string_value(value), json_string_length(value)});
}

void stub_add_outgoing_headers(json_t *headers, struct outgoing *request)
{
    const char *name;
    json_t *value;

    json_object_foreach (headers, name, value) {
        size_t count = json_array_size(value);

        if (outgoing_is_hop(text_of(name), (struct text){0}))
            continue;
        if (!json_is_array(value))
            add_outgoing_header(name, value, request);
        for (size_t i = 0; i < count; i++)
            add_outgoing_header(name, json_array_get(value, i), request);
    }
}

/* Bodies */

static void add_json(const json_t *json, struct buf *out)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);

    if (text)
        buf_add_string(out, text);
    else
        out->failed = true;
    free(text);
}

/* A name that stays in the folder: no way up, no way out. */
static bool is_inside(const char *name)
{
    struct text rest = text_of(name);

    if (rest.len == 0 || name[0] == '/')
        return false;
    while (rest.data) {
        struct text segment = text_cut(&rest, '/');

        if (text_eq(segment, TEXT("..")) || memchr(segment.data, '\0', segment.len))
            return false;
    }
    return true;
}

/* Open each folder on the way without following a link. */
static int open_inside(const char *folder, const char *name)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct text rest = text_of(name);

    while (fd >= 0 && rest.data) {
        struct text segment = text_cut(&rest, '/');
        char *step = strndup(segment.data, segment.len);
        int flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | (rest.data ? O_DIRECTORY : 0);
        int next = step ? openat(fd, step, flags) : -1;

        free(step);
        (void)close(fd);
        fd = next;
    }
    return fd;
}

static int answer_file(const struct stub_call *call, const char *name, struct response *res)
{
    struct stat status;

    if (!call->files)
        return reply_message(res, 500,
                             "the stub's body is the file %s, but there is no folder of "
                             "files: start with --root-dir",
                             name);
    if (!is_inside(name))
        return reply_message(
            res, 500, "the stub's body file %s is outside the folder __files of --root-dir", name);
    res->file = open_inside(call->files, name);
    if (res->file < 0 || fstat(res->file, &status) < 0 || !S_ISREG(status.st_mode)) {
        response_reset(res);
        return reply_message(res, 500,
                             "the stub's body file %s cannot be read in the folder "
                             "__files of --root-dir",
                             name);
    }
    res->file_size = status.st_size;
    return 0;
}

/* Read the file that is the answer's body, and send what it shows as a template. */
static int render_file(struct answering *a)
{
    AUTO(buf_done) struct buf source = {0};
    struct template *template;
    char block[16384];
    ssize_t count;

    while (source.len <= TEMPLATE_OUTPUT_MAX &&
           (count = read(a->res->file, block, sizeof(block))) > 0)
        buf_add(&source, block, (size_t)count);
    if (text_find(buf_text(&source), TEXT("{{")) == source.len && !source.failed)
        return lseek(a->res->file, 0, SEEK_SET) < 0
                   ? reply_message(a->res, 500, "the stub's body file cannot be read twice")
                   : 0;
    (void)close(a->res->file);
    a->res->file = -1;
    a->res->file_size = 0;
    template = source.len > TEMPLATE_OUTPUT_MAX ? NULL : template_new(buf_text(&source), a->error);
    if (source.len > TEMPLATE_OUTPUT_MAX)
        (void)snprintf(a->error, sizeof(a->error), "the file has more than 33554432 bytes");
    if (template)
        render(a, template, &a->res->body);
    template_free(template);
    return 0;
}

static int answer_body_file(struct answering *a, const char *name)
{
    AUTO(buf_done) struct buf rendered = {0};
    int failure;

    if (a->templates && a->templates->file_name) {
        render(a, a->templates->file_name, &rendered);
        buf_add_char(&rendered, '\0');
        if (a->error[0] || rendered.failed)
            return 0;
        name = rendered.data;
    }
    failure = answer_file(a->call, name, a->res);
    return failure || !stub_is_template(a->call, a->stub) ? failure : render_file(a);
}

/* Returns 0, or the status of a failure that was answered. */
static int add_body(struct answering *a)
{
    const struct response_definition *definition = &a->stub->response;
    struct buf *body = &a->res->body;

    if (a->templates && a->templates->body) {
        render(a, a->templates->body, body);
        return 0;
    }
    switch (definition->body_kind) {
    case BODY_NONE:
        break;
    case BODY_TEXT:
        buf_add(body, definition->body, definition->body_len);
        break;
    case BODY_JSON:
        add_json(definition->json_body, body);
        break;
    case BODY_BASE64:
        base64_decode((struct text){definition->body, definition->body_len}, body);
        break;
    case BODY_FILE:
        return answer_body_file(a, definition->body);
    }
    return 0;
}

static int answer_failure(struct answering *a)
{
    response_reset(a->res);
    return reply_message(a->res, 500, "the template of the stub's answer failed: %s", a->error);
}

/* A template that could not be read when its stub was made is told of now that it is asked for. */
static bool find_templates(struct answering *a)
{
    const struct response_definition *definition = &a->stub->response;
    struct response_template *templates;
    const char *field;

    if (!stub_is_template(a->call, a->stub))
        return true;
    a->templates = definition->templates;
    if (a->templates || !response_template_is_there(definition))
        return true;
    templates = response_template_new(definition, a->error, &field);
    response_template_free(templates);
    return templates != NULL;
}

static struct answering begin(const struct stub_call *call, const struct stub *stub,
                              struct match_request *request, struct stub_sequence *sequence)
{
    return (struct answering){
        .call = call, .stub = stub, .data = stub_template_data(call, stub, 0, request, sequence)};
}

int stub_add_headers(const struct stub_call *call, const struct stub *stub,
                     struct match_request *request, struct response *res)
{
    struct stub_sequence sequence;
    struct answering a = begin(call, stub, request, &sequence);

    a.res = res;
    if (!find_templates(&a))
        return answer_failure(&a);
    set_headers(&a);
    return a.error[0] ? answer_failure(&a) : res->status;
}

int stub_replace_headers(const struct stub_call *call, const struct stub *stub,
                         struct match_request *request, struct response *res)
{
    const char *name;
    json_t *value;

    json_object_foreach (stub->response.headers, name, value)
        if (!is_framing(name))
            response_remove_header(res, name);
    return stub_add_headers(call, stub, request, res);
}

int stub_add_proxy_base_url(const struct stub_call *call, const struct stub *stub,
                            struct match_request *request, struct buf *out, struct response *res)
{
    struct stub_sequence sequence;
    struct answering a = begin(call, stub, request, &sequence);

    a.res = res;
    if (!find_templates(&a))
        return answer_failure(&a);
    if (a.templates && a.templates->proxy_base_url)
        render(&a, a.templates->proxy_base_url, out);
    else
        buf_add_string(out, stub->response.proxy_base_url);
    return a.error[0] ? answer_failure(&a) : 0;
}

int stub_answer(const struct stub_call *call, const struct stub *stub,
                struct match_request *request, struct response *res)
{
    struct stub_sequence sequence;
    struct answering a = begin(call, stub, request, &sequence);
    int failure;

    a.res = res;

    if (!find_templates(&a))
        return answer_failure(&a);
    failure = add_body(&a);
    if (failure)
        return failure;
    set_headers(&a);
    if (a.error[0])
        return answer_failure(&a);
    if (res->body.failed)
        return reply_message(res, 500, "out of memory");
    res->status = stub->response.status;
    if (stub->response.status_message)
        buf_add_string(&res->reason, stub->response.status_message);
    return res->status;
}

/* Delivery */

double stub_sample_delay(const struct stub_call *call, const struct stub *stub,
                         const struct delay *delay, uint64_t which)
{
    struct stub_sequence sequence = sequence_of(call, stub, which);

    return delay_sample(delay, next_random, &sequence);
}

static double sample_delay(const struct stub_call *call, const struct stub *stub)
{
    const struct response_definition *definition = &stub->response;
    struct stub_settings settings = stub_world_settings(call->own);
    double fixed = definition->fixed_delay_ms, ms;

    json_decref(settings.json);
    if (fixed < 0)
        fixed = settings.fixed_delay_ms;
    ms = stub_sample_delay(
        call, stub, definition->delay.kind != DELAY_NONE ? &definition->delay : &settings.delay, 0);
    return ms + (fixed > 0 ? fixed : 0);
}

uint32_t stub_real_ms(const struct stub_call *call, double ms)
{
    double scale = call->scale_milli > 0 ? (double)call->scale_milli / 1000 : 1;

    return ms / scale < UINT32_MAX ? (uint32_t)(ms / scale + 0.5) : UINT32_MAX;
}

/* Send these bytes and nothing else, then end the connection. */
static void send_raw(struct response *res, const char *head, const char *body,
                     enum delivery_end end)
{
    response_reset(res);
    res->status = 200;
    res->delivery.is_raw = true;
    res->delivery.end = end;
    buf_add_string(&res->body, head);
    buf_add_string(&res->body, body);
}

static void add_fault(enum fault_kind fault, struct response *res)
{
    switch (fault) {
    case FAULT_NONE:
        break;
    case FAULT_EMPTY_RESPONSE:
        send_raw(res, "", "", DELIVERY_CLOSE);
        break;
    case FAULT_CONNECTION_RESET_BY_PEER:
        send_raw(res, "", "", DELIVERY_RESET);
        break;
    case FAULT_MALFORMED_RESPONSE_CHUNK:
        send_raw(res, malformed_head, garbage, DELIVERY_CLOSE);
        break;
    case FAULT_RANDOM_DATA_THEN_CLOSE:
        send_raw(res, "", garbage, DELIVERY_CLOSE);
        break;
    }
}

static void add_own_faults(const struct own_faults *faults, struct response *res)
{
    if (faults->cut_body_at >= 0) {
        res->delivery.is_cut = true;
        res->delivery.cut_at = (uint64_t)faults->cut_body_at;
        res->delivery.end = DELIVERY_CLOSE;
    }
    if (faults->half_close)
        res->delivery.end = DELIVERY_HALF_CLOSE;
    if (faults->stall)
        res->delivery.end = DELIVERY_STALL;
}

double stub_deliver(const struct stub_call *call, const struct stub *stub, struct response *res)
{
    const struct response_definition *definition = &stub->response;
    double ms = sample_delay(call, stub);

    add_fault(definition->fault, res);
    add_own_faults(&definition->own, res);
    if (definition->dribble_count > 0 && definition->fault == FAULT_NONE) {
        res->delivery.piece_count = definition->dribble_count;
        res->delivery.pieces_ms = stub_real_ms(call, definition->dribble_ms);
    }
    res->late_ms += stub_real_ms(call, ms);
    return ms;
}
