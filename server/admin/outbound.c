#include "admin/outbound.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "admin/outbound_curl.h"
#include "admin/outbound_url.h"
#include "base/secret.h"
#include "base/timestamp.h"

enum {
    CONNECT_MS = 5000,
    PROXY_MS = 60000,
    WEBHOOK_MS = 10000,
    BODY_SIZE_MAX = 64 << 20,
    HEAD_SIZE_MAX = 65536,
    IDLE_MAX = 16,      /* handles that are kept for the next calls */
    CONNECTIONS_MAX = 4 /* that each keeps open */
};

struct outbound {
    struct outbound_config config;
    struct outbound_url allowed[OUTBOUND_ALLOWED_MAX];
    size_t allowed_count;
    atomic_llong end_ms;  /* of the monotonic clock: then all calls end */
    pthread_mutex_t lock; /* guards what follows */
    CURL *idle[IDLE_MAX];
    size_t idle_count;
};

/* A call under way. */
struct transfer {
    struct outbound *outbound;
    struct outbound_url url;
    struct buf shown; /* the URL, without secrets */
    struct curl_slist *headers, *addresses;
    struct buf head; /* the status line and the headers, a line each */
    struct buf body;
    struct buf refusal; /* why it was ended by us; empty: it was not */
    char error[CURL_ERROR_SIZE];
};

static void transfer_done(struct transfer *t)
{
    outbound_url_done(&t->url);
    libcurl()->slist_free_all(t->headers);
    libcurl()->slist_free_all(t->addresses);
    buf_done(&t->shown);
    buf_done(&t->head);
    buf_done(&t->body);
    buf_done(&t->refusal);
}

/* Handles */

static CURL *take_handle(struct outbound *outbound)
{
    CURL *handle = NULL;

    (void)pthread_mutex_lock(&outbound->lock);
    if (outbound->idle_count > 0)
        handle = outbound->idle[--outbound->idle_count];
    (void)pthread_mutex_unlock(&outbound->lock);
    return handle ? handle : libcurl()->easy_init();
}

static void give_back(struct outbound *outbound, CURL *handle)
{
    bool is_kept;

    libcurl()->easy_reset(handle); /* its connections stay */
    (void)pthread_mutex_lock(&outbound->lock);
    is_kept = outbound->idle_count < IDLE_MAX;
    if (is_kept)
        outbound->idle[outbound->idle_count++] = handle;
    (void)pthread_mutex_unlock(&outbound->lock);
    if (!is_kept)
        libcurl()->easy_cleanup(handle);
}

/* What libcurl asks us, with the types that it asks with */

/* NOLINTNEXTLINE(readability-non-const-parameter) */
static size_t take_header(char *data, size_t size, size_t count, void *context)
{
    struct transfer *t = context;
    struct text line = {data, size * count};

    if (t->body.len > 0)
        return line.len; /* a trailer */
    /* Before the answer there may be others, such as 100 and 103. */
    if (text_has_prefix(line, TEXT("HTTP/")))
        buf_clear(&t->head);
    if (t->head.len + line.len > HEAD_SIZE_MAX) {
        buf_add_string(&t->refusal, "its answer has headers of more than 65536 bytes");
        return 0;
    }
    buf_add_text(&t->head, line);
    return t->head.failed ? 0 : line.len;
}

static size_t take_body(char *data, size_t size, size_t count, void *context)
{
    struct transfer *t = context;
    size_t len = size * count;

    if (len > t->outbound->config.body_size_max - t->body.len) {
        buf_add_format(&t->refusal, "its answer is larger than %zu bytes",
                       t->outbound->config.body_size_max);
        return 0;
    }
    buf_add(&t->body, data, len);
    return t->body.failed ? 0 : len;
}

static int check_time(void *context, curl_off_t in_size, curl_off_t in, curl_off_t out_size,
                      curl_off_t out)
{
    struct transfer *t = context;

    (void)in_size;
    (void)in;
    (void)out_size;
    (void)out;
    if (clock_monotonic_ms() < atomic_load(&t->outbound->end_ms))
        return 0;
    if (t->refusal.len == 0)
        buf_add_string(&t->refusal, "mockhere stops");
    return 1;
}

/* The last word on where a connection goes. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct transfer *t = context;
    enum address_kind kind = address_kind(&address->addr);

    (void)purpose;
    if (outbound_url_allows_address(&t->url, kind))
        return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    buf_clear(&t->refusal);
    buf_add_format(&t->refusal,
                   "the name %s stands for %s, where no name may lead: allow and call the address "
                   "itself, or localhost",
                   t->url.host, address_kind_name(kind));
    return CURL_SOCKET_BAD;
}

/* Before a call */

