/*
 * An upload from anybody: the first byte chooses the type, the format and the options and seeds the
 * sizes of pieces, what follows up to a byte of 0xFF is the training file, the rest the evaluation
 * file.
 *
 * Pieces, the order of the files and colliding hashes change nothing in what comes out, and what
 * was stored is accepted and stored as it is when it is uploaded again.
 */
#include <string.h>

#include "core/avro_reader.h"
#include "core/dataset_check.h"
#include "core/dataset_rules.h"
#include "fuzz/fuzz.h"
#include "support/memory_sink.h"

struct upload {
    const struct dataset_type *type;
    enum dataset_format format;
    bool skips;               /* malformed rows */
    struct kept_fields *kept; /* borrowed; or NULL */
    struct text files[SPLIT_COUNT];
    uint32_t random; /* decides the sizes of pieces; 0: one piece */
    bool otherwise;  /* the evaluation file first, and all hashes equal */
    struct memory_file stored[SPLIT_COUNT + 1]; /* and the spare one */
    struct dataset_verdict verdict;
};

static void upload_done(struct upload *upload)
{
    dataset_verdict_done(&upload->verdict);
    buf_done(&upload->stored[SPLIT_TRAIN].bytes);
    buf_done(&upload->stored[SPLIT_EVAL].bytes);
    buf_done(&upload->stored[SPLIT_COUNT].bytes);
}

static void feed_file(struct dataset_check *check, struct upload *upload, enum dataset_split split)
{
    struct dataset_sink sink = memory_sink(&upload->stored[split]);
    struct text rest = upload->files[split];

    demand(dataset_check_begin(check, split, upload->format, &sink) == CHECK_OK, "a file begins");
    while (rest.len > 0) {
        size_t len = rest.len;

        if (upload->random)
            len = 1 + random_below(&upload->random, len < 90 ? len : 90);
        demand(dataset_check_feed(check, (struct text){rest.data, len}) == CHECK_OK, "it goes on");
        rest = (struct text){rest.data + len, rest.len - len};
    }
    demand(dataset_check_end(check) == CHECK_OK, "it ends");
}

static void upload_check(struct upload *upload)
{
    const struct dataset_limits limits = {
        .line_bytes_max = 300, .queries_max = 1000, .train_queries_min = 2, .eval_queries_min = 1};
    const struct dataset_options options = {.skip_malformed = upload->skips,
                                            .text_separator = TEXT("--"),
                                            .kept = upload->kept,
                                            .spare = memory_sink(&upload->stored[SPLIT_COUNT])};
    struct dataset_check *check = dataset_check_new(upload->type, &limits, 1);

    demand(check != NULL, "there is memory");
    demand(dataset_check_set_options(check, &options) == CHECK_OK, "and for options");
    if (upload->otherwise)
        dataset_check_weaken_hashes(check, 0);
    feed_file(check, upload, upload->otherwise ? SPLIT_EVAL : SPLIT_TRAIN);
    feed_file(check, upload, upload->otherwise ? SPLIT_TRAIN : SPLIT_EVAL);
    demand(dataset_check_finish(check, &upload->verdict) == CHECK_OK, "there is a verdict");
    dataset_check_free(check);
}

static void compare(const struct upload *a, const struct upload *b)
{
    demand(a->verdict.valid == b->verdict.valid, "the verdict is the same");
    demand(text_eq(buf_text(&a->verdict.error), buf_text(&b->verdict.error)), "so is the error");
    demand(text_eq(buf_text(&a->verdict.warnings), buf_text(&b->verdict.warnings)),
           "so are warnings");
    demand(text_eq(buf_text(&a->verdict.metrics), buf_text(&b->verdict.metrics)), "and metrics");
    demand(a->verdict.eval_is_spare == b->verdict.eval_is_spare, "and which part it is");
    for (size_t i = 0; i <= SPLIT_COUNT; i++)
        demand(text_eq(buf_text(&a->stored[i].bytes), buf_text(&b->stored[i].bytes)),
               "and what is stored");
}

/* Append the rows stored in a part as lines of JSON. */
static void print_stored(struct upload *upload, enum dataset_split split, struct buf *out)
{
    struct dataset_fields fields = dataset_rules_of(upload->type->kind)->fields;
    struct dataset_sink sink = memory_sink(&upload->stored[split]);
    AUTO(avro_rows_done) struct avro_rows rows = {0};
    AUTO(dataset_row_done) struct dataset_row row = {0};

    if (upload->files[split].len == 0)
        return;
    fields.kept = upload->type->keeps_fields ? upload->kept : NULL;
    demand(avro_rows_open(&rows, &sink, upload->stored[split].bytes.len) == AVRO_OK, "it opens");
    while (avro_rows_next(&rows) == AVRO_OK) {
        demand(dataset_row_read(&row, &fields, &rows.rest) == AVRO_OK, "rows are read");
        dataset_row_print(&row, &fields, out);
        buf_add_char(out, '\n');
    }
    demand(avro_rows_next(&rows) == AVRO_END, "all of them");
}

/* Escapes may make a row's JSON longer than the limit for lines: then it is not kept again. */
static void check_again(struct upload *first)
{
    AUTO(buf_done) struct buf train = {0}, again = {0};
    AUTO(upload_done)
    struct upload second = {.type = first->type, .format = FORMAT_JSONL, .kept = first->kept};

    print_stored(first, SPLIT_TRAIN, &train);
    second.files[SPLIT_TRAIN] = buf_text(&train);
    upload_check(&second);
    if (text_find(buf_text(&second.verdict.error), TEXT("is longer than")) <
        second.verdict.error.len)
        return;
    print_stored(&second, SPLIT_TRAIN, &again);
    demand(text_eq(buf_text(&again), buf_text(&train)), "what was kept is kept as it is");
}

static const char *const types[] = {
    "reranker-finetune-input",
    "embed-input",
    "chat-finetune-input",
    "single-label-classification-finetune-input",
    "multi-label-classification-finetune-input",
    "prompt-completion-finetune-input",
    "batch-chat-input",
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text train = {(const char *)data + 1, size > 0 ? size - 1 : 0}, eval = {0};
    static const enum dataset_format formats[] = {FORMAT_JSONL, FORMAT_CSV, FORMAT_TXT};
    AUTO(kept_fields_done) struct kept_fields kept = {0};
    AUTO(upload_done) struct upload whole = {0}, cut = {0};
    size_t choice;

    if (size == 0)
        return 0;
    for (size_t i = 0; i < train.len && !eval.data; i++) {
        if (data[i + 1] != 0xFF)
            continue;
        eval = (struct text){train.data + i + 1, train.len - i - 1};
        train.len = i;
    }
    whole.type = dataset_type_find(text_of(types[(data[0] >> 2) % ARRAY_LEN(types)]));
    choice = (data[0] >> 2) / ARRAY_LEN(types);
    whole.format = formats[choice % ARRAY_LEN(formats)];
    if (!(whole.type->formats & whole.format))
        whole.format = FORMAT_JSONL;
    whole.skips = data[0] & 1;
    if (choice & 1) {
        demand(kept_fields_add(&kept, TEXT("n"), false) == KEPT_OK, "a field is kept");
        whole.kept = &kept;
    }
    whole.files[SPLIT_TRAIN] = train;
    whole.files[SPLIT_EVAL] = eval;
    cut = whole;
    cut.random = data[0] + 1U;
    cut.otherwise = data[0] & 2;
    upload_check(&whole);
    upload_check(&cut);
    compare(&whole, &cut);
    check_again(&whole);
    return 0;
}
