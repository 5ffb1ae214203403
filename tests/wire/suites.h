SUITE(connections)
SUITE(transport)
