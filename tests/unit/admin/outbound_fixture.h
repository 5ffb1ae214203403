/*
 * A fake that may call other servers, and one that it can call.
 */
#ifndef TESTS_OUTBOUND_FIXTURE_H
#define TESTS_OUTBOUND_FIXTURE_H

#include "admin/outbound.h"
#include "admin/outbound_queue.h"
#include "support/fake.h"
#include "support/origin.h"

enum { URL_SIZE = 64 };

extern const char plain[]; /* what `origin` answers: a 200 with the body "hello" */
extern struct origin origin;
extern struct outbound *outbound; /* NULL until something is allowed */
extern struct outbound_queue *webhooks;
extern char url[URL_SIZE]; /* of `origin` */

void outbound_set_up(void);
void outbound_tear_down(void);

/* Allow calls to what begins with `allowed`, with what `config` says besides. */
void allow_with(const char *allowed, struct outbound_config config);
void allow(const char *allowed);

#endif
