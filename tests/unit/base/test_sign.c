#include <check.h>
#include <string.h>

#include "base/buf.h"
#include "base/sign.h"

Suite *sign_suite(void);

START_TEST(what_was_signed_opens_again)
{
    AUTO(buf_done) struct buf token = {0};
    AUTO(buf_done) struct buf payload = {0};
    uint8_t key[SIGN_KEY_SIZE];

    sign_key_from_seed(1, key);
    sign_token(key, TEXT("world/dataset/0/123"), &token);
    ck_assert_uint_eq(strspn(token.data, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                         "0123456789-_."),
                      token.len);
    ck_assert(sign_open(key, buf_text(&token), &payload));
    ck_assert_str_eq(payload.data, "world/dataset/0/123");
}
END_TEST

START_TEST(a_changed_token_and_another_key_are_refused)
{
    AUTO(buf_done) struct buf token = {0};
    uint8_t key[SIGN_KEY_SIZE], other[SIGN_KEY_SIZE];

    sign_key_from_seed(1, key);
    sign_key_from_seed(2, other);
    sign_token(key, TEXT("payload"), &token);
    for (size_t i = 0; i < token.len; i++) {
        AUTO(buf_done) struct buf payload = {0};
        char was = token.data[i];

        token.data[i] = was == 'A' ? 'B' : 'A';
        ck_assert_msg(!sign_open(key, buf_text(&token), &payload), "a change at %zu went through",
                      i);
        token.data[i] = was;
    }
    {
        AUTO(buf_done) struct buf payload = {0};

        ck_assert(!sign_open(other, buf_text(&token), &payload));
        ck_assert(!sign_open(key, TEXT(""), &payload));
        ck_assert(!sign_open(key, TEXT("."), &payload));
        ck_assert(!sign_open(key, TEXT("%%%.%%%"), &payload));
        ck_assert_uint_eq(payload.len, 0);
    }
}
END_TEST

/* The last letter of the signature has bits to spare, and decoders of base64 pass over blanks. */
START_TEST(a_token_that_is_only_written_otherwise_is_refused)
{
    static const char *const behind[] = {" ", "\n", "=", "==", "."};
    AUTO(buf_done) struct buf token = {0}, payload = {0};
    uint8_t key[SIGN_KEY_SIZE];

    sign_key_from_seed(1, key);
    sign_token(key, TEXT("payload"), &token);
    for (size_t i = 0; i < ARRAY_LEN(behind); i++) {
        AUTO(buf_done) struct buf longer = {0};

        buf_add_text(&longer, buf_text(&token));
        buf_add_string(&longer, behind[i]);
        ck_assert(!sign_open(key, buf_text(&longer), &payload));
    }
    token.data[token.len - 1]++;
    ck_assert(!sign_open(key, buf_text(&token), &payload));
}
END_TEST

START_TEST(sha256_gives_the_published_digest)
{
    char digest[SHA256_HEX_SIZE];

    sha256_hex(TEXT("abc"), digest);
    ck_assert_str_eq(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
END_TEST

Suite *sign_suite(void)
{
    Suite *suite = suite_create("sign");
    TCase *tcase = tcase_create("tokens");

    tcase_add_test(tcase, what_was_signed_opens_again);
    tcase_add_test(tcase, a_changed_token_and_another_key_are_refused);
    tcase_add_test(tcase, a_token_that_is_only_written_otherwise_is_refused);
    tcase_add_test(tcase, sha256_gives_the_published_digest);
    suite_add_tcase(suite, tcase);
    return suite;
}
