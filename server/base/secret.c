#include "base/secret.h"

#include <string.h>

#include "base/buf.h"
#include "base/sign.h"

enum { SHOWN_DIGITS = 8, SCHEME_LEN_MAX = 16 };

static const struct text headers[] = {{"authorization", 13},  {"proxy-authorization", 19},
                                      {"x-api-key", 9},       {"api-key", 7},
                                      {"cohere-api-key", 14}, {"x-mockhere-token", 16},
                                      {"x-auth-token", 12},   {"x-amz-security-token", 20}};

static const struct text fields[] = {
    {"api_key", 7},       {"apikey", 6},      {"api-key", 7},
    {"access_token", 12}, {"auth_token", 10}, {"client_secret", 13},
    {"password", 8},      {"secret", 6},      {"token", 5}};

static bool is_in(const struct text *names, size_t count, struct text name)
{
    for (size_t i = 0; i < count; i++)
        if (names[i].len == name.len && text_eq_nocase(names[i], name))
            return true;
    return false;
}

bool secret_is_header(struct text name)
{
    return is_in(headers, ARRAY_LEN(headers), name);
}

bool secret_is_field(struct text name)
{
    return is_in(fields, ARRAY_LEN(fields), name);
}

/* Cut the scheme and the blank behind it off the value of an Authorization header. */
static struct text cut_scheme(struct text *value)
{
    struct text scheme = {value->data, 0};

    for (size_t i = 0; i < value->len && i < SCHEME_LEN_MAX; i++) {
        char c = value->data[i];

        if (c == ' ') {
            scheme.len = i + 1;
            value->data += scheme.len;
            value->len -= scheme.len;
            break;
        }
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-'))
            break;
    }
    return scheme;
}

void secret_show(struct text secret, struct buf *out)
{
    char digest[SHA256_HEX_SIZE];

    buf_add_text(out, cut_scheme(&secret));
    if (secret.len == 0 || (text_has_prefix(secret, TEXT("sha256:")) &&
                            secret.len == strlen("sha256:") + SHOWN_DIGITS)) {
        buf_add_text(out, secret);
        return;
    }
    sha256_hex(secret, digest);
    buf_add_string(out, "sha256:");
    buf_add(out, digest, SHOWN_DIGITS);
}

void secret_show_form(struct text form, struct buf *out)
{
    struct text rest = form;

    while (rest.data) {
        struct text value = text_cut(&rest, '&');
        struct text name = text_cut(&value, '=');

        buf_add_text(out, name);
        if (value.data) {
            buf_add_char(out, '=');
            if (secret_is_field(name))
                secret_show(value, out);
            else
                buf_add_text(out, value);
        }
        if (rest.data)
            buf_add_char(out, '&');
    }
}

void secret_show_url(struct text url, struct buf *out)
{
    struct text rest = url;

    buf_add_text(out, text_cut(&rest, '?'));
    if (rest.data) {
        buf_add_char(out, '?');
        secret_show_form(rest, out);
    }
}

/* Find the end of the string that begins behind the quote at `start`: its closing quote, or the end
 * of the text. */
static size_t end_of_string(struct text json, size_t start)
{
    size_t at = start;

    while (at < json.len && json.data[at] != '"')
        at += json.data[at] == '\\' ? 2 : 1;
    return at < json.len ? at : json.len;
}

static size_t skip_blanks(struct text json, size_t at)
{
    while (at < json.len && strchr(" \t\r\n", json.data[at]) && json.data[at])
        at++;
    return at;
}

/* Tell whether a secret string follows the name that ends at `end`, and where it begins. */
static bool finds_secret(struct text json, struct text name, size_t end, size_t *value)
{
    size_t at;

    if (!secret_is_field(name))
        return false;
    at = skip_blanks(json, end + 1);
    if (at >= json.len || json.data[at] != ':')
        return false;
    at = skip_blanks(json, at + 1);
    *value = at + 1;
    return at < json.len && json.data[at] == '"';
}

void secret_show_json(struct text json, struct buf *out)
{
    size_t shown = 0, at = 0;

    while (at < json.len) {
        const char *quote = memchr(json.data + at, '"', json.len - at);
        size_t start, end, value;

        if (!quote)
            break;
        start = (size_t)(quote - json.data) + 1;
        end = end_of_string(json, start);
        at = end + 1;
        if (!finds_secret(json, (struct text){json.data + start, end - start}, end, &value))
            continue;
        end = end_of_string(json, value);
        buf_add(out, json.data + shown, value - shown);
        secret_show((struct text){json.data + value, end - value}, out);
        shown = end;
        at = end + 1;
    }
    if (shown < json.len)
        buf_add(out, json.data + shown, json.len - shown);
}
