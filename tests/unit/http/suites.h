SUITE(router)
