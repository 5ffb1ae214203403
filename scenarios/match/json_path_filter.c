/*
 * Reading the filters of JSONPath.
 */
#include <stdio.h>
#include <string.h>

#include "match/json_path_parser.h"

static struct expression *new_expression(struct path_parser *p, enum expression_kind kind,
                                         struct expression *left, struct expression *right)
{
    struct expression *made = path_allocate(p, sizeof(*made));

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
static struct expression *read_operand(struct path_parser *p);

static bool fix_regex(struct path_parser *p, struct expression *call)
{
    char reason[160];

    if (functions[call->function].gives_value || call->right->kind != EXPRESSION_LITERAL ||
        !json_is_string(call->right->literal))
        return true;
    call->regex =
        regex_new(json_string_value(call->right->literal), REGEX_IREGEXP, reason, sizeof(reason));
    /* The RFC: what is no expression matches nothing. */
    return !call->regex || path_own(p, (struct owned){.regex = call->regex});
}

/* Read the arguments of function `index`, behind the opening parenthesis. */
/* NOLINTNEXTLINE(misc-no-recursion): bounded by PATH_NESTING_MAX */
static struct expression *read_call(struct path_parser *p, size_t index)
{
    struct expression *call = new_expression(p, EXPRESSION_CALL, NULL, NULL);

    if (!call)
        return NULL;
    call->function = functions[index].function;
    for (size_t i = 0; i < functions[index].argument_count; i++) {
        struct expression *argument;

        path_skip_blanks(p);
        if (i > 0 && !path_expect(p, ","))
            return NULL;
        path_skip_blanks(p);
        argument = read_operand(p);
        if (!argument)
            return NULL;
        if (functions[index].takes_nodes ? argument->kind != EXPRESSION_QUERY
                                         : !gives_value(argument)) {
            (void)path_fail(p, "%s() takes a %s", functions[index].name,
                            functions[index].takes_nodes ? "path" : "single value");
            return NULL;
        }
        *(i == 0 ? &call->left : &call->right) = argument;
    }
    path_skip_blanks(p);
    return path_expect(p, ")") && fix_regex(p, call) ? call : NULL;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by PATH_NESTING_MAX */
static struct expression *read_named_call(struct path_parser *p)
{
    for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
        size_t len = strlen(functions[i].name);

        if (strncmp(p->at, functions[i].name, len) == 0 && p->at[len] == '(') {
            p->at += len + 1;
            return read_call(p, i);
        }
    }
    (void)path_fail(p,
                    "expected a path, a literal or one of length(), count(), value(), match() and "
                    "search()");
    return NULL;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by PATH_NESTING_MAX */
static struct expression *read_operand(struct path_parser *p)
{
    struct expression *operand;

    if (path_begins_literal(p)) {
        operand = new_expression(p, EXPRESSION_LITERAL, NULL, NULL);
        if (!operand)
            return NULL;
        operand->literal = path_read_literal(p);
        return operand->literal ? operand : NULL;
    }
    if (*p->at != '@' && *p->at != '$')
        return read_named_call(p);
    operand = new_expression(p, EXPRESSION_QUERY, NULL, NULL);
    return operand && path_read_query(p, &operand->query) ? operand : NULL;
}

/* Read `/re/` and an `i` behind it. */
static struct expression *read_regex(struct path_parser *p, struct expression *left)
{
    struct expression *made = new_expression(p, EXPRESSION_REGEX, left, NULL);
    char *pattern;
    char reason[160];
    size_t len = 0;

    if (!made || !path_expect(p, "/"))
        return NULL;
    pattern = path_allocate(p, strlen(p->at) + 1);
    if (!pattern)
        return NULL;
    while (*p->at != '/') {
        if (!*p->at) {
            (void)path_fail(p, "an expression without its second '/'");
            return NULL;
        }
        if (p->at[0] == '\\' && p->at[1])
            pattern[len++] = *p->at++;
        pattern[len++] = *p->at++;
    }
    p->at++;
    made->regex =
        regex_new(pattern, path_take(p, "i") ? REGEX_CASELESS : 0, reason, sizeof(reason));
    if (made->regex)
        return path_own(p, (struct owned){.regex = made->regex}) ? made : NULL;
    (void)path_fail(p, "%s", reason);
    return NULL;
}

static struct expression *read_in(struct path_parser *p, enum expression_kind kind,
                                  struct expression *left)
{
    struct expression *made = new_expression(p, kind, left, NULL);

