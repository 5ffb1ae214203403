/*
 * From what a stub says to the answer and the way it is sent.
 */
#ifndef STUBS_STUB_ANSWER_H
#define STUBS_STUB_ANSWER_H

#include "stubs/serve.h"

/* Tell whether the stub's answer is a template. */
bool stub_is_template(const struct stub_call *call, const struct stub *stub);

/* Fill the answer of a stub that answers itself; if it is a template, it looks at `request`, with
 * its body. Returns the status. */
int stub_answer(const struct stub_call *call, const struct stub *stub,
                struct match_request *request, struct response *res);

/* Add the stub's delays and faults to an answer that is there already. Returns how many
 * milliseconds of delay were added, before the scale of the clock. */
double stub_deliver(const struct stub_call *call, const struct stub *stub, struct response *res);

#endif