static bool is_allowed(const struct outbound *outbound, const struct outbound_url *url)
{
    for (size_t i = 0; i < outbound->allowed_count; i++)
        if (outbound_url_allows(&outbound->allowed[i], url))
            return true;
    return false;
}

static bool check_url(struct transfer *t, const struct outgoing *request, struct buf *problem)
{
    secret_show_url(buf_text(&request->url), &t->shown);
    if (t->shown.failed || memchr(request->url.data, '\0', request->url.len)) {
        buf_add_string(problem, "the URL to call cannot be read");
        return false;
    }
    if (!outbound_url_read(request->url.data, &t->url, &t->refusal)) {
        buf_add_format(problem, "cannot call %s: %s", t->shown.data,
                       t->refusal.failed ? "out of memory" : t->refusal.data);
        return false;
    }
    if (is_allowed(t->outbound, &t->url))
        return true;
    buf_add_format(problem,
                   "%s may not be called: start mockhere with --allow-outbound and this URL, or "
                   "its beginning, such as %s://%s:%s",
                   t->shown.data, t->url.scheme, t->url.host, t->url.port);
    return false;
}

/* Append the numbers of an address, as CURLOPT_RESOLVE has them. */
static void add_address(const struct addrinfo *info, bool is_first, struct buf *out)
{
    char host[NI_MAXHOST];

    if (getnameinfo(info->ai_addr, info->ai_addrlen, host, sizeof(host), NULL, 0, NI_NUMERICHOST))
        return;
    buf_add_format(out, info->ai_family == AF_INET6 ? "%s[%s]" : "%s%s", is_first ? "" : ",", host);
}

/* Look the name up here: libcurl would make a thread for it. */
static bool resolve(struct transfer *t, struct buf *problem)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    AUTO(buf_done) struct buf entry = {0};
    struct addrinfo *found = NULL;
    size_t start;
    int result;

    if (t->url.host_kind == URL_HOST_ADDRESS)
        return true;
    result = t->outbound->config.resolve(t->url.host, t->url.port, &hints, &found);
    if (result != 0) {
        buf_add_format(problem, "cannot reach %s: the name %s cannot be resolved (%s)",
                       t->shown.data, t->url.host, gai_strerror(result));
        return false;
    }
    buf_add_format(&entry, "%s:%s:", t->url.host, t->url.port);
    start = entry.len;
    for (const struct addrinfo *info = found; info; info = info->ai_next)
        add_address(info, entry.len == start, &entry);
    freeaddrinfo(found);
    if (!entry.failed)
        t->addresses = libcurl()->slist_append(NULL, entry.data);
    if (!t->addresses)
        buf_add_string(problem, "out of memory");
    return t->addresses != NULL;
}

static bool add_line(struct transfer *t, const char *line)
{
    struct curl_slist *longer = libcurl()->slist_append(t->headers, line);

    if (longer)
        t->headers = longer;
    return longer != NULL;
}

/* Headers that libcurl would add of itself. */
static const char *const unwanted[] = {"Accept", "Content-Type", "Expect"};

static bool add_headers(struct transfer *t, const struct outgoing *request)
{
    AUTO(buf_done) struct buf line = {0};
    bool is_there[ARRAY_LEN(unwanted)] = {false};
    struct header header;
    size_t from = 0;
    bool ok = true;

    while (ok && outgoing_next_header(request, &from, &header)) {
        buf_clear(&line);
        buf_add_text(&line, header.name);
        /* A semicolon is libcurl's word for an empty value. */
        buf_add_string(&line, header.value.len > 0 ? ": " : ";");
        buf_add_text(&line, header.value);
        ok = !line.failed && add_line(t, line.data);
        for (size_t i = 0; i < ARRAY_LEN(unwanted); i++)
            is_there[i] = is_there[i] || text_eq_nocase(header.name, text_of(unwanted[i]));
    }
    for (size_t i = 0; ok && i < ARRAY_LEN(unwanted); i++) {
        if (is_there[i])
            continue;
        buf_clear(&line);
        buf_add_format(&line, "%s:", unwanted[i]);
        ok = !line.failed && add_line(t, line.data);
    }
    return ok;
}

static void set_long(CURL *handle, CURLoption option, long value)
{
    (void)libcurl()->easy_setopt(handle, option, value);
}

