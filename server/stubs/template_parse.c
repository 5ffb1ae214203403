/*
 * From the text of a template to its tree, by recursive descent.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stubs/template_tree.h"

/* How a list of nodes ended. */
enum ending { ENDING_SOURCE, ENDING_CLOSE, ENDING_ELSE, ENDING_ELSE_BLOCK, ENDING_FAILED };

struct parser {
    struct template *template;
    struct text source;
    size_t at;
    unsigned depth;
    bool is_triple; /* the open tag is {{{ */
    bool cuts_next; /* the last tag ended in ~ */
    size_t tag_count;
    char *error;
};

static bool fail(struct parser *p, const char *format, ...) PRINTF_LIKE(2, 3);

/* Say what is wrong, and in which line and column. */
static bool fail(struct parser *p, const char *format, ...)
{
    char what[TEMPLATE_ERROR_SIZE / 2];
    size_t line = 1, column = 1;
    va_list args;

    va_start(args, format);
    (void)vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    for (size_t i = 0; i < p->at && i < p->source.len; i++) {
        column = p->source.data[i] == '\n' ? 1 : column + 1;
        line += p->source.data[i] == '\n';
    }
    (void)snprintf(p->error, TEMPLATE_ERROR_SIZE, "line %zu, column %zu of the template: %s", line,
                   column, what);
    return false;
}

static void *own(struct parser *p, size_t size)
{
    struct template_owned *owned = calloc(1, sizeof(*owned) + size);

    if (!owned) {
        (void)snprintf(p->error, TEMPLATE_ERROR_SIZE, "out of memory");
        return NULL;
    }
    owned->next = p->template->owned;
    p->template->owned = owned;
    return owned + 1;
}

static void *own_copy(struct parser *p, const void *data, size_t size)
{
    void *out = own(p, size + 1);

    if (out)
        memcpy(out, data, size);
    return out;
}

/* Steals `json`. */
static json_t *own_json(struct parser *p, json_t *json)
{
    if (!json || !own(p, 1)) {
        json_decref(json);
        (void)snprintf(p->error, TEMPLATE_ERROR_SIZE, "out of memory");
        return NULL;
    }
    p->template->owned->json = json;
    return json;
}

static char peek(const struct parser *p)
{
    return p->at < p->source.len ? p->source.data[p->at] : '\0';
}

static bool skip_char(struct parser *p, char c)
{
    if (p->at >= p->source.len || p->source.data[p->at] != c)
        return false;
    p->at++;
    return true;
}

static struct text rest_of(const struct parser *p)
{
    return (struct text){p->source.data + p->at, p->source.len - p->at};
}

