/*
 * Lines in, rows kept and errors noted, and the verdict in the end. What a row must be is said in
 * dataset_rules.h; what became of the rows is in dataset_part.h.
 */
#include "core/dataset_check.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/random.h>

#include "core/dataset_issues.h"
#include "core/dataset_metrics.h"
#include "core/dataset_part.h"
#include "core/dataset_rules.h"
#include "core/line_split.h"

/* Whatever the limits say: strings of a line are counted in 32 bits. */
static const int64_t line_bytes_ceiling = INT64_C(1) << 30;

struct dataset_check {
    const struct dataset_type *type;
    const struct dataset_rules *rules;
    struct dataset_limits limits;
    uint64_t seed;
    enum dataset_check_result result; /* sticks once it is a failure */
    struct dataset_sink sink;         /* of the file being read */
    enum dataset_split split;         /* which one it is; SPLIT_COUNT: none */
    struct line_split lines;
    struct dataset_row row;
    struct row_judge judge;
    struct dataset_issues issues;
    struct dataset_part parts[SPLIT_COUNT];
};

void dataset_verdict_done(struct dataset_verdict *verdict)
{
    buf_done(&verdict->error);
    buf_done(&verdict->warnings);
    buf_done(&verdict->metrics);
    for (size_t i = 0; i < SPLIT_COUNT; i++)
        buf_done(&verdict->parts[i].samples);
}

/* Draw the seed of hash tables, which nobody outside may know. It shows in no result. */
static uint64_t draw_hash_seed(const struct dataset_check *check)
{
    uint64_t seed;

    if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
        seed = check->seed ^ (uintptr_t)check;
    return seed;
}

struct dataset_check *dataset_check_new(const struct dataset_type *type,
                                        const struct dataset_limits *limits, uint64_t seed)
{
    struct dataset_check *check = calloc(1, sizeof(*check));
    uint64_t hash_seed;

    if (!check)
        return NULL;
    check->type = type;
    check->rules = dataset_rules_of(type->kind);
    check->limits = *limits;
    if (check->limits.line_bytes_max > line_bytes_ceiling)
        check->limits.line_bytes_max = line_bytes_ceiling;
    check->seed = seed;
    check->split = SPLIT_COUNT;
    check->judge.issues = &check->issues;
    hash_seed = draw_hash_seed(check);
    check->judge.texts.seed = hash_seed;
    for (size_t i = 0; i < SPLIT_COUNT; i++) {
        check->judge.labels[i].seed = hash_seed;
        dataset_part_init(&check->parts[i], check->rules, &check->judge, hash_seed);
    }
    return check;
}

void dataset_check_free(struct dataset_check *check)
{
    if (!check)
        return;
    line_split_done(&check->lines);
    dataset_row_done(&check->row);
    row_judge_done(&check->judge);
    dataset_issues_done(&check->issues);
    for (size_t i = 0; i < SPLIT_COUNT; i++)
        dataset_part_done(&check->parts[i]);
    free(check);
}

void dataset_check_weaken_hashes(struct dataset_check *check, uint32_t mask)
{
    for (size_t i = 0; i < SPLIT_COUNT; i++)
        check->parts[i].queries.hash_mask = mask;
}

/* Report what is wrong with the line at hand as a whole. */
static void refuse_line(struct dataset_check *check, enum dataset_message message,
                        struct message_arg detail)
{
    dataset_issues_add(&check->issues, check->judge.stage, message,
                       (struct message_arg[]){arg_number(check->lines.line), detail});
    check->parts[check->split].misencoded++;
}

/* Keep a row that was judged good, and let the rules note it unless it was one too many. */
static enum dataset_check_result keep_row(struct dataset_check *check, struct dataset_part *part)
{
    bool kept;
    enum dataset_check_result result =
        dataset_part_keep(part, &check->row, check->limits.queries_max, &kept);

    if (result == CHECK_OK && kept && check->rules->note &&
        !check->rules->note(&check->judge, &check->row))
        return CHECK_NO_MEMORY;
    return result;
}

static enum dataset_check_result judge_row(struct dataset_check *check, struct dataset_part *part)
{
    switch (dataset_row_judge(check->rules, &check->judge, &check->row)) {
    case ROW_KEPT:
        return keep_row(check, part);
    case ROW_MISSHAPEN:
        part->misencoded++;
        break;
    case ROW_TOO_LONG:
        part->too_long++;
        break;
    case ROW_REFUSED:
        break;
    case ROW_UNDECIDABLE:
        return CHECK_NO_MEMORY;
    }
    return CHECK_OK;
}

/* Check one line of JSON; blank ones only count as lines. */
static enum dataset_check_result check_line(struct dataset_check *check, struct text line)
{
    struct dataset_part *part = &check->parts[check->split];

