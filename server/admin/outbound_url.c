#include "admin/outbound_url.h"

#include <arpa/inet.h>
#include <string.h>

#include "admin/outbound_curl.h"
#include "base/text.h"

void outbound_url_done(struct outbound_url *url)
{
    if (!url->parts)
        return;
    libcurl()->url_cleanup(url->parts);
    libcurl()->free(url->scheme);
    libcurl()->free(url->host);
    libcurl()->free(url->port);
    libcurl()->free(url->path);
    *url = (struct outbound_url){0};
}

static bool has_part(const struct outbound_url *url, CURLUPart part)
{
    char *text = NULL;
    bool has = libcurl()->url_get(url->parts, part, &text, 0) == CURLUE_OK;

    libcurl()->free(text);
    return has;
}

/* A segment that goes up, written in any way that some server reads so. libcurl has resolved those
 * that are written plainly. */
static bool goes_up(const char *path)
{
    AUTO(buf_done) struct buf decoded = {0};
    struct text rest;

    if (!percent_decode(text_of(path), false, &decoded) || decoded.failed)
        return true;
    for (size_t i = 0; i < decoded.len; i++)
        if (decoded.data[i] == '\\')
            decoded.data[i] = '/';
    rest = buf_text(&decoded);
    while (rest.len > 0) {
        struct text segment = text_cut(&rest, '/');

        segment = text_cut(&segment, ';');
        if (text_eq(segment, TEXT("..")) || text_eq(segment, TEXT(".")))
            return true;
    }
    return false;
}

static enum url_host host_kind(const char *host)
{
    struct in_addr ignored;

    if (host[0] == '[' || inet_pton(AF_INET, host, &ignored) == 1)
        return URL_HOST_ADDRESS;
    return strcmp(host, "localhost") == 0 ? URL_HOST_LOCALHOST : URL_HOST_NAME;
}

/* Names of hosts are compared in small letters. */
static void make_small(char *text)
{
    for (; *text; text++)
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text - 'A' + 'a');
}

static bool is_ascii(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text > 0x7e)
            return false;
    return true;
}

/* Read the parts that are compared. Returns what is wrong, or NULL. */
static const char *read_parts(struct outbound_url *url)
{
    if (libcurl()->url_get(url->parts, CURLUPART_SCHEME, &url->scheme, 0) ||
        libcurl()->url_get(url->parts, CURLUPART_HOST, &url->host, 0) ||
        libcurl()->url_get(url->parts, CURLUPART_PORT, &url->port, CURLU_DEFAULT_PORT) ||
        libcurl()->url_get(url->parts, CURLUPART_PATH, &url->path, 0))
        return "it has no host";
    if (strcmp(url->scheme, "http") != 0 && strcmp(url->scheme, "https") != 0)
        return "only http and https are spoken";
    if (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD))
        return "it names a user: send an Authorization header instead";
    if (has_part(url, CURLUPART_ZONEID))
        return "its address has a zone";
    if (!is_ascii(url->host))
        return "its host has other letters than ASCII: write it as xn--";
    if (goes_up(url->path))
        return "its path has a segment that leads up";
    make_small(url->host);
    url->host_kind = host_kind(url->host);
    return NULL;
}

bool outbound_url_read(const char *text, struct outbound_url *out, struct buf *problem)
{
    const char *why = "out of memory";
    CURLUcode code = CURLUE_OK;

    *out = (struct outbound_url){.parts = libcurl()->url()};
    if (out->parts) {
        code = libcurl()->url_set(out->parts, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME);
        why = code ? libcurl()->url_strerror(code) : read_parts(out);
    }
    if (!why)
        return true;
    buf_add_format(problem, code ? "it is no URL such as https://example.com/path (%s)" : "%s",
                   why);
    outbound_url_done(out);
    return false;
}

bool outbound_url_read_allowed(const char *text, struct outbound_url *out, struct buf *problem)
{
    if (!outbound_url_read(text, out, problem))
        return false;
    if (!has_part(out, CURLUPART_QUERY) && !has_part(out, CURLUPART_FRAGMENT))
        return true;
    buf_add_string(problem, "it may have a path, but neither a query nor a fragment");
    outbound_url_done(out);
    return false;
}

bool outbound_url_allows(const struct outbound_url *allowed, const struct outbound_url *url)
{
    struct text prefix = text_of(allowed->path), path = text_of(url->path);

    if (strcmp(allowed->scheme, url->scheme) != 0 || strcmp(allowed->host, url->host) != 0 ||
        strcmp(allowed->port, url->port) != 0 || !text_has_prefix(path, prefix))
        return false;
    return path.len == prefix.len || text_has_suffix(prefix, TEXT("/")) ||
           path.data[prefix.len] == '/';
}

bool outbound_url_allows_address(const struct outbound_url *url, enum address_kind kind)
{
    switch (url->host_kind) {
    case URL_HOST_NAME:
        return kind == ADDRESS_PUBLIC;
    case URL_HOST_LOCALHOST:
        return kind == ADDRESS_LOOPBACK;
    case URL_HOST_ADDRESS:
        return true;
    }
    return false;
}
