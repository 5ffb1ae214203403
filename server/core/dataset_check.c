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
#include "core/dataset_source.h"
#include "core/eval_overlap.h"

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
    struct dataset_source source;
    struct dataset_row row;
    struct row_judge judge;
    struct dataset_issues issues;
    struct dataset_sink spare; /* see the options */
    bool eval_is_spare;
    struct kept_fields kept; /* of the type's own fields none is among these */
    bool ignores_kept;       /* some were asked for, and the type keeps none */
    struct buf schema;
    struct buf preserved;
    struct dataset_part parts[SPLIT_COUNT];
};

void dataset_verdict_done(struct dataset_verdict *verdict)
{
    buf_done(&verdict->error);
    buf_done(&verdict->warnings);
    buf_done(&verdict->schema);
    buf_done(&verdict->preserved);
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
    check->judge.kept = &check->kept;
    for (size_t i = 0; i < SPLIT_COUNT; i++) {
        check->judge.labels[i].seed = hash_seed;
        dataset_part_init(&check->parts[i], check->rules, &check->judge, hash_seed);
    }
    buf_add_string(&check->schema, type->schema);
    buf_add_string(&check->preserved, "[]");
    dataset_source_init(&check->source, &check->parts[0].fields,
                        (size_t)check->limits.line_bytes_max);
    if (check->schema.failed || check->preserved.failed) {
        dataset_check_free(check);
        return NULL;
    }
    return check;
}

/* Of the fields to keep, those that the type has are kept anyway. */
static bool take_kept(struct dataset_check *check, const struct kept_fields *kept)
{
    const struct dataset_fields *own = &check->rules->fields;
    struct json_writer names = {&check->preserved, false};

    for (size_t i = 0; i < kept->count; i++) {
        struct text name = text_of(kept->items[i].name);
        size_t k = 0;

        while (k < own->count && !text_eq(text_of(own->items[k].name), name))
            k++;
        if (k == own->count &&
            kept_fields_add(&check->kept, name, kept->items[i].required) != KEPT_OK)
            return false;
    }
    buf_clear(&check->schema);
    kept_fields_add_schema(&check->kept, check->type->schema, &check->schema);
    buf_clear(&check->preserved);
    kept_fields_write_names(kept, &names);
    return !check->schema.failed && !check->preserved.failed;
}

enum dataset_check_result dataset_check_set_options(struct dataset_check *check,
                                                    const struct dataset_options *options)
{
    bool asks = options->kept && options->kept->count > 0;

    assert(check->split == SPLIT_COUNT);
    check->issues.forgives_rows = options->skip_malformed;
    check->spare = options->spare;
    check->ignores_kept = asks && !check->type->keeps_fields;
    if (!dataset_source_separate(&check->source, options->csv_delimiter, options->text_separator) ||
        (asks && check->type->keeps_fields && !take_kept(check, options->kept)))
        check->result = CHECK_NO_MEMORY;
    return check->result;
}

void dataset_check_free(struct dataset_check *check)
{
    if (!check)
        return;
    dataset_source_done(&check->source);
    dataset_row_done(&check->row);
    row_judge_done(&check->judge);
    dataset_issues_done(&check->issues);
    kept_fields_done(&check->kept);
    buf_done(&check->schema);
    buf_done(&check->preserved);
    for (size_t i = 0; i < SPLIT_COUNT; i++)
        dataset_part_done(&check->parts[i]);
    free(check);
}