    line = text_trim(line);
    if (line.len == 0)
        return CHECK_OK;
    check->judge.row_index = part->received++;
    check->row.line = check->lines.line;
    switch (dataset_row_parse(&check->row, &check->rules->fields, line)) {
    case ROW_READ:
        return judge_row(check, part);
    case ROW_NOT_JSON:
        refuse_line(check, MESSAGE_INVALID_JSON, arg_text(text_of(check->row.why)));
        break;
    case ROW_NOT_UTF8:
        refuse_line(check, MESSAGE_NOT_UTF8, (struct message_arg){0});
        break;
    case ROW_NO_MEMORY:
        return CHECK_NO_MEMORY;
    }
    return CHECK_OK;
}

static enum dataset_check_result take_line(struct dataset_check *check, enum line_result result,
                                           struct text line)
{
    switch (result) {
    case LINE_READY:
        return check_line(check, line);
    case LINE_TOO_LONG:
        check->parts[check->split].received++;
        refuse_line(check, MESSAGE_LINE_TOO_LONG,
                    arg_number((uint64_t)check->limits.line_bytes_max));
        return CHECK_OK;
    case LINE_NONE:
        return CHECK_OK;
    case LINE_NO_MEMORY:
        break;
    }
    return CHECK_NO_MEMORY;
}

enum dataset_check_result dataset_check_begin(struct dataset_check *check, enum dataset_split split,
                                              const struct dataset_sink *sink)
{
    assert(check->split == SPLIT_COUNT && !check->parts[split].facts.present);
    if (check->result != CHECK_OK)
        return check->result;
    check->split = split;
    check->sink = *sink;
    check->lines.line = 0;
    check->lines.len_max = (size_t)check->limits.line_bytes_max;
    check->judge.split = split;
    check->judge.stage = split == SPLIT_TRAIN ? ISSUE_TRAIN_ROWS : ISSUE_EVAL_ROWS;
    return CHECK_OK;
}

enum dataset_check_result dataset_check_feed(struct dataset_check *check, struct text piece)
{
    struct dataset_part *part;

    if (check->result != CHECK_OK || piece.len == 0)
        return check->result;
    assert(check->split != SPLIT_COUNT);
    part = &check->parts[check->split];
    if (!part->facts.present)
        check->result = dataset_part_open(part, &check->sink, check->type->schema,
                                          check->seed + (uint64_t)check->split);
    part->facts.uploaded_bytes += (int64_t)piece.len;
    while (check->result == CHECK_OK && piece.len > 0) {
        struct text line = {0};
        enum line_result result = line_split_next(&check->lines, &piece, &line);

        check->result = take_line(check, result, line);
    }
    return check->result;
}

enum dataset_check_result dataset_check_end(struct dataset_check *check)
{
    struct text line = {0};
    enum line_result result;

    if (check->result != CHECK_OK)
        return check->result;
    assert(check->split != SPLIT_COUNT);
    result = line_split_end(&check->lines, &line);
    check->result = take_line(check, result, line);
    if (check->result == CHECK_OK && check->parts[check->split].facts.present)
        check->result = dataset_part_close(&check->parts[check->split]);
    check->split = SPLIT_COUNT;
    return check->result;
}

/* Report each query of the evaluation file that the train file has as well, in the order of their
 * first lines. Both files were read, in whichever order. */
static enum dataset_check_result check_eval_in_train(struct dataset_check *check)
{
    struct dataset_part *train = &check->parts[SPLIT_TRAIN], *eval = &check->parts[SPLIT_EVAL];

    for (size_t i = 0; i < eval->queries.count; i++) {
        const struct query_entry *entry = query_set_entry(&eval->queries, i);
        unsigned bucket = query_entry_bucket(entry);
        enum dataset_check_result result;
        struct text query;

        if (!query_set_may_have(&train->queries, entry->hash, bucket))
            continue;
        result = dataset_part_read(eval, query_entry_place(entry), 1, &check->row);
        if (result != CHECK_OK)
            return result;
        query = check->row.values[0].text;
        switch (query_set_find(&train->queries, entry->hash, bucket, query)) {
        case QUERY_KNOWN:
            dataset_issues_add(&check->issues, ISSUE_EVAL_IN_TRAIN, MESSAGE_EVAL_IN_TRAIN,
                               (struct message_arg[]){arg_text(query), arg_number(entry->line)});
            break;
        case QUERY_NEW:
            break;
        case QUERY_NO_MEMORY:
        case QUERY_READ_FAILED:
            return CHECK_SINK_FAILED;
        }
    }
    return CHECK_OK;
}

