/*
 * The grammar of RFC 9535, by recursive descent. Every function that fails has written the
 * sentence; the first one stays.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match/json_path_tree.h"

enum { NESTING_MAX = 64, EXPRESSION_LEN_MAX = 16384 };

/* The numbers that a double holds exactly: the RFC allows no others as an index. */
static const int64_t index_max = 9007199254740991;

struct parser {
    struct json_path *path;
    const char *start, *at;
    char *error;
    size_t error_size;
    unsigned depth;
    bool has_failed;
};

/* Record what is wrong at the place where the parser is. Returns false, for a return statement. */
PRINTF_LIKE(2, 3) static bool fail(struct parser *p, const char *format, ...)
{
    char reason[256];
    va_list args;

    if (p->has_failed)
        return false;
    p->has_failed = true;
    va_start(args, format);
    (void)vsnprintf(reason, sizeof(reason), format, args);
    va_end(args);
    (void)snprintf(p->error, p->error_size, "not a JSONPath: %s at character %zu of '%.120s'",
                   reason, (size_t)(p->at - p->start) + 1, p->start);
    return false;
}

/* Make `path` the owner of a block, a literal or an expression; these are released if it fails. */
static bool own(struct parser *p, struct owned thing)
{
    struct owned *owned = malloc(sizeof(*owned));

    if (owned) {
        *owned = thing;
        owned->next = p->path->owned;
        p->path->owned = owned;
        return true;
    }
    free(thing.block);
    json_decref(thing.literal);
    regex_free(thing.regex);
    return fail(p, "out of memory");
}

static void *allocate(struct parser *p, size_t size)
{
    void *block = calloc(1, size);

    if (!block) {
        (void)fail(p, "out of memory");
        return NULL;
    }
    return own(p, (struct owned){.block = block}) ? block : NULL;
}

static void skip_blanks(struct parser *p)
{
    p->at += strspn(p->at, " \t\n\r");
}

static bool take(struct parser *p, const char *word)
{
    size_t len = strlen(word);

    if (strncmp(p->at, word, len) != 0)
        return false;
    p->at += len;
    return true;
}

static bool expect(struct parser *p, const char *word)
{
    return take(p, word) || fail(p, "expected '%s'", word);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool begins_name(char c)
{
    return is_letter(c) || c == '_' || (unsigned char)c >= 0x80;
}

static size_t name_len(const char *at)
{
    size_t len = begins_name(*at) ? 1 : 0;

    while (len > 0 && (begins_name(at[len]) || is_digit(at[len]) || at[len] == '-'))
        len++;
    return len;
}

/* Strings and numbers */

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool read_hex4(struct parser *p, uint32_t *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++) {
        int value = hex_value(*p->at);

        if (value < 0)
            return fail(p, "expected four hexadecimal digits");
        *out = *out * 16 + (uint32_t)value;
        p->at++;
    }
    return true;
}