static bool skip_text(struct parser *p, struct text text)
{
    if (!text_has_prefix(rest_of(p), text))
        return false;
    p->at += text.len;
    return true;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_space(struct parser *p)
{
    while (p->at < p->source.len && is_space(p->source.data[p->at]))
        p->at++;
}

static bool is_name_char(char c)
{
    return c != '\0' && !is_space(c) && !strchr("!\"#%&'()*+,./;<=>@[\\]^`{|}~", c);
}

static struct text read_name(struct parser *p)
{
    size_t from = p->at;

    while (is_name_char(peek(p)))
        p->at++;
    return (struct text){p->source.data + from, p->at - from};
}

/* Expressions */

/* NOLINTBEGIN(misc-no-recursion): p->depth has a limit */

static struct template_expression *read_expression(struct parser *p);

/* One part of a path: a name, or anything in brackets. */
static bool read_part(struct parser *p, struct text *out)
{
    size_t from = p->at + 1;

    if (peek(p) != '[') {
        *out = read_name(p);
        return out->len > 0 || fail(p, "a name is missing");
    }
    while (p->at < p->source.len && p->source.data[p->at] != ']')
        p->at++;
    *out = (struct text){p->source.data + from, p->at - from};
    return skip_char(p, ']') || fail(p, "a ']' is missing");
}

static void read_ups(struct parser *p, struct template_path *path)
{
    while (skip_text(p, TEXT("../"))) {
        path->up++;
        path->is_here = true;
    }
    if (skip_text(p, TEXT("./")) || (peek(p) == '.' && rest_of(p).len > 0))
        path->is_here = true;
}

static bool add_part(struct parser *p, struct template_path *path, struct text part)
{
    if (path->count == TEMPLATE_PARTS_MAX)
        return fail(p, "a path may have at most %d parts", TEMPLATE_PARTS_MAX);
    path->parts[path->count++] = part;
    return true;
}

static void skip_dots(struct parser *p)
{
    while (peek(p) == '.' || peek(p) == '/')
        p->at++;
}

static bool read_parts(struct parser *p, struct template_path *path)
{
    bool is_first = !path->is_data;
    struct text part;

    while (is_name_char(peek(p)) || peek(p) == '[') {
        bool is_plain = peek(p) != '[';

        if (!read_part(p, &part))
            return false;
        if (is_first && is_plain && text_eq(part, TEXT("this")))
            path->is_here = true;
        else if (!add_part(p, path, part))
            return false;
        is_first = false;
        if (peek(p) != '.' && peek(p) != '/')
            break;
        skip_dots(p);
    }
    return true;
}

static struct template_expression *read_path(struct parser *p)
{
    struct template_expression *out = own(p, sizeof(*out));
    struct text parts[TEMPLATE_PARTS_MAX];
    size_t from = p->at;

    if (!out)
        return NULL;
    out->kind = EXPRESSION_PATH;
    out->path.parts = parts;
    if (skip_char(p, '@'))
        out->path.is_data = true;
    else
        read_ups(p, &out->path);
    if (out->path.is_here)
        skip_dots(p);
    if (!read_parts(p, &out->path))
        return NULL;
    if (p->at == from) {
        (void)fail(p, "expected a name or a value");
        return NULL;
    }
    out->path.parts = own_copy(p, parts, out->path.count * sizeof(*parts));
    return out->path.parts ? out : NULL;
}

static struct template_expression *literal(struct parser *p, json_t *json)
{
    json_t *owned = own_json(p, json);
    struct template_expression *out = owned ? own(p, sizeof(*out)) : NULL;

    if (out)
        *out = (struct template_expression){.kind = EXPRESSION_LITERAL, .literal = owned};
    return out;
}

/* A backslash stands before a quote that does not end the string, and is a character elsewhere. */
static struct template_expression *read_string(struct parser *p)
{
    AUTO(buf_done) struct buf text = {0};
    size_t from = p->at;
    char quote = p->source.data[p->at++];

    while (p->at < p->source.len && p->source.data[p->at] != quote) {
        if (p->source.data[p->at] == '\\' && p->at + 1 < p->source.len &&
            p->source.data[p->at + 1] == quote)
            p->at++;
        buf_add_char(&text, p->source.data[p->at++]);
    }
    if (skip_char(p, quote))
        return literal(p, text.failed ? NULL
                                      : json_stringn_nocheck(text.data ? text.data : "", text.len));
    p->at = from;
    (void)fail(p, "the string that begins here has no end");
    return NULL;
}

static struct template_expression *read_number(struct parser *p)
{
    size_t from = p->at;
    struct text text;
    int64_t whole;
    double real;

    while (peek(p) == '-' || peek(p) == '.' || isdigit((unsigned char)peek(p)))
        p->at++;
    text = (struct text){p->source.data + from, p->at - from};
    if (text_to_i64(text, &whole))
        return literal(p, json_integer(whole));
    if (text_to_double(text, &real))
        return literal(p, json_real(real));
    p->at = from;
    (void)fail(p, "'%.*s' is not a number", TEXT_ARG(text));
    return NULL;
}

static struct template_expression *read_word(struct parser *p)
{
    size_t from = p->at;
    struct text name = read_name(p);

    if (peek(p) != '.' && peek(p) != '/' && peek(p) != '[') {
        if (text_eq(name, TEXT("true")) || text_eq(name, TEXT("false")))
            return literal(p, json_boolean(name.len == 4));
        if (text_eq(name, TEXT("null")) || text_eq(name, TEXT("undefined")))
            return literal(p, json_null());
    }
    p->at = from;
    return read_path(p);
}

static bool starts_number(const struct parser *p)
{
    struct text rest = rest_of(p);
    size_t at = rest.len > 0 && rest.data[0] == '-' ? 1 : 0;

    return rest.len > at && isdigit((unsigned char)rest.data[at]);
}

/* Whether what stands here ends a call. */
static bool is_at_end(const struct parser *p)
{
    return p->at >= p->source.len || strchr("})|~", p->source.data[p->at]) ||
           text_has_prefix(rest_of(p), TEXT("as |"));
}

/* `name=`, of which the name is given; otherwise nothing is read. */
static bool read_argument_name(struct parser *p, struct text *out)
{
    size_t from = p->at;

    *out = read_name(p);
    if (out->len > 0 && skip_char(p, '='))
        return true;
    p->at = from;
    return false;
}

static struct template_expression *read_value(struct parser *p)
{
    struct template_expression *out;

    if (peek(p) == '\'' || peek(p) == '"')
        return read_string(p);
    if (starts_number(p))
        return read_number(p);
    if (peek(p) != '(')
        return read_word(p);
    if (p->depth == TEMPLATE_DEPTH_MAX) {
        (void)fail(p, "more than %d blocks and expressions are within each other",
                   TEMPLATE_DEPTH_MAX);
        return NULL;
    }
    p->at++;
    p->depth++;
    out = read_expression(p);
    p->depth--;
    if (!out)
        return NULL;
    skip_space(p);
    if (skip_char(p, ')'))
        return out;
    (void)fail(p, "a ')' is missing");
    return NULL;
}

static bool read_arguments(struct parser *p, struct template_expression *call)
{
    struct template_expression *arguments[TEMPLATE_ARGUMENTS_MAX];
    struct text names[TEMPLATE_ARGUMENTS_MAX], name;

    for (skip_space(p); !is_at_end(p); skip_space(p)) {
        bool has_name = read_argument_name(p, &name);

        if (call->argument_count == TEMPLATE_ARGUMENTS_MAX)
            return fail(p, "a helper takes at most %d arguments", TEMPLATE_ARGUMENTS_MAX);
        if (!has_name && call->name_count > 0)
            return fail(p, "an argument without a name stands behind one that has one");
        if (has_name)
            names[call->name_count++] = name;
        arguments[call->argument_count] = read_value(p);
        if (!arguments[call->argument_count++])
            return false;
    }
    call->arguments =
        own_copy(p, arguments, call->argument_count * sizeof(struct template_expression *));
    call->names = own_copy(p, names, call->name_count * sizeof(*names));
    return call->arguments && call->names;
}

/* A path, or a helper with its arguments. */
static struct template_expression *read_expression(struct parser *p)
{
    struct template_expression *head, *call;
    size_t from;

    skip_space(p);
    from = p->at;
    if (peek(p) == '\'' || peek(p) == '"' || peek(p) == '(' || starts_number(p)) {
        (void)fail(p, "expected a name, not a value");
        return NULL;
    }
    head = read_path(p);
    if (!head)
        return NULL;
    skip_space(p);
    call = own(p, sizeof(*call));
    if (!call)
        return NULL;
    if (head->path.count == 1 && !head->path.is_here && !head->path.is_data)
        call->helper = template_helper_find(head->path.parts[0]);
    if (!call->helper && is_at_end(p))
        return head;
    if (!call->helper) {
        p->at = from;
        (void)fail(p, "there is no helper '%.*s'",
                   head->path.count ? (int)head->path.parts[0].len : 0,
                   head->path.count ? head->path.parts[0].data : "");
        return NULL;
    }
    call->kind = EXPRESSION_CALL;
    return read_arguments(p, call) ? call : NULL;
}

/* Tags */

static bool end_tag(struct parser *p)
{
    skip_space(p);
    p->cuts_next = !p->is_triple && skip_char(p, '~');
    if (p->is_triple)
        return skip_text(p, TEXT("}}}")) || fail(p, "expected '}}}'");
    return skip_text(p, TEXT("}}")) || fail(p, "expected '}}'");
}

static enum ending read_nodes(struct parser *p, struct template_node **out);

/* `as |a b|` */
static bool read_block_names(struct parser *p, struct template_node *block)
{
    skip_space(p);
    if (!skip_text(p, TEXT("as |")))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(block->names); i++) {
        skip_space(p);
        if (peek(p) != '|')
            block->names[i] = read_name(p);
    }
    skip_space(p);
    return skip_char(p, '|') || fail(p, "expected '|' behind one or two names");
}

