#include "core/avro_writer.h"

#include <check.h>

#include "core/avro_reader.h"
#include "support/memory_sink.h"

Suite *avro_writer_suite(void);

static const struct {
    int64_t value;
    struct text bytes;
} longs[] = {
    {0, {"\0", 1}},
    {-1, {"\x01", 1}},
    {1, {"\x02", 1}},
    {63, {"\x7e", 1}},
    {-64, {"\x7f", 1}},
    {64, {"\x80\x01", 2}},
    {8192, {"\x80\x80\x01", 3}},
    {INT64_MAX, {"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10}},
    {INT64_MIN, {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10}},
};

START_TEST(numbers_are_zigzag_in_portions_of_seven_bits)
{
    char out[AVRO_LONG_LEN_MAX];
    struct text rest = {out, avro_long_encode(longs[_i].value, out)};
    int64_t back;

    ck_assert(text_eq(rest, longs[_i].bytes));
    ck_assert(avro_get_long(&rest, &back));
    ck_assert_int_eq(back, longs[_i].value);
    ck_assert_uint_eq(rest.len, 0);
}
END_TEST

static void write_row(struct avro_writer *writer, struct text value)
{
    ck_assert(avro_row_begin(writer, value.len + AVRO_LONG_LEN_MAX));
    avro_put_string(writer, value);
    ck_assert_int_eq(avro_row_end(writer), AVRO_OK);
}

START_TEST(a_file_is_the_bytes_of_the_specification)
{
    struct memory_file file = {0};
    struct dataset_sink sink = memory_sink(&file);
    AUTO(avro_writer_done) struct avro_writer writer;
    AUTO(buf_done) struct buf want = {0};

    ck_assert_int_eq(avro_writer_init(&writer, &sink, "\"string\"", 1), AVRO_OK);
    write_row(&writer, TEXT("foo"));
    write_row(&writer, TEXT(""));
    ck_assert_int_eq(avro_writer_flush(&writer), AVRO_OK);
    ck_assert_int_eq(avro_writer_flush(&writer), AVRO_OK);
    buf_add_text(&want, TEXT("Obj\x01\x04\x14"
                             "avro.codec\x08null\x16"
                             "avro.schema\x10\"string\"\0"));
    buf_add(&want, writer.sync, AVRO_SYNC_LEN);
    buf_add_text(&want, TEXT("\x04\x0a\x06"
                             "foo\0"));
    buf_add(&want, writer.sync, AVRO_SYNC_LEN);
    ck_assert_mem_eq(file.bytes.data, want.data, want.len);
    ck_assert_uint_eq(file.bytes.len, want.len);
    buf_done(&file.bytes);
}
END_TEST

START_TEST(the_seed_alone_decides_the_marker)
{
    struct memory_file file = {0};
    struct dataset_sink sink = memory_sink(&file);
    AUTO(avro_writer_done) struct avro_writer a, b, c;

    ck_assert_int_eq(avro_writer_init(&a, &sink, "{}", 1), AVRO_OK);
    ck_assert_int_eq(avro_writer_init(&b, &sink, "[]", 1), AVRO_OK);
    ck_assert_int_eq(avro_writer_init(&c, &sink, "{}", 2), AVRO_OK);
    ck_assert_mem_eq(a.sync, b.sync, AVRO_SYNC_LEN);
    ck_assert_mem_ne(a.sync, c.sync, AVRO_SYNC_LEN);
    buf_done(&file.bytes);
}
END_TEST

/* Rows of 0, 1, ... bytes, then one of several blocks' length. */
enum { ROWS = 2000, LONG_ROW = 3 * 1024 * 1024 };

static char filler[LONG_ROW];

static struct text row_of(size_t i)
{
    return (struct text){filler, i == ROWS / 2 ? LONG_ROW : i};
}

static void write_rows(struct avro_writer *writer, const struct dataset_sink *sink)
{
    memset(filler, 'f', sizeof(filler));
    ck_assert_int_eq(avro_writer_init(writer, sink, "\"string\"", 1), AVRO_OK);
    for (size_t i = 0; i < ROWS; i++) {
        struct avro_place place = avro_writer_place(writer);
        struct text held;

        if (place.row >= AVRO_BLOCK_BYTES)
            ck_abort_msg("row %zu begins late", i);
        if (!avro_writer_holds(writer, place.block, &held) || held.len != place.row)
            ck_abort_msg("row %zu is not where it is said to be", i);
        write_row(writer, row_of(i));
    }
    ck_assert_int_eq(avro_writer_flush(writer), AVRO_OK);
    ck_assert_uint_lt(writer->block.size, LONG_ROW);
}

START_TEST(what_was_written_is_read_back_row_by_row)
{
    struct memory_file file = {0};
    struct dataset_sink sink = memory_sink(&file);
    AUTO(avro_writer_done) struct avro_writer writer;
    AUTO(avro_rows_done) struct avro_rows rows = {0};
    size_t i = 0;

    write_rows(&writer, &sink);
    ck_assert_uint_eq(writer.block_start, file.bytes.len);
    ck_assert_int_eq(avro_rows_open(&rows, &sink, file.bytes.len), AVRO_OK);
    for (; avro_rows_next(&rows) == AVRO_OK; i++) {
        struct text value;

        if (!avro_get_string(&rows.rest, &value) || !text_eq(value, row_of(i)))
            ck_abort_msg("row %zu", i);
    }
    ck_assert_uint_eq(i, ROWS);
    ck_assert_int_eq(avro_rows_next(&rows), AVRO_END);
    buf_done(&file.bytes);
}
END_TEST

START_TEST(a_file_without_rows_has_none)
{
    struct memory_file file = {0};
    struct dataset_sink sink = memory_sink(&file);
    AUTO(avro_writer_done) struct avro_writer writer;
    AUTO(avro_rows_done) struct avro_rows rows = {0};

    ck_assert_int_eq(avro_writer_init(&writer, &sink, "\"string\"", 1), AVRO_OK);
    ck_assert_int_eq(avro_rows_open(&rows, &sink, file.bytes.len), AVRO_OK);
    ck_assert_int_eq(avro_rows_next(&rows), AVRO_END);
    buf_done(&file.bytes);
}
END_TEST

/* Read all rows of a file; tell how that ended. */
static enum avro_result read_all(struct memory_file *file)
{
    struct dataset_sink sink = memory_sink(file);
    AUTO(avro_rows_done) struct avro_rows rows = {0};
    enum avro_result result = avro_rows_open(&rows, &sink, file->bytes.len);

    while (result == AVRO_OK && (result = avro_rows_next(&rows)) == AVRO_OK) {
        struct text value;

        if (!avro_get_string(&rows.rest, &value))
            return AVRO_BROKEN;
    }
    return result;
}

/* Both a file that ends anywhere and one with any byte changed must be survived. */
START_TEST(a_broken_file_is_never_believed)
{
    struct memory_file file = {0};
    struct dataset_sink sink = memory_sink(&file);
    AUTO(avro_writer_done) struct avro_writer writer;
    size_t head_len, len;

    ck_assert_int_eq(avro_writer_init(&writer, &sink, "\"string\"", 1), AVRO_OK);
    head_len = file.bytes.len;
    write_row(&writer, TEXT("some text"));
    ck_assert_int_eq(avro_writer_flush(&writer), AVRO_OK);
    len = file.bytes.len;
    for (size_t i = 0; i < len; i++) {
        file.bytes.data[i] ^= 0x41;
        (void)read_all(&file);
        file.bytes.data[i] ^= 0x41;
    }
    ck_assert_int_eq(read_all(&file), AVRO_END);
    for (file.bytes.len = len - 1; file.bytes.len > head_len; file.bytes.len--)
        if (read_all(&file) != AVRO_BROKEN)
            ck_abort_msg("%zu bytes are accepted", file.bytes.len);
    for (file.bytes.len = head_len - 1; file.bytes.len > 0; file.bytes.len--)
        if (read_all(&file) != AVRO_BROKEN)
            ck_abort_msg("%zu bytes of head are accepted", file.bytes.len);
    buf_done(&file.bytes);
}
END_TEST

START_TEST(a_sink_that_fails_ends_it)
{
    struct memory_file file = {.limited = true, .calls_left = 1};
    struct dataset_sink sink = memory_sink(&file);
    AUTO(avro_writer_done) struct avro_writer writer;

    ck_assert_int_eq(avro_writer_init(&writer, &sink, "{}", 1), AVRO_OK);
    write_row(&writer, TEXT("x"));
    ck_assert_int_eq(avro_writer_flush(&writer), AVRO_SINK_FAILED);
    ck_assert_int_eq(read_all(&file), AVRO_SINK_FAILED);
    buf_done(&file.bytes);
}
END_TEST

Suite *avro_writer_suite(void)
{
    Suite *suite = suite_create("avro_writer");
    TCase *tcase = tcase_create("bytes");

    tcase_add_loop_test(tcase, numbers_are_zigzag_in_portions_of_seven_bits, 0, ARRAY_LEN(longs));
    tcase_add_test(tcase, a_file_is_the_bytes_of_the_specification);
    tcase_add_test(tcase, the_seed_alone_decides_the_marker);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("reading back");
    tcase_add_test(tcase, what_was_written_is_read_back_row_by_row);
    tcase_add_test(tcase, a_file_without_rows_has_none);
    tcase_add_test(tcase, a_broken_file_is_never_believed);
    tcase_add_test(tcase, a_sink_that_fails_ends_it);
    suite_add_tcase(suite, tcase);
    return suite;
}
