/*
 * Stubs and requests for the tests of this directory.
 */
#ifndef STUBS_FIXTURE_H
#define STUBS_FIXTURE_H

#include "stubs/stub_set.h"

/* Make a stub of JSON in which `'` stands for `"`; its id is `id` ("%012x" behind zeros). */
struct stub *make_stub(const char *text, unsigned id);

/* Write the id of that number. */
void write_id(unsigned id, char out[UUID_SIZE]);

/* A GET of that URL, to be released with match_request_done(). */
struct match_request make_request(const char *url);

/* A stub_body_fn that has none. */
bool bring_nothing(void *context, struct match_request *request);

/* Ask a set, and return the number of the stub that takes the request: 0 if none does. */
unsigned ask(struct stub_set *set, const char *url);

#endif
