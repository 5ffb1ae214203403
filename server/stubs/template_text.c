/*
 * Helpers for texts.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "match/regex.h"
#include "stubs/template_tree.h"

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void template_base64(struct text text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i += 3) {
        size_t left = text.len - i;
        uint32_t bits = (uint32_t)(unsigned char)text.data[i] << 16;

        if (left > 1)
            bits |= (uint32_t)(unsigned char)text.data[i + 1] << 8;
        if (left > 2)
            bits |= (unsigned char)text.data[i + 2];
        buf_add_char(out, base64_digits[bits >> 18]);
        buf_add_char(out, base64_digits[bits >> 12 & 63]);
        buf_add_char(out, left > 1 ? base64_digits[bits >> 6 & 63] : '=');
        buf_add_char(out, left > 2 ? base64_digits[bits & 63] : '=');
    }
}

static bool decode_base64(struct text text, struct buf *out)
{
    uint32_t bits = 0;
    unsigned bit_count = 0;

    for (; text.len > 0 && text.data[text.len - 1] == '='; text.len--)
        ;
    for (size_t i = 0; i < text.len; i++) {
        const char *digit = text.data[i] ? strchr(base64_digits, text.data[i]) : NULL;

        if (!digit)
            return false;
        bits = bits << 6 | (uint32_t)(digit - base64_digits);
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            buf_add_char(out, (char)(bits >> bit_count));
        }
    }
    return true;
}

struct template_value helper_base64(struct template_call *call)
{
    AUTO(buf_done) struct buf text = {0}, out = {0};
    struct template_value padding = helper_named(call, "padding");

    if (!helper_text(call, 0, &text))
        return (struct template_value){0};
    if (helper_is_named_true(call, "decode")) {
        if (!decode_base64(buf_text(&text), &out))
            return helper_error(call, "this is not Base64: %.100s", text.data);
    } else {
        template_base64(buf_text(&text), &out);
        while (padding.json && !template_value_is_true(&padding) && out.len > 0 &&
               out.data[out.len - 1] == '=')
            buf_truncate(&out, out.len - 1);
    }
    return helper_string(call, buf_text(&out));
}

/* As Java's URLEncoder does. */
static void encode_url(struct text text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];

        if (isalnum(c) || (c != '\0' && strchr("*-._", c)))
            buf_add_char(out, (char)c);
        else if (c == ' ')
            buf_add_char(out, '+');
        else
            buf_add_format(out, "%%%02X", c);
    }
}

struct template_value helper_url_encode(struct template_call *call)
{
    AUTO(buf_done) struct buf text = {0}, out = {0};

    if (!helper_text(call, 0, &text))
        return (struct template_value){0};
    if (!helper_is_named_true(call, "decode"))
        encode_url(buf_text(&text), &out);
    else if (!percent_decode(buf_text(&text), true, &out))
        return helper_error(call, "this is not percent-encoded: %.100s", text.data);
    return helper_string(call, buf_text(&out));
}

struct template_value helper_trim(struct template_call *call)
{
    AUTO(buf_done) struct buf text = {0};

    return helper_text(call, 0, &text) ? helper_string(call, text_trim(buf_text(&text)))
                                       : (struct template_value){0};
}

/* Change each letter of ASCII; `is_start` tells whether a word begins there. */
static struct template_value change_letters(struct template_call *call,
                                            char (*change)(char c, bool is_start, size_t at))
{
    AUTO(buf_done) struct buf text = {0};

    if (!helper_text(call, 0, &text))
        return (struct template_value){0};
    for (size_t i = 0; i < text.len; i++)
        text.data[i] = change(text.data[i], i == 0 || isspace((unsigned char)text.data[i - 1]), i);
    return helper_string(call, buf_text(&text));
}

