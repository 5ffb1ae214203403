#include "app/serve.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "admin/outbound.h"
#include "admin/outbound_queue.h"
#include "admin/report.h"
#include "app/dispatch.h"
#include "app/rules.h"
#include "base/log.h"
#include "base/timestamp.h"
#include "http/server.h"
#include "store/store.h"
#include "stubs/stub_folder.h"

enum {
    STOP_MS = 10000,
    OUTBOUND_STOP_MS = 8000,
    WEBHOOKS_STOP_MS = 1000,
    WATCH_MS = 1000,
    LIMITS_SIZE_MAX = 65536
};

/* Everything that runs; released in the order in which its parts depend on each other. */
struct fake {
    struct store *store;
    struct worlds *worlds;
    struct ranker_pool *rankers;
    struct rate_limiter *rates;
    struct trainer *trainer;
    struct stub_folder *stub_folder;
    struct stub_worlds *stub_worlds;
    struct outbound *outbound; /* NULL: no call may leave */
    struct outbound_queue *webhooks;
    struct outgoing_way outgoing;
    struct dispatch dispatch;
    struct http_server *server;
    const char *exit_report; /* or NULL */
    char url[64];
};

/* Write a file in one step: who sees it sees the whole of it. */
static bool write_file(const char *path, struct text content)
{
    AUTO(buf_done) struct buf temporary = {0};
    FILE *file;
    bool ok;

    buf_add_format(&temporary, "%s.%ld", path, (long)getpid());
    if (temporary.failed)
        return false;
    file = fopen(temporary.data, "we");
    if (!file)
        return false;
    ok = fwrite(content.data, 1, content.len, file) == content.len;
    ok = fclose(file) == 0 && ok;
    ok = ok && rename(temporary.data, path) == 0;
    if (!ok)
        (void)unlink(temporary.data);
    return ok;
}

/* What the report says is no reason to fail: neither is a report that cannot be written. */
static void write_exit_report(const struct fake *fake)
{
    struct text path = text_of(fake->exit_report);
    bool on_stdout = text_eq(path, TEXT("-"));
    AUTO(buf_done) struct buf report = {0};
    bool ok = report_write(fake->stub_worlds, text_has_suffix(path, TEXT(".txt")), &report);

    if (ok && on_stdout)
        ok = fwrite(report.data, 1, report.len, stdout) == report.len && fflush(stdout) == 0;
    else if (ok)
        ok = write_file(fake->exit_report, buf_text(&report));
    if (!ok)
        log_error("--exit-report: cannot write %s", fake->exit_report);
}

/* Send what is due, and drop the rest. */
static void stop_webhooks(struct fake *fake)
{
    size_t dropped = outbound_queue_stop(fake->webhooks, WEBHOOKS_STOP_MS);

    if (dropped)
        log_info("%zu webhooks were not due yet and are not sent", dropped);
    outbound_free(fake->outbound);
}

static void fake_done(struct fake *fake)
{
    if (fake->outbound)
        outbound_wind_down(fake->outbound, OUTBOUND_STOP_MS);
    if (fake->stub_worlds)
        stub_worlds_wake(fake->stub_worlds);
    if (fake->server) {
        unsigned cut = http_server_stop(fake->server, STOP_MS);

        if (cut)
            log_info("%u requests were cut off", cut);
    }
    stop_webhooks(fake);
    if (fake->exit_report)
        write_exit_report(fake);
    trainer_stop(fake->trainer);
    stub_worlds_free(fake->stub_worlds);
    stub_folder_close(fake->stub_folder);
    rate_limiter_free(fake->rates);
    ranker_pool_free(fake->rankers);
    worlds_free(fake->worlds);
    if (fake->store)
        store_close(fake->store);
}

static bool is_loopback(const char *host)
{
    return strncmp(host, "127.", 4) == 0 || strcmp(host, "localhost") == 0;
}

/* Read --clock: "real", "scaled:N", or a time to stand still at. */
static bool read_clock(const char *clock, struct worlds_config *config)
{
    struct text scale = text_of(clock);
    double milli;

    config->scale_milli = 1000;
    config->clock = WORLD_CLOCK_REAL;
    if (text_eq(scale, TEXT("real")))
        return true;
    config->clock = WORLD_CLOCK_FROZEN;
    if (!text_has_prefix(scale, TEXT("scaled:")))
        return timestamp_parse(scale, &config->clock_us);
    (void)text_cut(&scale, ':');
    if (!text_to_double(scale, &milli))
        return false;
    milli *= 1000;
    if (milli < WORLD_SCALE_MILLI_MIN || milli > WORLD_SCALE_MILLI_MAX)
        return false;
    config->clock = WORLD_CLOCK_SCALED;
    config->scale_milli = (int64_t)(milli + 0.5);
    return true;
}

