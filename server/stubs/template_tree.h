/*
 * The inside of a template: what template_parse.c makes, template.c shows and helpers look at.
 */
#ifndef STUBS_TEMPLATE_TREE_H
#define STUBS_TEMPLATE_TREE_H

#include "stubs/template.h"
#include "stubs/template_value.h"

enum {
    TEMPLATE_DEPTH_MAX = 64,     /* of blocks and expressions within each other */
    TEMPLATE_PARTS_MAX = 32,     /* of one path */
    TEMPLATE_ARGUMENTS_MAX = 32, /* of one helper */
    TEMPLATE_TAGS_MAX = 10000
};

struct template_call;

/* Compute a helper's value. */
typedef struct template_value template_helper_fn(struct template_call *call);

enum template_helper_kind {
    HELPER_VALUE, /* in a block the text of the block comes before its arguments */
    HELPER_TEST,  /* in a block it tells which half is shown; else `yes` and `no` may be given */
    HELPER_BLOCK  /* shows its block itself */
};

struct template_helper {
    const char *name;
    template_helper_fn *run;
    enum template_helper_kind kind;
    size_t argument_count; /* how many it needs, which must not be missing */
};

/* NULL if there is none of that name. */
const struct template_helper *template_helper_find(struct text name);

enum expression_kind { EXPRESSION_LITERAL, EXPRESSION_PATH, EXPRESSION_CALL };

/* `../a.[b c].0`, `this.a`, `@index`. */
struct template_path {
    unsigned up;  /* how many `../` */
    bool is_here; /* begins with `this`, `.` or `../`: is not looked for further out */
    bool is_data; /* begins with `@` */
    struct text *parts;
    size_t count;
};

struct template_expression {
    enum expression_kind kind;
    json_t *literal; /* owned by the template */
    struct template_path path;
    const struct template_helper *helper;
    struct template_expression **arguments;
    size_t argument_count;
    struct text *names; /* of the last `name_count` arguments: name=value */
    size_t name_count;
};

enum node_kind { NODE_TEXT, NODE_SHOW, NODE_BLOCK };

struct template_node {
    struct template_node *next;
    enum node_kind kind;
    struct text text;
    struct template_expression *expression;
    struct template_node *body, *otherwise; /* of a block */
    struct text names[2];                   /* `as |a b|`; data is NULL without */
    bool is_inverted;                       /* `{{^name}}` */
};

/* A block of memory that goes with the template. */
struct template_owned {
    struct template_owned *next;
    json_t *json;
};

struct template
{
    char *source; /* owned; texts of the tree are within it */
    struct template_owned *owned;
    struct template_node *nodes;
};

/* Read `source`, which `template` owns, into it. */
MUST_USE bool template_parse(struct template *template, struct text source,
                             char error[TEMPLATE_ERROR_SIZE]);

/*
 * Rendering
 */

/* Where names are looked for: a block, within others. */
struct template_frame {
    const struct template_frame *outer;
    struct template_value self; /* borrowed */
    struct text names[2];
    struct template_value values[2]; /* of `names`, borrowed */
    bool is_loop;
    bool is_last;
    size_t index;
    struct text key; /* of an object's member */
};

struct template_variable {
    struct template_variable *next;
    char *name;
    struct template_value value;
};

struct rendering {
    const struct template_data *data;
    struct buf *out;
    const struct template_frame *frame;
    struct template_variable *variables;
    struct template_value body; /* of the request, once it was asked for */
    json_t *parsed_text;        /* what was last read as JSON, owned, */
    json_t *parsed;             /* and what it came to, owned */
    uint64_t work;              /* done so far: bytes, and 64 for each step */
    char *error;
    bool has_failed;
};

/* Count work. Returns false when there was too much of it, or something failed before. */
bool rendering_work(struct rendering *r, size_t amount);
void rendering_fail(struct rendering *r, const char *sentence);

/* What a helper is called with. */
struct template_call {
    struct rendering *r;
    const struct template_expression *expression;
    const struct template_node *block; /* NULL: not called as a block */
    struct template_value *arguments;
    size_t count;
    struct template_value *named; /* as `expression->names` */
};

/* The value of `name=value`; one that is missing without. Borrowed. */
struct template_value helper_named(const struct template_call *call, const char *name);
bool helper_is_named_true(const struct template_call *call, const char *name);

/* The text of an argument as it is shown, into empty `*out`. Returns false when that failed. */
bool helper_text(const struct template_call *call, size_t index, struct buf *out);
bool helper_show(const struct template_call *call, const struct template_value *value,
                 struct buf *out);

/* Make values. */
struct template_value helper_string(const struct template_call *call, struct text text);
struct template_value helper_error(const struct template_call *call, const char *format, ...)
    PRINTF_LIKE(2, 3);
struct template_value helper_bool(bool value);

/* Show a list of nodes, within another frame, of which `outer` is set; NULL: within the same. */
void rendering_show(struct rendering *r, const struct template_node *nodes,
                    struct template_frame *frame);

/* Keep a variable. Steals the value. */
void rendering_assign(struct rendering *r, struct text name, struct template_value value);

/* Append the Base64 of `text`. */
void template_base64(struct text text, struct buf *out);

/* A member of the request. */
struct template_value template_request_member(struct rendering *r, struct text name);

/* The helpers, by the file that has them. */
template_helper_fn helper_if, helper_unless, helper_each, helper_with;
template_helper_fn helper_trim, helper_base64, helper_url_encode, helper_lower, helper_upper,
    helper_capitalize, helper_capitalize_first, helper_substring, helper_replace, helper_default,
    helper_regex_extract, helper_join;
template_helper_fn helper_eq, helper_neq, helper_gt, helper_gte, helper_lt, helper_lte, helper_and,
    helper_or, helper_not, helper_contains, helper_matches, helper_math;
template_helper_fn helper_json_path, helper_to_json, helper_parse_json, helper_size, helper_array,
    helper_range, helper_lookup, helper_val, helper_assign;
template_helper_fn helper_random_value, helper_random_int, helper_random_decimal,
    helper_pick_random;
template_helper_fn helper_now, helper_date, helper_parse_date;

#endif