static bool read_close(struct parser *p, struct text name)
{
    struct text rest;

    skip_space(p);
    rest = rest_of(p);
    if (!text_has_prefix(rest, name) || (rest.len > name.len && is_name_char(rest.data[name.len])))
        return fail(p, "expected '{{/%.*s}}'", TEXT_ARG(name));
    p->at += name.len;
    return end_tag(p);
}

static bool read_block(struct parser *p, struct template_node *block, struct text *name);

/* What follows `{{else if x}}` is a block within the other half, which ends with it. */
static bool read_else_block(struct parser *p, struct template_node *block, struct text name)
{
    struct text ignored = name;

    block->otherwise = own(p, sizeof(*block->otherwise));
    if (!block->otherwise)
        return false;
    block->otherwise->kind = NODE_BLOCK;
    return read_block(p, block->otherwise, &ignored);
}

static bool read_halves(struct parser *p, struct template_node *block, struct text name)
{
    struct template_node *ignored;
    enum ending ending = read_nodes(p, &block->body);

    if (ending == ENDING_ELSE_BLOCK)
        return read_else_block(p, block, name);
    if (ending == ENDING_ELSE) {
        ending = read_nodes(p, &block->otherwise);
        while (ending == ENDING_ELSE)
            ending = read_nodes(p, &ignored);
    }
    if (ending == ENDING_FAILED)
        return false;
    return ending == ENDING_CLOSE ? read_close(p, name)
                                  : fail(p, "the block '%.*s' has no end", TEXT_ARG(name));
}

