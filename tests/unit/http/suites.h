SUITE(multipart)
SUITE(router)