/* Report that a file has too few valid examples. */
static void check_count(struct dataset_check *check, enum dataset_split split, uint32_t min,
                        bool alone)
{
    static const char *const names[SPLIT_COUNT] = {"train", "eval"};
    static const enum issue_stage stages[SPLIT_COUNT] = {ISSUE_TRAIN_COUNTS, ISSUE_EVAL_COUNTS};
    const struct dataset_part *part = &check->parts[split];
    struct message_arg args[] = {
        arg_number(dataset_part_examples(part)),
        arg_text(text_of(names[split])),
        arg_number(part->received),
        arg_number(part->misencoded),
        arg_number(part->duplicated),
        arg_number(min),
        arg_number(min),
    };

    if (dataset_part_examples(part) >= min)
        return;
    if (!check->rules->counts_long) {
        dataset_issues_add(&check->issues, stages[split], MESSAGE_NOT_ENOUGH, args);
        return;
    }
    args[5] = arg_number(part->too_long);
    dataset_issues_add(&check->issues, stages[split],
                       alone ? MESSAGE_NOT_ENOUGH_CHAT_ALONE : MESSAGE_NOT_ENOUGH_CHAT, args);
}

static void check_counts(struct dataset_check *check)
{
    struct example_minimum min = check->rules->minimum(&check->limits);

    if (!dataset_part_evaluates(&check->parts[SPLIT_EVAL])) {
        check_count(check, SPLIT_TRAIN, min.alone, true);
        return;
    }
    check_count(check, SPLIT_TRAIN, min.train, false);
    check_count(check, SPLIT_EVAL, min.eval, false);
}

/* Let the rules decide which rows count, now that all are known. */
static enum dataset_check_result settle(struct dataset_check *check)
{
    enum dataset_check_result result = CHECK_OK;

    if (!check->rules->settle || !check->rules->settle(&check->judge))
        return CHECK_OK;
    for (size_t i = 0; i < SPLIT_COUNT && result == CHECK_OK; i++)
        result = dataset_part_discount(&check->parts[i]);
    return result;
}

/*
 * What can only be said once both files were read. In the order of reports, the queries of the
 * evaluation file that are also in the train file come after all that is wrong with rows alone
 * (they are found last, whichever file came first), and the counts come after everything.
 */
static enum dataset_check_result check_whole(struct dataset_check *check)
{
    enum dataset_check_result result = CHECK_OK;

    if (!check->rules->measure)
        return CHECK_OK;
    if (check->rules->eval_apart)
        result = check_eval_in_train(check);
    if (result == CHECK_OK)
        result = settle(check);
    if (result != CHECK_OK)
        return result;
    check_counts(check);
    if (check->rules->report)
        check->rules->report(&check->judge, dataset_part_examples(&check->parts[SPLIT_TRAIN]));
    return CHECK_OK;
}

/* Say what was done to a valid dataset, and what will be: once for both files together. */
static void write_advice(const struct dataset_check *check, struct json_writer *w)
{
    if (check->rules->advise)
        check->rules->advise(&check->judge, w);
    if (check->rules->measure && !dataset_part_evaluates(&check->parts[SPLIT_EVAL]))
        dataset_warning_write(w, MESSAGE_AUTO_SPLIT, NULL);
}

static enum dataset_check_result write_verdict(struct dataset_check *check,
                                               struct dataset_verdict *verdict)
{
    struct json_writer warnings = {&verdict->warnings, false};
    bool has_examples = dataset_part_examples(&check->parts[SPLIT_TRAIN]) > 0;

    verdict->valid = !dataset_issues_any(&check->issues);
    json_write_array(&warnings);
    dataset_issues_write(&check->issues, &verdict->error, &warnings);
    if (verdict->valid)
        write_advice(check, &warnings);
    json_write_array_end(&warnings);
    if (verdict->error.failed || verdict->warnings.failed || check->issues.failed)
        return CHECK_NO_MEMORY;
    if (!verdict->valid || !check->rules->measure || !has_examples)
        return CHECK_OK;
    return dataset_metrics_write(&check->parts[SPLIT_TRAIN], &check->parts[SPLIT_EVAL],
                                 &verdict->metrics);
}

enum dataset_check_result dataset_check_finish(struct dataset_check *check,
                                               struct dataset_verdict *out)
{
    AUTO(dataset_verdict_done) struct dataset_verdict verdict = {0};

    assert(check->split == SPLIT_COUNT || check->result != CHECK_OK);
    if (check->result == CHECK_OK)
        check->result = check_whole(check);
    if (check->result == CHECK_OK)
        check->result = write_verdict(check, &verdict);
    if (check->result != CHECK_OK)
        return check->result;
    for (size_t i = 0; i < SPLIT_COUNT; i++) {
        verdict.parts[i] = check->parts[i].facts;
        check->parts[i].facts.samples = (struct buf){0};
    }
    *out = verdict;
    /* cppcheck-suppress unreadVariable ; it is released as this function ends */
    verdict = (struct dataset_verdict){0};
    return CHECK_OK;
}
