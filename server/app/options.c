#include "app/options.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum option_kind { OPTION_SWITCH, OPTION_NUMBER, OPTION_STRING, OPTION_LIST };

struct option {
    const char *name;
    const char *env;
    enum option_kind kind;
    size_t offset; /* in struct options */
    int64_t min, max;
    const char *fallback; /* as --help shows it, and as it is read at start; NULL: none */
    const char *value;    /* what the value is, in --help */
    const char *help;
};

#define AT(member) offsetof(struct options, member)

/* clang-format off */
static const struct option table[] = {
    {"host",            "MOCKHERE_HOST",            OPTION_STRING, AT(host), 0, 0, "127.0.0.1", "ADDRESS",
     "listen on this IPv4 address; 0.0.0.0 is all"},
    {"port",            "MOCKHERE_PORT",            OPTION_NUMBER, AT(port), 0, 65535, "8080", "N",
     "listen on this port; 0 takes a free one"},
    {"data",            "MOCKHERE_DATA",            OPTION_STRING, AT(data), 0, 0, NULL, "DIR",
     "keep everything in this directory; without it nothing outlives the process"},
    {"seed",            "MOCKHERE_SEED",            OPTION_NUMBER, AT(seed), 0, INT64_MAX, "1", "N",
     "what ids are made from: the same seed gives the same ids"},
    {"clock",           "MOCKHERE_CLOCK",           OPTION_STRING, AT(clock), 0, 0, "real", "TIME",
     "freeze the clock at this time, such as 2025-06-01T12:00:00Z, or let it run: real, scaled:60"},
    {"lifecycle",       "MOCKHERE_LIFECYCLE",       OPTION_STRING, AT(lifecycle), 0, 0, "fast", "NAME",
     "how long validation and training take: fast, instant or documented"},
    {"limits",          "MOCKHERE_LIMITS",          OPTION_STRING, AT(limits), 0, 0, NULL, "JSON",
     "limits of new worlds, or a file with them: '{\"train_queries_min\":4}'"},
    {"anonymous",       "MOCKHERE_ANONYMOUS",       OPTION_SWITCH, AT(anonymous), 0, 0, NULL, NULL,
     "let in calls without an API key"},
    {"public-url",      "MOCKHERE_PUBLIC_URL",      OPTION_STRING, AT(public_url), 0, 0, NULL, "URL",
     "begin download links with this, behind a proxy"},
    {"allowed-host",    "MOCKHERE_ALLOWED_HOST",    OPTION_LIST,   AT(allowed_hosts), 0, 0, NULL, "NAME",
     "accept this name in the Host header too; may be repeated"},
    {"admin-open",      "MOCKHERE_ADMIN_OPEN",      OPTION_SWITCH, AT(admin_open), 0, 0, NULL, NULL,
     "let anyone who reaches the port use the control paths"},
    {"admin-token",     "MOCKHERE_ADMIN_TOKEN",     OPTION_STRING, AT(admin_token), 0, 0, NULL, "TOKEN",
     "let in control calls with this X-Mockhere-Token, on another address than loopback"},
    {"ready-file",      "MOCKHERE_READY_FILE",      OPTION_STRING, AT(ready_file), 0, 0, NULL, "FILE",
     "write the URL to this file when ready"},
    {"exit-with-stdin", "MOCKHERE_EXIT_WITH_STDIN", OPTION_SWITCH, AT(exit_with_stdin), 0, 0, NULL, NULL,
     "stop when standard input is closed"},
    {"exit-report",     "MOCKHERE_EXIT_REPORT",     OPTION_STRING, AT(exit_report), 0, 0, NULL, "FILE",
     "when stopped, write what nobody served, which stubs were never used and what clients did wrong, as JSON, or as text if it ends in .txt; - is standard output"},
    {"workers",         "MOCKHERE_WORKERS",         OPTION_NUMBER, AT(workers), 1, 4096, "64", "N",
     "how many requests are worked on at once"},
    {"workers-max",     "MOCKHERE_WORKERS_MAX",     OPTION_NUMBER, AT(workers_max), 1, 4096, "1024", "N",
     "how many there may be while clients that send slowly hold workers"},
    {"parked-max",      "MOCKHERE_PARKED_MAX",      OPTION_NUMBER, AT(parked_max), 1, 1000000, "10000", "N",
     "how many answers may wait for their time or for their client"},
    {"json-size-max",   "MOCKHERE_JSON_SIZE_MAX",   OPTION_NUMBER, AT(json_size_max), 1024, 1LL << 30, "33554432", "BYTES",
     "largest JSON body"},
    {"worlds-max",      "MOCKHERE_WORLDS_MAX",      OPTION_NUMBER, AT(worlds_max), 1, 100000, "1000", "N",
     "how many worlds there may be"},
    {"worlds-idle-s",   "MOCKHERE_WORLDS_IDLE_S",   OPTION_NUMBER, AT(worlds_idle_s), 0, 1LL << 31, "86400", "S",
     "drop a world but 'default' that was not called for so long; 0 never"},
    {"progress-timeout-ms", "MOCKHERE_PROGRESS_TIMEOUT_MS", OPTION_NUMBER, AT(progress_timeout_ms), 100, 86400000, "30000", "MS",
     "how long a request may stand still"},
    {"stubs-max",       "MOCKHERE_STUBS_MAX",       OPTION_NUMBER, AT(stubs_max), 1, 1000000, "10000", "N",
     "how many stubs a world may have"},
    {"max-request-journal-entries", "MOCKHERE_MAX_REQUEST_JOURNAL_ENTRIES", OPTION_NUMBER, AT(journal_entries_max), 1, 10000000, "10000", "N",
     "how many calls a world's journal keeps"},
    {"no-request-journal", "MOCKHERE_NO_REQUEST_JOURNAL", OPTION_SWITCH, AT(no_request_journal), 0, 0, NULL, NULL,
     "keep no journal of calls"},
    {"root-dir",        "MOCKHERE_ROOT_DIR",        OPTION_STRING, AT(root_dir), 0, 0, NULL, "DIR",
     "load stubs from DIR/mappings, and their body files from DIR/__files"},
    {"watch",           "MOCKHERE_WATCH",           OPTION_SWITCH, AT(watch), 0, 0, NULL, NULL,
     "load the stubs of --root-dir again when their files change"},
    {"global-response-templating", "MOCKHERE_GLOBAL_RESPONSE_TEMPLATING", OPTION_SWITCH, AT(global_templating), 0, 0, NULL, NULL,
     "take the answers of all stubs as templates, not only of those that say so"},
    {"verbose",         "MOCKHERE_VERBOSE",         OPTION_SWITCH, AT(verbose), 0, 0, NULL, NULL,
     "log every call"},
    {"allow-outbound",  "MOCKHERE_ALLOW_OUTBOUND",  OPTION_LIST,   AT(allow_outbound), 0, 0, NULL, "URL",
     "let stubs and webhooks call what begins with this URL; may be repeated"},
    {"quiet",           "MOCKHERE_QUIET",           OPTION_SWITCH, AT(quiet), 0, 0, NULL, NULL,
     "log errors only"},
    {"help",            NULL,                       OPTION_SWITCH, AT(help), 0, 0, NULL, NULL,
     "show this"},
    {"version",         NULL,                       OPTION_SWITCH, AT(version), 0, 0, NULL, NULL,
     "show the version"},
};
/* clang-format on */

