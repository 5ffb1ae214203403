/*
 * Going along a JSONPath, and its strings, numbers and lists.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match/json_path_parser.h"

/* The numbers that a double holds exactly: the RFC allows no others as an index. */
static const int64_t index_max = 9007199254740991;

/* Record what is wrong at the place where the parser is. Returns false, for a return statement. */
bool path_fail(struct path_parser *p, const char *format, ...)
{
    char reason[256];
    va_list args;

    if (p->has_failed)
        return false;
    p->has_failed = true;
    va_start(args, format);
    (void)vsnprintf(reason, sizeof(reason), format, args);
    va_end(args);
    (void)snprintf(p->error, p->error_size, "not a JSONPath: %s at character %zu of '%.120s'",
                   reason, (size_t)(p->at - p->start) + 1, p->start);
    return false;
}

/* Make `path` the owner of a block, a literal or an expression; these are released if it fails. */
bool path_own(struct path_parser *p, struct owned thing)
{
    struct owned *owned = malloc(sizeof(*owned));

    if (owned) {
        *owned = thing;
        owned->next = p->path->owned;
        p->path->owned = owned;
        return true;
    }
    free(thing.block);
    json_decref(thing.literal);
    regex_free(thing.regex);
    return path_fail(p, "out of memory");
}

void *path_allocate(struct path_parser *p, size_t size)
{
    void *block = calloc(1, size);

    if (!block) {
        (void)path_fail(p, "out of memory");
        return NULL;
    }
    /* cppcheck-suppress memleak ; path_own() keeps it or releases it */
    return path_own(p, (struct owned){.block = block}) ? block : NULL;
}

void path_skip_blanks(struct path_parser *p)
{
    p->at += strspn(p->at, " \t\n\r");
}

bool path_take(struct path_parser *p, const char *word)
{
    size_t len = strlen(word);

    if (strncmp(p->at, word, len) != 0)
        return false;
    p->at += len;
    return true;
}

bool path_expect(struct path_parser *p, const char *word)
{
    return path_take(p, word) || path_fail(p, "expected '%s'", word);
}

bool path_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool begins_name(char c)
{
    return is_letter(c) || c == '_' || (unsigned char)c >= 0x80;
}

size_t path_name_len(const char *at)
{
    size_t len = begins_name(*at) ? 1 : 0;

    while (len > 0 && (begins_name(at[len]) || path_is_digit(at[len]) || at[len] == '-'))
        len++;
    return len;
}

/* Strings and numbers */

