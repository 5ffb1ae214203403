SUITE(matcher)
SUITE(json_schema)
