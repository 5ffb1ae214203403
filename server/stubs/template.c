#include "stubs/template.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stubs/template_tree.h"

enum { STEP_WORK = 64 };

static const uint64_t work_max = 256 << 20;

struct template *template_new(struct text source, char error[TEMPLATE_ERROR_SIZE])
{
    struct template *out = calloc(1, sizeof(*out));

    if (out)
        out->source = malloc(source.len + 1);
    if (!out || !out->source) {
        free(out);
        (void)snprintf(error, TEMPLATE_ERROR_SIZE, "out of memory");
        return NULL;
    }
    if (source.len > 0)
        memcpy(out->source, source.data, source.len);
    out->source[source.len] = '\0';
    if (template_parse(out, (struct text){out->source, source.len}, error))
        return out;
    template_free(out);
    return NULL;
}

void template_free(struct template *template)
{
    if (!template)
        return;
    while (template->owned) {
        struct template_owned *next = template->owned->next;

        json_decref(template->owned->json);
        free(template->owned);
        template->owned = next;
    }
    free(template->source);
    free(template);
}

void rendering_fail(struct rendering *r, const char *sentence)
{
    if (!r->has_failed)
        (void)snprintf(r->error, TEMPLATE_ERROR_SIZE, "%s", sentence);
    r->has_failed = true;
}

bool rendering_work(struct rendering *r, size_t amount)
{
    r->work += amount;
    if (r->out->failed)
        rendering_fail(r, "out of memory");
    if (r->out->len > TEMPLATE_OUTPUT_MAX)
        rendering_fail(r, "the template writes more than 33554432 bytes");
    if (r->work > work_max)
        rendering_fail(r, "the template takes too long: it has too many steps");
    return !r->has_failed;
}

/* Names */

static struct template_value missing(void)
{
    return (struct template_value){0};
}

static struct template_value member(struct rendering *r, const struct template_value *value,
                                    struct text name)
{
    if (!rendering_work(r, STEP_WORK))
        return missing();
    if (value->look == LOOK_REQUEST)
        return template_request_member(r, name);
    if (value->look != LOOK_ROOT)
        return value->json ? template_value_member(value, name) : missing();
    for (const struct template_variable *v = r->variables; v; v = v->next)
        if (text_eq(text_of(v->name), name))
            return template_value_copy(&v->value);
    if (text_eq(name, r->data->is_after ? TEXT("originalRequest") : TEXT("request")))
        return (struct template_value){json_null(), LOOK_REQUEST};
    if (text_eq(name, TEXT("parameters")))
        return (struct template_value){json_incref(r->data->parameters), LOOK_JAVA};
    return missing();
}

/* Find the first part of a path: here, or further out. */
static struct template_value find_name(struct rendering *r, const struct template_frame *frame,
                                       struct text name, bool is_here)
{
    for (; frame; frame = frame->outer) {
        struct template_value found;

        for (size_t i = 0; !is_here && i < ARRAY_LEN(frame->names); i++)
            if (frame->names[i].data && text_eq(frame->names[i], name))
                return template_value_copy(&frame->values[i]);
        found = member(r, &frame->self, name);
        if (found.json || is_here)
            return found;
    }
    return missing();
}

static struct template_value text_value(struct text text)
{
    return (struct template_value){json_stringn_nocheck(text.data ? text.data : "", text.len),
                                   LOOK_JAVA};
}

static struct template_value find_data(const struct rendering *r, struct text name)
{
    const struct template_frame *frame = r->frame;

    if (text_eq(name, TEXT("root")))
        return (struct template_value){json_null(), LOOK_ROOT};
    while (frame && !frame->is_loop)
        frame = frame->outer;
    if (!frame)
        return missing();
    if (text_eq(name, TEXT("index")))
        return (struct template_value){json_integer((json_int_t)frame->index), LOOK_JAVA};
    if (text_eq(name, TEXT("index_1")))
        return (struct template_value){json_integer((json_int_t)frame->index + 1), LOOK_JAVA};
    if (text_eq(name, TEXT("key")))
        return frame->key.data
                   ? text_value(frame->key)
                   : (struct template_value){json_integer((json_int_t)frame->index), LOOK_JAVA};
    /* These are shown as their own names, and as nothing. */
    if ((text_eq(name, TEXT("first")) && frame->index == 0) ||
        (text_eq(name, TEXT("last")) && frame->is_last) ||
        (text_eq(name, TEXT("even")) && frame->index % 2 == 0) ||
        (text_eq(name, TEXT("odd")) && frame->index % 2 == 1))
        return text_value(name);
    return text_value(TEXT(""));
}