void dataset_check_weaken_hashes(struct dataset_check *check, uint32_t mask)
{
    for (size_t i = 0; i < SPLIT_COUNT; i++)
        check->parts[i].queries.hash_mask = mask;
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

/* Report a row of which nothing can be judged. */
static void refuse_row(struct dataset_check *check, struct dataset_part *part)
{
    const struct dataset_source *source = &check->source;

    part->misencoded++;
    dataset_issues_add(&check->issues, check->judge.stage, source->message,
                       (struct message_arg[]){arg_number(check->row.line), source->detail});
}

static enum dataset_check_result refuse_header(struct dataset_check *check)
{
    AUTO(buf_done) struct buf required = {0};

    dataset_source_list_required(&check->source, &required);
    if (required.failed)
        return CHECK_NO_MEMORY;
    dataset_issues_add(&check->issues,
                       check->split == SPLIT_TRAIN ? ISSUE_TRAIN_HEADER : ISSUE_EVAL_HEADER,
                       MESSAGE_NO_HEADER, (struct message_arg[]){arg_text(buf_text(&required))});
    return CHECK_OK;
}

static enum dataset_check_result take_row(struct dataset_check *check, enum source_result result)
{
    struct dataset_part *part = &check->parts[check->split];

    switch (result) {
    case SOURCE_ROW:
        check->judge.row_index = part->received++;
        return judge_row(check, part);
    case SOURCE_REFUSED:
        part->received++;
        refuse_row(check, part);
        return CHECK_OK;
    case SOURCE_NO_HEADER:
        return refuse_header(check);
    case SOURCE_NONE:
        return CHECK_OK;
    case SOURCE_NO_MEMORY:
        break;
    }
    return CHECK_NO_MEMORY;
}

enum dataset_check_result dataset_check_begin(struct dataset_check *check, enum dataset_split split,
                                              enum dataset_format format,
                                              const struct dataset_sink *sink)
{
    assert(check->type->formats & format);
    assert(check->split == SPLIT_COUNT && !check->parts[split].facts.present);
    if (check->result != CHECK_OK)
        return check->result;
    check->split = split;
    check->sink = *sink;
    dataset_source_begin(&check->source, format);
    check->judge.split = split;
    check->judge.stage = split == SPLIT_TRAIN ? ISSUE_TRAIN_ROWS : ISSUE_EVAL_ROWS;
    return CHECK_OK;
}

enum dataset_check_result dataset_check_feed(struct dataset_check *check, struct text piece)
{
    enum source_result got = SOURCE_ROW;
    struct dataset_part *part;

    if (check->result != CHECK_OK || piece.len == 0)
        return check->result;
    assert(check->split != SPLIT_COUNT);
    part = &check->parts[check->split];
    if (!part->facts.present)
        check->result = dataset_part_open(part, &check->sink, check->schema.data,
                                          check->seed + (uint64_t)check->split);
    part->facts.uploaded_bytes += (int64_t)piece.len;
    while (check->result == CHECK_OK && got != SOURCE_NONE) {
        got = dataset_source_next(&check->source, &piece, &check->row);
        check->result = take_row(check, got);
    }
    return check->result;
}

enum dataset_check_result dataset_check_end(struct dataset_check *check)
{
    struct dataset_part *part = &check->parts[check->split];

    if (check->result != CHECK_OK)
        return check->result;
    assert(check->split != SPLIT_COUNT);
    if (part->facts.present)
        check->result = take_row(check, dataset_source_end(&check->source, &check->row));
    if (part->facts.present && check->result == CHECK_OK)
        check->result = dataset_part_close(part);
    check->split = SPLIT_COUNT;
    return check->result;
}

/* Find the queries of the evaluation file that are also in the train file, and drop their rows if
 * they are to be. */
static enum dataset_check_result check_eval_in_train(struct dataset_check *check)
{
    struct dataset_part *train = &check->parts[SPLIT_TRAIN], *eval = &check->parts[SPLIT_EVAL];
    enum dataset_check_result result =
        eval_overlap_report(train, eval, &check->row, &check->issues);

    if (result != CHECK_OK || !check->issues.forgives_rows ||
        check->issues.stages[ISSUE_EVAL_IN_TRAIN].found == 0)
        return result;
    check->eval_is_spare = true;
    return eval_overlap_drop(train, eval, &check->spare, check->schema.data,
                             check->seed + SPLIT_EVAL);
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
    if (check->ignores_kept)
        dataset_warning_write(&warnings, MESSAGE_FIELDS_IGNORED,
                              (struct message_arg[]){arg_text(text_of(check->type->name))});
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
    verdict.eval_is_spare = check->eval_is_spare;
    verdict.schema = check->schema;
    check->schema = (struct buf){0};
    verdict.preserved = check->preserved;
    check->preserved = (struct buf){0};
    *out = verdict;
    /* cppcheck-suppress unreadVariable ; it is released as this function ends */
    verdict = (struct dataset_verdict){0};
    return CHECK_OK;
}