static void set_limits(const struct transfer *t, CURL *handle, uint32_t total_ms)
{
    set_long(handle, CURLOPT_NOSIGNAL, 1);
    set_long(handle, CURLOPT_FOLLOWLOCATION, 0);
    set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, (long)t->outbound->config.connect_ms);
    set_long(handle, CURLOPT_TIMEOUT_MS, (long)total_ms);
    set_long(handle, CURLOPT_MAXCONNECTS, CONNECTIONS_MAX);
    set_long(handle, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    set_long(handle, CURLOPT_NOPROGRESS, 0);
    (void)libcurl()->easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)libcurl()->easy_setopt(handle, CURLOPT_PROXY, "");
}

/* A method that may have a body has a length, even of 0. */
static bool takes_body(const struct outgoing *request)
{
    static const char *const without[] = {"GET", "HEAD", "DELETE", "OPTIONS"};

    for (size_t i = 0; i < ARRAY_LEN(without); i++)
        if (strcmp(request->method.data, without[i]) == 0)
            return request->body.len > 0;
    return true;
}

static void set_request(struct transfer *t, CURL *handle, const struct outgoing *request)
{
    bool is_head = strcmp(request->method.data, "HEAD") == 0;

    (void)libcurl()->easy_setopt(handle, CURLOPT_CURLU, t->url.parts);
    (void)libcurl()->easy_setopt(handle, CURLOPT_RESOLVE, t->addresses);
    (void)libcurl()->easy_setopt(handle, CURLOPT_HTTPHEADER, t->headers);
    if (takes_body(request)) {
        (void)libcurl()->easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                                     (curl_off_t)request->body.len);
        (void)libcurl()->easy_setopt(handle, CURLOPT_POSTFIELDS,
                                     request->body.data ? request->body.data : "");
    }
    set_long(handle, CURLOPT_NOBODY, is_head);
    (void)libcurl()->easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request->method.data);
    (void)libcurl()->easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_header);
    (void)libcurl()->easy_setopt(handle, CURLOPT_HEADERDATA, t);
    (void)libcurl()->easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
    (void)libcurl()->easy_setopt(handle, CURLOPT_WRITEDATA, t);
    (void)libcurl()->easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, check_time);
    (void)libcurl()->easy_setopt(handle, CURLOPT_XFERINFODATA, t);
    (void)libcurl()->easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    (void)libcurl()->easy_setopt(handle, CURLOPT_OPENSOCKETDATA, t);
    (void)libcurl()->easy_setopt(handle, CURLOPT_ERRORBUFFER, t->error);
}

static const char *why_not(const struct transfer *t, CURLcode code)
{
    if (t->refusal.len > 0 && !t->refusal.failed)
        return t->refusal.data;
    return t->error[0] ? t->error : libcurl()->easy_strerror(code);
}

/* Call, and keep the answer in `t`. Returns its status, or 0 with a sentence. */
static int perform(struct transfer *t, const struct outgoing *request, uint32_t total_ms,
                   struct buf *problem)
{
    CURL *handle;
    CURLcode code;
    long status = 0;

    if (!check_url(t, request, problem) || !resolve(t, problem))
        return 0;
    handle = add_headers(t, request) ? take_handle(t->outbound) : NULL;
    if (!handle) {
        buf_add_string(problem, "out of memory");
        return 0;
    }
    set_limits(t, handle, total_ms);
    set_request(t, handle, request);
    code = libcurl()->easy_perform(handle);
    (void)libcurl()->easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    give_back(t->outbound, handle);
    if (code == CURLE_OK && status >= 200)
        return (int)status;
    buf_add_format(problem, "cannot reach %s: %s", t->shown.data,
                   code ? why_not(t, code) : "its answer has no status of 200 or more");
    return 0;
}

/* After a call */

/* Cut a line off, without its end. */
static struct text cut_line(struct text *rest)
{
    return text_trim(text_cut(rest, '\n'));
}

/* What the header Connection names. */
static void find_hops(struct text head, struct buf *out)
{
    while (head.len > 0) {
        struct text value = cut_line(&head);

        if (!text_eq_nocase(text_cut(&value, ':'), TEXT("connection")))
            continue;
        buf_add_text(out, value);
        buf_add_char(out, ',');
    }
}

