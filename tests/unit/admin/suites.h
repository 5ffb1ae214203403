SUITE(admin)
SUITE(clock)
