/*
 * Every text that the validation of datasets can say: one table.
 *
 * A text is a template, in which `{name}` stands for an argument; arguments come in the order of
 * their places.
 */
#ifndef CORE_DATASET_MESSAGES_H
#define CORE_DATASET_MESSAGES_H

#include <stdint.h>

#include "base/buf.h"

/* Where a text comes from. */
enum message_mark {
    MESSAGE_DOCUMENTED, /* in the service's documentation */
    MESSAGE_SEEN,       /* on its screens, or in its answers */
    MESSAGE_INFERRED,   /* from texts of its kind */
    MESSAGE_OURS,
    MESSAGE_MARK_COUNT
};

/* As it is spelled in lists: "documented". */
extern const char *const message_mark_names[MESSAGE_MARK_COUNT];

enum dataset_message {
    MESSAGE_EVAL_PREFIX,
    MESSAGE_INVALID_JSON,
    MESSAGE_NOT_UTF8,
    MESSAGE_LINE_TOO_LONG,
    MESSAGE_NO_HEADER,
    MESSAGE_CSV_BROKEN,
    MESSAGE_FIELD_COUNT,
    MESSAGE_FIELD_MISSING,
    MESSAGE_FIELD_TYPE,
    MESSAGE_TEXT_EMPTY,
    MESSAGE_QUERY_EMPTY,
    MESSAGE_NO_PASSAGE,
    MESSAGE_OVERLAP,
    MESSAGE_EVAL_IN_TRAIN,
    MESSAGE_LABEL_EMPTY,
    MESSAGE_LABEL_LONG,
    MESSAGE_LABELS_MANY,
    MESSAGE_EXTRA_SPEAKER,
    MESSAGE_NO_CHATBOT,
    MESSAGE_NO_USER,
    MESSAGE_TRAIN_PREAMBLE,
    MESSAGE_EVAL_PREAMBLE,
    MESSAGE_NOT_ENOUGH,
    MESSAGE_NOT_ENOUGH_CHAT,
    MESSAGE_NOT_ENOUGH_CHAT_ALONE,
    MESSAGE_LABELS_FEW,
    MESSAGE_LABEL_EVERYWHERE,
    MESSAGE_MORE_ERRORS,
    MESSAGE_NEGATIVES_REMOVED,
    MESSAGE_TURNS_DROPPED,
    MESSAGE_LABELS_REMOVED,
    MESSAGE_AUTO_SPLIT,
    MESSAGE_FIELDS_IGNORED,
    MESSAGE_COUNT
};

struct message_row {
    enum message_mark mark;
    const char *format;
};

extern const struct message_row dataset_messages[MESSAGE_COUNT];

/* A text if it has data, else a number. */
struct message_arg {
    struct text text;
    uint64_t number;
};

/* Most bytes of a quoted text; what is longer ends in `...` there. Errors are kept by the hundred,
 * and a line may have 32 MiB. */
enum { MESSAGE_QUOTED_MAX = 16 * 1024 };

struct message_arg arg_text(struct text t);
struct message_arg arg_number(uint64_t number);

/* Append `t`, or if it has more than `len_max` bytes, its first characters and `...`. */
void message_add_quoted(struct buf *out, struct text t, size_t len_max);

/* Append a message. `args` has as many as its template has places; NULL if it has none. */
void message_add(struct buf *out, enum dataset_message message, const struct message_arg *args);

#endif
