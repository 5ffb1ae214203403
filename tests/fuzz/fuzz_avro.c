/*
 * Avro: the first byte chooses whether the rest is a file from anybody, which is read as rows of
 * some type, or a program for the writer, whose file must be read back to the same values.
 */
#include <string.h>

#include "core/avro_reader.h"
#include "core/dataset_rules.h"
#include "fuzz/fuzz.h"
#include "support/memory_sink.h"

/*
 * A file from anybody
 */

static const char *const types[] = {
    "reranker-finetune-input",
    "embed-input",
    "chat-finetune-input",
    "single-label-classification-finetune-input",
    "multi-label-classification-finetune-input",
    "prompt-completion-finetune-input",
    "batch-chat-input",
};

/* Put a head before a block's data, and what belongs around that, so that rows are reached. */
static void add_block(struct memory_file *file, int64_t row_count, struct text data)
{
    AUTO(avro_writer_done) struct avro_writer writer = {0};
    struct dataset_sink sink = memory_sink(file);
    char number[AVRO_LONG_LEN_MAX];

    demand(avro_writer_init(&writer, &sink, "{}", 1) == AVRO_OK, "a file begins");
    buf_add(&file->bytes, number, avro_long_encode(row_count, number));
    buf_add(&file->bytes, number, avro_long_encode((int64_t)data.len, number));
    buf_add_text(&file->bytes, data);
    buf_add(&file->bytes, writer.sync, sizeof(writer.sync));
}

static void read_rows(const struct dataset_sink *sink, uint64_t bytes, const char *type)
{
    const struct dataset_type *row_type = dataset_type_find(text_of(type));
    const struct dataset_fields *fields = &dataset_rules_of(row_type->kind)->fields;
    AUTO(avro_rows_done) struct avro_rows rows = {0};
    AUTO(dataset_row_done) struct dataset_row row = {0};
    enum avro_result result = avro_rows_open(&rows, sink, bytes);
    uint64_t offset = 0;

    while (result == AVRO_OK && (result = avro_rows_next(&rows)) == AVRO_OK) {
        AUTO(buf_done) struct buf json = {0};
        size_t left = rows.rest.len;

        demand(rows.offset > offset && rows.offset <= bytes, "a block is in the file");
        result = dataset_row_read(&row, fields, &rows.rest);
        if (result != AVRO_OK)
            break;
        demand(rows.rest.len < left, "a row has bytes");
        dataset_row_print(&row, fields, &json);
    }
    demand(result == AVRO_END || result == AVRO_BROKEN, "it is whole or broken");
}

/* Take strings for as long as there are any: behind the last byte nobody may look. */
static void read_strings(struct text rest)
{
    struct text string, left = rest;

    while (avro_get_string(&left, &string))
        demand(string.data + string.len == left.data, "a string ends where the rest begins");
    demand(left.len <= rest.len && left.data + left.len == rest.data + rest.len, "the end stays");
}

static void check_file(struct text rest)
{
    struct memory_file file = {.calls_left = 0};
    struct dataset_sink sink = memory_sink(&file);
    uint8_t choice = take_byte(&rest);

    read_strings(rest);
    if (choice & 0x80)
        add_block(&file, 1 + (choice >> 3 & 0xF), rest);
    else
        buf_add_text(&file.bytes, rest);
    read_rows(&sink, file.bytes.len, types[choice % 8 % ARRAY_LEN(types)]);
    buf_done(&file.bytes);
}

/*
 * A file of ours
 */

enum value { VALUE_LONG, VALUE_STRING, VALUE_BOOL, VALUE_DOUBLE, VALUE_END, VALUE_FLUSH };

/* Some programs are repeated until their file has more than a block of 64 KiB. */
enum { FILE_LEN = 70000, LONG_CHOICE = 0x5A };

