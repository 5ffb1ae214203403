/*
 * Templates of answers: any text is read or refused with a sentence, and what was read is shown to
 * its end or fails with a sentence, within its limits.
 */
#include <string.h>

#include "fuzz/fuzz.h"
#include "match/match_request.h"
#include "stubs/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char body[] =
    "{\"a\":{\"b\":[1,2.5,{\"c\":\"x\"}],\"z\":null},\"list\":[\"x\",\"y\"]}";

static uint64_t count_up(void *context)
{
    uint64_t *count = context;

    return ++*count * 0x9e3779b97f4a7c15;
}

static void render(const struct template *template)
{
    static const struct match_field header = {{"X-A", 3}, {"v", 1}};
    struct match_request request = {.method = {"POST", 4},
                                    .url = {"/a/b?q=1&q=2", 12},
                                    .headers = &header,
                                    .header_count = 1,
                                    .scheme = {"http", 4},
                                    .host = {"localhost", 9},
                                    .client_ip = {"127.0.0.1", 9},
                                    .port = 80,
                                    .body = {.data = body, .len = sizeof(body) - 1}};
    AUTO(buf_done) struct buf out = {0};
    char error[TEMPLATE_ERROR_SIZE] = "";
    uint64_t count = 0;
    const struct template_data shown = {
        .request = &request, .now_us = 1748779200000000, .random = count_up, .context = &count};

    if (!template_render(template, &shown, &out, error))
        demand(error[0], "a failure has a sentence");
    match_request_done(&request);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text source = {(const char *)data, size};
    char error[TEMPLATE_ERROR_SIZE] = "";
    struct template *template = template_new(source, error);

    if (template)
        render(template);
    else
        demand(error[0], "a refusal has a sentence");
    template_free(template);
    return 0;
}