/* From behind `#` to the end of the block. `name` is how it is closed; data is NULL: by its own. */
static bool read_block(struct parser *p, struct template_node *block, struct text *name)
{
    size_t from;

    if (p->depth == TEMPLATE_DEPTH_MAX)
        return fail(p, "more than %d blocks and expressions are within each other",
                    TEMPLATE_DEPTH_MAX);
    skip_space(p);
    from = p->at;
    block->expression = read_expression(p);
    if (!block->expression)
        return false;
    if (!name->data) {
        *name = (struct text){p->source.data + from, 0};
        while (from + name->len < p->at && !is_space(name->data[name->len]))
            name->len++;
    }
    if (!read_block_names(p, block) || !end_tag(p))
        return false;
    p->depth++;
    if (!read_halves(p, block, *name))
        return false;
    p->depth--;
    return true;
}

static bool read_comment(struct parser *p)
{
    bool is_long = skip_text(p, TEXT("--"));
    struct text rest = rest_of(p);
    size_t len = text_find(rest, is_long ? TEXT("--") : TEXT("}}"));

    while (is_long && len < rest.len &&
           !text_has_prefix((struct text){rest.data + len, rest.len - len}, TEXT("--}}")) &&
           !text_has_prefix((struct text){rest.data + len, rest.len - len}, TEXT("--~}}"))) {
        struct text further = {rest.data + len + 1, rest.len - len - 1};

        len += 1 + text_find(further, TEXT("--"));
    }
    if (len >= rest.len)
        return fail(p, "the comment has no end");
    p->at += is_long ? len + 2 : len;
    p->cuts_next = skip_char(p, '~') || (!is_long && len > 0 && rest.data[len - 1] == '~');
    return skip_text(p, TEXT("}}")) || fail(p, "expected '}}'");
}

/* Read a tag from behind its braces into `*out`, which stays NULL for a comment. */
static bool read_tag(struct parser *p, struct template_node **out)
{
    bool is_inverted = peek(p) == '^';
    struct text name = {0};

    if (skip_char(p, '!'))
        return read_comment(p);
    if (skip_char(p, '>'))
        return fail(p, "partials ({{> name}}) are not supported");
    if (peek(p) == '{')
        return fail(p, "raw blocks ({{{{name}}}}) are not supported");
    *out = own(p, sizeof(**out));
    if (!*out)
        return false;
    (*out)->kind = NODE_SHOW;
    if (!p->is_triple && (is_inverted || peek(p) == '#')) {
        p->at++;
        (*out)->kind = NODE_BLOCK;
        (*out)->is_inverted = is_inverted;
        return read_block(p, *out, &name);
    }
    (void)skip_char(p, '&');
    (*out)->expression = read_expression(p);
    return (*out)->expression && end_tag(p);
}

