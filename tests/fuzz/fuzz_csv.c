/*
 * CSV from anybody: the first byte chooses the delimiter and seeds the sizes of pieces.
 *
 * What csv_split.h hands out piece by piece is what a plain reading of the whole text gives, which
 * looks ahead as it likes, and an unlimited one has the same records as a limited one but for those
 * that are too long.
 */
#include "core/csv_split.h"
#include "fuzz/fuzz.h"

enum { RECORD_LEN_MAX = 60 };

static const char *const delimiters[] = {"", ";", "\t", "a", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};

/*
 * The plain reading: a record ends at the first newline that is not within quotes, and is then
 * read as a whole
 */

struct plain {
    struct text rest;
    struct text delimiter;
    uint64_t line;
};

static struct text behind(struct text t, size_t count)
{
    return (struct text){t.data + count, t.len - count};
}

/* Read one field from the front of `*record` and append it in brackets, with what follows: false if
 * its quotes are wrong. `*more` says whether a delimiter followed. */
static bool plain_field(const struct plain *plain, struct text *record, bool *more, struct buf *out)
{
    size_t end = 0;

    buf_add_char(out, '[');
    if (record->len > 0 && record->data[0] == '"') {
        for (end = 1; end < record->len; end++) {
            if (record->data[end] == '"' &&
                (end + 1 == record->len || record->data[end + 1] != '"'))
                break;
            buf_add_char(out, record->data[end]);
            end += record->data[end] == '"';
        }
        if (end++ >= record->len)
            return false;
        if (end < record->len && !text_has_prefix(behind(*record, end), plain->delimiter))
            return false;
    } else {
        end = text_find(*record, plain->delimiter);
        for (size_t i = 0; i < end; i++)
            if (record->data[i] == '"')
                return false;
        buf_add(out, record->data, end);
    }
    buf_add_char(out, ']');
    *more = end < record->len;
    *record = behind(*record, *more ? end + plain->delimiter.len : end);
    return true;
}

/* Tell whether a field that begins at `at` has quotes. */
static bool begins_quoted(struct text t, size_t at)
{
    return at < t.len && t.data[at] == '"';
}

/* Find where the record in front ends: the offset of its newline, or the length. */
static size_t plain_end(const struct plain *plain)
{
    struct text t = plain->rest;
    bool quoted = begins_quoted(t, 0), broken = false;
    size_t i = quoted;

    while (i < t.len) {
        if (!quoted && t.data[i] == '\n')
            return i;
        if (quoted) {
            if (t.data[i] != '"') {
                i++;
                continue;
            }
            if (begins_quoted(t, i + 1)) {
                i += 2;
                continue;
            }
            quoted = false;
            i++;
            /* Behind the end of quotes only a delimiter may come; else all is lost up to the
             * newline. */
            broken = !text_has_prefix(behind(t, i), plain->delimiter);
            if (broken)
                continue;
            i += plain->delimiter.len;
            quoted = begins_quoted(t, i);
            i += quoted;
        } else if (!broken && text_has_prefix(behind(t, i), plain->delimiter)) {
            i += plain->delimiter.len;
            quoted = begins_quoted(t, i);
            i += quoted;
        } else {
            broken |= t.data[i] == '"';
            i++;
        }
    }
    return t.len;
}

static void add_record(const struct plain *plain, struct text record, struct buf *out)
{
    size_t from = out->len;
    bool more = true;

    buf_add_uint(out, plain->line);
    while (more) {
        if (plain_field(plain, &record, &more, out))
            continue;
        buf_truncate(out, from);
        buf_add_uint(out, plain->line);
        buf_add_char(out, '?');
        return;
    }
}

static void read_plainly(struct text input, struct text delimiter, size_t len_max, struct buf *out)
{
    struct plain plain = {.delimiter = delimiter.len ? delimiter : TEXT(","), .line = 1};
    bool has_mark = text_has_prefix(input, TEXT("\xef\xbb\xbf"));

    plain.rest = has_mark ? behind(input, 3) : input;
    for (bool is_first = true; plain.rest.len > 0; is_first = false) {
        size_t end = plain_end(&plain);
        struct text record = {plain.rest.data, end}, whole = record;

        if (text_has_suffix(record, TEXT("\r")))
            record.len--;
        if (end + (is_first && has_mark ? 3 : 0) > len_max)
            buf_add_format(out, "%llu!", (unsigned long long)plain.line);
        else if (record.len > 0)
            add_record(&plain, record, out);
        for (size_t i = 0; i < whole.len; i++)
            plain.line += whole.data[i] == '\n';
        plain.line++;
        plain.rest = behind(plain.rest, end < plain.rest.len ? end + 1 : end);
    }
}

/*
 * The one to be tested
 */

static void note(const struct csv_split *csv, enum csv_result result, struct buf *out)
{
    if (result == CSV_NONE)
        return;
    buf_add_uint(out, csv->line);
    if (result != CSV_RECORD)
        buf_add_char(out, result == CSV_BROKEN ? '?' : '!');
    for (size_t i = 0; result == CSV_RECORD && i < csv->field_count; i++) {
        buf_add_char(out, '[');
        buf_add_text(out, csv_split_field(csv, i));
        buf_add_char(out, ']');
    }
}

static void read_pieces(struct text input, struct text delimiter, size_t len_max, uint32_t random,
                        struct buf *out)
{
    AUTO(csv_split_done) struct csv_split csv = {.len_max = len_max, .delimiter = delimiter};

    while (input.len > 0) {
        size_t len = input.len;
        struct text piece;

        if (random)
            len = 1 + random_below(&random, len < 20 ? len : 20);
        piece = (struct text){input.data, len};
        while (piece.len > 0)
            note(&csv, csv_split_next(&csv, &piece), out);
        input = behind(input, len);
    }
    note(&csv, csv_split_end(&csv), out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t limits[] = {RECORD_LEN_MAX, 1 << 20};
    struct text input = {(const char *)data + 1, size > 0 ? size - 1 : 0};
    struct text delimiter;

    if (size == 0 || size > 2000)
        return 0;
    delimiter = text_of(delimiters[data[0] % (sizeof(delimiters) / sizeof(*delimiters))]);
    for (size_t i = 0; i < 2; i++) {
        AUTO(buf_done) struct buf plain = {0}, whole = {0}, cut = {0};

        read_plainly(input, delimiter, limits[i], &plain);
        read_pieces(input, delimiter, limits[i], 0, &whole);
        demand_text(buf_text(&whole), buf_text(&plain), "it is what a plain reading gives");
        read_pieces(input, delimiter, limits[i], data[0] + 1U, &cut);
        demand_text(buf_text(&cut), buf_text(&plain), "however it is cut");
    }
    return 0;
}
