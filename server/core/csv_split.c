#include "core/csv_split.h"

#include <assert.h>

enum { BYTES_KEPT_SIZE = 1024 * 1024 };

static const char bad_quote[] = "extraneous or missing \" in quoted-field";

void csv_split_done(struct csv_split *csv)
{
    buf_done(&csv->bytes);
}

void csv_split_restart(struct csv_split *csv)
{
    buf_done(&csv->bytes);
    *csv = (struct csv_split){.len_max = csv->len_max, .delimiter = csv->delimiter};
}

bool csv_delimiter_is_valid(struct text delimiter)
{
    static const char refused[] = {'"', '\r', '\n', '\0'};

    if (!utf8_is_valid(delimiter) || utf8_count(delimiter) != 1)
        return false;
    for (size_t i = 0; i < sizeof(refused); i++)
        if (delimiter.data[0] == refused[i])
            return false;
    return true;
}

static struct text delimiter_of(const struct csv_split *csv)
{
    return csv->delimiter.len ? csv->delimiter : TEXT(",");
}

struct text csv_split_field(const struct csv_split *csv, size_t i)
{
    size_t start = i ? csv->ends[i - 1] : 0;

    assert(i < csv->field_count && i < CSV_FIELDS_MAX);
    if (csv->ends[i] == start)
        return TEXT("");
    return (struct text){csv->bytes.data + start, csv->ends[i] - start};
}

/* Make the record that was handed out empty. */
static void forget_done(struct csv_split *csv)
{
    if (!csv->is_done)
        return;
    if (csv->bytes.size > BYTES_KEPT_SIZE)
        buf_done(&csv->bytes);
    buf_clear(&csv->bytes);
    csv->is_done = csv->has_quote = csv->is_broken = false;
    csv->lines_before += csv->lines_within;
    csv->lines_within = 0;
    csv->record_len = 0;
    csv->field_start = csv->field_count = csv->matched = 0;
    csv->state = CSV_FIELD_START;
}

/* What makes a record too long or broken is not held, nor are fields beyond the limit. */
static bool is_held(const struct csv_split *csv)
{
    return csv->record_len <= csv->len_max && !csv->is_broken && csv->field_count < CSV_FIELDS_MAX;
}

static struct text present_field(const struct csv_split *csv)
{
    struct text all = buf_text(&csv->bytes);

    if (all.len == csv->field_start)
        return (struct text){0};
    return (struct text){all.data + csv->field_start, all.len - csv->field_start};
}

/* Tell whether the text begins with a field that has a byte order mark. */
static bool has_mark(const struct csv_split *csv)
{
    return csv->lines_before == 0 && csv->field_count == 0 && !csv->has_quote &&
           text_has_prefix(present_field(csv), TEXT("\xef\xbb\xbf"));
}

static void end_field(struct csv_split *csv)
{
    if (has_mark(csv))
        buf_drop_front(&csv->bytes, TEXT("\xef\xbb\xbf").len);
    if (csv->field_count < CSV_FIELDS_MAX)
        csv->ends[csv->field_count] = (uint32_t)csv->bytes.len;
    csv->field_start = csv->bytes.len;
    csv->field_count++;
    csv->matched = 0;
    csv->state = CSV_FIELD_START;
}

static void break_record(struct csv_split *csv, const char *why)
{
    csv->is_broken = true;
    csv->why = why;
    csv->state = CSV_SKIPPING;
}

/* Count `c` towards a delimiter; return true if it completes one. As a character's first byte is in
 * no other place of one, no byte that was counted in vain can begin another. */
static bool completes_delimiter(struct csv_split *csv, char c)
{
    struct text delimiter = delimiter_of(csv);

    if (c != delimiter.data[csv->matched])
        csv->matched = 0;
    if (c == delimiter.data[csv->matched])
        csv->matched++;
    return csv->matched == delimiter.len;
}

/* Take a byte that does not end the record. */
static void take_plain(struct csv_split *csv, char c)
{
    csv->state = CSV_PLAIN;
    if (c == '"') {
        if (!has_mark(csv) || csv->bytes.len > TEXT("\xef\xbb\xbf").len) {
            break_record(csv, "bare \" in non-quoted field");
            return;
        }
        buf_truncate(&csv->bytes, 0);
        csv->has_quote = true;
        csv->state = CSV_QUOTED;
        return;
    }
    if (is_held(csv))
        buf_add_char(&csv->bytes, c);
    if (!completes_delimiter(csv, c))
        return;
    if (is_held(csv) && !csv->bytes.failed)
        buf_truncate(&csv->bytes, csv->bytes.len - delimiter_of(csv).len);
    end_field(csv);
}

