/*
 * What does checking an upload cost, without sockets and disks? Runs one file of reranker rows
 * through all that an upload goes through, from the form to the Avro file.
 *
 *     bench_upload_check FILE         says how much a second of the processor gets done
 *     bench_upload_check FILE AVRO    and keeps the Avro file, to compare what two builds make
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/dataset_check.h"
#include "http/multipart.h"

#define BOUNDARY "----mockhere-bench-7d1f0c2b5a9e"

static const char form_head[] = "--" BOUNDARY "\r\n"
                                "Content-Disposition: form-data; name=\"data\"; "
                                "filename=\"bench.jsonl\"\r\n\r\n";
static const char form_tail[] = "\r\n--" BOUNDARY "--\r\n";

/* The body of the request: these one after the other. */
struct body {
    struct text pieces[3];
    size_t at;
};

static long read_body(void *source, void *data, size_t size)
{
    struct body *body = source;
    struct text *piece = &body->pieces[body->at];

    while (piece->len == 0 && body->at + 1 < ARRAY_LEN(body->pieces))
        piece = &body->pieces[++body->at];
    if (size > piece->len)
        size = piece->len;
    if (size > 0)
        memcpy(data, piece->data, size);
    *piece = (struct text){piece->data + size, piece->len - size};
    return (long)size;
}

/* The context is a stream, of which only the descriptor is used. */
static bool write_avro(void *context, const void *data, size_t len)
{
    return write(fileno(context), data, len) == (ssize_t)len;
}

static bool read_avro(void *context, uint64_t offset, void *data, size_t len)
{
    return pread(fileno(context), data, len, (off_t)offset) == (ssize_t)len;
}

static bool check_part(struct multipart *form, struct dataset_check *check,
                       const struct dataset_sink *sink)
{
    struct text piece;

    if (multipart_next(form) != MULTIPART_PART ||
        dataset_check_begin(check, SPLIT_TRAIN, FORMAT_JSONL, sink) != CHECK_OK)
        return false;
    while (multipart_read(form, &piece) == MULTIPART_DATA)
        if (dataset_check_feed(check, piece) != CHECK_OK)
            return false;
    return dataset_check_end(check) == CHECK_OK;
}

static bool run(struct text content, const struct dataset_sink *sink)
{
    const struct dataset_type *type = dataset_type_find(TEXT("reranker-finetune-input"));
    const struct dataset_limits limits = {.line_bytes_max = 32 << 20, .queries_max = UINT32_MAX};
    AUTO(dataset_verdict_done) struct dataset_verdict verdict = {0};
    struct body body = {.pieces = {text_of(form_head), content, text_of(form_tail)}};
    struct multipart *form =
        multipart_new(TEXT("multipart/form-data; boundary=" BOUNDARY), read_body, &body);
    struct dataset_check *check = dataset_check_new(type, &limits, 1);
    bool ok = form && check && check_part(form, check, sink) &&
              dataset_check_finish(check, &verdict) == CHECK_OK;

    if (ok)
        printf("%s%.*s\n%.*s\n",
               verdict.valid ? "valid" : "not valid: ", TEXT_ARG(buf_text(&verdict.error)),
               TEXT_ARG(buf_text(&verdict.metrics)));
    dataset_check_free(check);
    multipart_free(form);
    return ok;
}

static int fail(const char *what)
{
    (void)fprintf(stderr, "bench_upload_check: cannot %s: %s\n", what, strerror(errno));
    return EXIT_FAILURE;
}

/* Of our own, without the kernel's. */
static double seconds_used(void)
{
    struct rusage used;

    (void)getrusage(RUSAGE_SELF, &used);
    return (double)used.ru_utime.tv_sec + (double)used.ru_utime.tv_usec * 1e-6;
}

int main(int argc, char **argv)
{
    struct dataset_sink sink = {.write = write_avro, .read = read_avro};
    struct stat facts;
    struct text content;
    double start;
    int file;

    if (argc != 2 && argc != 3) {
        (void)fprintf(stderr, "usage: bench_upload_check FILE [AVRO]\n");
        return 2;
    }
    file = open(argv[1], O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &facts) < 0)
        return fail("open the file");
    content.len = (size_t)facts.st_size;
    content.data = mmap(NULL, content.len, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
    if (content.data == MAP_FAILED)
        return fail("read the file");
    sink.context = argc == 3 ? fopen(argv[2], "w+b") : tmpfile();
    if (!sink.context)
        return fail("write the Avro file");
    start = seconds_used();
    if (!run(content, &sink))
        return fail("check the upload");
    printf("%.0f MB/s\n", (double)content.len / 1e6 / (seconds_used() - start));
    return EXIT_SUCCESS;
}