static size_t encode(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/* Read what follows `\u`, a pair of surrogates as one character. */
static bool read_unicode(struct parser *p, uint32_t *out)
{
    uint32_t low;

    if (!read_hex4(p, out))
        return false;
    if (*out >= 0xdc00 && *out < 0xe000)
        return fail(p, "a low surrogate without its high one");
    if (*out < 0xd800 || *out >= 0xdc00)
        return true;
    if (!take(p, "\\u"))
        return fail(p, "a high surrogate without its low one");
    if (!read_hex4(p, &low))
        return false;
    if (low < 0xdc00 || low >= 0xe000)
        return fail(p, "a high surrogate without its low one");
    *out = 0x10000 + ((*out - 0xd800) << 10) + (low - 0xdc00);
    return true;
}

/* Read what follows a backslash. */
static bool read_escape(struct parser *p, char quote, uint32_t *out)
{
    static const char names[] = "bfnrt/\\";
    static const char meanings[] = "\b\f\n\r\t/\\";
    const char *found = *p->at ? strchr(names, *p->at) : NULL;

    if (*p->at == 'u') {
        p->at++;
        return read_unicode(p, out);
    }
    if (!found && *p->at != quote)
        return fail(p, "an unknown escape");
    *out = (uint32_t)(unsigned char)(found ? meanings[found - names] : quote);
    p->at++;
    return true;
}

/* Read a string in either kind of quotes into a block of the path's. */
static bool read_string(struct parser *p, char **out, size_t *len)
{
    char quote = *p->at++;
    /* No escape is shorter than what it stands for. */
    char *text = allocate(p, strlen(p->at) + 1);
    uint32_t c;

    if (!text)
        return false;
    *out = text;
    *len = 0;
    while (*p->at != quote) {
        if ((unsigned char)*p->at < 0x20)
            return fail(p, *p->at ? "a control character in a string" : "a string without an end");
        if (*p->at != '\\') {
            text[(*len)++] = *p->at++;
            continue;
        }
        p->at++;
        if (!read_escape(p, quote, &c))
            return false;
        *len += encode(c, text + *len);
    }
    p->at++;
    return true;
}

/* Read an integer: no leading zeros, no `-0`, and one that a double holds exactly. */
static bool read_integer(struct parser *p, int64_t *out)
{
    bool is_negative = take(p, "-");
    const char *digits = p->at;
    int64_t value = 0;

    while (is_digit(*p->at)) {
        value = value * 10 + (*p->at - '0');
        if (value > index_max)
            return fail(p, "a number beyond 2^53 - 1");
        p->at++;
    }
    if (p->at == digits)
        return fail(p, "expected a number");
    if (*digits == '0' && (p->at > digits + 1 || is_negative))
        return fail(p, "a number with a leading zero or a negative zero");
    *out = is_negative ? -value : value;
    return true;
}

static json_t *keep_literal(struct parser *p, json_t *literal)
{
    if (!literal) {
        (void)fail(p, "a literal that is not UTF-8");
        return NULL;
    }
    return own(p, (struct owned){.literal = literal}) ? literal : NULL;
}

static json_t *read_number(struct parser *p)
{
    size_t len = *p->at == '-' ? 1 : 0;
    char number[64];
    json_error_t ignored;
    json_t *value;

    len += strspn(p->at + len, "0123456789");
    if (p->at[len] == '.')
        len += 1 + strspn(p->at + len + 1, "0123456789");
    if (p->at[len] == 'e' || p->at[len] == 'E') {
        len++;
        len += p->at[len] == '+' || p->at[len] == '-' ? 1 : 0;
        len += strspn(p->at + len, "0123456789");
    }
    (void)snprintf(number, sizeof(number), "%.*s", (int)(len < 63 ? len : 63), p->at);
    value = json_loads(number, JSON_DECODE_ANY, &ignored);
    if (!value) {
        (void)fail(p, "not a number");
        return NULL;
    }
    p->at += len;
    return keep_literal(p, value);
}

static json_t *read_word(struct parser *p)
{
    if (take(p, "true"))
        return keep_literal(p, json_true());
    if (take(p, "false"))
        return keep_literal(p, json_false());
    return take(p, "null") ? keep_literal(p, json_null()) : NULL;
}

static bool begins_literal(const struct parser *p)
{
    static const char *const words[] = {"true", "false", "null"};

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        size_t len = strlen(words[i]);

        if (strncmp(p->at, words[i], len) == 0 && name_len(p->at) == len && p->at[len] != '(')
            return true;
    }
    return *p->at == '\'' || *p->at == '"' || *p->at == '-' || is_digit(*p->at);
}

static json_t *read_literal(struct parser *p)
{
    char *text;
    size_t len;

    if (*p->at == '\'' || *p->at == '"')
        return read_string(p, &text, &len) ? keep_literal(p, json_stringn(text, len)) : NULL;
    if (*p->at == '-' || is_digit(*p->at))
        return read_number(p);
    return read_word(p);
}