/* Put or check a value, of which the kind and the bytes are next in the program. */
static void put_value(struct avro_writer *writer, enum value kind, struct text *rest)
{
    uint64_t bits;
    double number;

    switch (kind) {
    case VALUE_LONG:
        avro_put_long(writer, (int64_t)take_number(rest, 8));
        break;
    case VALUE_STRING:
        avro_put_string(writer, take_text(rest));
        break;
    case VALUE_BOOL:
        avro_put_bool(writer, take_byte(rest) & 1);
        break;
    case VALUE_DOUBLE:
        bits = take_number(rest, 8);
        memcpy(&number, &bits, sizeof(number));
        avro_put_double(writer, number);
        break;
    case VALUE_END:
    case VALUE_FLUSH:
        break;
    }
}

static void check_value(struct text *row, enum value kind, struct text *rest)
{
    struct text string;
    int64_t whole;
    double number;
    uint64_t bits;
    bool boolean;

    switch (kind) {
    case VALUE_LONG:
        demand(avro_get_long(row, &whole), "a long is there");
        demand(whole == (int64_t)take_number(rest, 8), "the same");
        break;
    case VALUE_STRING:
        demand(avro_get_string(row, &string), "a string is there");
        demand_text(string, take_text(rest), "the same");
        break;
    case VALUE_BOOL:
        demand(avro_get_bool(row, &boolean), "a boolean is there");
        demand(boolean == (take_byte(rest) & 1), "the same");
        break;
    case VALUE_DOUBLE:
        demand(avro_get_double(row, &number), "a double is there");
        memcpy(&bits, &number, sizeof(bits));
        demand(bits == take_number(rest, 8), "the same");
        break;
    case VALUE_END:
    case VALUE_FLUSH:
        break;
    }
}

/* Take the kind of a value; an end where the program is over. */
static enum value take_kind(struct text *rest)
{
    return rest->len ? (enum value)(take_byte(rest) % (VALUE_FLUSH + 1)) : VALUE_END;
}

/* Write a row of the program; false if it is over. */
static bool write_row(struct avro_writer *writer, struct text *rest)
{
    enum value kind;

    if (rest->len == 0)
        return false;
    demand(avro_row_begin(writer, 2 * rest->len + AVRO_LONG_LEN_MAX), "there is memory");
    while ((kind = take_kind(rest)) < VALUE_END)
        put_value(writer, kind, rest);
    /* A row has a byte, or nobody could tell that it is there. */
    avro_put_bool(writer, kind == VALUE_FLUSH);
    demand(avro_row_end(writer) == AVRO_OK, "a row ends");
    if (kind == VALUE_FLUSH)
        demand(avro_writer_flush(writer) == AVRO_OK, "a block ends");
    return true;
}

static void check_row(struct text *row, struct text *rest)
{
    enum value kind;
    bool flushed;

    while ((kind = take_kind(rest)) < VALUE_END)
        check_value(row, kind, rest);
    demand(avro_get_bool(row, &flushed) && flushed == (kind == VALUE_FLUSH), "a row has its end");
}

static void check_program(struct text program)
{
    AUTO(avro_writer_done) struct avro_writer writer = {0};
    AUTO(avro_rows_done) struct avro_rows rows = {0};
    struct memory_file file = {.calls_left = 0};
    struct dataset_sink sink = memory_sink(&file);
    uint8_t choice = take_byte(&program);
    size_t times = choice == LONG_CHOICE ? FILE_LEN / (program.len + 1) + 1 : 1 + choice % 3;

    demand(avro_writer_init(&writer, &sink, "{}", times) == AVRO_OK, "a file begins");
    for (size_t i = 0; i < times; i++)
        for (struct text rest = program; write_row(&writer, &rest);)
            ;
    demand(avro_writer_flush(&writer) == AVRO_OK, "the file ends");
    demand(avro_rows_open(&rows, &sink, file.bytes.len) == AVRO_OK, "and is one");
    for (size_t i = 0; i < times; i++) {
        for (struct text rest = program; rest.len > 0;) {
            demand(avro_rows_next(&rows) == AVRO_OK, "each row is there");
            check_row(&rows.rest, &rest);
        }
    }
    demand(avro_rows_next(&rows) == AVRO_END, "and no more");
    buf_done(&file.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text rest = {(const char *)data, size};

    if (take_byte(&rest) & 1)
        check_file(rest);
    else
        check_program(rest);
    return 0;
}