static bool read_file(const char *path, struct buf *out)
{
    FILE *file = fopen(path, "re");
    char block[4096];
    size_t count;
    bool ok;

    if (!file)
        return false;
    while (out->len < LIMITS_SIZE_MAX && (count = fread(block, 1, sizeof(block), file)) > 0)
        buf_add(out, block, count);
    ok = feof(file) && !out->failed;
    (void)fclose(file);
    return ok;
}

/* What does not begin as JSON is the name of a file that holds it. */
static bool read_limits(const char *option, struct limits *limits)
{
    AUTO(buf_done) struct buf problem = {0};
    AUTO(buf_done) struct buf content = {0};

    if (text_has_prefix(text_trim(text_of(option)), TEXT("{"))) {
        buf_add_string(&content, option);
    } else if (!read_file(option, &content)) {
        log_error("--limits: cannot read %s", option);
        return false;
    }
    if (limits_read(buf_text(&content), limits, &problem))
        return true;
    log_error("--limits: %s", problem.failed ? "out of memory" : problem.data);
    return false;
}

/* Returns false for an option that is wrong; it was logged. */
static bool read_config(const struct options *options, struct worlds_config *config)
{
    const struct lifecycle *lifecycle = lifecycle_preset(options->lifecycle);

    *config = (struct worlds_config){
        .seed = (uint64_t)options->seed,
        .limits = limits_default(),
        .worlds_max = (size_t)options->worlds_max,
        .idle_ms = options->worlds_idle_s * 1000,
    };
    if (options->limits && !read_limits(options->limits, &config->limits))
        return false;
    if (!read_clock(options->clock, config)) {
        log_error("--clock must be real, scaled: with a number from 0.001 to 1000000, or a time "
                  "such as 2025-06-01T12:00:00Z, not '%s'",
                  options->clock);
        return false;
    }
    if (!lifecycle) {
        log_error("--lifecycle must be fast, instant or documented, not '%s'", options->lifecycle);
        return false;
    }
    config->lifecycle = *lifecycle;
    return true;
}

static bool open_parts(const struct options *options, const struct worlds_config *config,
                       struct fake *fake)
{
    struct stub_worlds_config stubs = {
        .stubs_max = (size_t)options->stubs_max,
        .journal_entries_max = (size_t)options->journal_entries_max,
        .keeps_no_journal = options->no_request_journal,
        .worlds_max = (size_t)options->worlds_max,
        /* The other half keeps serving. */
        .waits_max = (unsigned)options->workers / 2,
    };
    char error[256];

    if (options->root_dir) {
        fake->stub_folder = stub_folder_open(options->root_dir);
        if (!fake->stub_folder) {
            log_error("--root-dir: %s is no folder that can be opened", options->root_dir);
            return false;
        }
        stubs.load = stub_folder_load;
        stubs.context = fake->stub_folder;
    }
    fake->store = store_open(options->data, error, sizeof(error));
    if (!fake->store) {
        log_error("%s", error);
        return false;
    }
    fake->worlds = worlds_new(fake->store, config);
    fake->rankers = ranker_pool_new();
    fake->rates = rate_limiter_new();
    fake->stub_worlds = stub_worlds_new(&stubs);
    if (!fake->worlds || !fake->rankers || !fake->rates || !fake->stub_worlds) {
        log_error("out of memory");
        return false;
    }
    fake->trainer = trainer_start(fake->store);
    return fake->trainer != NULL;
}

/* Returns false for a URL that cannot be allowed; it was logged. */
static bool read_outbound(const struct options *options, struct fake *fake)
{
    const struct outbound_config config = {.allowed = options->allow_outbound};
    AUTO(buf_done) struct buf problem = {0};

    if (!options->allow_outbound[0])
        return true;
    fake->outbound = outbound_new(&config, &problem);
    if (!fake->outbound)
        log_error("--allow-outbound: %s", problem.failed ? "out of memory" : problem.data);
    return fake->outbound != NULL;
}

/* The thread of webhooks is there only if they may be sent. */
static bool start_outbound(struct fake *fake)
{
    if (!fake->outbound)
        return true;
    fake->webhooks = outbound_queue_start(outbound_call, fake->outbound);
    if (!fake->webhooks) {
        log_error("cannot start the thread of webhooks");
        return false;
    }
    fake->outgoing =
        (struct outgoing_way){outbound_send, fake->outbound, outbound_queue_add, fake->webhooks};
    return true;
}

