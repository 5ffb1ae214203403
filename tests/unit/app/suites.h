SUITE(dispatch)
SUITE(options)