/* The list on the right of `in`. */
static json_t *read_list(struct parser *p)
{
    json_t *list = keep_literal(p, json_array());

    if (!list || !expect(p, "["))
        return NULL;
    skip_blanks(p);
    while (!take(p, "]")) {
        json_t *item = begins_literal(p) ? read_literal(p) : NULL;

        if (!item || json_array_append(list, item) != 0) {
            (void)fail(p, "expected a literal");
            return NULL;
        }
        skip_blanks(p);
        if (*p->at != ']' && !expect(p, ","))
            return NULL;
        skip_blanks(p);
    }
    return list;
}

/* Filters */

static bool read_query(struct parser *p, struct path_query **out);
static struct expression *read_or(struct parser *p);

static struct expression *new_expression(struct parser *p, enum expression_kind kind,
                                         struct expression *left, struct expression *right)
{
    struct expression *made = allocate(p, sizeof(*made));

    if (!made)
        return NULL;
    made->kind = kind;
    made->left = left;
    made->right = right;
    return made;
}

static const struct {
    const char *name;
    enum function function;
    size_t argument_count;
    bool takes_nodes; /* else values */
    bool gives_value; /* else true or false */
} functions[] = {
    {"length", FUNCTION_LENGTH, 1, false, true},  {"count", FUNCTION_COUNT, 1, true, true},
    {"value", FUNCTION_VALUE, 1, true, true},     {"match", FUNCTION_MATCH, 2, false, false},
    {"search", FUNCTION_SEARCH, 2, false, false},
};

static bool gives_value(const struct expression *e)
{
    switch (e->kind) {
    case EXPRESSION_LITERAL:
        return true;
    case EXPRESSION_QUERY:
        return e->query->is_singular;
    case EXPRESSION_CALL:
        return functions[e->function].gives_value;
    case EXPRESSION_OR:
    case EXPRESSION_AND:
    case EXPRESSION_NOT:
    case EXPRESSION_COMPARE:
    case EXPRESSION_IN:
    case EXPRESSION_NOT_IN:
    case EXPRESSION_REGEX:
        break;
    }
    return false;
}

static bool gives_truth(const struct expression *e)
{
    switch (e->kind) {
    case EXPRESSION_LITERAL:
        return false;
    case EXPRESSION_CALL:
        return !functions[e->function].gives_value;
    case EXPRESSION_QUERY:
    case EXPRESSION_OR:
    case EXPRESSION_AND:
    case EXPRESSION_NOT:
    case EXPRESSION_COMPARE:
    case EXPRESSION_IN:
    case EXPRESSION_NOT_IN:
    case EXPRESSION_REGEX:
        break;
    }
    return true;
}

/* A literal, a query or a call: what stands on a side of a comparison or in an argument. */
static struct expression *read_operand(struct parser *p);

static bool fix_regex(struct parser *p, struct expression *call)
{
    char reason[160];

    if (functions[call->function].gives_value || call->right->kind != EXPRESSION_LITERAL ||
        !json_is_string(call->right->literal))
        return true;
    call->regex =
        regex_new(json_string_value(call->right->literal), REGEX_IREGEXP, reason, sizeof(reason));
    /* The RFC: what is no expression matches nothing. */
    return !call->regex || own(p, (struct owned){.regex = call->regex});
}

/* Read the arguments of function `index`, behind the opening parenthesis. */
static struct expression *read_call(struct parser *p, size_t index)
{
    struct expression *call = new_expression(p, EXPRESSION_CALL, NULL, NULL);

    if (!call)
        return NULL;
    call->function = functions[index].function;
    for (size_t i = 0; i < functions[index].argument_count; i++) {
        struct expression *argument;

        skip_blanks(p);
        if (i > 0 && !expect(p, ","))
            return NULL;
        skip_blanks(p);
        argument = read_operand(p);
        if (!argument)
            return NULL;
        if (functions[index].takes_nodes ? argument->kind != EXPRESSION_QUERY
                                         : !gives_value(argument)) {
            (void)fail(p, "%s() takes a %s", functions[index].name,
                       functions[index].takes_nodes ? "path" : "single value");
            return NULL;
        }
        *(i == 0 ? &call->left : &call->right) = argument;
    }
    skip_blanks(p);
    return expect(p, ")") && fix_regex(p, call) ? call : NULL;
}