/* WireMock's names of options that are ours. */
static const struct {
    const char *theirs, *ours;
} aliases[] = {
    {"bind-address", "host"},
};

/* What WireMock is told and needs no telling here. */
static const struct {
    const char *name;
    bool takes_value;
} unused[] = {
    {"async-response-enabled", true},
    {"async-response-threads", true},
    {"container-threads", true},
    {"disable-banner", false},
    {"disable-gzip", false},
    {"disable-request-logging", false},
    {"enable-stub-cors", false},
    {"extensions", true},
    {"jetty-accept-queue-size", true},
    {"jetty-acceptor-threads", true},
    {"jetty-header-buffer-size", true},
    {"jetty-header-request-size", true},
    {"jetty-header-response-size", true},
    {"jetty-stop-timeout", true},
    {"local-response-templating", false},
    {"logged-response-body-size-limit", true},
    {"max-template-cache-entries", true},
    {"print-all-network-traffic", false},
    {"supported-proxy-encodings", true},
    {"timeout", true},
    {"use-chunked-encoding", true},
};

static bool store_switch(const struct option *option, struct text value, bool *out, char *error,
                         size_t error_size)
{
    if (text_eq(value, TEXT("true")) || text_eq(value, TEXT("1"))) {
        *out = true;
        return true;
    }
    if (text_eq(value, TEXT("false")) || text_eq(value, TEXT("0"))) {
        *out = false;
        return true;
    }
    (void)snprintf(error, error_size, "--%s is a switch: true or false, not '%.*s'", option->name,
                   TEXT_ARG(value));
    return false;
}

static bool store_number(const struct option *option, struct text value, int64_t *out, char *error,
                         size_t error_size)
{
    int64_t number;

    if (!text_to_i64(value, &number) || number < option->min || number > option->max) {
        (void)snprintf(error, error_size, "--%s must be a number from %lld to %lld, not '%.*s'",
                       option->name, (long long)option->min, (long long)option->max,
                       TEXT_ARG(value));
        return false;
    }
    *out = number;
    return true;
}

/* Add to a list that is ended by NULL. */
static bool store_in_list(const struct option *option, const char **list, const char *value,
                          char *error, size_t error_size)
{
    size_t count = 0;

    while (list[count])
        count++;
    if (count == OPTION_VALUES_MAX) {
        (void)snprintf(error, error_size, "--%s may be given at most %d times", option->name,
                       OPTION_VALUES_MAX);
        return false;
    }
    list[count] = value;
    return true;
}

