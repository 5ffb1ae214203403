SUITE(avro_writer)
SUITE(token_count)
