/*
 * From what a stub says to the answer and the way it is sent.
 */
#ifndef STUBS_STUB_ANSWER_H
#define STUBS_STUB_ANSWER_H

#include "stubs/serve.h"
#include "stubs/template.h"

/* Numbers that look random, and are the same when the same stub is called as often. */
struct stub_sequence {
    const struct stub *stub;
    uint64_t seed;
    uint64_t count;
};

/* What a stub's templates look at: `request`, with its body, and `*sequence`, which is made, and is
 * the one of the stub's that `which` says. Both are borrowed. */
struct template_data stub_template_data(const struct stub_call *call, const struct stub *stub,
                                        uint64_t which, struct match_request *request,
                                        struct stub_sequence *sequence);

/* Tell whether the stub's answer is a template. */
bool stub_is_template(const struct stub_call *call, const struct stub *stub);

/* Fill the answer of a stub that answers itself; if it is a template, it looks at `request`, with
 * its body. Returns the status. */
int stub_answer(const struct stub_call *call, const struct stub *stub,
                struct match_request *request, struct response *res);

/* Add the headers of the stub, and those that tell which it was, to an answer that is there.
 * Returns its status, which is a 500 if a template failed. */
int stub_add_headers(const struct stub_call *call, const struct stub *stub,
                     struct match_request *request, struct response *res);

/* The same, in place of headers of the same names. */
int stub_replace_headers(const struct stub_call *call, const struct stub *stub,
                         struct match_request *request, struct response *res);

/* Append the URL that the stub passes on to, which may be a template. Returns 0, or the status of a
 * failure that was answered. */
int stub_add_proxy_base_url(const struct stub_call *call, const struct stub *stub,
                            struct match_request *request, struct buf *out, struct response *res);

/* Add headers, an object of strings and lists of strings or NULL, to a request. */
void stub_add_outgoing_headers(json_t *headers, struct outgoing *request);

/* Draw a delay: the same for the same call of the same stub; `which` of its delays. */
double stub_sample_delay(const struct stub_call *call, const struct stub *stub,
                         const struct delay *delay, uint64_t which);

/* A length of the world's time, in real milliseconds. */
uint32_t stub_real_ms(const struct stub_call *call, double ms);

/* Add the stub's delays and faults to an answer that is there already. Returns how many
 * milliseconds of delay were added, before the scale of the clock. */
double stub_deliver(const struct stub_call *call, const struct stub *stub, struct response *res);

#endif
