SUITE(stub_set)
SUITE(stub_list)
SUITE(stub_index)
