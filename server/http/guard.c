#include "http/guard.h"

static bool is_numeric_address(struct text host)
{
    for (size_t i = 0; i < host.len; i++)
        if (host.data[i] != '.' && (host.data[i] < '0' || host.data[i] > '9'))
            return false;
    return host.len > 0;
}

static bool is_allowed(struct text host, const char *const *allowed_hosts)
{
    for (; allowed_hosts && *allowed_hosts; allowed_hosts++)
        if (text_eq_nocase(host, text_of(*allowed_hosts)))
            return true;
    return false;
}

/* The host of `host[:port]`, without the dot that may end a full name. */
static struct text without_port(struct text authority)
{
    struct text host = text_cut(&authority, ':');

    if (text_has_suffix(host, TEXT(".")))
        host.len--;
    return host;
}

static bool ends_in_localhost(struct text host)
{
    const struct text domain = TEXT(".localhost");

    return host.len > domain.len &&
           text_eq_nocase((struct text){host.data + host.len - domain.len, domain.len}, domain);
}

/*
 * A name passes if no attacker's DNS can answer for it: addresses are not looked up, and public
 * names have a dot (`localhost` and whatever a hosts file or a container network calls us have
 * none).
 */
static bool host_passes(struct text authority, const char *const *allowed_hosts)
{
    struct text host;

    if (authority.len == 0 || authority.data[0] == '[')
        return true;
    host = without_port(authority);
    return text_find(host, TEXT(".")) == host.len || is_numeric_address(host) ||
           ends_in_localhost(host) || is_allowed(host, allowed_hosts);
}

/* Cut `http://` or `https://` off. Returns false for any other origin, `null` among them. */
static bool origin_authority(struct text origin, struct text *out)
{
    static const struct text schemes[] = {{"http://", 7}, {"https://", 8}};

    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        struct text scheme = schemes[i];

        if (origin.len <= scheme.len ||
            !text_eq_nocase((struct text){origin.data, scheme.len}, scheme))
            continue;
        *out = (struct text){origin.data + scheme.len, origin.len - scheme.len};
        return true;
    }
    return false;
}

/*
 * Browsers send Origin with every write of a page, and the newer ones Sec-Fetch-Site, which also
 * gives away a page that was loaded from a bare address on the internet. Only a name that the
 * user listed overrules that.
 */
static const char *write_refusal(const struct request *req, const char *const *allowed_hosts)
{
    struct text origin = request_header(req, "origin");
    struct text site = request_header(req, "sec-fetch-site");
    struct text authority = {0};

    if (origin.data) {
        if (!origin_authority(origin, &authority) || !host_passes(authority, allowed_hosts))
            return "requests from this Origin are not allowed; see --allowed-host";
        if (is_allowed(without_port(authority), allowed_hosts))
            return NULL;
    }
    if (text_eq_nocase(site, TEXT("cross-site")))
        return "requests from another site are not allowed; see --allowed-host";
    return NULL;
}

const char *guard_refusal(const struct request *req, const char *const *allowed_hosts)
{
    const unsigned reads = HTTP_GET | HTTP_HEAD | HTTP_OPTIONS;

    if (!host_passes(request_header(req, "host"), allowed_hosts))
        return "this Host is not allowed; see --allowed-host";
    return ((unsigned)req->method & reads) ? NULL : write_refusal(req, allowed_hosts);
}
