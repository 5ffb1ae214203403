#include "api/model_id.h"

#include <string.h>

enum { UUID_LEN = 36 };

static bool is_hex_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool model_id_read(struct text t, char out[OBJECT_ID_SIZE])
{
    char id[OBJECT_ID_SIZE] = "";

    if (t.len != UUID_LEN)
        return false;
    for (size_t i = 0; i < UUID_LEN; i++) {
        char c = t.data[i];

        if (c >= 'A' && c <= 'F')
            c = (char)(c - 'A' + 'a');
        if (i == 8 || i == 13 || i == 18 || i == 23 ? c != '-' : !is_hex_digit(c))
            return false;
        id[i] = c;
    }
    memcpy(out, id, sizeof(id));
    return true;
}

bool model_id_read_route(struct text name, char out[OBJECT_ID_SIZE])
{
    if (!text_has_suffix(name, TEXT("-ft")))
        return false;
    name.len -= 3;
    return model_id_read(name, out);
}
