#include "base/hash.h"

#include <check.h>

Suite *hash_suite(void);

static uint64_t hash_in_pieces(struct text t, size_t piece_len)
{
    struct hash_stream stream;

    hash_stream_init(&stream);
    hash_stream_add(&stream, (struct text){0});
    for (size_t i = 0; i < t.len; i += piece_len) {
        size_t left = t.len - i;

        hash_stream_add(&stream, (struct text){t.data + i, left < piece_len ? left : piece_len});
    }
    return hash_stream_value(&stream);
}

START_TEST(a_hash_of_pieces_minds_no_cuts_but_every_byte)
{
    char data[1000];
    uint64_t whole;

    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (char)(i * 31);
    whole = hash_in_pieces((struct text){data, sizeof(data)}, sizeof(data));
    for (size_t len = 1; len < 100; len++)
        ck_assert_uint_eq(hash_in_pieces((struct text){data, sizeof(data)}, len), whole);
    data[999]++;
    ck_assert_uint_ne(hash_in_pieces((struct text){data, sizeof(data)}, 7), whole);
    ck_assert_uint_ne(hash_in_pieces((struct text){data, 998}, 7), whole);
}
END_TEST

Suite *hash_suite(void)
{
    Suite *suite = suite_create("hash");
    TCase *tcase = tcase_create("hash");

    tcase_add_test(tcase, a_hash_of_pieces_minds_no_cuts_but_every_byte);
    suite_add_tcase(suite, tcase);
    return suite;
}
