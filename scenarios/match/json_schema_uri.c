/*
 * Identifiers of schemas: joined, decoded, and the pointers behind their `#`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match/json_schema_tree.h"

enum { TOKEN_LEN_MAX = 1024 };

/* The length of `http:` and its like; 0 if there is none. */
static size_t scheme_len(const char *uri)
{
    size_t len = strspn(uri, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

    return len > 0 && uri[len] == ':' ? len + 1 : 0;
}

/* The length of scheme and authority: `http://a.b`. */
static size_t authority_end(const char *uri)
{
    size_t len = scheme_len(uri);

    return strncmp(uri + len, "//", 2) == 0 ? len + 2 + strcspn(uri + len + 2, "/?#") : len;
}

/* How much of `base` stands before `reference` in what it means there. */
static size_t kept_len(const char *base, const char *reference)
{
    size_t authority = authority_end(base), path = strcspn(base, "?#");

    if (scheme_len(reference) > 0)
        return 0;
    if (*reference == '#' || *reference == '\0')
        return strcspn(base, "#");
    if (strncmp(reference, "//", 2) == 0)
        return scheme_len(base);
    if (*reference == '/')
        return authority;
    while (path > authority && base[path - 1] != '/')
        path--;
    return path;
}

bool schema_uri_join(const char *base, const char *reference, char *out, size_t size)
{
    int len = snprintf(out, size, "%.*s%s", (int)kept_len(base, reference), base, reference);

    if (len < 0 || (size_t)len >= size)
        return false;
    /* `a#` is `a`. */
    if (len > 0 && out[len - 1] == '#')
        out[len - 1] = '\0';
    return true;
}

static int hex_value(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *found = c ? strchr(digits, c) : NULL;

    return found ? (int)((found - digits) % 16) : -1;
}

void schema_uri_decode(char *text)
{
    char *out = text;

    for (; *text; text++) {
        int high = *text == '%' ? hex_value(text[1]) : -1;
        int low = high >= 0 ? hex_value(text[2]) : -1;

        /* A NUL would end it. */
        if (low >= 0 && high * 16 + low > 0) {
            *out++ = (char)(high * 16 + low);
            text += 2;
        } else {
            *out++ = *text;
        }
    }
    *out = '\0';
}

/* Read a token of a pointer, from behind its slash to the next. */
static bool read_token(const char **at, char out[TOKEN_LEN_MAX])
{
    size_t len = 0;

    for (; **at && **at != '/'; (*at)++) {
        bool is_escape = (*at)[0] == '~' && ((*at)[1] == '0' || (*at)[1] == '1');

        if (len + 1 >= TOKEN_LEN_MAX)
            return false;
        out[len] = **at;
        if (is_escape)
            out[len] = *++(*at) == '0' ? '~' : '/';
        len++;
    }
    out[len] = '\0';
    return true;
}

static json_t *find_item(const json_t *array, const char *token)
{
    size_t index = 0;

    if (!*token || (token[0] == '0' && token[1]))
        return NULL;
    for (; *token; token++) {
        if (*token < '0' || *token > '9' || index > json_array_size(array))
            return NULL;
        index = index * 10 + (size_t)(*token - '0');
    }
    return json_array_get(array, index);
}

json_t *schema_pointer_find(json_t *root, const char *pointer)
{
    char token[TOKEN_LEN_MAX];

    while (root && *pointer) {
        if (*pointer++ != '/' || !read_token(&pointer, token))
            return NULL;
        root = json_is_array(root) ? find_item(root, token) : json_object_get(root, token);
    }
    return root;
}
