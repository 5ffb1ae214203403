SUITE(dispatch)
SUITE(hostile)
SUITE(options)
