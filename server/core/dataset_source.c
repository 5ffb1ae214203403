#include "core/dataset_source.h"

static const size_t no_column = SIZE_MAX;

void dataset_source_init(struct dataset_source *source, const struct dataset_fields *fields,
                         size_t len_max)
{
    source->fields = *fields;
    source->lines.len_max = len_max;
    source->texts.len_max = len_max;
    source->csv.len_max = len_max;
}

void dataset_source_done(struct dataset_source *source)
{
    line_split_done(&source->lines);
    line_split_done(&source->texts);
    csv_split_done(&source->csv);
}

bool dataset_source_separate(struct dataset_source *source, struct text csv_delimiter,
                             struct text text_separator)
{
    source->csv.delimiter = csv_delimiter;
    return text_separator.len == 0 || line_split_separate(&source->texts, text_separator);
}

void dataset_source_begin(struct dataset_source *source, enum dataset_format format)
{
    line_split_restart(&source->lines);
    line_split_restart(&source->texts);
    csv_split_restart(&source->csv);
    source->format = format;
    source->has_header = false;
    source->is_over = false;
}

static enum source_result refuse(struct dataset_source *source, enum dataset_message message,
                                 struct message_arg detail)
{
    source->message = message;
    source->detail = detail;
    return SOURCE_REFUSED;
}

/*
 * Fields by their numbers: those of the type first, then those that are kept
 */

static size_t field_count(const struct dataset_fields *fields)
{
    return fields->count + (fields->kept ? fields->kept->count : 0);
}

static const char *field_name(const struct dataset_fields *fields, size_t i)
{
    return i < fields->count ? fields->items[i].name : fields->kept->items[i - fields->count].name;
}

static bool field_is_required(const struct dataset_fields *fields, size_t i)
{
    return i < fields->count ? fields->items[i].required
                             : fields->kept->items[i - fields->count].required;
}

void dataset_source_list_required(const struct dataset_source *source, struct buf *out)
{
    const char *comma = "";

    for (size_t i = 0; i < field_count(&source->fields); i++) {
        if (!field_is_required(&source->fields, i))
            continue;
        buf_add_format(out, "%s%s", comma, field_name(&source->fields, i));
        comma = ", ";
    }
}

/*
 * Lines and texts
 */

static enum source_result parse_line(struct dataset_source *source, struct text line,
                                     struct dataset_row *row)
{
    line = text_trim(line);
    if (line.len == 0)
        return SOURCE_NONE;
    switch (dataset_row_parse(row, &source->fields, line)) {
    case ROW_READ:
        return SOURCE_ROW;
    case ROW_NOT_JSON:
        return refuse(source, MESSAGE_INVALID_JSON, arg_text(text_of(row->why)));
    case ROW_NOT_UTF8:
        return refuse(source, MESSAGE_NOT_UTF8, (struct message_arg){0});
    case ROW_NO_MEMORY:
        break;
    }
    return SOURCE_NO_MEMORY;
}

/* A text is the first field of its row. */
static enum source_result take_text(struct dataset_source *source, struct text entry,
                                    struct dataset_row *row)
{
    if (text_trim(entry).len == 0)
        return SOURCE_NONE;
    if (!utf8_is_valid(entry))
        return refuse(source, MESSAGE_NOT_UTF8, (struct message_arg){0});
    if (source->texts.separator.len == 0 && text_has_suffix(entry, TEXT("\r")))
        entry.len--;
    if (!dataset_row_restart(row, &source->fields))
        return SOURCE_NO_MEMORY;
    row->values[0] = (struct dataset_value){.state = VALUE_GOOD, .text = entry};
    return SOURCE_ROW;
}

/* The lines, or the texts, of the file. */
static struct line_split *split_of(struct dataset_source *source)
{
    return source->format == FORMAT_TXT ? &source->texts : &source->lines;
}

static enum source_result take_line(struct dataset_source *source, enum line_result result,
                                    struct text line, struct dataset_row *row)
{
    row->line = split_of(source)->line;
    switch (result) {
    case LINE_READY:
        return source->format == FORMAT_TXT ? take_text(source, line, row)
                                            : parse_line(source, line, row);
    case LINE_TOO_LONG:
        return refuse(source, MESSAGE_LINE_TOO_LONG, arg_number(split_of(source)->len_max));
    case LINE_NONE:
        return SOURCE_NONE;
    case LINE_NO_MEMORY:
        break;
    }
    return SOURCE_NO_MEMORY;
}