/* Add the headers to `res`. Returns what is wrong, or NULL. */
static const char *pass_headers(struct text head, struct text hops, struct response *res)
{
    size_t count = 0;

    while (head.len > 0) {
        struct text value = cut_line(&head);
        struct text name = text_cut(&value, ':');
        AUTO(buf_done) struct buf copy = {0};

        if (!value.data || name.len == 0 || outgoing_is_hop(name, hops))
            continue;
        if (++count > OUTBOUND_HEADERS_MAX)
            return "it has too many headers";
        buf_add_text(&copy, name);
        if (copy.failed)
            return "out of memory";
        response_add_header(res, copy.data, text_trim(value));
    }
    return NULL;
}

static void pass_status(struct text line, int status, struct response *res)
{
    (void)text_cut(&line, ' ');
    (void)text_cut(&line, ' ');
    res->status = status;
    buf_add_text(&res->reason, line);
}

/* A body may be large, so it is not copied. */
static void pass_body(struct buf *from, struct buf *to)
{
    buf_done(to);
    *to = *from;
    *from = (struct buf){0};
}

bool outbound_send(void *context, const struct outgoing *request, struct response *res,
                   struct buf *problem)
{
    struct outbound *outbound = context;
    AUTO(transfer_done) struct transfer t = {.outbound = outbound};
    AUTO(buf_done) struct buf hops = {0};
    int status = perform(&t, request, outbound->config.proxy_ms, problem);
    struct text head = buf_text(&t.head), line;

    const char *why;

    if (status == 0)
        return false;
    line = cut_line(&head);
    find_hops(head, &hops);
    why = hops.failed ? "out of memory" : pass_headers(head, buf_text(&hops), res);
    if (why) {
        response_reset(res);
        buf_add_format(problem, "cannot pass on the answer of %s: %s", t.shown.data, why);
        return false;
    }
    pass_status(line, status, res);
    pass_body(&t.body, &res->body);
    return true;
}

int outbound_call(void *context, const struct outgoing *request, struct buf *problem)
{
    struct outbound *outbound = context;
    AUTO(transfer_done) struct transfer t = {.outbound = outbound};

    return perform(&t, request, outbound->config.webhook_ms, problem);
}

void outbound_wind_down(struct outbound *outbound, uint32_t ms)
{
    atomic_store(&outbound->end_ms, clock_monotonic_ms() + ms);
}

/* Start and end */

static bool read_allowed(struct outbound *outbound, struct buf *problem)
{
    for (const char *const *text = outbound->config.allowed; *text; text++) {
        AUTO(buf_done) struct buf why = {0};

        if (outbound->allowed_count == OUTBOUND_ALLOWED_MAX) {
            buf_add_format(problem, "at most %d URLs can be allowed", OUTBOUND_ALLOWED_MAX);
            return false;
        }
        if (!outbound_url_read_allowed(*text, &outbound->allowed[outbound->allowed_count], &why)) {
            buf_add_format(problem, "'%s' cannot be allowed: %s", *text,
                           why.failed ? "out of memory" : why.data);
            return false;
        }
        outbound->allowed_count++;
    }
    return true;
}

static uint32_t or_default(uint32_t value, uint32_t fallback)
{
    return value ? value : fallback;
}

struct outbound *outbound_new(const struct outbound_config *config, struct buf *problem)
{
    struct outbound *outbound;

    if (!libcurl_load(problem))
        return NULL;
    outbound = calloc(1, sizeof(*outbound));
    if (!outbound) {
        buf_add_string(problem, "out of memory");
        return NULL;
    }
    outbound->config = *config;
    outbound->config.connect_ms = or_default(config->connect_ms, CONNECT_MS);
    outbound->config.proxy_ms = or_default(config->proxy_ms, PROXY_MS);
    outbound->config.webhook_ms = or_default(config->webhook_ms, WEBHOOK_MS);
    if (outbound->config.body_size_max == 0)
        outbound->config.body_size_max = BODY_SIZE_MAX;
    if (!outbound->config.resolve)
        outbound->config.resolve = getaddrinfo;
    atomic_init(&outbound->end_ms, INT64_MAX);
    (void)pthread_mutex_init(&outbound->lock, NULL);
    if (read_allowed(outbound, problem)) {
        outbound->config.allowed = NULL; /* it was read */
        return outbound;
    }
    outbound_free(outbound);
    return NULL;
}

void outbound_free(struct outbound *outbound)
{
    if (!outbound)
        return;
    for (size_t i = 0; i < outbound->idle_count; i++)
        libcurl()->easy_cleanup(outbound->idle[i]);
    for (size_t i = 0; i < outbound->allowed_count; i++)
        outbound_url_done(&outbound->allowed[i]);
    (void)pthread_mutex_destroy(&outbound->lock);
    free(outbound);
}
