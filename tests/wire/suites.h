SUITE(connections)
SUITE(hostile)
SUITE(transport)
