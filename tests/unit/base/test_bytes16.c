#include "base/bytes16.h"

#include <check.h>
#include <stdlib.h>

Suite *bytes16_suite(void);

/* What flags16_bits() has to give, one byte after the other. */
static uint32_t high_bits(const uint8_t bytes[BYTES16_LEN])
{
    uint32_t bits = 0;

    for (unsigned i = 0; i < BYTES16_LEN; i++)
        bits |= (uint32_t)(bytes[i] >> 7) << i;
    return bits;
}

START_TEST(each_high_bit_has_its_place)
{
    uint8_t bytes[BYTES16_LEN];

    srand48(1);
    for (int round = 0; round < 20000; round++) {
        flags16 flags;

        for (unsigned i = 0; i < BYTES16_LEN; i++)
            bytes[i] = (uint8_t)lrand48();
        flags = (flags16)bytes16_load(bytes);
        ck_assert_uint_eq(flags16_bits(flags), high_bits(bytes));
        ck_assert_uint_eq(flags16_bits_plainly(flags), high_bits(bytes));
    }
}
END_TEST

START_TEST(a_range_is_told_for_every_byte)
{
    static const struct {
        uint8_t first, count;
    } ranges[] = {{'a', 26}, {'0', 10}, {'\t', 5}, {0, 0x20}, {0x80, 0x7F}, {0xF0, 0x20}};

    for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
        for (unsigned c = 0; c < 256; c++) {
            bytes16 v = (bytes16){0} + (uint8_t)c;
            uint32_t want = (uint8_t)(c - ranges[i].first) < ranges[i].count ? 0xFFFF : 0;

            ck_assert_uint_eq(flags16_bits(bytes16_within(v, ranges[i].first, ranges[i].count)),
                              want);
        }
    }
}
END_TEST

START_TEST(bits_are_counted_and_the_lowest_found)
{
    srand48(2);
    ck_assert_uint_eq(bits64_count(0), 0);
    for (int round = 0; round < 20000; round++) {
        uint64_t bits = ((uint64_t)lrand48() << 33 ^ (uint64_t)lrand48() << 11) << lrand48() % 64;
        unsigned count = 0, first = 64;

        for (unsigned i = 64; i-- > 0;) {
            if (!(bits >> i & 1))
                continue;
            first = i;
            count++;
        }
        ck_assert_uint_eq(bits64_count(bits), count);
        if (bits)
            ck_assert_uint_eq(bits64_first(bits), first);
    }
    ck_assert_uint_eq(bits64_count(UINT64_MAX), 64);
}
END_TEST

Suite *bytes16_suite(void)
{
    Suite *suite = suite_create("bytes16");
    TCase *tcase = tcase_create("bits");

    tcase_add_test(tcase, each_high_bit_has_its_place);
    tcase_add_test(tcase, a_range_is_told_for_every_byte);
    tcase_add_test(tcase, bits_are_counted_and_the_lowest_found);
    suite_add_tcase(suite, tcase);
    return suite;
}
