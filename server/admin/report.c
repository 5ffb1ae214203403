#include "admin/report.h"

#include "admin/call.h"
#include "base/secret.h"
#include "http/reply.h"

enum { UNUSED_STUBS_MAX = 100 };

/* What is known of one world, borrowed but for the lists. */
struct facts {
    const char *name;
    struct conduct_report conduct;
    struct stub_list *stubs;
    uint64_t dropped; /* calls that the journal no longer has */
};

static bool gather(const char *name, struct stub_world *world, struct facts *out)
{
    *out = (struct facts){.name = name};
    if (!conduct_report(world->conduct, &out->conduct))
        return false;
    out->stubs = stub_set_list(world->stubs);
    if (world->journal)
        out->dropped = journal_count(world->journal).dropped;
    return true;
}

static void facts_done(struct facts *facts)
{
    conduct_report_done(&facts->conduct);
    stub_list_release(facts->stubs);
}

static bool is_unused(const struct stub *stub)
{
    return atomic_load(&stub->hits) == 0;
}

/* Append "POST /v2/rerank", what a stub asks for. */
static void add_stub_words(const struct stub *stub, struct buf *out)
{
    const char *method = stub->request ? request_pattern_method(stub->request) : NULL;
    const char *url = stub->request ? request_pattern_url(stub->request) : NULL;

    buf_add_format(out, "%s ", method ? method : "ANY");
    if (url)
        secret_show_url(text_of(url), out);
    else
        buf_add_string(out, "any path");
}

/*
 * JSON
 */

static void write_findings(struct json_writer *w, const struct conduct_report *conduct)
{
    json_write_array(w);
    for (size_t i = 0; i < conduct->count; i++) {
        const struct conduct_finding *finding = &conduct->items[i];
        AUTO(buf_done) struct buf sentence = {0};

        conduct_add_sentence(finding, &sentence);
        json_write_object(w);
        json_write_member_string(w, "kind", conduct_name(finding->kind));
        json_write_member_text(w, "message", buf_text(&sentence));
        json_write_member_string(w, "what", finding->what);
        json_write_member_int(w, "count", (int64_t)finding->count);
        json_write_member_time(w, "first_at", finding->first_us);
        json_write_member_time(w, "last_at", finding->last_us);
        json_write_object_end(w);
        w->out->failed |= sentence.failed;
    }
    json_write_array_end(w);
}

static void write_more(struct json_writer *w, const struct conduct_report *conduct)
{
    json_write_object(w);
    for (size_t i = 0; i < CONDUCT_KIND_COUNT; i++)
        if (conduct->more[i] > 0)
            json_write_member_int(w, conduct_name((enum conduct_kind)i), (int64_t)conduct->more[i]);
    json_write_object_end(w);
}

/* Returns how many there are. */
static size_t write_unused(struct json_writer *w, const struct stub_list *stubs)
{
    size_t count = 0;

    json_write_array(w);
    for (size_t i = 0; stubs && i < stubs->count; i++) {
        AUTO(buf_done) struct buf request = {0};

        if (!is_unused(stubs->items[i]) || count++ >= UNUSED_STUBS_MAX)
            continue;
        add_stub_words(stubs->items[i], &request);
        json_write_object(w);
        json_write_member_string(w, "id", stubs->items[i]->id);
        if (stubs->items[i]->name)
            json_write_member_string(w, "name", stubs->items[i]->name);
        json_write_member_text(w, "request", buf_text(&request));
        json_write_object_end(w);
        w->out->failed |= request.failed;
    }
    json_write_array_end(w);
    return count;
}

static void write_json(struct json_writer *w, const struct facts *facts)
{
    size_t unused;

    json_write_object(w);
    json_write_member_string(w, "world", facts->name);
    json_write_member_int(w, "calls", (int64_t)facts->conduct.calls);
    json_write_member_int(w, "dropped_from_journal", (int64_t)facts->dropped);
    json_write_key(w, "findings");
    write_findings(w, &facts->conduct);
    json_write_key(w, "not_listed");
    write_more(w, &facts->conduct);
    json_write_key(w, "unused_stubs");
    unused = write_unused(w, facts->stubs);
    json_write_member_int(w, "unused_stub_count", (int64_t)unused);
    json_write_object_end(w);
}

/*
 * Text
 */

static void add_times(uint64_t count, struct buf *out)
{
    if (count > 1)
        buf_add_format(out, " (%llu times)", (unsigned long long)count);
    buf_add_char(out, '\n');
}

static void write_text(const struct facts *facts, struct buf *out)
{
    size_t start, unused = 0;

    buf_add_format(out, "world %s: %llu calls", facts->name,
                   (unsigned long long)facts->conduct.calls);
    if (facts->dropped > 0)
        buf_add_format(out, ", %llu of them dropped from the journal",
                       (unsigned long long)facts->dropped);
    buf_add_char(out, '\n');
    start = out->len;
    for (size_t i = 0; i < facts->conduct.count; i++) {
        buf_add_string(out, "  ");
        conduct_add_sentence(&facts->conduct.items[i], out);
        add_times(facts->conduct.items[i].count, out);
    }
    for (size_t i = 0; i < CONDUCT_KIND_COUNT; i++)
        if (facts->conduct.more[i] > 0)
            buf_add_format(out, "  %llu more of %s\n", (unsigned long long)facts->conduct.more[i],
                           conduct_name((enum conduct_kind)i));
    for (size_t i = 0; facts->stubs && i < facts->stubs->count; i++) {
        if (!is_unused(facts->stubs->items[i]) || unused++ >= UNUSED_STUBS_MAX)
            continue;
        buf_add_format(out, "  stub %s was never used: ", facts->stubs->items[i]->id);
        add_stub_words(facts->stubs->items[i], out);
        buf_add_char(out, '\n');
    }
    if (unused > UNUSED_STUBS_MAX)
        buf_add_format(out, "  %zu more stubs were never used\n", unused - UNUSED_STUBS_MAX);
    if (out->len == start)
        buf_add_string(out, "  nothing to report\n");
}

/*
 * All worlds, and one
 */

struct writing {
    struct json_writer w;
    bool as_text;
};

static void write_world(void *context, const char *name, struct stub_world *world)
{
    struct writing *writing = context;
    struct facts facts;

    if (!gather(name, world, &facts)) {
        writing->w.out->failed = true;
        return;
    }
    if (writing->as_text)
        write_text(&facts, writing->w.out);
    else
        write_json(&writing->w, &facts);
    facts_done(&facts);
}

bool report_write(struct stub_worlds *worlds, bool as_text, struct buf *out)
{
    struct writing writing = {{.out = out}, as_text};

    if (as_text) {
        stub_worlds_each(worlds, write_world, &writing);
        if (out->len == 0)
            buf_add_string(out, "nothing was called\n");
        return !out->failed;
    }
    json_write_object(&writing.w);
    json_write_key(&writing.w, "worlds");
    json_write_array(&writing.w);
    stub_worlds_each(worlds, write_world, &writing);
    json_write_array_end(&writing.w);
    json_write_object_end(&writing.w);
    buf_add_char(out, '\n');
    return !out->failed;
}

int report_get(void *context, struct request *req, struct response *res)
{
    const struct admin_call *call = context;
    struct stub_world *own = admin_stub_world(call);
    struct writing writing = {{.out = &res->body}, false};

    (void)req;
    if (!own)
        return reply_message(res, 500, "out of memory");
    write_world(&writing, call->world->name, own);
    stub_world_release(own);
    return reply_json(res, 200);
}
