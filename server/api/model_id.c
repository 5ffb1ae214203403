#include "api/model_id.h"

#include <string.h>

#include "api/errors.h"

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

int model_id_of_path(const struct call *call, const struct request *req, struct response *res,
                     char out[OBJECT_ID_SIZE])
{
    if (model_id_read(req->params[0], out))
        return 0;
    return call_error(call, res, ERROR_MODEL_ID, TEXT_ARG(req->params[0]));
}

int model_id_error(const struct call *call, const struct request *req, struct response *res,
                   enum store_result result)
{
    if (result == STORE_NONE)
        return call_error(call, res, ERROR_FINETUNED_UNKNOWN, TEXT_ARG(req->params[0]));
    return call_store_error(call, res, result);
}