static void take_quoted(struct csv_split *csv, char c)
{
    csv->state = CSV_QUOTED;
    if (is_held(csv))
        buf_add_char(&csv->bytes, c);
}

static void take_after_quote(struct csv_split *csv, char c)
{
    bool may_end = csv->state == CSV_QUOTE && csv->matched == 0;

    if (may_end && c == '\r')
        csv->state = CSV_QUOTE_CR;
    else if (may_end && c == '"')
        take_quoted(csv, c);
    else if (csv->state == CSV_QUOTE_CR || c != delimiter_of(csv).data[csv->matched])
        break_record(csv, bad_quote);
    else if (completes_delimiter(csv, c))
        end_field(csv);
}

static void take_byte(struct csv_split *csv, char c)
{
    switch (csv->state) {
    case CSV_FIELD_START:
        if (c != '"') {
            take_plain(csv, c);
            return;
        }
        csv->has_quote = true;
        csv->state = CSV_QUOTED;
        return;
    case CSV_PLAIN:
        take_plain(csv, c);
        return;
    case CSV_QUOTED:
        if (c == '"')
            csv->state = CSV_QUOTE;
        else
            take_quoted(csv, c);
        return;
    case CSV_QUOTE:
    case CSV_QUOTE_CR:
        take_after_quote(csv, c);
        return;
    case CSV_SKIPPING:
        return;
    }
}

/* Take the bytes at the front of `piece` that are nothing but content; return how many. */
static size_t take_run(struct csv_split *csv, struct text piece)
{
    char first = delimiter_of(csv).data[0];
    size_t len = 0;

    if (csv->state == CSV_QUOTED) {
        while (len < piece.len && piece.data[len] != '"' && piece.data[len] != '\n')
            len++;
    } else if (csv->state == CSV_PLAIN && csv->matched == 0) {
        while (len < piece.len && piece.data[len] != '"' && piece.data[len] != '\n' &&
               piece.data[len] != first)
            len++;
    }
    csv->record_len += len;
    if (is_held(csv))
        buf_add(&csv->bytes, piece.data, len);
    return len;
}

/* The record is over: say what it is. One that is nothing but an empty line is none. */
static enum csv_result end_record(struct csv_split *csv)
{
    csv->line = csv->lines_before + 1;
    csv->is_done = true;
    if (csv->bytes.failed)
        return CSV_NO_MEMORY;
    if (csv->record_len > csv->len_max)
        return CSV_TOO_LONG;
    if (csv->state == CSV_QUOTED || (csv->state == CSV_QUOTE && csv->matched > 0))
        break_record(csv, bad_quote);
    if (csv->is_broken)
        return CSV_BROKEN;
    if (csv->state == CSV_PLAIN && text_has_suffix(present_field(csv), TEXT("\r")))
        buf_truncate(&csv->bytes, csv->bytes.len - 1);
    end_field(csv);
    if (csv->field_count == 1 && csv->bytes.len == 0 && !csv->has_quote)
        return CSV_NONE;
    return CSV_RECORD;
}

/* Take one byte; return true if it ends the record. */
static bool take_one(struct csv_split *csv, char c)
{
    csv->lines_within += c == '\n';
    if (c == '\n' && csv->state != CSV_QUOTED)
        return true;
    csv->record_len++;
    take_byte(csv, c);
    return false;
}

/* Drop what is held of a record that grew too long. */
static void drop_too_long(struct csv_split *csv)
{
    if (csv->record_len <= csv->len_max || csv->bytes.failed)
        return;
    buf_done(&csv->bytes);
    csv->field_start = 0;
}

enum csv_result csv_split_next(struct csv_split *csv, struct text *piece)
{
    enum csv_result result = CSV_NONE;

    forget_done(csv);
    while (result == CSV_NONE && piece->len > 0) {
        size_t len = take_run(csv, *piece);
        bool is_end = len < piece->len && take_one(csv, piece->data[len++]);

        *piece = (struct text){piece->data + len, piece->len - len};
        drop_too_long(csv);
        if (csv->bytes.failed)
            return CSV_NO_MEMORY;
        if (!is_end)
            continue;
        result = end_record(csv);
        if (result == CSV_NONE)
            forget_done(csv);
    }
    return result;
}

enum csv_result csv_split_end(struct csv_split *csv)
{
    forget_done(csv);
    return csv->record_len == 0 ? CSV_NONE : end_record(csv);
}