static struct template_value find_path(struct rendering *r, const struct template_path *path)
{
    const struct template_frame *frame = r->frame;
    struct template_value value;
    size_t i = 0;

    for (unsigned up = path->up; up > 0 && frame; up--)
        frame = frame->outer;
    if (!frame)
        return missing();
    if (path->is_data && path->count > 0)
        value = find_data(r, path->parts[i++]);
    else if (path->count > 0)
        value = find_name(r, frame, path->parts[i++], path->is_here);
    else
        value = template_value_copy(&frame->self);
    for (; i < path->count && value.json; i++) {
        struct template_value next = member(r, &value, path->parts[i]);

        template_value_done(&value);
        value = next;
    }
    return value;
}

/* Calls */

struct template_value helper_named(const struct template_call *call, const char *name)
{
    for (size_t i = 0; i < call->expression->name_count; i++)
        if (text_eq(call->expression->names[i], text_of(name)))
            return call->named[i];
    return missing();
}

bool helper_is_named_true(const struct template_call *call, const char *name)
{
    struct template_value value = helper_named(call, name);

    return template_value_is_true(&value);
}

bool helper_show(const struct template_call *call, const struct template_value *value,
                 struct buf *out)
{
    template_value_show(value, out);
    /* Room for the NUL, so that there is a string. */
    (void)buf_reserve(out, 1);
    if (out->failed)
        rendering_fail(call->r, "out of memory");
    if (!out->failed)
        out->data[out->len] = '\0';
    return rendering_work(call->r, out->len);
}

bool helper_text(const struct template_call *call, size_t index, struct buf *out)
{
    const struct template_value none = missing();

    return helper_show(call, index < call->count ? &call->arguments[index] : &none, out);
}

struct template_value helper_string(const struct template_call *call, struct text text)
{
    struct template_value value = text_value(text);

    if (!value.json)
        rendering_fail(call->r, "out of memory");
    (void)rendering_work(call->r, text.len);
    return value;
}

struct template_value helper_error(const struct template_call *call, const char *format, ...)
{
    AUTO(buf_done) struct buf text = {0};
    va_list args;

    buf_add_string(&text, "[ERROR: ");
    va_start(args, format);
    buf_add_vformat(&text, format, args);
    va_end(args);
    buf_add_char(&text, ']');
    if (text.failed)
        rendering_fail(call->r, "out of memory");
    return helper_string(call, buf_text(&text));
}

struct template_value helper_bool(bool value)
{
    return (struct template_value){json_boolean(value), LOOK_JAVA};
}

static struct template_value evaluate(struct rendering *r,
                                      const struct template_expression *expression,
                                      const struct template_node *block);

/* NOLINTBEGIN(misc-no-recursion): no deeper than the parser lets templates nest */

/* The text of a block, as the first argument of a helper that is called with one. */
static struct template_value block_text(struct rendering *r, const struct template_node *block)
{
    struct buf *outer = r->out;
    AUTO(buf_done) struct buf text = {0};
    struct template_value value;

    r->out = &text;
    rendering_show(r, block->body, NULL);
    if (text.failed)
        rendering_fail(r, "out of memory");
    r->out = outer;
    value = text_value(buf_text(&text));
    return value;
}

static struct template_value run(struct template_call *call)
{
    const struct template_helper *helper = call->expression->helper;

    for (size_t i = 0; i < helper->argument_count; i++)
        if (i >= call->count || !call->arguments[i].json)
            return helper_error(
                call, "the helper %s needs %s, and argument %zu is missing", helper->name,
                helper->argument_count > 1 ? "its arguments" : "an argument", i + 1);
    return helper->run(call);
}

/* A test that is no block may say what stands for its outcomes. */
static struct template_value choose(const struct template_call *call, struct template_value result)
{
    bool is_true = template_value_is_true(&result);
    struct template_value named = helper_named(call, is_true ? "yes" : "no");

    if (call->expression->helper->kind != HELPER_TEST || call->block || !named.json)
        return result;
    template_value_done(&result);
    return template_value_copy(&named);
}

/* Compute the arguments, and call. */
static struct template_value call_helper(struct rendering *r,
                                         const struct template_expression *expression,
                                         const struct template_node *block)
{
    struct template_value *arguments = calloc(expression->argument_count + 1, sizeof(*arguments));
    struct template_call call = {r, expression, block, arguments, 0, NULL};
    size_t count = 0;
    struct template_value result = {0};

    if (!arguments) {
        rendering_fail(r, "out of memory");
        return result;
    }
    if (block && expression->helper->kind == HELPER_VALUE)
        arguments[count++] = block_text(r, block);
    for (size_t i = 0; i < expression->argument_count && !r->has_failed; i++)
        arguments[count++] = evaluate(r, expression->arguments[i], NULL);
    call.count = count >= expression->name_count ? count - expression->name_count : 0;
    call.named = arguments + call.count;
    if (!r->has_failed)
        result = choose(&call, run(&call));
    for (size_t i = 0; i < count; i++)
        template_value_done(&arguments[i]);
    free(arguments);
    return result;
}

