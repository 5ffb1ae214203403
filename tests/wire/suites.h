SUITE(connections)
SUITE(hostile)
SUITE(slow)
SUITE(transport)
