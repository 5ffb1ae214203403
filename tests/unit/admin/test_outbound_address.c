#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>

#include "admin/outbound_address.h"
#include "base/attr.h"

Suite *outbound_address_suite(void);

static const struct {
    const char *address;
    enum address_kind kind;
} cases[] = {
    {"8.8.8.8", ADDRESS_PUBLIC},
    {"0.0.0.0", ADDRESS_UNSPECIFIED},
    {"0.1.2.3", ADDRESS_UNSPECIFIED},
    {"9.255.255.255", ADDRESS_PUBLIC},
    {"10.0.0.1", ADDRESS_PRIVATE},
    {"11.0.0.0", ADDRESS_PUBLIC},
    {"100.63.255.255", ADDRESS_PUBLIC},
    {"100.64.0.0", ADDRESS_PRIVATE},
    {"100.127.255.255", ADDRESS_PRIVATE},
    {"100.128.0.0", ADDRESS_PUBLIC},
    {"127.0.0.1", ADDRESS_LOOPBACK},
    {"127.255.0.9", ADDRESS_LOOPBACK},
    {"169.254.169.254", ADDRESS_LINK_LOCAL},
    {"172.15.255.255", ADDRESS_PUBLIC},
    {"172.16.0.1", ADDRESS_PRIVATE},
    {"172.31.255.255", ADDRESS_PRIVATE},
    {"172.32.0.0", ADDRESS_PUBLIC},
    {"192.0.0.8", ADDRESS_RESERVED},
    {"192.168.1.1", ADDRESS_PRIVATE},
    {"192.169.0.0", ADDRESS_PUBLIC},
    {"198.17.255.255", ADDRESS_PUBLIC},
    {"198.19.0.1", ADDRESS_RESERVED},
    {"223.255.255.255", ADDRESS_PUBLIC},
    {"224.0.0.1", ADDRESS_MULTICAST},
    {"239.255.255.255", ADDRESS_MULTICAST},
    {"255.255.255.255", ADDRESS_RESERVED},
    {"2606:4700::1111", ADDRESS_PUBLIC},
    {"::", ADDRESS_UNSPECIFIED},
    {"::1", ADDRESS_LOOPBACK},
    {"::ffff:127.0.0.1", ADDRESS_LOOPBACK},
    {"::ffff:10.1.2.3", ADDRESS_PRIVATE},
    {"::ffff:169.254.169.254", ADDRESS_LINK_LOCAL},
    {"::ffff:8.8.8.8", ADDRESS_PUBLIC},
    {"::127.0.0.1", ADDRESS_LOOPBACK},
    {"::ffff:0:127.0.0.1", ADDRESS_LOOPBACK},
    {"64:ff9b::10.0.0.1", ADDRESS_PRIVATE},
    {"64:ff9b::8.8.8.8", ADDRESS_PUBLIC},
    {"64:ff9b:1::8.8.8.8", ADDRESS_PRIVATE},
    {"2002:7f00:1::", ADDRESS_LOOPBACK},
    {"2002:808:808::", ADDRESS_PUBLIC},
    {"2001:0:1::", ADDRESS_RESERVED},
    {"fc00::1", ADDRESS_PRIVATE},
    {"fdff::1", ADDRESS_PRIVATE},
    {"fe80::1", ADDRESS_LINK_LOCAL},
    {"febf::1", ADDRESS_LINK_LOCAL},
    {"fec0::1", ADDRESS_PRIVATE},
    {"ff02::1", ADDRESS_MULTICAST},
};

START_TEST(an_address_has_a_kind)
{
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    const struct sockaddr *address = (const struct sockaddr *)&six;

    if (inet_pton(AF_INET, cases[_i].address, &four.sin_addr) == 1)
        address = (const struct sockaddr *)&four;
    else
        ck_assert_int_eq(inet_pton(AF_INET6, cases[_i].address, &six.sin6_addr), 1);
    ck_assert_str_eq(address_kind_name(address_kind(address)), address_kind_name(cases[_i].kind));
}
END_TEST

START_TEST(what_is_no_address_of_the_internet_is_reserved)
{
    const struct sockaddr address = {.sa_family = AF_UNIX};

    ck_assert_int_eq(address_kind(&address), ADDRESS_RESERVED);
}
END_TEST

Suite *outbound_address_suite(void)
{
    Suite *suite = suite_create("outbound_address");
    TCase *tcase = tcase_create("kinds");

    tcase_add_loop_test(tcase, an_address_has_a_kind, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, what_is_no_address_of_the_internet_is_reserved);
    suite_add_tcase(suite, tcase);
    return suite;
}
