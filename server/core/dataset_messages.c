#include "core/dataset_messages.h"

#include <string.h>

const char *const message_mark_names[MESSAGE_MARK_COUNT] = {
    [MESSAGE_DOCUMENTED] = "documented",
    [MESSAGE_SEEN] = "seen",
    [MESSAGE_INFERRED] = "inferred",
    [MESSAGE_OURS] = "ours",
};

/* clang-format off */
const struct message_row dataset_messages[MESSAGE_COUNT] = {
    [MESSAGE_EVAL_PREFIX]       = {MESSAGE_DOCUMENTED, "invalid eval file: "},
    [MESSAGE_INVALID_JSON]      = {MESSAGE_OURS, "invalid json in line {n}: {why}"},
    [MESSAGE_NOT_UTF8]          = {MESSAGE_OURS, "line {n} is not valid utf-8"},
    [MESSAGE_LINE_TOO_LONG]     = {MESSAGE_OURS, "line {n} is longer than {max} bytes"},
    [MESSAGE_NO_HEADER]         = {MESSAGE_DOCUMENTED, "csv files must have a header with the required fields: [{}]."},
    [MESSAGE_CSV_BROKEN]        = {MESSAGE_OURS, "invalid csv in line {n}: {why}"},
    [MESSAGE_FIELD_COUNT]       = {MESSAGE_OURS, "wrong number of fields in line {n}"},
    /* "fund" is how the service spells it. */
    [MESSAGE_FIELD_MISSING]     = {MESSAGE_DOCUMENTED, "The required field {} was not fund in the dataset (line: {})"},
    [MESSAGE_FIELD_TYPE]        = {MESSAGE_OURS, "field {name} must be a {type} (line: {n})"},
    [MESSAGE_TEXT_EMPTY]        = {MESSAGE_OURS, "text is empty (line: {n})"},
    [MESSAGE_QUERY_EMPTY]       = {MESSAGE_OURS, "query is empty (line: {n})"},
    [MESSAGE_NO_PASSAGE]        = {MESSAGE_OURS, "no relevant passage for query '{query}' (line: {n})"},
    [MESSAGE_OVERLAP]           = {MESSAGE_SEEN, "string '{string}' is both a relevant passage and hard negatives of query '{query}'"},
    [MESSAGE_EVAL_IN_TRAIN]     = {MESSAGE_OURS, "query '{query}' of the eval file is also in the train file (line: {n})"},
    [MESSAGE_LABEL_EMPTY]       = {MESSAGE_OURS, "label is empty (line: {n})"},
    [MESSAGE_LABEL_LONG]        = {MESSAGE_OURS, "label is longer than {max} bytes (line: {n})"},
    [MESSAGE_LABELS_MANY]       = {MESSAGE_OURS, "label '{label}' is one too many, there may be {max} (line: {n})"},
    [MESSAGE_EXTRA_SPEAKER]     = {MESSAGE_DOCUMENTED, "extra speaker in example: {role} (line : {n})"},
    [MESSAGE_NO_CHATBOT]        = {MESSAGE_DOCUMENTED, "missing Chatbot in example"},
    [MESSAGE_NO_USER]           = {MESSAGE_DOCUMENTED, "missing User in example"},
    /* The one of an evaluation file has the prefix of such files instead. */
    [MESSAGE_TRAIN_PREAMBLE]    = {MESSAGE_DOCUMENTED, "train preambles are too long:..{preamble}"},
    [MESSAGE_EVAL_PREAMBLE]     = {MESSAGE_DOCUMENTED, "preambles are too long:..{preamble}"},
    [MESSAGE_NOT_ENOUGH]        = {MESSAGE_OURS, "not enough valid examples: found only {x} valid {split} examples of {y} received ({a} incorrectly encoded, {b} duplicated); at least {min} valid examples required"},
    [MESSAGE_NOT_ENOUGH_CHAT]   = {MESSAGE_OURS, "not enough valid examples: found only {x} valid {split} examples of {y} received ({a} incorrectly encoded, {b} duplicated, {c} too many tokens); at least {min} valid examples required"},
    [MESSAGE_NOT_ENOUGH_CHAT_ALONE] = {MESSAGE_DOCUMENTED, "not enough valid examples: found only {x} valid {split} examples of {y} received ({a} incorrectly encoded, {b} duplicated, {c} too many tokens); at least {min} valid examples required since no eval data was provided"},
    [MESSAGE_LABELS_FEW]        = {MESSAGE_OURS, "at least 2 labels are required, found {x}"},
    [MESSAGE_LABEL_EVERYWHERE]  = {MESSAGE_OURS, "label '{label}' is present in all examples"},
    [MESSAGE_MORE_ERRORS]       = {MESSAGE_OURS, "{n} more errors were found"},
    [MESSAGE_NEGATIVES_REMOVED] = {MESSAGE_OURS, "removed {a} empty and {b} duplicated hard negatives from {c} examples"},
    [MESSAGE_TURNS_DROPPED]     = {MESSAGE_DOCUMENTED, "{split} dataset has conversations with too many tokens. conversation number: number of turns with too many tokens is as follows, {list}"},
    [MESSAGE_LABELS_REMOVED]    = {MESSAGE_OURS, "removed labels with fewer than 5 examples: {labels}"},
    [MESSAGE_AUTO_SPLIT]        = {MESSAGE_DOCUMENTED, "dataset has 0 valid eval rows. dataset will be auto-split"},
    [MESSAGE_FIELDS_IGNORED]    = {MESSAGE_OURS, "{type} keeps no further fields: keep_fields and optional_fields are ignored"},
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

void message_add_quoted(struct buf *out, struct text t, size_t len_max)
{
    size_t len = t.len;

    if (len > len_max) {
        len = len_max;
        while (len > 0 && ((unsigned char)t.data[len] & 0xC0) == 0x80)
            len--;
    }
    buf_add_text(out, (struct text){t.data, len});
    if (len < t.len)
        buf_add_string(out, "...");
}

static void add_arg(struct buf *out, const struct message_arg *arg)
{
    if (arg->text.data)
        message_add_quoted(out, arg->text, MESSAGE_QUOTED_MAX);
    else
        buf_add_uint(out, arg->number);
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
