/*
 * Jansson's lexer goes on when its buffer could not grow, and then reads and writes beyond it. So
 * an allocation must not fail under it: what memory has no room for is taken from a reserve made
 * before, and the input ends there. The reserve has room for what may still come: the lexer's
 * buffer doubled, and the values of one more piece of input.
 */
#include "http/json_body.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE_SIZE = 64, PIECE_VALUES_SIZE = 16384, ALIGNMENT = 16 };

/* Of this thread, while it loads. */
static _Thread_local struct reserve {
    char *data; /* NULL: nothing is being loaded */
    size_t size, used;
} reserve;

static void *allocate(size_t size)
{
    void *allocated = malloc(size);
    size_t aligned = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;

    if (allocated || !reserve.data || aligned > reserve.size - reserve.used)
        return allocated;
    allocated = reserve.data + reserve.used;
    reserve.used += aligned;
    return allocated;
}

static void release(void *allocated)
{
    uintptr_t at = (uintptr_t)allocated, from = (uintptr_t)reserve.data;

    if (!reserve.data || at < from || at - from >= reserve.size)
        free(allocated);
}

static void watch(void)
{
    json_set_alloc_funcs(allocate, release);
}

static size_t piece_len(struct text t, size_t size)
{
    size_t len = t.len;

    if (len > PIECE_SIZE)
        len = PIECE_SIZE;
    if (len > size)
        len = size;
    return len;
}

static size_t read_piece(void *data, size_t size, void *context)
{
    struct text *rest = context;
    size_t count = 0;

    if (!reserve.used)
        count = piece_len(*rest, size);
    if (count)
        memcpy(data, rest->data, count);
    rest->data += count;
    rest->len -= count;
    return count;
}

enum json_body_result json_body_load(struct text json, json_t **out, json_error_t *why)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    enum json_body_result result = JSON_BODY_OK;
    json_t *loaded;

    (void)pthread_once(&once, watch);
    reserve = (struct reserve){.size = 4 * json.len + PIECE_VALUES_SIZE};
    reserve.data = malloc(reserve.size);
    if (!reserve.data)
        return JSON_BODY_NO_MEMORY;
    loaded = json_load_callback(read_piece, &json, JSON_DECODE_ANY | JSON_ALLOW_NUL, why);
    if (reserve.used) {
        json_decref(loaded);
        result = JSON_BODY_NO_MEMORY;
    } else if (loaded) {
        *out = loaded;
    } else {
        result = JSON_BODY_REFUSED;
    }
    free(reserve.data);
    reserve = (struct reserve){0};
    return result;
}
