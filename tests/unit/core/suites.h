SUITE(token_count)