static bool store_value(const struct option *option, struct options *options, const char *value,
                        char *error, size_t error_size)
{
    void *target = (char *)options + option->offset;

    switch (option->kind) {
    case OPTION_SWITCH:
        return store_switch(option, text_of(value), target, error, error_size);
    case OPTION_NUMBER:
        return store_number(option, text_of(value), target, error, error_size);
    case OPTION_STRING:
        *(const char **)target = value;
        return true;
    case OPTION_LIST:
        return store_in_list(option, target, value, error, error_size);
    }
    return false;
}

void options_init(struct options *options)
{
    char ignored[128];

    *options = (struct options){0};
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (table[i].fallback)
            (void)store_value(&table[i], options, table[i].fallback, ignored, sizeof(ignored));
}

static const struct option *find_option(struct text name)
{
    for (size_t i = 0; i < ARRAY_LEN(aliases); i++)
        if (text_eq(text_of(aliases[i].theirs), name))
            name = text_of(aliases[i].ours);
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (text_eq(text_of(table[i].name), name))
            return &table[i];
    return NULL;
}

/* Note an option that is not used, and go past its value. False if it is none. */
static bool skip_unused(struct options *options, struct text name, bool has_value, int *at)
{
    for (size_t i = 0; i < ARRAY_LEN(unused); i++) {
        if (!text_eq(text_of(unused[i].name), name))
            continue;
        if (unused[i].takes_value && !has_value)
            ++*at;
        if (options->unused_count < UNUSED_MAX)
            options->unused[options->unused_count++] = unused[i].name;
        return true;
    }
    return false;
}

static bool read_environment(struct options *options, char *error, size_t error_size)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const char *value = table[i].env ? getenv(table[i].env) : NULL;

        if (value && *value && !store_value(&table[i], options, value, error, error_size))
            return false;
    }
    return true;
}

/* Returns what is behind the `=`, or the next argument and goes past it; NULL if there is none. */
static const char *find_value(const struct option *option, struct text rest, int argc,
                              char *const argv[], int *at)
{
    if (rest.data)
        return rest.data;
    if (option->kind == OPTION_SWITCH)
        return "true";
    return *at + 1 < argc ? argv[++*at] : NULL;
}

bool options_read(struct options *options, int argc, char *const argv[], char *error,
                  size_t error_size)
{
    if (!read_environment(options, error, error_size))
        return false;
    for (int i = 0; i < argc; i++) {
        struct text rest = text_of(argv[i]);
        const struct option *option;
        const char *value;
        struct text name;

        if (text_eq(rest, TEXT("-jar"))) {
            i++;
            continue;
        }
        if (!text_has_prefix(rest, TEXT("--"))) {
            (void)snprintf(error, error_size, "'%s' is not an option; see mockhere --help",
                           argv[i]);
            return false;
        }
        rest.data += 2;
        rest.len -= 2;
        name = text_cut(&rest, '=');
        option = find_option(name);
        if (!option && skip_unused(options, name, rest.data != NULL, &i))
            continue;
        if (!option && text_eq(name, TEXT("https-port"))) {
            (void)snprintf(error, error_size,
                           "--https-port cannot be served: mockhere speaks plain HTTP only; put a "
                           "proxy in front for TLS and say --public-url");
            return false;
        }
        if (!option) {
            (void)snprintf(error, error_size, "there is no option --%.*s; see mockhere --help",
                           TEXT_ARG(name));
            return false;
        }
        value = find_value(option, rest, argc, argv, &i);
        if (!value) {
            (void)snprintf(error, error_size, "--%s needs a value: %s", option->name,
                           option->value);
            return false;
        }
        if (!store_value(option, options, value, error, error_size))
            return false;
    }
    return true;
}

void options_write(struct json_writer *w)
{
    json_write_array(w);
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        json_write_object(w);
        json_write_member_string(w, "name", table[i].name);
        if (table[i].env)
            json_write_member_string(w, "environment", table[i].env);
        if (table[i].value)
            json_write_member_string(w, "value", table[i].value);
        if (table[i].fallback)
            json_write_member_string(w, "default", table[i].fallback);
        json_write_member_string(w, "help", table[i].help);
        json_write_object_end(w);
    }
    json_write_array_end(w);
}

void options_help(FILE *out)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        char head[64];

        (void)snprintf(head, sizeof(head), "--%s%s%s", table[i].name, table[i].value ? " " : "",
                       table[i].value ? table[i].value : "");
        (void)fprintf(out, "  %-26s %s", head, table[i].help);
        if (table[i].fallback)
            (void)fprintf(out, " (%s)", table[i].fallback);
        if (table[i].env)
            (void)fprintf(out, " [%s]", table[i].env);
        (void)fputc('\n', out);
    }
}