static int hex_value(char c)
{
    if (path_is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool read_hex4(struct path_parser *p, uint32_t *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++) {
        int value = hex_value(*p->at);

        if (value < 0)
            return path_fail(p, "expected four hexadecimal digits");
        *out = *out * 16 + (uint32_t)value;
        p->at++;
    }
    return true;
}

static size_t encode(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/* Read what follows `\u`, a pair of surrogates as one character. */
static bool read_unicode(struct path_parser *p, uint32_t *out)
{
    uint32_t low;

    if (!read_hex4(p, out))
        return false;
    if (*out >= 0xdc00 && *out < 0xe000)
        return path_fail(p, "a low surrogate without its high one");
    if (*out < 0xd800 || *out >= 0xdc00)
        return true;
    if (!path_take(p, "\\u"))
        return path_fail(p, "a high surrogate without its low one");
    if (!read_hex4(p, &low))
        return false;
    if (low < 0xdc00 || low >= 0xe000)
        return path_fail(p, "a high surrogate without its low one");
    *out = 0x10000 + ((*out - 0xd800) << 10) + (low - 0xdc00);
    return true;
}

/* Read what follows a backslash. */
static bool read_escape(struct path_parser *p, char quote, uint32_t *out)
{
    static const char names[] = "bfnrt/\\";
    static const char meanings[] = "\b\f\n\r\t/\\";
    const char *found = *p->at ? strchr(names, *p->at) : NULL;

    if (*p->at == 'u') {
        p->at++;
        return read_unicode(p, out);
    }
    if (!found && *p->at != quote)
        return path_fail(p, "an unknown escape");
    *out = (uint32_t)(unsigned char)(found ? meanings[found - names] : quote);
    p->at++;
    return true;
}

/* Read a string in either kind of quotes into a block of the path's. */
bool path_read_string(struct path_parser *p, char **out, size_t *len)
{
    char quote = *p->at++;
    /* No escape is shorter than what it stands for. */
    char *text = path_allocate(p, strlen(p->at) + 1);
    uint32_t c = 0;

    if (!text)
        return false;
    *out = text;
    *len = 0;
    while (*p->at != quote) {
        if ((unsigned char)*p->at < 0x20)
            return path_fail(p, *p->at ? "a control character in a string"
                                       : "a string without an end");
        if (*p->at != '\\') {
            text[(*len)++] = *p->at++;
            continue;
        }
        p->at++;
        if (!read_escape(p, quote, &c))
            return false;
        *len += encode(c, text + *len);
    }
    p->at++;
    return true;
}

/* Read an integer: no leading zeros, no `-0`, and one that a double holds exactly. */
bool path_read_integer(struct path_parser *p, int64_t *out)
{
    bool is_negative = path_take(p, "-");
    const char *digits = p->at;
    int64_t value = 0;

    while (path_is_digit(*p->at)) {
        value = value * 10 + (*p->at - '0');
        if (value > index_max)
            return path_fail(p, "a number beyond 2^53 - 1");
        p->at++;
    }
    if (p->at == digits)
        return path_fail(p, "expected a number");
    if (*digits == '0' && (p->at > digits + 1 || is_negative))
        return path_fail(p, "a number with a leading zero or a negative zero");
    *out = is_negative ? -value : value;
    return true;
}

static json_t *keep_literal(struct path_parser *p, json_t *literal)
{
    if (!literal) {
        (void)path_fail(p, "a literal that is not UTF-8");
        return NULL;
    }
    return path_own(p, (struct owned){.literal = literal}) ? literal : NULL;
}

static json_t *read_number(struct path_parser *p)
{
    size_t len = *p->at == '-' ? 1 : 0;
    char number[64];
    json_error_t ignored;
    json_t *value;

    len += strspn(p->at + len, "0123456789");
    if (p->at[len] == '.')
        len += 1 + strspn(p->at + len + 1, "0123456789");
    if (p->at[len] == 'e' || p->at[len] == 'E') {
        len++;
        len += p->at[len] == '+' || p->at[len] == '-' ? 1 : 0;
        len += strspn(p->at + len, "0123456789");
    }
    (void)snprintf(number, sizeof(number), "%.*s", (int)(len < 63 ? len : 63), p->at);
    value = json_loads(number, JSON_DECODE_ANY, &ignored);
    if (!value) {
        (void)path_fail(p, "not a number");
        return NULL;
    }
    p->at += len;
    return keep_literal(p, value);
}

static json_t *read_word(struct path_parser *p)
{
    if (path_take(p, "true"))
        return keep_literal(p, json_true());
    if (path_take(p, "false"))
        return keep_literal(p, json_false());
    return path_take(p, "null") ? keep_literal(p, json_null()) : NULL;
}

bool path_begins_literal(const struct path_parser *p)
{
    static const char *const words[] = {"true", "false", "null"};

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        size_t len = strlen(words[i]);

        if (strncmp(p->at, words[i], len) == 0 && path_name_len(p->at) == len && p->at[len] != '(')
            return true;
    }
    return *p->at == '\'' || *p->at == '"' || *p->at == '-' || path_is_digit(*p->at);
}

json_t *path_read_literal(struct path_parser *p)
{
    char *text;
    size_t len;

    if (*p->at == '\'' || *p->at == '"')
        return path_read_string(p, &text, &len) ? keep_literal(p, json_stringn(text, len)) : NULL;
    if (*p->at == '-' || path_is_digit(*p->at))
        return read_number(p);
    return read_word(p);
}

/* The list on the right of `in`. */
json_t *path_read_list(struct path_parser *p)
{
    json_t *list = keep_literal(p, json_array());

    if (!list || !path_expect(p, "["))
        return NULL;
    path_skip_blanks(p);
    while (!path_take(p, "]")) {
        json_t *item = path_begins_literal(p) ? path_read_literal(p) : NULL;

        if (!item || json_array_append(list, item) != 0) {
            (void)path_fail(p, "expected a literal");
            return NULL;
        }
        path_skip_blanks(p);
        if (*p->at != ']' && !path_expect(p, ","))
            return NULL;
        path_skip_blanks(p);
    }
    return list;
}
