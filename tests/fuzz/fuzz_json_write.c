/*
 * A program for the JSON writer, a byte for each call with what it writes behind it. What is
 * written is read back by the scanner and by jansson, to the same values, and no number could have
 * been shorter.
 */
#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/json_scan.h"
#include "base/json_write.h"
#include "fuzz/fuzz.h"
#include "support/json_oracle.h"

enum { DEPTH_MAX = 20, TOKENS_MAX = 2000 };

enum number { NUMBER_INT, NUMBER_DOUBLE, NUMBER_FLOAT };

/* A token that was written, as it must be read. */
struct wanted {
    enum json_scan_token token;
    struct text text; /* of a string or key, before what is no UTF-8 was mended */
    enum number number;
    int64_t whole;
    double real;
};

struct run {
    struct text rest; /* of the program */
    struct buf out;
    struct json_writer w;
    bool in_object[DEPTH_MAX];
    size_t depth;
    struct wanted wanted[TOKENS_MAX];
    size_t count;
};

static void expect(struct run *run, struct wanted wanted)
{
    run->wanted[run->count++] = wanted;
}

static void close_one(struct run *run)
{
    bool in_object = run->in_object[--run->depth];

    if (in_object)
        json_write_object_end(&run->w);
    else
        json_write_array_end(&run->w);
    expect(run, (struct wanted){.token = in_object ? JSON_SCAN_OBJECT_END : JSON_SCAN_ARRAY_END});
}

static void write_key(struct run *run)
{
    struct text key = take_text(&run->rest);

    json_write_key_text(&run->w, key);
    expect(run, (struct wanted){.token = JSON_SCAN_KEY, .text = key});
}

static void write_container(struct run *run, bool is_object)
{
    if (is_object)
        json_write_object(&run->w);
    else
        json_write_array(&run->w);
    run->in_object[run->depth++] = is_object;
    expect(run, (struct wanted){.token = is_object ? JSON_SCAN_OBJECT : JSON_SCAN_ARRAY});
}

static void write_string(struct run *run)
{
    struct text value = take_text(&run->rest);

    json_write_text(&run->w, value);
    expect(run, (struct wanted){.token = JSON_SCAN_STRING, .text = value});
}

static void write_int(struct run *run)
{
    int64_t value = (int64_t)take_number(&run->rest, 8);

    json_write_int(&run->w, value);
    expect(run, (struct wanted){.token = JSON_SCAN_NUMBER, .whole = value});
}

static void write_double(struct run *run)
{
    uint64_t bits = take_number(&run->rest, 8);
    double value;

    memcpy(&value, &bits, sizeof(value));
    if (!isfinite(value))
        value = (double)bits;
    json_write_double(&run->w, value);
    expect(run, (struct wanted){.token = JSON_SCAN_NUMBER, .number = NUMBER_DOUBLE, .real = value});
}

/* Half of them are between 0 and 1, as scores are. */
static void write_float(struct run *run)
{
    uint32_t bits = (uint32_t)take_number(&run->rest, 4);
    float value;

    memcpy(&value, &bits, sizeof(value));
    if (bits & 1 || !isfinite(value))
        value = (float)bits / 4294967296.0F;
    json_write_float(&run->w, value);
    expect(run, (struct wanted){.token = JSON_SCAN_NUMBER, .number = NUMBER_FLOAT, .real = value});
}

static void write_word(struct run *run, uint8_t choice)
{
    static const enum json_scan_token words[] = {JSON_SCAN_TRUE, JSON_SCAN_FALSE, JSON_SCAN_NULL};
    enum json_scan_token word = words[choice % ARRAY_LEN(words)];

    if (word == JSON_SCAN_NULL)
        json_write_null(&run->w);
    else
        json_write_bool(&run->w, word == JSON_SCAN_TRUE);
    expect(run, (struct wanted){.token = word});
}

