/*
 * `single-label-classification-finetune-input` and `multi-label-classification-finetune-input`:
 * texts with the label, or any number of labels, that they belong to.
 *
 * Only the end shows which labels have too few examples in the training file. These labels count
 * for nothing then, in neither file, nor does a row that had no other ones; but it is stored.
 */
#include "core/dataset_rules.h"
#include "core/token_count.h"

enum { TEXT_FIELD, LABEL };

enum { LABEL_ROWS_MIN = 5, LABELS_MIN = 2 };

/* clang-format off */
static const struct dataset_field single_fields[] = {
    [TEXT_FIELD] = {"text",  FIELD_STRING, true},
    [LABEL]      = {"label", FIELD_STRING, true},
};

static const struct dataset_field multi_fields[] = {
    [TEXT_FIELD] = {"text",  FIELD_STRING,  true},
    [LABEL]      = {"label", FIELD_STRINGS, true},
};
/* clang-format on */

/* The labels of a row, whether it has one or a list. */
static const struct text *labels_of(const struct dataset_row *row, size_t *count)
{
    const struct dataset_value *value = &row->values[LABEL];

    *count = value->text.data ? 1 : value->count;
    if (value->text.data)
        return &value->text;
    return *count ? row->strings + value->first : NULL;
}

static enum row_judgement refuse(struct row_judge *judge, enum dataset_message message,
                                 const struct message_arg *args)
{
    dataset_issues_add(judge->issues, judge->stage, message, args);
    return ROW_REFUSED;
}

static enum row_judgement judge_labels(struct row_judge *judge, const struct dataset_row *row)
{
    struct message_arg line = arg_number(row->line);
    const struct label_table *table = &judge->labels[judge->split];
    size_t count, room = LABELS_MAX - table->count;
    const struct text *labels = labels_of(row, &count);

    for (size_t i = 0; i < count; i++) {
        if (labels[i].len == 0)
            return refuse(judge, MESSAGE_LABEL_EMPTY, &line);
        if (labels[i].len > LABEL_LEN_MAX)
            return refuse(judge, MESSAGE_LABEL_LONG,
                          (struct message_arg[]){arg_number(LABEL_LEN_MAX), line});
        if (label_table_find(table, labels[i]))
            continue;
        if (room-- == 0)
            return refuse(
                judge, MESSAGE_LABELS_MANY,
                (struct message_arg[]){arg_text(labels[i]), arg_number(LABELS_MAX), line});
    }
    return ROW_KEPT;
}

static enum row_judgement judge_row(struct row_judge *judge, struct dataset_row *row)
{
    struct message_arg line = arg_number(row->line);
    struct dataset_value *label = &row->values[LABEL];
    size_t repeated;

    if (row->values[TEXT_FIELD].text.len == 0)
        return refuse(judge, MESSAGE_TEXT_EMPTY, &line);
    if (!label->text.data && !row_drop_repeated(row, label, &judge->texts, &repeated))
        return ROW_UNDECIDABLE;
    return judge_labels(judge, row);
}

static bool note_row(struct row_judge *judge, const struct dataset_row *row)
{
    size_t count;
    const struct text *labels = labels_of(row, &count);

    for (size_t i = 0; i < count; i++)
        if (!label_table_count(&judge->labels[judge->split], labels[i],
                               row->values[TEXT_FIELD].text))
            return false;
    return true;
}

/* A label is no text that tokens are learned from. */
static void measure_row(const struct dataset_row *row, struct row_sums *sums)
{
    sums->rows++;
    sums->tokens += token_count(row->values[TEXT_FIELD].text);
}

static struct example_minimum minimum(const struct dataset_limits *limits)
{
    return (struct example_minimum){.alone = limits->train_labelled_min,
                                    .train = limits->train_labelled_min,
                                    .eval = limits->eval_labelled_min};
}

/* Tell whether the training file has enough examples of a label. */
static bool label_stays(const struct row_judge *judge, struct text name)
{
    const struct label *label = label_table_find(&judge->labels[SPLIT_TRAIN], name);

    return label && !label->removed;
}

static bool settle(struct row_judge *judge)
{
    struct label_table *train = &judge->labels[SPLIT_TRAIN], *eval = &judge->labels[SPLIT_EVAL];
    bool any = false;

    for (size_t i = 0; i < train->count; i++) {
        train->items[i].removed = train->items[i].rows < LABEL_ROWS_MIN;
        any = any || train->items[i].removed;
    }
    for (size_t i = 0; i < eval->count; i++) {
        eval->items[i].removed = !label_stays(judge, buf_text(&eval->items[i].name));
        any = any || eval->items[i].removed;
    }
    return any;
}