static char to_lower(char c, bool is_start, size_t at)
{
    (void)is_start;
    (void)at;
    return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static char to_upper(char c, bool is_start, size_t at)
{
    (void)is_start;
    (void)at;
    return (char)(c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c);
}

static char to_capital(char c, bool is_start, size_t at)
{
    return is_start ? to_upper(c, true, at) : c;
}

static char to_full_capital(char c, bool is_start, size_t at)
{
    return is_start ? to_upper(c, true, at) : to_lower(c, false, at);
}

static char to_first_capital(char c, bool is_start, size_t at)
{
    return at == 0 ? to_upper(c, is_start, at) : c;
}

struct template_value helper_lower(struct template_call *call)
{
    return change_letters(call, to_lower);
}

struct template_value helper_upper(struct template_call *call)
{
    return change_letters(call, to_upper);
}

struct template_value helper_capitalize(struct template_call *call)
{
    return change_letters(call, helper_is_named_true(call, "fully") ? to_full_capital : to_capital);
}

struct template_value helper_capitalize_first(struct template_call *call)
{
    return change_letters(call, to_first_capital);
}

/* The offset of a character; the length if there are not so many. */
static size_t offset_of(struct text text, json_int_t count)
{
    size_t at = 0;
    uint32_t ignored;

    for (; count > 0 && at < text.len; count--)
        at += utf8_decode(text, at, &ignored);
    return at;
}

struct template_value helper_substring(struct template_call *call)
{
    AUTO(buf_done) struct buf buf = {0};
    json_int_t from = json_integer_value(call->arguments[1].json), to = 0;
    struct text text, out;
    size_t count;

    if (!helper_text(call, 0, &buf))
        return (struct template_value){0};
    text = buf_text(&buf);
    count = utf8_count(text);
    to = call->count > 2 ? json_integer_value(call->arguments[2].json) : (json_int_t)count;
    if (!json_is_integer(call->arguments[1].json) || from < 0 || to < from ||
        to > (json_int_t)count)
        return helper_error(
            call, "substring needs a beginning and an end within the %zu characters", count);
    out.data = text.data + offset_of(text, from);
    out.len = offset_of(text, to) - offset_of(text, from);
    return helper_string(call, out);
}

struct template_value helper_replace(struct template_call *call)
{
    AUTO(buf_done) struct buf text = {0}, old = {0}, new = {0}, out = {0};
    struct text rest;

    if (!helper_text(call, 0, &text) || !helper_text(call, 1, &old) || !helper_text(call, 2, &new))
        return (struct template_value){0};
    rest = buf_text(&text);
    while (old.len > 0 && rest.len > 0 && rendering_work(call->r, new.len + 1)) {
        size_t len = text_find(rest, buf_text(&old));

        buf_add(&out, rest.data, len);
        if (len == rest.len) {
            rest.len = 0;
            break;
        }
        buf_add_text(&out, buf_text(&new));
        rest.data += len + old.len;
        rest.len -= len + old.len;
    }
    buf_add_text(&out, rest);
    return helper_string(call, buf_text(&out));
}

struct template_value helper_default(struct template_call *call)
{
    for (size_t i = 0; i < call->count; i++)
        if (template_value_is_true(&call->arguments[i]))
            return template_value_copy(&call->arguments[i]);
    return (struct template_value){0};
}

/* Regular expressions */

static void assign_groups(struct template_call *call, const struct regex_group *groups,
                          size_t count)
{
    AUTO(buf_done) struct buf name = {0};
    json_t *list = json_array();

    for (size_t i = 1; i < count; i++)
        (void)json_array_append_new(
            list, json_stringn_nocheck(groups[i].data ? groups[i].data : "", groups[i].len));
    if (helper_text(call, 2, &name))
        rendering_assign(call->r, buf_text(&name), (struct template_value){list, LOOK_JAVA});
    else
        json_decref(list);
}

static struct template_value extract(struct template_call *call, const struct regex *regex,
                                     struct text text, const char *pattern)
{
    struct regex_group groups[REGEX_GROUPS_MAX] = {0};
    struct template_value other = helper_named(call, "default");
    size_t count = 0;

    switch (regex_capture(regex, text.data, text.len, groups, &count)) {
    case MATCH_YES:
        if (call->count < 3)
            return helper_string(call, (struct text){groups[0].data, groups[0].len});
        assign_groups(call, groups, count);
        return (struct template_value){0};
    case MATCH_NO:
        break;
    case MATCH_FAILED:
        return helper_error(call, "the expression %.100s takes too long", pattern);
    }
    return other.json ? template_value_copy(&other)
                      : helper_error(call, "Nothing matched %.100s", pattern);
}

struct template_value helper_regex_extract(struct template_call *call)
{
    AUTO(buf_done) struct buf text = {0}, pattern = {0};
    char error[TEMPLATE_ERROR_SIZE];
    struct template_value out;
    struct regex *regex;

    if (!helper_text(call, 0, &text) || !helper_text(call, 1, &pattern))
        return (struct template_value){0};
    regex = regex_new(pattern.data, 0, error, sizeof(error));
    if (!regex)
        return helper_error(call, "Invalid regex string %.100s", pattern.data);
    out = extract(call, regex, buf_text(&text), pattern.data);
    regex_free(regex);
    return out;
}

/* Joining */

static bool join_items(const struct template_call *call, const struct template_value *list,
                       struct text gap, struct buf *out)
{
    struct text ignored;
    bool ok = true;

    for (size_t i = 0; ok; i++) {
        AUTO(template_value_done)
        struct template_value item = template_value_item(list, i, &ignored);

        if (!item.json)
            break;
        if (i > 0)
            buf_add_text(out, gap);
        template_value_show(&item, out);
        ok = rendering_work(call->r, 64 + gap.len) && !out->failed;
    }
    return ok;
}

/* Of a list, or of all arguments but the last, which stands between. */
struct template_value helper_join(struct template_call *call)
{
    AUTO(buf_done) struct buf gap = {0}, out = {0};
    struct template_value prefix = helper_named(call, "prefix"),
                          suffix = helper_named(call, "suffix");

    if (!helper_text(call, call->count - 1, &gap))
        return (struct template_value){0};
    template_value_show(&prefix, &out);
    if (json_is_array(call->arguments[0].json)) {
        (void)join_items(call, &call->arguments[0], buf_text(&gap), &out);
    } else {
        for (size_t i = 0; i + 1 < call->count; i++) {
            if (i > 0)
                buf_add_text(&out, buf_text(&gap));
            template_value_show(&call->arguments[i], &out);
        }
    }
    template_value_show(&suffix, &out);
    return helper_string(call, buf_text(&out));
}