static void write_value(struct run *run, uint8_t choice)
{
    switch (choice % 8) {
    case 0:
    case 1:
        if (run->depth < DEPTH_MAX) {
            write_container(run, choice & 1);
            break;
        }
        write_word(run, choice);
        break;
    case 2:
    case 3:
        write_string(run);
        break;
    case 4:
        write_int(run);
        break;
    case 5:
        write_double(run);
        break;
    case 6:
        write_float(run);
        break;
    default:
        write_word(run, choice / 8);
        break;
    }
}

static void write_all(struct run *run)
{
    do {
        uint8_t choice = take_byte(&run->rest);

        if (run->depth > 0 && choice >= 0xE0) {
            close_one(run);
            continue;
        }
        if (run->depth > 0 && run->in_object[run->depth - 1])
            write_key(run);
        write_value(run, choice);
    } while (run->depth > 0 && run->rest.len > 0 && run->count < TOKENS_MAX - DEPTH_MAX - 2);
    while (run->depth > 0)
        close_one(run);
}

static void mend(struct text text, struct buf *out)
{
    uint32_t c;

    for (size_t i = 0; i < text.len;) {
        i += utf8_decode(text, i, &c);
        utf8_append(out, c);
    }
}

static void check_string(const struct json_scan *scan, struct text wanted)
{
    AUTO(buf_done) struct buf scratch = {0}, mended = {0};
    struct text got = {0};

    mend(wanted, &mended);
    demand(json_scan_string(scan, &scratch, &got), "there is memory");
    demand_text(got, buf_text(&mended), "a string is read as it was written");
}

static bool reads_as(const char *digits, const struct wanted *wanted)
{
    if (wanted->number == NUMBER_FLOAT)
        return strtof(digits, NULL) == (float)wanted->real;
    return strtod(digits, NULL) == wanted->real;
}

/* The digits that count: neither zeros before or behind the others, nor an exponent. */
static int count_digits(struct text number)
{
    int count = 0, zeros = 0;

    for (size_t i = 0; i < number.len && number.data[i] != 'e'; i++) {
        char c = number.data[i];

        if (c == '0') {
            zeros++;
        } else if (c >= '1' && c <= '9') {
            count += 1 + (count ? zeros : 0);
            zeros = 0;
        }
    }
    return count;
}

static void check_real(struct text number, const struct wanted *wanted)
{
    AUTO(buf_done) struct buf digits = {0};
    int count = count_digits(number);

    buf_add_text(&digits, number);
    demand(reads_as(digits.data, wanted), "a number is read as it was written");
    for (int shorter = 1; shorter < count; shorter++) {
        char text[40];

        (void)snprintf(text, sizeof(text), "%.*e", shorter - 1, wanted->real);
        demand(!reads_as(text, wanted), "no fewer digits would do");
    }
}

static void check_number(struct text number, const struct wanted *wanted)
{
    int64_t whole = 0;

    if (wanted->number != NUMBER_INT) {
        check_real(number, wanted);
        return;
    }
    demand(text_to_i64(number, &whole), "a whole number is one");
    demand(whole == wanted->whole, "and the same");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct run run;
    struct json_scan scan;

    run.rest = (struct text){(const char *)data, size};
    run.w = (struct json_writer){.out = &run.out};
    run.depth = run.count = 0;
    buf_clear(&run.out);
    write_all(&run);
    demand(!run.out.failed, "there is memory");
    demand(json_oracle_agrees(buf_text(&run.out)), "jansson reads the same");
    json_scan_init(&scan, buf_text(&run.out), JSON_SCAN_DEPTH_MAX);
    for (size_t i = 0; i < run.count; i++) {
        const struct wanted *wanted = &run.wanted[i];

        demand(json_scan_next(&scan) == wanted->token, "each token is there");
        if (wanted->token == JSON_SCAN_KEY || wanted->token == JSON_SCAN_STRING)
            check_string(&scan, wanted->text);
        if (wanted->token == JSON_SCAN_NUMBER)
            check_number(scan.value, wanted);
    }
    demand(json_scan_next(&scan) == JSON_SCAN_END, "and no more");
    return 0;
}