static bool row_counts(const struct row_judge *judge, const struct dataset_row *row)
{
    size_t count;
    const struct text *labels = labels_of(row, &count);

    for (size_t i = 0; i < count; i++)
        if (label_stays(judge, labels[i]))
            return true;
    return count == 0;
}

static void report(struct row_judge *judge, uint64_t train_count)
{
    const struct label_table *train = &judge->labels[SPLIT_TRAIN];
    uint64_t left = 0;

    for (size_t i = 0; i < train->count; i++)
        left += !train->items[i].removed;
    if (left < LABELS_MIN)
        dataset_issues_add(judge->issues, ISSUE_LABELS, MESSAGE_LABELS_FEW,
                           (struct message_arg[]){arg_number(left)});
    for (size_t i = 0; i < train->count; i++)
        if (!train->items[i].removed && train->items[i].rows == train_count)
            dataset_issues_add(judge->issues, ISSUE_LABELS, MESSAGE_LABEL_EVERYWHERE,
                               (struct message_arg[]){arg_text(buf_text(&train->items[i].name))});
}

static void add_name(struct buf *out, const struct label *label)
{
    if (out->len > 0)
        buf_add_string(out, ", ");
    buf_add_text(out, buf_text(&label->name));
}

/* The labels that are in the evaluation file alone come behind those of the other one. */
static void advise(const struct row_judge *judge, struct json_writer *warnings)
{
    const struct label_table *train = &judge->labels[SPLIT_TRAIN];
    const struct label_table *eval = &judge->labels[SPLIT_EVAL];
    AUTO(buf_done) struct buf names = {0};

    for (size_t i = 0; i < train->count; i++)
        if (train->items[i].removed)
            add_name(&names, &train->items[i]);
    for (size_t i = 0; i < eval->count; i++)
        if (!label_table_find(train, buf_text(&eval->items[i].name)))
            add_name(&names, &eval->items[i]);
    if (names.failed)
        warnings->out->failed = true;
    if (names.len > 0)
        dataset_warning_write(warnings, MESSAGE_LABELS_REMOVED,
                              (struct message_arg[]){arg_text(buf_text(&names))});
}

static void write_label(const struct row_judge *judge, const struct label *label,
                        struct json_writer *w)
{
    struct text name = buf_text(&label->name);
    const struct label *eval = label_table_find(&judge->labels[SPLIT_EVAL], name);

    json_write_object(w);
    json_write_member_int(w, "total_examples", (int64_t)(label->rows + (eval ? eval->rows : 0)));
    json_write_member_text(w, "label", name);
    json_write_key(w, "samples");
    json_write_array(w);
    for (unsigned i = 0; i < label->sample_count; i++)
        json_write_text(w, buf_text(&label->samples[i]));
    json_write_array_end(w);
    json_write_object_end(w);
}

static void describe(const struct row_judge *judge, const struct row_sums *train,
                     const struct row_sums *eval, struct json_writer *w)
{
    const struct label_table *table = &judge->labels[SPLIT_TRAIN];

    (void)train;
    (void)eval;
    json_write_key(w, "classify_data_metrics");
    json_write_object(w);
    json_write_key(w, "label_metrics");
    json_write_array(w);
    for (size_t i = 0; i < table->count; i++)
        if (!table->items[i].removed)
            write_label(judge, &table->items[i], w);
    json_write_array_end(w);
    json_write_object_end(w);
}

const struct dataset_rules single_label_rules = {
    .fields = {.items = single_fields, .count = ARRAY_LEN(single_fields)},
    .whole_rows = true,
    .judge = judge_row,
    .note = note_row,
    .measure = measure_row,
    .minimum = minimum,
    .settle = settle,
    .counts = row_counts,
    .report = report,
    .advise = advise,
    .describe = describe,
};

const struct dataset_rules multi_label_rules = {
    .fields = {.items = multi_fields, .count = ARRAY_LEN(multi_fields)},
    .whole_rows = true,
    .judge = judge_row,
    .note = note_row,
    .measure = measure_row,
    .minimum = minimum,
    .settle = settle,
    .counts = row_counts,
    .report = report,
    .advise = advise,
    .describe = describe,
};
