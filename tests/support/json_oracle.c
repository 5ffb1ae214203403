#include "support/json_oracle.h"

#include <jansson.h>
#include <string.h>

#include "base/buf.h"
#include "base/json_scan.h"

/* A document on its way from tokens to a tree. */
struct tree {
    json_t *root;                          /* owned; NULL before the first value */
    json_t *open[JSON_SCAN_DEPTH_MAX];     /* borrowed: the containers around the next value */
    struct buf names[JSON_SCAN_DEPTH_MAX]; /* of the member that each of them waits for */
    bool beyond_jansson;                   /* jansson may refuse what is well formed here */
};

static void tree_done(struct tree *tree)
{
    json_decref(tree->root);
    for (size_t i = 0; i < ARRAY_LEN(tree->names); i++)
        buf_done(&tree->names[i]);
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

static json_t *number_of(struct tree *tree, struct text digits)
{
    int64_t whole = 0;
    double real = 0;

    if (memchr(digits.data, '.', digits.len) || memchr(digits.data, 'e', digits.len) ||
        memchr(digits.data, 'E', digits.len)) {
        tree->beyond_jansson |= !text_to_double(digits, &real);
        return json_real(real);
    }
    tree->beyond_jansson |= !text_to_i64(digits, &whole);
    return json_integer(whole);
}

static json_t *string_of(struct tree *tree, const struct json_scan *scan)
{
    AUTO(buf_done) struct buf scratch = {0};
    struct text string = {0};

    if (!json_scan_string(scan, &scratch, &string) || !json_scan_is(scan, string))
        return NULL;
    if (scan->has_escapes && text_find(string, TEXT("\xEF\xBF\xBD")) < string.len)
        tree->beyond_jansson = true;
    return json_stringn(string.len ? string.data : "", string.len);
}

static void keep_name(struct tree *tree, const struct json_scan *scan)
{
    json_t *name = string_of(tree, scan);
    struct buf *kept = &tree->names[scan->depth - 1];

    buf_clear(kept);
    buf_add(kept, json_string_value(name), json_string_length(name));
    if (kept->len && memchr(kept->data, '\0', kept->len))
        tree->beyond_jansson = true;
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
        tree_add(tree, scan->depth, number_of(tree, scan->value));
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

bool json_oracle_agrees(struct text document)
{
    AUTO(tree_done) struct tree ours = {0};
    json_auto_t *theirs = NULL;
    struct json_scan scan;

    json_scan_init(&scan, document, JSON_SCAN_DEPTH_MAX);
    while (json_scan_next(&scan) > JSON_SCAN_END)
        take_token(&ours, &scan);
    if (scan.token == JSON_SCAN_ERROR && strcmp(scan.error, "exceeded max depth") == 0)
        return true;
    if (document.len && memchr(document.data, '\0', document.len))
        return scan.token == JSON_SCAN_ERROR;
    if (ours.beyond_jansson)
        return true;
    theirs = json_loadb(document.len ? document.data : "", document.len,
                        JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    if (scan.token == JSON_SCAN_ERROR)
        return !theirs;
    return json_equal(ours.root, theirs);
}
