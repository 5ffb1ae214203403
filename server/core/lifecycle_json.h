/*
 * A lifecycle as JSON: what GET /__mockhere/lifecycle shows, what PUT takes, and how a world's is
 * stored.
 *
 *     {"preset":"custom",
 *      "dataset":{"queued":"50ms","processing":"150ms","polls":null,"hold":null,
 *                 "failure":{"at":"processing","message":"..."}},
 *      "finetuned_model":{"queued":"50ms","training":"300ms","deploying":"50ms","polls":2,
 *                         "hold":"STATUS_FINETUNING","failure":null}}
 */
#ifndef CORE_LIFECYCLE_JSON_H
#define CORE_LIFECYCLE_JSON_H

#include "base/json_write.h"
#include "core/lifecycle.h"

void lifecycle_write(const struct lifecycle *lifecycle, struct json_writer *w);

/*
 * Change `*lifecycle` as `json` asks: everything to what `preset` names, if it is there, and then
 * each member that is there. Returns false and leaves it alone, with a sentence in `problem` (which
 * has failed when memory ran out) that names the member and says what to send.
 */
MUST_USE bool lifecycle_read(struct text json, struct lifecycle *lifecycle, struct buf *problem);

#endif
