#include "match/match_request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool match_text_is(struct match_text text, const char *string)
{
    return text.data && text.len == strlen(string) && memcmp(text.data, string, text.len) == 0;
}

bool match_text_is_nocase(struct match_text text, const char *string)
{
    return text.data && text.len == strlen(string) && strncasecmp(text.data, string, text.len) == 0;
}

static void fields_done(struct match_fields *fields)
{
    free(fields->items);
    free(fields->storage);
    *fields = (struct match_fields){0};
}

void match_request_done(struct match_request *request)
{
    fields_done(&request->query);
    fields_done(&request->cookies);
    fields_done(&request->form);
    for (size_t i = 0; i < request->parts.count; i++)
        free(request->parts.items[i].headers);
    free(request->parts.items);
    request->parts = (struct match_parts){0};
    match_subject_done(&request->body);
}

/* Cut `*rest` at `separator`; without one, all of it is taken and `*rest` is absent. */
static struct match_text cut(struct match_text *rest, char separator)
{
    const char *found = rest->len ? memchr(rest->data, separator, rest->len) : NULL;
    struct match_text before = *rest;

    if (!found) {
        *rest = (struct match_text){0};
        return before;
    }
    before.len = (size_t)(found - rest->data);
    rest->data += before.len + 1;
    rest->len -= before.len + 1;
    return before;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct match_text trim(struct match_text text)
{
    while (text.len > 0 && is_blank(text.data[0])) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && is_blank(text.data[text.len - 1]))
        text.len--;
    return text;
}

static struct match_text unquote(struct match_text text)
{
    text = trim(text);
    if (text.len >= 2 && text.data[0] == '"' && text.data[text.len - 1] == '"') {
        text.data++;
        text.len -= 2;
    }
    return text;
}

struct match_text match_request_path(const struct match_request *request)
{
    struct match_text rest = request->url;

    return cut(&rest, '?');
}

struct match_text match_request_header(const struct match_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (match_text_is_nocase(request->headers[i].name, name))
            return request->headers[i].value;
    return (struct match_text){0};
}

/* Taking apart */

static int hex_value(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *found = c ? strchr(digits, c) : NULL;

    return found ? (int)((found - digits) % 16) : -1;
}

/* Decode into `*storage`, which has room, and move it on. What is not properly encoded stays. */
static struct match_text decode(struct match_text text, char **storage)
{
    struct match_text out = {*storage, 0};
    char *at = *storage;

    for (size_t i = 0; i < text.len; i++) {
        int high = i + 2 < text.len ? hex_value(text.data[i + 1]) : -1;
        int low = i + 2 < text.len ? hex_value(text.data[i + 2]) : -1;

        if (text.data[i] == '%' && high >= 0 && low >= 0) {
            *at++ = (char)(high * 16 + low);
            i += 2;
        } else {
            *at++ = text.data[i];
            if (text.data[i] == '+')
                at[-1] = ' ';
        }
    }
    out.len = (size_t)(at - *storage);
    *storage = at;
    return out;
}

/* How the fields of a list are written. */
struct list_form {
    char separator;
    bool is_encoded;
};

static size_t count_fields(struct match_text list, char separator)
{
    size_t count = 1;

    for (size_t i = 0; i < list.len; i++)
        count += list.data[i] == separator;
    return count < MATCH_FIELDS_MAX ? count : MATCH_FIELDS_MAX;
}

static void read_fields(struct match_request *request, struct match_text list,
                        const struct list_form *form, struct match_fields *out)
{
    char *at;

    if (out->is_read)
        return;
    out->is_read = true;
    if (list.len == 0)
        return;
    out->items = calloc(count_fields(list, form->separator), sizeof(*out->items));
    out->storage = malloc(list.len + 1);
    if (!out->items || !out->storage) {
        request->is_out_of_memory = true;
        return;
    }
    at = out->storage;
    while (list.data && out->count < MATCH_FIELDS_MAX) {
        struct match_text value = cut(&list, form->separator);
        struct match_text name;
        struct match_field *field = &out->items[out->count];

        if (value.len == 0)
            continue;
        name = cut(&value, '=');
        if (!value.data && !form->is_encoded)
            continue; /* what has no value is no cookie */
        if (!value.data)
            value = (struct match_text){"", 0};
        field->name = form->is_encoded ? decode(name, &at) : trim(name);
        field->value = form->is_encoded ? decode(value, &at) : unquote(value);
        out->count++;
    }
}

const struct match_fields *match_request_query(struct match_request *request)
{
    static const struct list_form form = {'&', true};
    struct match_text rest = request->url;

    (void)cut(&rest, '?');
    read_fields(request, rest, &form, &request->query);
    return &request->query;
}

