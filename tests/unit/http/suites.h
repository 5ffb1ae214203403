SUITE(answer)
SUITE(framing)
SUITE(guard)
SUITE(message)