    path_skip_blanks(p);
    if (!made)
        return NULL;
    made->literal = path_read_list(p);
    return made->literal ? made : NULL;
}

static bool take_word(struct path_parser *p, const char *word)
{
    size_t len = strlen(word);

    return path_name_len(p->at) == len && path_take(p, word);
}

static struct expression *read_right_side(struct path_parser *p, struct expression *left,
                                          enum comparison comparison)
{
    struct expression *made = new_expression(p, EXPRESSION_COMPARE, left, NULL);

    if (!made)
        return NULL;
    made->comparison = comparison;
    path_skip_blanks(p);
    made->right = read_operand(p);
    if (!made->right)
        return NULL;
    if (gives_value(made->right))
        return made;
    (void)path_fail(p, "only single values can be compared");
    return NULL;
}

/* Read an operand, and what it is compared with. */
static struct expression *read_comparison(struct path_parser *p)
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
    path_skip_blanks(p);
    if (gives_value(left)) {
        for (size_t i = 0; i < ARRAY_LEN(comparisons); i++)
            if (path_take(p, comparisons[i].name))
                return read_right_side(p, left, comparisons[i].comparison);
        if (path_take(p, "=~")) {
            path_skip_blanks(p);
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
    (void)path_fail(p, "expected a comparison");
    return NULL;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by PATH_NESTING_MAX */
static struct expression *read_basic(struct path_parser *p)
{
    struct expression *inner;

    path_skip_blanks(p);
    if (*p->at == '!' && p->at[1] != '=') {
        p->at++;
        path_skip_blanks(p);
        if (++p->depth > PATH_NESTING_MAX) {
            (void)path_fail(p, "more than %d levels of nesting", PATH_NESTING_MAX);
            return NULL;
        }
        inner = *p->at != '!' ? read_basic(p) : NULL;
        p->depth--;
        if (!inner)
            (void)path_fail(p, "expected a path, a call or a parenthesis");
        else if (inner->kind == EXPRESSION_COMPARE && p->at[-1] != ')')
            (void)path_fail(p, "a comparison after '!' needs parentheses");
        return p->has_failed ? NULL : new_expression(p, EXPRESSION_NOT, inner, NULL);
    }
    if (!path_take(p, "("))
        return read_comparison(p);
    inner = path_read_filter(p);
    path_skip_blanks(p);
    return inner && path_expect(p, ")") ? inner : NULL;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by PATH_NESTING_MAX */
static struct expression *read_and(struct path_parser *p)
{
    struct expression *left = read_basic(p);

    while (left) {
        const char *end = p->at;
        struct expression *right;

        path_skip_blanks(p);
        if (!path_take(p, "&&")) {
            p->at = end;
            return left;
        }
        right = read_basic(p);
        left = right ? new_expression(p, EXPRESSION_AND, left, right) : NULL;
    }
    return NULL;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by PATH_NESTING_MAX */
struct expression *path_read_filter(struct path_parser *p)
{
    struct expression *left;

    if (++p->depth > PATH_NESTING_MAX) {
        (void)path_fail(p, "more than %d levels of nesting", PATH_NESTING_MAX);
        return NULL;
    }
    left = read_and(p);
    while (left) {
        const char *end = p->at;
        struct expression *right;

        path_skip_blanks(p);
        if (!path_take(p, "||")) {
            p->at = end;
            break;
        }
        right = read_and(p);
        left = right ? new_expression(p, EXPRESSION_OR, left, right) : NULL;
    }
    p->depth--;
    return left;
}