const struct match_fields *match_request_cookies(struct match_request *request)
{
    static const struct list_form form = {';', false};

    read_fields(request, match_request_header(request, "cookie"), &form, &request->cookies);
    return &request->cookies;
}

/* The media type without its parameters, which `*rest` gets. */
static struct match_text media_type(const struct match_request *request, struct match_text *rest)
{
    *rest = match_request_header(request, "content-type");
    return trim(cut(rest, ';'));
}

const struct match_fields *match_request_form(struct match_request *request)
{
    static const struct list_form form = {'&', true};
    struct match_text body = {request->body.data, request->body.len}, ignored;

    if (!match_text_is_nocase(media_type(request, &ignored), "application/x-www-form-urlencoded"))
        body = (struct match_text){0};
    read_fields(request, body, &form, &request->form);
    return &request->form;
}

/* Parts */

static struct match_text parameter(struct match_text parameters, const char *name)
{
    while (parameters.data) {
        struct match_text value = cut(&parameters, ';');
        struct match_text key = trim(cut(&value, '='));

        if (match_text_is_nocase(key, name) && value.data)
            return unquote(value);
    }
    return (struct match_text){0};
}

static bool read_part_headers(struct match_text head, struct match_part *part)
{
    part->headers = calloc(count_fields(head, '\n'), sizeof(*part->headers));
    if (!part->headers)
        return false;
    while (head.data && part->header_count < MATCH_FIELDS_MAX) {
        struct match_text value = cut(&head, '\n');
        struct match_text name = trim(cut(&value, ':'));

        if (!value.data)
            continue;
        value = trim(value);
        part->headers[part->header_count].name = name;
        part->headers[part->header_count++].value = value;
        if (match_text_is_nocase(name, "content-disposition")) {
            part->name = parameter(value, "name");
            part->file_name = parameter(value, "filename");
        }
    }
    return true;
}

/* Fill a part from what stands between two boundaries. */
static bool read_part(struct match_text text, struct match_part *part)
{
    const char *end = text.len ? memmem(text.data, text.len, "\r\n\r\n", 4) : NULL;
    struct match_text head = text;

    if (end) {
        head.len = (size_t)(end - text.data);
        part->body = (struct match_text){end + 4, text.len - head.len - 4};
    }
    return read_part_headers(head, part);
}

static size_t part_len(const char *start, const char *end)
{
    return end > start ? (size_t)(end - start) : 0;
}

/* Cut the body at each CRLF-delimiter; the first may stand at its start. */
static bool read_parts(struct match_text body, const char *delimiter, size_t delimiter_len,
                       struct match_parts *out)
{
    const char *end = body.data + body.len, *start = NULL, *at = body.data;

    while (out->count < MATCH_PARTS_MAX) {
        bool is_first = !start && body.len >= delimiter_len - 2 &&
                        memcmp(body.data, delimiter + 2, delimiter_len - 2) == 0;
        const char *found =
            is_first ? body.data : memmem(at, (size_t)(end - at), delimiter, delimiter_len);

        /* One delimiter may begin where the one before it ends: with the CRLF of both. */
        if (start && !read_part((struct match_text){start, part_len(start, found ? found : end)},
                                &out->items[out->count++]))
            return false;
        if (!found)
            break;
        at = found + delimiter_len - (is_first ? 2 : 0);
        if (end - at >= 2 && at[0] == '-' && at[1] == '-')
            break;
        start = end - at >= 2 && at[0] == '\r' && at[1] == '\n' ? at + 2 : at;
    }
    return true;
}

const struct match_parts *match_request_parts(struct match_request *request)
{
    struct match_text body = {request->body.data, request->body.len}, parameters;
    struct match_text type = media_type(request, &parameters);
    struct match_text boundary = parameter(parameters, "boundary");
    char delimiter[80];

    if (request->parts.is_read)
        return &request->parts;
    request->parts.is_read = true;
    if (type.len < 10 || strncasecmp(type.data, "multipart/", 10) != 0 || !body.data ||
        boundary.len == 0 || boundary.len > 70)
        return &request->parts;
    /* NOLINTNEXTLINE(bugprone-not-null-terminated-result): it goes on, and its length is told */
    memcpy(delimiter, "\r\n--", 4);
    memcpy(delimiter + 4, boundary.data, boundary.len);
    request->parts.items = calloc(MATCH_PARTS_MAX, sizeof(*request->parts.items));
    if (!request->parts.items || !read_parts(body, delimiter, boundary.len + 4, &request->parts))
        request->is_out_of_memory = true;
    return &request->parts;
}