static struct expression *read_named_call(struct parser *p)
{
    for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
        size_t len = strlen(functions[i].name);

        if (strncmp(p->at, functions[i].name, len) == 0 && p->at[len] == '(') {
            p->at += len + 1;
            return read_call(p, i);
        }
    }
    (void)fail(p, "expected a path, a literal or one of length(), count(), value(), match() and "
                  "search()");
    return NULL;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by NESTING_MAX */
static struct expression *read_operand(struct parser *p)
{
    struct expression *operand;

    if (begins_literal(p)) {
        operand = new_expression(p, EXPRESSION_LITERAL, NULL, NULL);
        if (!operand)
            return NULL;
        operand->literal = read_literal(p);
        return operand->literal ? operand : NULL;
    }
    if (*p->at != '@' && *p->at != '$')
        return read_named_call(p);
    operand = new_expression(p, EXPRESSION_QUERY, NULL, NULL);
    return operand && read_query(p, &operand->query) ? operand : NULL;
}

/* Read `/re/` and an `i` behind it. */
static struct expression *read_regex(struct parser *p, struct expression *left)
{
    struct expression *made = new_expression(p, EXPRESSION_REGEX, left, NULL);
    char *pattern;
    char reason[160];
    size_t len = 0;

    if (!made || !expect(p, "/"))
        return NULL;
    pattern = allocate(p, strlen(p->at) + 1);
    if (!pattern)
        return NULL;
    while (*p->at != '/') {
        if (!*p->at) {
            (void)fail(p, "an expression without its second '/'");
            return NULL;
        }
        if (p->at[0] == '\\' && p->at[1])
            pattern[len++] = *p->at++;
        pattern[len++] = *p->at++;
    }
    p->at++;
    made->regex = regex_new(pattern, take(p, "i") ? REGEX_CASELESS : 0, reason, sizeof(reason));
    if (made->regex)
        return own(p, (struct owned){.regex = made->regex}) ? made : NULL;
    (void)fail(p, "%s", reason);
    return NULL;
}

static struct expression *read_in(struct parser *p, enum expression_kind kind,
                                  struct expression *left)
{
    struct expression *made = new_expression(p, kind, left, NULL);

    skip_blanks(p);
    if (!made)
        return NULL;
    made->literal = read_list(p);
    return made->literal ? made : NULL;
}

static bool take_word(struct parser *p, const char *word)
{
    size_t len = strlen(word);

    return name_len(p->at) == len && take(p, word);
}

static struct expression *read_right_side(struct parser *p, struct expression *left,
                                          enum comparison comparison)
{
    struct expression *made = new_expression(p, EXPRESSION_COMPARE, left, NULL);

    if (!made)
        return NULL;
    made->comparison = comparison;
    skip_blanks(p);
    made->right = read_operand(p);
    if (!made->right)
        return NULL;
    if (gives_value(made->right))
        return made;
    (void)fail(p, "only single values can be compared");
    return NULL;
}

/* Read an operand, and what it is compared with. */
static struct expression *read_comparison(struct parser *p)
{
    /* The longer ones first. */
    static const struct {
        const char *name;
        enum comparison comparison;
    } comparisons[] = {{"==", COMPARE_EQ}, {"!=", COMPARE_NE}, {"<=", COMPARE_LE},
                       {">=", COMPARE_GE}, {"<", COMPARE_LT},  {">", COMPARE_GT}};
    struct expression *left = read_operand(p);
    const char *end = p->at;

