/*
 * Finishing an answer whose body is JSON.
 */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include "http/message.h"

/*
 * Answer with the JSON that was written to `res->body`. Returns the status answered with: `status`,
 * or 500 if memory ran out while the body was built.
 */
int reply_json(struct response *res, int status);

/* Answer `{"message":"..."}`, dropping what was written before. Returns the status. */
int reply_message(struct response *res, int status, const char *format, ...) PRINTF_LIKE(3, 4);

/* Set the Allow header to a set of methods, and answer 204 to an OPTIONS request. */
void reply_allow(struct response *res, unsigned methods);
int reply_options(struct response *res, unsigned methods);

#endif
