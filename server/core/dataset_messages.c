#include "core/dataset_messages.h"

#include <string.h>

/* clang-format off */
const struct message_row dataset_messages[MESSAGE_COUNT] = {
    [MESSAGE_EVAL_PREFIX]       = {MESSAGE_DOCUMENTED, "invalid eval file: "},
    [MESSAGE_INVALID_JSON]      = {MESSAGE_OURS, "invalid json in line {n}: {why}"},
    [MESSAGE_NOT_UTF8]          = {MESSAGE_OURS, "line {n} is not valid utf-8"},
    [MESSAGE_LINE_TOO_LONG]     = {MESSAGE_OURS, "line {n} is longer than {max} bytes"},
    /* "fund" is how the service spells it. */
    [MESSAGE_FIELD_MISSING]     = {MESSAGE_DOCUMENTED, "The required field {} was not fund in the dataset (line: {})"},
    [MESSAGE_FIELD_TYPE]        = {MESSAGE_OURS, "field {name} must be a {type} (line: {n})"},
    [MESSAGE_TEXT_EMPTY]        = {MESSAGE_OURS, "text is empty (line: {n})"},
    [MESSAGE_QUERY_EMPTY]       = {MESSAGE_OURS, "query is empty (line: {n})"},
    [MESSAGE_NO_PASSAGE]        = {MESSAGE_OURS, "no relevant passage for query '{query}' (line: {n})"},
    [MESSAGE_OVERLAP]           = {MESSAGE_SEEN, "string '{string}' is both a relevant passage and hard negatives of query '{query}'"},
    [MESSAGE_EVAL_IN_TRAIN]     = {MESSAGE_OURS, "query '{query}' of the eval file is also in the train file (line: {n})"},
    [MESSAGE_NOT_ENOUGH]        = {MESSAGE_OURS, "not enough valid examples: found only {x} valid {split} examples of {y} received ({a} incorrectly encoded, {b} duplicated); at least {min} valid examples required"},
    [MESSAGE_MORE_ERRORS]       = {MESSAGE_OURS, "{n} more errors were found"},
    [MESSAGE_NEGATIVES_REMOVED] = {MESSAGE_OURS, "removed {a} empty and {b} duplicated hard negatives from {c} examples"},
    [MESSAGE_AUTO_SPLIT]        = {MESSAGE_DOCUMENTED, "dataset has 0 valid eval rows. dataset will be auto-split"},
};
/* clang-format on */

struct message_arg arg_text(struct text t)
{
    return (struct message_arg){.text = {t.data ? t.data : "", t.len}};
}

struct message_arg arg_number(uint64_t number)
{
    return (struct message_arg){.number = number};
}

static void add_arg(struct buf *out, const struct message_arg *arg)
{
    struct text t = arg->text;

    if (!t.data) {
        buf_add_uint(out, arg->number);
        return;
    }
    if (t.len > MESSAGE_QUOTED_MAX) {
        t.len = MESSAGE_QUOTED_MAX;
        while (t.len > 0 && ((unsigned char)t.data[t.len] & 0xC0) == 0x80)
            t.len--;
    }
    buf_add_text(out, t);
    if (t.len < arg->text.len)
        buf_add_string(out, "...");
}

void message_add(struct buf *out, enum dataset_message message, const struct message_arg *args)
{
    struct text rest = text_of(dataset_messages[message].format);

    while (rest.len > 0) {
        struct text literal = text_cut(&rest, '{');

        buf_add_text(out, literal);
        if (!rest.data)
            return;
        (void)text_cut(&rest, '}');
        add_arg(out, args++);
    }
}
