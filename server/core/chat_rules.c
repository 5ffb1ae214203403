/*
 * `chat-finetune-input`: conversations between a user and a chatbot, perhaps with a preamble.
 *
 * A turn is what is said up to and with the next message of the chatbot; what follows its last one
 * is a turn that was broken off, which is kept and not counted. The preamble belongs to no turn.
 */
#include <inttypes.h>

#include "core/dataset_rules.h"
#include "core/token_count.h"

enum { TURN_TOKENS_MAX = 16384, PREAMBLE_TOKENS_MAX = 2048, DROPPED_LISTED_MAX = 100 };

static const struct dataset_field fields[] = {
    {"messages", FIELD_MESSAGES, true},
};

struct message {
    struct text role, content;
};

static struct message message_at(const struct dataset_row *row, size_t i)
{
    const struct text *strings = row->strings + row->values[0].first + 2 * i;

    return (struct message){strings[0], strings[1]};
}

static bool is_by(const struct message *message, const char *role)
{
    return text_eq(message->role, text_of(role));
}

static bool has_preamble(const struct dataset_row *row)
{
    struct message first;

    if (row->values[0].count == 0)
        return false;
    first = message_at(row, 0);
    return is_by(&first, "System");
}

/* Find out whether one of the two that make a conversation is missing. */
static bool lacks_speaker(const struct dataset_row *row, enum dataset_message *which)
{
    bool chatbot = false, user = false;

    for (size_t i = 0; i < row->values[0].count; i++) {
        struct message message = message_at(row, i);

        chatbot = chatbot || is_by(&message, "Chatbot");
        user = user || is_by(&message, "User");
    }
    *which = chatbot ? MESSAGE_NO_USER : MESSAGE_NO_CHATBOT;
    return !chatbot || !user;
}

/* A preamble that is not the first message is a speaker like others: one too many. */
static bool speakers_are_good(struct row_judge *judge, const struct dataset_row *row)
{
    enum dataset_message missing;

    for (size_t i = 0; i < row->values[0].count; i++) {
        struct message message = message_at(row, i);

        if (is_by(&message, "User") || is_by(&message, "Chatbot") ||
            (i == 0 && is_by(&message, "System")))
            continue;
        dataset_issues_add(judge->issues, judge->stage, MESSAGE_EXTRA_SPEAKER,
                           (struct message_arg[]){arg_text(message.role), arg_number(row->line)});
        return false;
    }
    if (!lacks_speaker(row, &missing))
        return true;
    dataset_issues_add(judge->issues, judge->stage, missing, NULL);
    return false;
}

static bool preamble_is_good(struct row_judge *judge, const struct dataset_row *row)
{
    struct message preamble;

    if (!has_preamble(row))
        return true;
    preamble = message_at(row, 0);
    if (token_count(preamble.content) <= PREAMBLE_TOKENS_MAX)
        return true;
    dataset_issues_add(judge->issues, judge->stage,
                       judge->split == SPLIT_TRAIN ? MESSAGE_TRAIN_PREAMBLE : MESSAGE_EVAL_PREAMBLE,
                       (struct message_arg[]){arg_text(preamble.content)});
    return false;
}

/* Find the end of the turn that begins with message `from`, and count its tokens. */
static size_t turn_end(const struct dataset_row *row, size_t from, size_t *tokens)
{
    size_t i = from;
    bool over = false;

    *tokens = 0;
    while (i < row->values[0].count && !over) {
        struct message message = message_at(row, i++);

        *tokens += token_count(message.content);
        over = is_by(&message, "Chatbot");
    }
    return i;
}

/* Take the turns that are too long out of a conversation; return how many these were. */
static unsigned drop_turns(struct dataset_row *row)
{
    struct text *strings = row->strings + row->values[0].first;
    size_t kept = has_preamble(row), tokens, end;
    unsigned dropped = 0;

    for (size_t from = kept; from < row->values[0].count; from = end) {
        end = turn_end(row, from, &tokens);
        if (tokens > TURN_TOKENS_MAX) {
            dropped++;
            continue;
        }
        for (size_t i = 2 * from; i < 2 * end; i++)
            strings[2 * kept + i - 2 * from] = strings[i];
        kept += end - from;
    }
    row->values[0].count = kept;
    return dropped;
}

