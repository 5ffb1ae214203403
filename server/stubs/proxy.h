/*
 * Stubs that pass a request on to another server: `proxyBaseUrl` and what goes with it.
 */
#ifndef STUBS_PROXY_H
#define STUBS_PROXY_H

#include "stubs/serve.h"

/*
 * Pass `req` on, with the body that is in `view`, and answer what came back, with the stub's
 * headers added. If it could not be passed on, the answer is a 502 that says why. Returns the
 * status.
 */
int proxy_answer(const struct stub_call *call, const struct stub *stub, const struct request *req,
                 struct match_request *view, struct response *res);

#endif