static bool start_server(const struct options *options, struct fake *fake)
{
    struct http_config config = {
        .host = options->host,
        .port = (uint16_t)options->port,
        .workers = (unsigned)options->workers,
        .workers_max = (unsigned)options->workers_max,
        .parked_max = (size_t)options->parked_max,
        .progress_timeout_ms = (uint32_t)options->progress_timeout_ms,
        .allowed_hosts = options->allowed_hosts,
        .handle = dispatch_handle,
        .fail = dispatch_fail,
        .context = &fake->dispatch,
    };
    const char *host = strcmp(options->host, "0.0.0.0") == 0 ? "127.0.0.1" : options->host;
    char error[256];

    fake->dispatch = (struct dispatch){
        .api =
            {
                .store = fake->store,
                .worlds = fake->worlds,
                .rankers = fake->rankers,
                .rates = fake->rates,
                .trainer = fake->trainer,
                .anonymous = options->anonymous,
                .public_url = options->public_url,
                .json_size_max = (size_t)options->json_size_max,
            },
        .admin =
            {
                .store = fake->store,
                .worlds = fake->worlds,
                .stub_worlds = fake->stub_worlds,
                .stub_folder = fake->stub_folder,
                .is_guarded = !is_loopback(options->host) && !options->admin_open,
                .token = options->admin_token,
                .write_rules = rules_write,
            },
        .stub_worlds = fake->stub_worlds,
        .body_files = fake->stub_folder ? stub_folder_files(fake->stub_folder) : NULL,
        .are_all_templates = options->global_templating,
        .is_verbose = options->verbose,
        .outgoing = fake->outbound ? &fake->outgoing : NULL,
    };
    sign_key_from_seed((uint64_t)options->seed, fake->dispatch.api.link_key);
    fake->server = http_server_start(&config, error, sizeof(error));
    if (!fake->server) {
        log_error("%s", error);
        return false;
    }
    (void)snprintf(fake->url, sizeof(fake->url), "http://%s:%u", host,
                   http_server_port(fake->server));
    return true;
}

static bool write_ready_file(const char *path, const char *url)
{
    AUTO(buf_done) struct buf line = {0};

    buf_add_format(&line, "%s\n", url);
    return !line.failed && write_file(path, buf_text(&line));
}

static bool announce(const struct options *options, const struct fake *fake)
{
    if (options->ready_file && !write_ready_file(options->ready_file, fake->url)) {
        log_error("--ready-file: cannot write %s", options->ready_file);
        return false;
    }
    (void)printf("mockhere: ready at %s\n", fake->url);
    (void)fflush(stdout);
    return true;
}

/* Read what came on standard input; true at its end. */
static bool stdin_is_over(void)
{
    char ignored[4096];

    return read(STDIN_FILENO, ignored, sizeof(ignored)) <= 0;
}

/* Load the stubs of files again if one of them has changed since `*state`. */
static void look_at_files(const struct fake *fake, uint64_t *state)
{
    uint64_t now = stub_folder_state(fake->stub_folder);

    if (now == *state)
        return;
    *state = now;
    stub_worlds_reload(fake->stub_worlds);
    log_info("the stubs of files were loaded again");
}

static bool wait_for_the_end(const struct options *options, const struct fake *fake)
{
    bool is_watching = options->watch && fake->stub_folder;
    uint64_t state = is_watching ? stub_folder_state(fake->stub_folder) : 0;
    struct pollfd waiting[2] = {{.events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
    nfds_t count = options->exit_with_stdin ? 2 : 1;
    sigset_t ending;

    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    waiting[0].fd = signalfd(-1, &ending, SFD_CLOEXEC);
    if (waiting[0].fd < 0) {
        log_error("cannot wait for signals");
        return false;
    }
    do {
        int ready = poll(waiting, count, is_watching ? WATCH_MS : -1);

        if (ready == 0)
            look_at_files(fake, &state);
    } while (!waiting[0].revents && !(count == 2 && waiting[1].revents && stdin_is_over()));
    (void)close(waiting[0].fd);
    return true;
}

enum exit_code serve(const struct options *options)
{
    AUTO(fake_done) struct fake fake = {0};
    struct worlds_config config;

    log_set_level(options->quiet ? LOG_ERROR : LOG_INFO);
    for (size_t i = 0; i < options->unused_count; i++)
        log_info("--%s means nothing here and is ignored", options->unused[i]);
    if (!read_config(options, &config) || !read_outbound(options, &fake))
        return EXIT_USAGE;
    if (!open_parts(options, &config, &fake) || !start_outbound(&fake) ||
        !start_server(options, &fake) || !announce(options, &fake))
        return EXIT_MACHINE;
    fake.exit_report = options->exit_report;
    if (!wait_for_the_end(options, &fake))
        return EXIT_MACHINE;
    return EXIT_FINE;
}
