SUITE(matcher)
