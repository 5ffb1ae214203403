SUITE(matcher)
SUITE(json_schema)
SUITE(request_pattern)
