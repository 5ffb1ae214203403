#include "admin/outbound_curl.h"

#include <assert.h>
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

/* As Debian calls it, and as others do. */
static const char *const names[] = {"libcurl-gnutls.so.4", "libcurl.so.4"};

#define AT(member) offsetof(struct libcurl, member)

/* clang-format off */
static const struct {
    const char *name;
    size_t offset; /* in struct libcurl */
} functions[] = {
    {"curl_global_init",    AT(global_init)},
    {"curl_easy_init",      AT(easy_init)},
    {"curl_easy_cleanup",   AT(easy_cleanup)},
    {"curl_easy_reset",     AT(easy_reset)},
    {"curl_easy_setopt",    AT(easy_setopt)},
    {"curl_easy_perform",   AT(easy_perform)},
    {"curl_easy_getinfo",   AT(easy_getinfo)},
    {"curl_easy_strerror",  AT(easy_strerror)},
    {"curl_slist_append",   AT(slist_append)},
    {"curl_slist_free_all", AT(slist_free_all)},
    {"curl_url",            AT(url)},
    {"curl_url_cleanup",    AT(url_cleanup)},
    {"curl_url_set",        AT(url_set)},
    {"curl_url_get",        AT(url_get)},
    {"curl_url_strerror",   AT(url_strerror)},
    {"curl_free",           AT(free)},
};
/* clang-format on */

static struct libcurl loaded;
static bool is_loaded;

static void *open_library(void)
{
    void *library = NULL;

    for (size_t i = 0; !library && i < ARRAY_LEN(names); i++)
        library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    return library;
}

/* ISO C knows no cast from an object to a function. */
static bool find(void *library, const char *name, void *function)
{
    void *found = dlsym(library, name);

    memcpy(function, &found, sizeof(found));
    return found != NULL;
}

bool libcurl_load(struct buf *problem)
{
    void *library = is_loaded ? NULL : open_library();
    bool ok = library != NULL;

    if (is_loaded)
        return true;
    for (size_t i = 0; ok && i < ARRAY_LEN(functions); i++)
        ok = find(library, functions[i].name, (char *)&loaded + functions[i].offset);
    is_loaded = ok && loaded.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    if (!is_loaded)
        buf_add_format(problem, "libcurl 7.85 or newer is needed (%s)",
                       ok ? "it does not start" : dlerror());
    return is_loaded;
}

const struct libcurl *libcurl(void)
{
    assert(is_loaded);
    return &loaded;
}