    if (!left)
        return NULL;
    skip_blanks(p);
    if (gives_value(left)) {
        for (size_t i = 0; i < ARRAY_LEN(comparisons); i++)
            if (take(p, comparisons[i].name))
                return read_right_side(p, left, comparisons[i].comparison);
        if (take(p, "=~")) {
            skip_blanks(p);
            return read_regex(p, left);
        }
        if (take_word(p, "in"))
            return read_in(p, EXPRESSION_IN, left);
        if (take_word(p, "nin"))
            return read_in(p, EXPRESSION_NOT_IN, left);
    }
    p->at = end;
    if (gives_truth(left))
        return left;
    (void)fail(p, "expected a comparison");
    return NULL;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by NESTING_MAX */
static struct expression *read_basic(struct parser *p)
{
    struct expression *inner;

    skip_blanks(p);
    if (*p->at == '!' && p->at[1] != '=') {
        p->at++;
        skip_blanks(p);
        if (++p->depth > NESTING_MAX) {
            (void)fail(p, "more than %d levels of nesting", NESTING_MAX);
            return NULL;
        }
        inner = *p->at == '(' || *p->at != '!' ? read_basic(p) : NULL;
        p->depth--;
        if (!inner)
            (void)fail(p, "expected a path, a call or a parenthesis");
        else if (inner->kind == EXPRESSION_COMPARE && p->at[-1] != ')')
            (void)fail(p, "a comparison after '!' needs parentheses");
        return p->has_failed ? NULL : new_expression(p, EXPRESSION_NOT, inner, NULL);
    }
    if (!take(p, "("))
        return read_comparison(p);
    inner = read_or(p);
    skip_blanks(p);
    return inner && expect(p, ")") ? inner : NULL;
}

static struct expression *read_and(struct parser *p)
{
    struct expression *left = read_basic(p);

    while (left) {
        const char *end = p->at;
        struct expression *right;

        skip_blanks(p);
        if (!take(p, "&&")) {
            p->at = end;
            return left;
        }
        right = read_basic(p);
        left = right ? new_expression(p, EXPRESSION_AND, left, right) : NULL;
    }
    return NULL;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by NESTING_MAX */
static struct expression *read_or(struct parser *p)
{
    struct expression *left;

