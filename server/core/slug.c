#include "core/slug.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

static char slug_char(utf8proc_uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? (char)c : '-';
}

bool slug_make(struct text name, char out[SLUG_SIZE])
{
    utf8proc_uint8_t *plain = NULL;
    utf8proc_ssize_t plain_len =
        utf8proc_map((const utf8proc_uint8_t *)name.data, (utf8proc_ssize_t)name.len, &plain,
                     UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_STRIPMARK);
    size_t len = 0;

    if (plain_len == UTF8PROC_ERROR_NOMEM)
        return false;
    for (utf8proc_ssize_t i = 0; i < plain_len && len < SLUG_SIZE - 1; i++) {
        char c = slug_char(plain[i]);

        if (c != '-' || (len && out[len - 1] != '-'))
            out[len++] = c;
    }
    free(plain);
    while (len && out[len - 1] == '-')
        len--;
    out[len] = '\0';
    if (len == 0)
        memcpy(out, "dataset", sizeof("dataset"));
    return true;
}