static void note_dropped(struct row_judge *judge, unsigned dropped)
{
    struct chat_notes *notes = &judge->chat[judge->split];

    if (notes->dropped_from++ >= DROPPED_LISTED_MAX)
        return;
    if (notes->dropped.len > 0)
        buf_add_string(&notes->dropped, ", ");
    buf_add_uint(&notes->dropped, judge->row_index);
    buf_add_char(&notes->dropped, ':');
    buf_add_uint(&notes->dropped, dropped);
}

static enum row_judgement judge_row(struct row_judge *judge, struct dataset_row *row)
{
    enum dataset_message missing;
    unsigned dropped;

    if (!speakers_are_good(judge, row) || !preamble_is_good(judge, row))
        return ROW_REFUSED;
    dropped = drop_turns(row);
    if (dropped == 0)
        return ROW_KEPT;
    note_dropped(judge, dropped);
    if (judge->chat[judge->split].dropped.failed)
        return ROW_UNDECIDABLE;
    return lacks_speaker(row, &missing) ? ROW_TOO_LONG : ROW_KEPT;
}

static bool note_row(struct row_judge *judge, const struct dataset_row *row)
{
    struct buf *preamble = &judge->chat[judge->split].preamble;

    if (preamble->len == 0 && has_preamble(row)) {
        struct message first = message_at(row, 0);

        message_add_quoted(preamble, first.content, MESSAGE_QUOTED_MAX);
    }
    return !preamble->failed;
}

static void measure_row(const struct dataset_row *row, struct row_sums *sums)
{
    sums->rows++;
    for (size_t i = 0; i < row->values[0].count; i++) {
        struct message message = message_at(row, i);

        sums->turns += is_by(&message, "Chatbot");
        sums->tokens += token_count(message.content);
    }
}

static struct example_minimum minimum(const struct dataset_limits *limits)
{
    (void)limits;
    return (struct example_minimum){.alone = 2, .train = 1, .eval = 1};
}

static void advise(const struct row_judge *judge, struct json_writer *warnings)
{
    static const char *const names[SPLIT_COUNT] = {"train", "eval"};

    for (size_t i = 0; i < SPLIT_COUNT; i++) {
        const struct chat_notes *notes = &judge->chat[i];
        AUTO(buf_done) struct buf list = {0};

        if (notes->dropped_from == 0)
            continue;
        buf_add_text(&list, buf_text(&notes->dropped));
        if (notes->dropped_from > DROPPED_LISTED_MAX)
            buf_add_format(&list, " and %" PRIu64 " more",
                           notes->dropped_from - DROPPED_LISTED_MAX);
        if (list.failed)
            warnings->out->failed = true;
        dataset_warning_write(
            warnings, MESSAGE_TURNS_DROPPED,
            (struct message_arg[]){arg_text(text_of(names[i])), arg_text(buf_text(&list))});
    }
}

static void describe(const struct row_judge *judge, const struct row_sums *train,
                     const struct row_sums *eval, struct json_writer *w)
{
    struct text preamble = buf_text(&judge->chat[SPLIT_TRAIN].preamble);

    json_write_key(w, "chat_data_metrics");
    json_write_object(w);
    json_write_member_int(w, "num_train_turns", (int64_t)train->turns);
    json_write_member_int(w, "num_eval_turns", (int64_t)eval->turns);
    if (preamble.len > 0)
        json_write_member_text(w, "preamble", preamble);
    json_write_object_end(w);
}

const struct dataset_rules chat_rules = {
    .fields = {.items = fields, .count = ARRAY_LEN(fields)},
    .whole_rows = true,
    .blank_splits = true,
    .counts_long = true,
    .judge = judge_row,
    .note = note_row,
    .measure = measure_row,
    .minimum = minimum,
    .advise = advise,
    .describe = describe,
};
