/*
 * How fast can a JSON file be read at all, by one core?
 *
 *     bench_scan FILE SECONDS
 *
 * Reads FILE over and over, for SECONDS each: with our scanner, which builds nothing, and with
 * jansson, which builds the values. Prints the MB/s of both.
 */
#include <jansson.h>
#include <stdio.h>
#include <time.h>

#include "base/buf.h"
#include "base/json_scan.h"

typedef bool read_fn(struct text json);

static bool read_with_scanner(struct text json)
{
    struct json_scan scan;
    enum json_scan_token token;

    json_scan_init(&scan, json, JSON_SCAN_DEPTH_MAX);
    do
        token = json_scan_next(&scan);
    while (token != JSON_SCAN_END && token != JSON_SCAN_ERROR);
    return token == JSON_SCAN_END;
}

static bool read_with_jansson(struct text json)
{
    json_t *value = json_loadb(json.data, json.len, 0, NULL);
    bool is_read = value != NULL;

    json_decref(value);
    return is_read;
}

static double seconds_used(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static bool time_reading(read_fn *read, struct text json, double seconds)
{
    double start = seconds_used(), used;
    size_t count = 0;

    do {
        if (!read(json))
            return false;
        count++;
        used = seconds_used() - start;
    } while (used < seconds);
    printf("%.1f\n", (double)json.len * (double)count * 1e-6 / used);
    return true;
}

static bool read_file(const char *path, struct buf *out)
{
    enum { BLOCK_SIZE = 1 << 16 };
    FILE *file = fopen(path, "rb");
    size_t got = 1;

    while (file && got > 0 && buf_reserve(out, BLOCK_SIZE)) {
        got = fread(out->data + out->len, 1, BLOCK_SIZE, file);
        out->len += got;
    }
    bool is_whole = file && !out->failed && !ferror(file);
    if (file)
        (void)fclose(file);
    return is_whole;
}

int main(int argc, char **argv)
{
    AUTO(buf_done) struct buf json = {0};
    double seconds;

    if (argc != 3 || !text_to_double(text_of(argv[2]), &seconds)) {
        (void)fprintf(stderr, "usage: bench_scan FILE SECONDS\n");
        return 2;
    }
    if (!read_file(argv[1], &json)) {
        (void)fprintf(stderr, "bench_scan: cannot read %s\n", argv[1]);
        return 3;
    }
    if (time_reading(read_with_scanner, buf_text(&json), seconds) &&
        time_reading(read_with_jansson, buf_text(&json), seconds))
        return 0;
    (void)fprintf(stderr, "bench_scan: %s is not JSON\n", argv[1]);
    return 1;
}
