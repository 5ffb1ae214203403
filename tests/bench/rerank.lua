-- What wrk sends: a small rerank of five documents, the example of Cohere's specification.
wrk.method = "POST"
wrk.path = "/v2/rerank"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer bench"
local file = assert(io.open(os.getenv("BENCH_BODY"), "rb"))
wrk.body = file:read("*a")
file:close()
