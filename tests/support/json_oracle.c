#include "support/json_oracle.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json_scan.h"

/* A document on its way from tokens to a tree. */
struct tree {
    json_t *root;                          /* owned; NULL before the first value */
    json_t *open[JSON_SCAN_DEPTH_MAX];     /* borrowed: the containers around the next value */
    struct buf names[JSON_SCAN_DEPTH_MAX]; /* of the member that each of them waits for */
    struct text document;
    struct buf twin; /* the document as jansson is to read it */
    size_t copied;   /* bytes of the document that are in it */
};

static void tree_done(struct tree *tree)
{
    json_decref(tree->root);
    buf_done(&tree->twin);
    for (size_t i = 0; i < ARRAY_LEN(tree->names); i++)
        buf_done(&tree->names[i]);
}

/* Have jansson read `instead` where the document has the bytes from `from` to `to`. */
static void substitute(struct tree *tree, size_t from, size_t to, const char *instead)
{
    buf_add(&tree->twin, tree->document.data + tree->copied, from - tree->copied);
    buf_add_string(&tree->twin, instead);
    tree->copied = to;
}

/* Hang `value` (stolen) into the innermost of `depth` open containers. */
static void tree_add(struct tree *tree, unsigned depth, json_t *value)
{
    json_t *parent = depth ? tree->open[depth - 1] : NULL;
    struct text name = depth ? buf_text(&tree->names[depth - 1]) : TEXT("");

    if (!parent)
        tree->root = value;
    else if (json_is_array(parent))
        (void)json_array_append_new(parent, value);
    else
        (void)json_object_setn_new(parent, name.len ? name.data : "", name.len, value);
}

/* A number that is beyond jansson is a 0 for both. */
static json_t *number_of(struct tree *tree, const struct json_scan *scan)
{
    struct text digits = scan->value;
    bool is_real = memchr(digits.data, '.', digits.len) || memchr(digits.data, 'e', digits.len) ||
                   memchr(digits.data, 'E', digits.len);
    int64_t whole = 0;
    double real = 0;

    if (is_real ? !text_to_double(digits, &real) : !text_to_i64(digits, &whole)) {
        substitute(tree, scan->token_at, scan->at, "0 ");
        return json_integer(0);
    }
    return is_real ? json_real(real) : json_integer(whole);
}

/* The code unit of the `\uXXXX` in front, or -1 if there is none. */
static long unit_of(struct text t)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    long unit = 0;

    if (t.len < 6 || t.data[0] != '\\' || t.data[1] != 'u')
        return -1;
    for (size_t i = 2; i < 6; i++) {
        long digit = strchr(digits, t.data[i]) - digits;

        unit = unit * 16 + (digit < 16 ? digit : digit - 6);
    }
    return unit;
}

static bool is_high(long unit)
{
    return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low(long unit)
{
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

/* Escapes that jansson refuses become others: halves of surrogates that stand alone, and, in a
 * name, NUL. */
static void substitute_escapes(struct tree *tree, const struct json_scan *scan)
{
    size_t from = (size_t)(scan->value.data - tree->document.data), len;

    for (size_t i = 0; i < scan->value.len; i += len) {
        struct text rest = {scan->value.data + i, scan->value.len - i};
        struct text behind = {rest.data + 6, rest.len < 6 ? 0 : rest.len - 6};
        long unit = unit_of(rest);

        len = rest.data[0] != '\\' ? 1 : unit < 0 ? 2 : 6;
        if (is_high(unit) && is_low(unit_of(behind)))
            len = 12;
        else if (is_high(unit) || is_low(unit))
            substitute(tree, from + i, from + i + len, "\\ufffd");
        else if (unit == 0 && scan->token == JSON_SCAN_KEY)
            substitute(tree, from + i, from + i + len, "\\ue000");
    }
}

static json_t *string_of(struct tree *tree, const struct json_scan *scan)
{
    AUTO(buf_done) struct buf scratch = {0};
    struct text string = {0};

    if (!json_scan_string(scan, &scratch, &string) || !json_scan_is(scan, string))
        return NULL;
    if (scan->has_escapes)
        substitute_escapes(tree, scan);
    return json_stringn(string.len ? string.data : "", string.len);
}

static void keep_name(struct tree *tree, const struct json_scan *scan)
{
    json_t *name = string_of(tree, scan);
    struct buf *kept = &tree->names[scan->depth - 1];

    buf_clear(kept);
    for (size_t i = 0; i < json_string_length(name); i++) {
        char c = json_string_value(name)[i];

        if (c)
            buf_add_char(kept, c);
        else
            buf_add_string(kept, "\xEE\x80\x80");
    }
    json_decref(name);
}

static void take_token(struct tree *tree, const struct json_scan *scan)
{
    json_t *container;

    switch (scan->token) {
    case JSON_SCAN_OBJECT:
    case JSON_SCAN_ARRAY:
        container = scan->token == JSON_SCAN_OBJECT ? json_object() : json_array();
        tree_add(tree, scan->depth - 1, container);
        tree->open[scan->depth - 1] = container;
        break;
    case JSON_SCAN_KEY:
        keep_name(tree, scan);
        break;
    case JSON_SCAN_STRING:
        tree_add(tree, scan->depth, string_of(tree, scan));
        break;
    case JSON_SCAN_NUMBER:
        tree_add(tree, scan->depth, number_of(tree, scan));
        break;
    case JSON_SCAN_TRUE:
    case JSON_SCAN_FALSE:
        tree_add(tree, scan->depth, json_boolean(scan->token == JSON_SCAN_TRUE));
        break;
    case JSON_SCAN_NULL:
        tree_add(tree, scan->depth, json_null());
        break;
    case JSON_SCAN_OBJECT_END:
    case JSON_SCAN_ARRAY_END:
    case JSON_SCAN_END:
    case JSON_SCAN_ERROR:
        break;
    }
}

/* Compare the values, and the order of members, which jansson keeps. */
static bool are_equal(const json_t *ours, const json_t *theirs)
{
    char *our_text = json_dumps(ours, JSON_ENCODE_ANY);
    char *their_text = json_dumps(theirs, JSON_ENCODE_ANY);
    bool equal = our_text && their_text && strcmp(our_text, their_text) == 0;

    free(our_text);
    free(their_text);
    return equal && json_equal(ours, theirs);
}

bool json_oracle_agrees(struct text document)
{
    AUTO(tree_done) struct tree ours = {.document = document};
    json_auto_t *theirs = NULL;
    struct json_scan scan;

    json_scan_init(&scan, document, JSON_SCAN_DEPTH_MAX);
    while (json_scan_next(&scan) > JSON_SCAN_END)
        take_token(&ours, &scan);
    if (scan.token == JSON_SCAN_ERROR && strncmp(scan.error, "exceeded max depth", 18) == 0)
        return true;
    if (document.len && memchr(document.data, '\0', document.len))
        return scan.token == JSON_SCAN_ERROR;
    substitute(&ours, document.len, document.len, "");
    theirs = json_loadb(ours.twin.len ? ours.twin.data : "", ours.twin.len,
                        JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    if (scan.token == JSON_SCAN_ERROR)
        return !theirs;
    return theirs && are_equal(ours.root, theirs);
}
