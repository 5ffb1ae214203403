#include <check.h>

#include "admin/outbound_curl.h"
#include "admin/outbound_url.h"

Suite *outbound_url_suite(void);

static struct buf problem;

static void set_up(void)
{
    ck_assert(libcurl_load(&problem));
}

static void tear_down(void)
{
    buf_done(&problem);
}

static const struct {
    const char *allowed, *url;
    bool is_allowed;
} cases[] = {
    {"http://example.com", "http://example.com", true},
    {"http://example.com", "http://example.com/a/b?c=d", true},
    {"http://example.com/", "http://example.com/a", true},
    {"http://example.com", "http://EXAMPLE.com:80/a", true},
    {"http://Example.Com:80", "http://example.com/a", true},
    {"https://example.com", "https://example.com:443/", true},
    {"http://example.com", "https://example.com/", false},
    {"http://example.com", "http://example.com:81/", false},
    {"http://example.com", "http://example.com.evil.org/", false},
    {"http://example.com", "http://example.com./", false},
    {"http://example.com", "http://www.example.com/", false},
    {"http://example.com/a", "http://example.com/a", true},
    {"http://example.com/a", "http://example.com/a/b", true},
    {"http://example.com/a", "http://example.com/a?b", true},
    {"http://example.com/a", "http://example.com/ab", false},
    {"http://example.com/a", "http://example.com/", false},
    {"http://example.com/a", "http://example.com/A", false},
    {"http://example.com/a/", "http://example.com/a/b", true},
    {"http://example.com/a/", "http://example.com/a", false},
    {"http://example.com/a", "http://example.com/a/../b", false},
    {"http://127.0.0.1:9", "http://127.1:9/", true},
    {"http://127.0.0.1:9", "http://localhost:9/", false},
    {"http://[::1]:9", "http://[::1]:9/x", true},
    {"http://[::1]:9", "http://[::2]:9/x", false},
};

START_TEST(an_allowed_url_is_the_beginning_of_others)
{
    AUTO(outbound_url_done) struct outbound_url allowed = {0};
    AUTO(outbound_url_done) struct outbound_url url = {0};

    ck_assert(outbound_url_read_allowed(cases[_i].allowed, &allowed, &problem));
    ck_assert(outbound_url_read(cases[_i].url, &url, &problem));
    ck_assert_int_eq(outbound_url_allows(&allowed, &url), cases[_i].is_allowed);
}
END_TEST

static const struct {
    const char *url, *why;
} refused[] = {
    {"", "it is no URL such as https://example.com/path ("},
    {"example.com", "it is no URL such as https://example.com/path ("},
    {"http://", "it is no URL such as https://example.com/path ("},
    {"http://a b/", "it is no URL such as https://example.com/path ("},
    {"http://example.com:99999/", "it is no URL such as https://example.com/path ("},
    {"ftp://example.com/", "only http and https are spoken"},
    {"file:///etc/passwd", "it has no host"},
    {"gopher://example.com/", "only http and https are spoken"},
    {"http://user@example.com/", "it names a user: send an Authorization header instead"},
    {"http://example.com@evil.org/", "it names a user: send an Authorization header instead"},
    {"http://[fe80::1%25eth0]/", "its address has a zone"},
    {"http://ex\xc3\xa4mple.com/", "its host has other letters than ASCII: write it as xn--"},
    {"http://example.com/a/%2e%2e/b", "its path has a segment that leads up"},
    {"http://example.com/a/.%2E", "its path has a segment that leads up"},
    {"http://example.com/a/..%2fb", "its path has a segment that leads up"},
    {"http://example.com/a/..\\b", "its path has a segment that leads up"},
    {"http://example.com/a/..;x/b", "its path has a segment that leads up"},
    {"http://example.com/%", "its path has a segment that leads up"},
};

START_TEST(what_could_be_read_in_two_ways_is_refused)
{
    struct outbound_url url;

    ck_assert(!outbound_url_read(refused[_i].url, &url, &problem));
    ck_assert_msg(text_has_prefix(buf_text(&problem), text_of(refused[_i].why)), "%s",
                  problem.data);
    ck_assert_ptr_null(url.parts);
}
END_TEST

START_TEST(an_allowed_url_has_no_query)
{
    struct outbound_url url;

    ck_assert(!outbound_url_read_allowed("http://example.com/?a", &url, &problem));
    ck_assert(!outbound_url_read_allowed("http://example.com/#a", &url, &problem));
    ck_assert(!outbound_url_read_allowed("http://user@example.com/", &url, &problem));
}
END_TEST

static const struct {
    const char *url;
    enum address_kind kind;
    bool is_allowed;
} addresses[] = {
    {"http://example.com", ADDRESS_PUBLIC, true},
    {"http://example.com", ADDRESS_LOOPBACK, false},
    {"http://example.com", ADDRESS_PRIVATE, false},
    {"http://example.com", ADDRESS_LINK_LOCAL, false},
    {"http://example.com", ADDRESS_UNSPECIFIED, false},
    {"http://example.com", ADDRESS_RESERVED, false},
    {"http://localhost", ADDRESS_LOOPBACK, true},
    {"http://LOCALHOST", ADDRESS_LOOPBACK, true},
    {"http://localhost", ADDRESS_PRIVATE, false},
    {"http://localhost.example.com", ADDRESS_LOOPBACK, false},
    {"http://10.0.0.1", ADDRESS_PRIVATE, true},
    {"http://[::1]", ADDRESS_LOOPBACK, true},
};

START_TEST(a_name_leads_to_public_addresses_only)
{
    AUTO(outbound_url_done) struct outbound_url url = {0};

    ck_assert(outbound_url_read(addresses[_i].url, &url, &problem));
    ck_assert_int_eq(outbound_url_allows_address(&url, addresses[_i].kind),
                     addresses[_i].is_allowed);
}
END_TEST

Suite *outbound_url_suite(void)
{
    Suite *suite = suite_create("outbound_url");
    TCase *tcase = tcase_create("urls");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, an_allowed_url_is_the_beginning_of_others, 0, ARRAY_LEN(cases));
    tcase_add_loop_test(tcase, what_could_be_read_in_two_ways_is_refused, 0, ARRAY_LEN(refused));
    tcase_add_test(tcase, an_allowed_url_has_no_query);
    tcase_add_loop_test(tcase, a_name_leads_to_public_addresses_only, 0, ARRAY_LEN(addresses));
    suite_add_tcase(suite, tcase);
    return suite;
}
