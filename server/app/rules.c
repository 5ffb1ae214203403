#include "app/rules.h"

#include <stdio.h>
#include <string.h>

#include "api/call.h"
#include "api/errors.h"
#include "app/serve.h"
#include "base/attr.h"
#include "core/dataset_messages.h"
#include "core/key_plan.h"
#include "core/lifecycle.h"
#include "core/limits.h"

static void write_endpoints(struct json_writer *w)
{
    json_write_array(w);
    for (size_t i = 0; i < api_route_count; i++) {
        AUTO(buf_done) struct buf method = {0};

        route_list_methods(api_routes[i].method, &method);
        json_write_object(w);
        json_write_member_text(w, "method", buf_text(&method));
        json_write_member_string(w, "path", api_routes[i].pattern);
        json_write_member_bool(w, "needs_key", !(api_routes[i].flags & ROUTE_OPEN));
        json_write_object_end(w);
        w->out->failed |= method.failed;
    }
    json_write_array_end(w);
}

static void write_messages(struct json_writer *w)
{
    json_write_array(w);
    for (size_t i = 0; i < MESSAGE_COUNT; i++) {
        json_write_object(w);
        json_write_member_string(w, "mark", message_mark_names[dataset_messages[i].mark]);
        json_write_member_string(w, "text", dataset_messages[i].format);
        json_write_object_end(w);
    }
    json_write_array_end(w);
}

/* Append a format of printf, with `{}` for each of its places. */
static void add_places(struct buf *out, const char *format)
{
    for (;;) {
        size_t len = strcspn(format, "%");

        buf_add(out, format, len);
        if (!format[len])
            return;
        /* A place ends with the first letter that is no length. */
        format += len + 1;
        format += strspn(format, ".*0123456789lz") + 1;
        buf_add_string(out, "{}");
    }
}

static void write_errors(struct json_writer *w)
{
    json_write_array(w);
    for (size_t i = 0; i < api_error_count; i++) {
        AUTO(buf_done) struct buf text = {0};

        add_places(&text, api_errors[i].format);
        json_write_object(w);
        json_write_member_string(w, "where", api_errors[i].where);
        json_write_member_int(w, "status", api_errors[i].status);
        json_write_member_string(w, "mark", message_mark_names[api_errors[i].mark]);
        json_write_member_text(w, "text", buf_text(&text));
        json_write_object_end(w);
        w->out->failed |= text.failed;
    }
    json_write_array_end(w);
}

static void write_limits(struct json_writer *w)
{
    struct limits limits = limits_default();

    json_write_array(w);
    for (size_t i = 0; i < limit_field_count; i++) {
        json_write_object(w);
        json_write_member_string(w, "name", limit_fields[i].name);
        json_write_member_int(w, "default", limit_get(&limits, &limit_fields[i]));
        json_write_member_string(w, "help", limit_fields[i].help);
        json_write_object_end(w);
    }
    json_write_array_end(w);
}

static void write_stages(struct json_writer *w)
{
    static const enum dataset_status datasets[] = {DATASET_QUEUED, DATASET_PROCESSING,
                                                   DATASET_VALIDATED, DATASET_FAILED};
    static const enum model_status models[] = {MODEL_QUEUED, MODEL_FINETUNING, MODEL_DEPLOYING,
                                               MODEL_READY, MODEL_FAILED};

    json_write_object(w);
    json_write_key(w, "dataset");
    json_write_array(w);
    for (size_t i = 0; i < ARRAY_LEN(datasets); i++)
        json_write_string(w, dataset_status_name(datasets[i]));
    json_write_array_end(w);
    json_write_key(w, "finetuned_model");
    json_write_array(w);
    for (size_t i = 0; i < ARRAY_LEN(models); i++)
        json_write_string(w, model_status_name(models[i]));
    json_write_array_end(w);
    json_write_object_end(w);
}

/* clang-format off */
static const struct {
    const char *name;
    void (*write)(struct json_writer *w);
} tables[] = {
    {"endpoints",           write_endpoints},
    {"validation_messages", write_messages},
    {"errors",              write_errors},
    {"limits",              write_limits},
    {"stages",              write_stages},
    {"magic_keys",          key_plans_write_magic},
    {"options",             options_write},
};
/* clang-format on */

void rules_write(struct json_writer *w)
{
    json_write_object(w);
    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        json_write_key(w, tables[i].name);
        tables[i].write(w);
    }
    json_write_object_end(w);
}

enum exit_code rules(const struct options *options)
{
    AUTO(buf_done) struct buf json = {0};

    (void)options;
    rules_write(&(struct json_writer){.out = &json});
    return !json.failed && puts(json.data) >= 0 && fflush(stdout) == 0 ? EXIT_FINE : EXIT_MACHINE;
}
