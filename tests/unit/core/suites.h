SUITE(avro_writer)
SUITE(query_set)
SUITE(token_count)