static struct template_value evaluate(struct rendering *r,
                                      const struct template_expression *expression,
                                      const struct template_node *block)
{
    if (!rendering_work(r, STEP_WORK))
        return missing();
    switch (expression->kind) {
    case EXPRESSION_LITERAL:
        return (struct template_value){json_incref(expression->literal), LOOK_JAVA};
    case EXPRESSION_PATH:
        return find_path(r, &expression->path);
    case EXPRESSION_CALL:
        break;
    }
    return call_helper(r, expression, block);
}

/* Nodes */

/* A block that names no helper: for each of a list, with an object, or if it is true. */
static void show_section(struct rendering *r, const struct template_node *node)
{
    AUTO(template_value_done) struct template_value value = evaluate(r, node->expression, NULL);
    bool is_true = template_value_is_true(&value);
    struct template_call call = {r, node->expression, node, &value, 1, NULL};
    struct template_value ignored = {0};

    if (node->is_inverted) {
        rendering_show(r, is_true ? node->otherwise : node->body, NULL);
        return;
    }
    if (!is_true)
        rendering_show(r, node->otherwise, NULL);
    else if (json_is_array(value.json))
        ignored = helper_each(&call);
    else if (json_is_object(value.json) || value.look == LOOK_REQUEST)
        ignored = helper_with(&call);
    else
        rendering_show(r, node->body, NULL);
    template_value_done(&ignored);
}

static void show_block(struct rendering *r, const struct template_node *node)
{
    const struct template_expression *expression = node->expression;
    struct template_value value;

    if (expression->kind != EXPRESSION_CALL) {
        show_section(r, node);
        return;
    }
    value = evaluate(r, expression, node);
    if (expression->helper->kind == HELPER_TEST)
        rendering_show(
            r, template_value_is_true(&value) != node->is_inverted ? node->body : node->otherwise,
            NULL);
    else
        template_value_show(&value, r->out);
    template_value_done(&value);
}

static void show_node(struct rendering *r, const struct template_node *node)
{
    struct template_value value;

    switch (node->kind) {
    case NODE_TEXT:
        buf_add_text(r->out, node->text);
        break;
    case NODE_SHOW:
        value = evaluate(r, node->expression, NULL);
        template_value_show(&value, r->out);
        template_value_done(&value);
        break;
    case NODE_BLOCK:
        show_block(r, node);
        break;
    }
}

void rendering_show(struct rendering *r, const struct template_node *nodes,
                    struct template_frame *frame)
{
    const struct template_frame *outer = r->frame;

    if (frame) {
        frame->outer = outer;
        r->frame = frame;
    }
    for (; nodes; nodes = nodes->next) {
        size_t before = r->out->len;

        show_node(r, nodes);
        if (!rendering_work(r, STEP_WORK + r->out->len - before))
            break;
    }
    r->frame = outer;
}

/* NOLINTEND(misc-no-recursion) */

void rendering_assign(struct rendering *r, struct text name, struct template_value value)
{
    struct template_variable *variable = calloc(1, sizeof(*variable));

    if (variable)
        variable->name = strndup(name.data ? name.data : "", name.len);
    if (!variable || !variable->name) {
        free(variable);
        template_value_done(&value);
        rendering_fail(r, "out of memory");
        return;
    }
    variable->value = value;
    variable->next = r->variables;
    r->variables = variable;
}

static void rendering_done(struct rendering *r)
{
    while (r->variables) {
        struct template_variable *next = r->variables->next;

        free(r->variables->name);
        template_value_done(&r->variables->value);
        free(r->variables);
        r->variables = next;
    }
    template_value_done(&r->body);
    json_decref(r->parsed_text);
    json_decref(r->parsed);
}

bool template_render(const struct template *template, const struct template_data *data,
                     struct buf *out,
                     /* NOLINTNEXTLINE(readability-non-const-parameter): `r` writes it */
                     char error[TEMPLATE_ERROR_SIZE])
{
    struct rendering r = {.data = data, .out = out, .error = error};
    struct template_value root = {json_null(), LOOK_ROOT};
    struct template_frame frame = {.self = root};

    rendering_show(&r, template->nodes, &frame);
    if (out->failed)
        rendering_fail(&r, "out of memory");
    rendering_done(&r);
    return !r.has_failed;
}
