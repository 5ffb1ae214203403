SUITE(lifecycle)
SUITE(model_catalog)
SUITE(slug)
