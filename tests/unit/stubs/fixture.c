#include "fixture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void write_id(unsigned id, char out[UUID_SIZE])
{
    (void)snprintf(out, UUID_SIZE, "00000000-0000-0000-0000-%012x", id);
}

struct stub *make_stub(const char *text, unsigned id)
{
    char *copy = strdup(text), uuid[UUID_SIZE];
    struct match_error error;
    json_error_t problem;
    struct stub *stub;
    json_t *json;

    ck_assert_ptr_nonnull(copy);
    for (char *at = copy; *at; at++)
        if (*at == '\'')
            *at = '"';
    json = json_loads(copy, 0, &problem);
    ck_assert_msg(json, "%s: %s", text, problem.text);
    free(copy);
    write_id(id, uuid);
    stub = stub_new(json, uuid, &error);
    ck_assert_msg(stub, "%s: %s: %s", text, error.pointer, error.detail);
    json_decref(json);
    return stub;
}

struct match_request make_request(const char *url)
{
    return (struct match_request){.method = {"GET", 3}, .url = {url, strlen(url)}};
}

bool bring_nothing(void *context, struct match_request *request)
{
    (void)context;
    (void)request;
    return false;
}

unsigned ask(struct stub_set *set, const char *url)
{
    struct match_request request = make_request(url);
    struct stub *stub = NULL;
    unsigned id = 0;

    if (stub_set_match(set, &request, bring_nothing, NULL, &stub) == STUB_SET_OK)
        /* NOLINTNEXTLINE(cert-err34-c): it is one that write_id() wrote */
        ck_assert_int_eq(sscanf(stub->id + 24, "%x", &id), 1);
    stub_release(stub);
    match_request_done(&request);
    return id;
}
