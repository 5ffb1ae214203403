/*
 * What a test run should know of its calls and would not otherwise see: what nobody served, which
 * stubs were never used, what the client did wrong.
 */
#ifndef ADMIN_REPORT_H
#define ADMIN_REPORT_H

#include "base/json_write.h"
#include "stubs/stub_worlds.h"

/* Write what is known of all worlds, as JSON or as text to be read by people. Returns false when
 * memory runs out. */
MUST_USE bool report_write(struct stub_worlds *worlds, bool as_text, struct buf *out);

#endif
