/*
 * libcurl, loaded when it is needed.
 *
 * It brings thirty libraries along, which take longer to load than mockhere takes to be ready, and
 * more memory than it uses. Most never call anybody: only who allows it waits for them.
 */
#ifndef ADMIN_OUTBOUND_CURL_H
#define ADMIN_OUTBOUND_CURL_H

#include <curl/curl.h>

#include "base/buf.h"

/* The functions of libcurl that are used, without their `curl_`. */
struct libcurl {
    CURLcode (*global_init)(long flags);
    CURL *(*easy_init)(void);
    void (*easy_cleanup)(CURL *handle);
    void (*easy_reset)(CURL *handle);
    CURLcode (*easy_setopt)(CURL *handle, CURLoption option, ...);
    CURLcode (*easy_perform)(CURL *handle);
    CURLcode (*easy_getinfo)(CURL *handle, CURLINFO info, ...);
    const char *(*easy_strerror)(CURLcode code);
    struct curl_slist *(*slist_append)(struct curl_slist *list, const char *line);
    void (*slist_free_all)(struct curl_slist *list);
    CURLU *(*url)(void);
    void (*url_cleanup)(CURLU *url);
    CURLUcode (*url_set)(CURLU *url, CURLUPart part, const char *value, unsigned flags);
    CURLUcode (*url_get)(const CURLU *url, CURLUPart part, char **value, unsigned flags);
    const char *(*url_strerror)(CURLUcode code);
    void (*free)(void *data);
};

/* Load it, once in a process and before there are threads that call. Returns false with a sentence
 * in `problem` if it is not there. */
MUST_USE bool libcurl_load(struct buf *problem);

/* What was loaded. */
const struct libcurl *libcurl(void);

#endif