/* Whether the tag is one between or behind blocks, which is then read. */
static bool read_ending(struct parser *p, enum ending *ending)
{
    size_t from = p->at;

    if (skip_char(p, '/')) {
        *ending = ENDING_CLOSE;
        return true;
    }
    skip_space(p);
    if (skip_char(p, '^')) {
        skip_space(p);
        if (peek(p) == '}' || peek(p) == '~') {
            *ending = end_tag(p) ? ENDING_ELSE : ENDING_FAILED;
            return true;
        }
    } else if (text_eq(read_name(p), TEXT("else"))) {
        skip_space(p);
        if (peek(p) == '}' || peek(p) == '~')
            *ending = end_tag(p) ? ENDING_ELSE : ENDING_FAILED;
        else
            *ending = ENDING_ELSE_BLOCK;
        return true;
    }
    p->at = from;
    return false;
}

/* The text before the next tag. What opens and never closes is text, too. */
static struct text read_text(struct parser *p)
{
    struct text rest = rest_of(p);
    size_t len = text_find(rest, TEXT("{{"));
    struct text behind = {rest.data + len, rest.len - len};
    struct text out = {rest.data, len};

    if (text_find(behind, TEXT("}}")) == behind.len)
        out.len = rest.len;
    p->at += out.len;
    if (p->cuts_next)
        for (; out.len > 0 && is_space(out.data[0]); out.len--)
            out.data++;
    p->cuts_next = false;
    return out;
}

static bool add_text(struct parser *p, struct text text, struct template_node ***end)
{
    if (text.len == 0)
        return true;
    **end = own(p, sizeof(***end));
    if (!**end)
        return false;
    (**end)->text = text;
    *end = &(**end)->next;
    return true;
}

static void open_tag(struct parser *p, struct text *before)
{
    p->at += 2;
    p->is_triple = rest_of(p).len > 1 && rest_of(p).data[0] == '{' && rest_of(p).data[1] != '{';
    p->at += p->is_triple;
    if (!skip_char(p, '~'))
        return;
    while (before->len > 0 && is_space(before->data[before->len - 1]))
        before->len--;
    if (!p->is_triple && peek(p) == '{') {
        p->is_triple = true;
        p->at++;
    }
}

static enum ending read_nodes(struct parser *p, struct template_node **out)
{
    struct template_node **end = out;

    *out = NULL;
    for (;;) {
        struct text text = read_text(p);
        enum ending ending;

        if (p->at == p->source.len)
            return add_text(p, text, &end) ? ENDING_SOURCE : ENDING_FAILED;
        if (p->tag_count++ == TEMPLATE_TAGS_MAX) {
            (void)fail(p, "a template may have at most %d tags", TEMPLATE_TAGS_MAX);
            return ENDING_FAILED;
        }
        open_tag(p, &text);
        if (!add_text(p, text, &end))
            return ENDING_FAILED;
        if (read_ending(p, &ending))
            return ending;
        if (!read_tag(p, end))
            return ENDING_FAILED;
        if (*end)
            end = &(*end)->next;
    }
}

/* NOLINTEND(misc-no-recursion) */

/* NOLINTNEXTLINE(readability-non-const-parameter): `p` writes the error */
bool template_parse(struct template *template, struct text source, char error[TEMPLATE_ERROR_SIZE])
{
    struct parser p = {.template = template, .source = source, .error = error};

    switch (read_nodes(&p, &template->nodes)) {
    case ENDING_SOURCE:
        return true;
    case ENDING_FAILED:
        return false;
    case ENDING_CLOSE:
        return fail(&p, "a block ends that did not begin");
    case ENDING_ELSE:
    case ENDING_ELSE_BLOCK:
        break;
    }
    return fail(&p, "an {{else}} stands outside of a block");
}