/*
 * CSV
 */

/* Find the column of a field; of several with one name the last counts, as in an object. */
static size_t find_column(const struct csv_split *csv, struct text name)
{
    size_t count = csv->field_count < CSV_FIELDS_MAX ? csv->field_count : CSV_FIELDS_MAX;

    for (size_t i = count; i > 0; i--)
        if (text_eq(csv_split_field(csv, i - 1), name))
            return i - 1;
    return no_column;
}

static enum source_result lack_header(struct dataset_source *source)
{
    source->is_over = true;
    return SOURCE_NO_HEADER;
}

static enum source_result take_header(struct dataset_source *source)
{
    source->has_header = true;
    source->column_count = source->csv.field_count;
    for (size_t i = 0; i < field_count(&source->fields); i++) {
        struct text name = text_of(field_name(&source->fields, i));

        source->columns[i] = find_column(&source->csv, name);
        if (source->columns[i] == no_column && field_is_required(&source->fields, i))
            return lack_header(source);
    }
    return SOURCE_NONE;
}

static bool is_utf8(const struct csv_split *csv)
{
    for (size_t i = 0; i < csv->field_count && i < CSV_FIELDS_MAX; i++)
        if (!utf8_is_valid(csv_split_field(csv, i)))
            return false;
    return true;
}

static enum source_result take_record(struct dataset_source *source, struct dataset_row *row)
{
    const struct csv_split *csv = &source->csv;

    if (!source->has_header)
        return take_header(source);
    if (csv->field_count != source->column_count)
        return refuse(source, MESSAGE_FIELD_COUNT, (struct message_arg){0});
    if (!is_utf8(csv))
        return refuse(source, MESSAGE_NOT_UTF8, (struct message_arg){0});
    if (!dataset_row_restart(row, &source->fields))
        return SOURCE_NO_MEMORY;
    for (size_t i = 0; i < field_count(&source->fields); i++) {
        size_t column = source->columns[i];

        if (column == no_column)
            continue;
        if (i >= source->fields.count) {
            row->kept[i - source->fields.count] = kept_string(csv_split_field(csv, column));
            continue;
        }
        /* There are no lists in CSV. */
        row->values[i].state =
            source->fields.items[i].type == FIELD_STRING ? VALUE_GOOD : VALUE_WRONG;
        row->values[i].text = csv_split_field(csv, column);
    }
    return SOURCE_ROW;
}

static enum source_result take_csv(struct dataset_source *source, enum csv_result result,
                                   struct dataset_row *row)
{
    row->line = source->csv.line;
    if (result == CSV_NONE)
        return SOURCE_NONE;
    if (result == CSV_NO_MEMORY)
        return SOURCE_NO_MEMORY;
    if (result == CSV_RECORD)
        return take_record(source, row);
    if (!source->has_header)
        return lack_header(source);
    if (result == CSV_TOO_LONG)
        return refuse(source, MESSAGE_LINE_TOO_LONG, arg_number(source->csv.len_max));
    return refuse(source, MESSAGE_CSV_BROKEN, arg_text(text_of(source->csv.why)));
}

enum source_result dataset_source_next(struct dataset_source *source, struct text *piece,
                                       struct dataset_row *row)
{
    enum source_result result = SOURCE_NONE;

    while (result == SOURCE_NONE && piece->len > 0 && !source->is_over) {
        struct text line = {0};

        if (source->format == FORMAT_CSV) {
            result = take_csv(source, csv_split_next(&source->csv, piece), row);
        } else {
            enum line_result got = line_split_next(split_of(source), piece, &line);

            result = take_line(source, got, line, row);
        }
    }
    return result;
}

enum source_result dataset_source_end(struct dataset_source *source, struct dataset_row *row)
{
    enum source_result result;

    if (source->is_over)
        return SOURCE_NONE;
    if (source->format != FORMAT_CSV) {
        struct text line = {0};
        enum line_result got = line_split_end(split_of(source), &line);

        return take_line(source, got, line, row);
    }
    result = take_csv(source, csv_split_end(&source->csv), row);
    return result == SOURCE_NONE && !source->has_header ? lack_header(source) : result;
}