    if (++p->depth > NESTING_MAX) {
        (void)fail(p, "more than %d levels of nesting", NESTING_MAX);
        return NULL;
    }
    left = read_and(p);
    while (left) {
        const char *end = p->at;
        struct expression *right;

        skip_blanks(p);
        if (!take(p, "||")) {
            p->at = end;
            break;
        }
        right = read_and(p);
        left = right ? new_expression(p, EXPRESSION_OR, left, right) : NULL;
    }
    p->depth--;
    return left;
}

/* Segments */

static bool read_index_or_slice(struct parser *p, struct selector *selector)
{
    struct slice *slice = &selector->slice;
    const char *end;

    slice->step = 1;
    slice->has_start = *p->at != ':';
    if (slice->has_start && !read_integer(p, &slice->start))
        return false;
    end = p->at;
    skip_blanks(p);
    if (!take(p, ":")) {
        p->at = end;
        selector->kind = SELECTOR_INDEX;
        selector->index = slice->start;
        return true;
    }
    selector->kind = SELECTOR_SLICE;
    skip_blanks(p);
    slice->has_end = is_digit(*p->at) || *p->at == '-';
    if (slice->has_end && !read_integer(p, &slice->end))
        return false;
    skip_blanks(p);
    if (!take(p, ":"))
        return true;
    skip_blanks(p);
    return !(is_digit(*p->at) || *p->at == '-') || read_integer(p, &slice->step);
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by NESTING_MAX */
static bool read_selector(struct parser *p, struct selector *selector)
{
    if (take(p, "*")) {
        selector->kind = SELECTOR_WILDCARD;
        return true;
    }
    if (*p->at == '\'' || *p->at == '"') {
        selector->kind = SELECTOR_NAME;
        return read_string(p, &selector->name, &selector->name_len);
    }
    if (take(p, "?")) {
        selector->kind = SELECTOR_FILTER;
        skip_blanks(p);
        selector->filter = read_or(p);
        return selector->filter != NULL;
    }
    if (is_digit(*p->at) || *p->at == '-' || *p->at == ':')
        return read_index_or_slice(p, selector);
    return fail(p, "expected a name in quotes, a number, '*', ':' or '?'");
}

/* Read what stands between brackets, behind the first. */
static bool read_selectors(struct parser *p, struct segment *segment)
{
    struct selector **last = &segment->selectors;

    do {
        *last = allocate(p, sizeof(**last));
        skip_blanks(p);
        if (!*last || !read_selector(p, *last))
            return false;
        last = &(*last)->next;
        skip_blanks(p);
    } while (take(p, ","));
    return expect(p, "]");
}

static bool read_name_or_wildcard(struct parser *p, struct segment *segment)
{
    size_t len = name_len(p->at);
    struct selector *selector = allocate(p, sizeof(*selector));

    if (!selector)
        return false;
    segment->selectors = selector;
    if (take(p, "*")) {
        selector->kind = SELECTOR_WILDCARD;
        return true;
    }
    if (len == 0)
        return fail(p, "expected a name");
    selector->kind = SELECTOR_NAME;
    selector->name_len = len;
    selector->name = allocate(p, len + 1);
    if (!selector->name)
        return false;
    memcpy(selector->name, p->at, len);
    p->at += len;
    return true;
}

static bool read_segment(struct parser *p, struct segment *segment)
{
    if (take(p, "["))
        return read_selectors(p, segment);
    if (take(p, "..")) {
        segment->is_descendant = true;
        return take(p, "[") ? read_selectors(p, segment) : read_name_or_wildcard(p, segment);
    }
    p->at++; /* the dot */
    if (take(p, "length()") || take(p, "size()")) {
        segment->is_length = true;
        return true;
    }
    return read_name_or_wildcard(p, segment);
}

static bool is_singular(const struct segment *segment)
{
    return !segment->is_descendant &&
           (segment->is_length ||
            (!segment->selectors->next && (segment->selectors->kind == SELECTOR_NAME ||
                                           segment->selectors->kind == SELECTOR_INDEX)));
}

static bool read_segments(struct parser *p, struct path_query *query)
{
    struct segment **last = &query->segments;

    query->is_singular = true;
    for (;;) {
        const char *end = p->at;

        skip_blanks(p);
        if (*p->at != '.' && *p->at != '[') {
            p->at = end;
            return true;
        }
        *last = allocate(p, sizeof(**last));
        if (!*last || !read_segment(p, *last))
            return false;
        query->is_singular = query->is_singular && is_singular(*last);
        if ((*last)->is_length)
            return true;
        last = &(*last)->next;
    }
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by NESTING_MAX */
static bool read_query(struct parser *p, struct path_query **out)
{
    struct path_query *query = allocate(p, sizeof(*query));

    if (!query)
        return false;
    query->is_relative = *p->at == '@';
    p->at++;
    *out = query;
    return read_segments(p, query);
}

/* A path without `$`: as if `$.` stood before it. */
static bool read_bare_query(struct parser *p, struct path_query **out)
{
    struct path_query *query = allocate(p, sizeof(*query));
    struct segment *first = query ? allocate(p, sizeof(*first)) : NULL;
    struct path_query rest = {0};

    if (!first || !read_name_or_wildcard(p, first) || !read_segments(p, &rest))
        return false;
    first->next = rest.segments;
    query->segments = first;
    query->is_singular = rest.is_singular && is_singular(first);
    *out = query;
    return true;
}

bool json_path_parse(struct json_path *path, const char *expression, char *error, size_t error_size)
{
    struct parser p = {.path = path,
                       .start = expression,
                       .at = expression,
                       .error = error,
                       .error_size = error_size};

    if (strlen(expression) > EXPRESSION_LEN_MAX) {
        (void)snprintf(error, error_size, "a JSONPath may have at most %d bytes",
                       EXPRESSION_LEN_MAX);
        return false;
    }
    if (*expression == '$' ? !read_query(&p, &path->query) : !read_bare_query(&p, &path->query))
        return fail(&p, "it ends too early");
    return *p.at == '\0' || fail(&p, "something behind its end");
}
