#include "admin/outbound_address.h"

#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#include "base/attr.h"

/* The first row that fits counts. */
/* clang-format off */
static const struct range4 {
    unsigned char bytes[4];
    unsigned bits; /* how many of them count */
    enum address_kind kind;
} ranges4[] = {
    {{0, 0, 0, 0},      8,  ADDRESS_UNSPECIFIED},
    {{10, 0, 0, 0},     8,  ADDRESS_PRIVATE},
    {{100, 64, 0, 0},   10, ADDRESS_PRIVATE},    /* shared by a carrier's customers */
    {{127, 0, 0, 0},    8,  ADDRESS_LOOPBACK},
    {{169, 254, 0, 0},  16, ADDRESS_LINK_LOCAL}, /* the metadata of clouds, too */
    {{172, 16, 0, 0},   12, ADDRESS_PRIVATE},
    {{192, 0, 0, 0},    24, ADDRESS_RESERVED},
    {{192, 168, 0, 0},  16, ADDRESS_PRIVATE},
    {{198, 18, 0, 0},   15, ADDRESS_RESERVED},   /* for measuring networks */
    {{224, 0, 0, 0},    4,  ADDRESS_MULTICAST},
    {{240, 0, 0, 0},    4,  ADDRESS_RESERVED},   /* and broadcast */
};

enum { HOLDS_NONE = -1 };

static const struct range6 {
    unsigned char bytes[16];
    unsigned bits;
    enum address_kind kind; /* unless an address of IPv4 is held */
    int holds;              /* where it begins, or HOLDS_NONE */
} ranges6[] = {
    {{0},                                      128, ADDRESS_UNSPECIFIED, HOLDS_NONE},
    {{[15] = 1},                               128, ADDRESS_LOOPBACK,    HOLDS_NONE},
    {{[10] = 0xff, [11] = 0xff},               96,  ADDRESS_RESERVED,    12}, /* mapped */
    {{0},                                      96,  ADDRESS_RESERVED,    12}, /* compatible */
    {{[8] = 0xff, [9] = 0xff},                 96,  ADDRESS_RESERVED,    12}, /* translated */
    {{0x00, 0x64, 0xff, 0x9b},                 96,  ADDRESS_RESERVED,    12}, /* NAT64 */
    {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01},     48,  ADDRESS_PRIVATE,     HOLDS_NONE},
    {{0x20, 0x01, 0x00, 0x00},                 32,  ADDRESS_RESERVED,    HOLDS_NONE}, /* Teredo */
    {{0x20, 0x02},                             16,  ADDRESS_RESERVED,    2}, /* 6to4 */
    {{0xfc},                                   7,   ADDRESS_PRIVATE,     HOLDS_NONE},
    {{0xfe, 0x80},                             10,  ADDRESS_LINK_LOCAL,  HOLDS_NONE},
    {{0xfe, 0xc0},                             10,  ADDRESS_PRIVATE,     HOLDS_NONE}, /* site-local */
    {{0xff},                                   8,   ADDRESS_MULTICAST,   HOLDS_NONE},
};

static const char *const kind_names[] = {
    [ADDRESS_PUBLIC] = "a public address",
    [ADDRESS_LOOPBACK] = "a loopback address",
    [ADDRESS_PRIVATE] = "a private address",
    [ADDRESS_LINK_LOCAL] = "a link-local address",
    [ADDRESS_MULTICAST] = "a multicast address",
    [ADDRESS_UNSPECIFIED] = "an unspecified address",
    [ADDRESS_RESERVED] = "a reserved address",
};
/* clang-format on */

static bool begins_with(const unsigned char *bytes, const unsigned char *range, unsigned bits)
{
    unsigned mask = 0xffU << (8 - bits % 8);

    return memcmp(bytes, range, bits / 8) == 0 &&
           (bits % 8 == 0 || ((bytes[bits / 8] ^ range[bits / 8]) & mask & 0xff) == 0);
}

static enum address_kind kind4(const unsigned char *bytes)
{
    for (size_t i = 0; i < ARRAY_LEN(ranges4); i++)
        if (begins_with(bytes, ranges4[i].bytes, ranges4[i].bits))
            return ranges4[i].kind;
    return ADDRESS_PUBLIC;
}

static enum address_kind kind6(const unsigned char *bytes)
{
    for (size_t i = 0; i < ARRAY_LEN(ranges6); i++)
        if (begins_with(bytes, ranges6[i].bytes, ranges6[i].bits))
            return ranges6[i].holds == HOLDS_NONE ? ranges6[i].kind
                                                  : kind4(bytes + ranges6[i].holds);
    return ADDRESS_PUBLIC;
}

enum address_kind address_kind(const struct sockaddr *address)
{
    struct sockaddr_in in4;
    struct sockaddr_in6 in6;

    switch (address->sa_family) {
    case AF_INET:
        memcpy(&in4, address, sizeof(in4));
        return kind4((const unsigned char *)&in4.sin_addr);
    case AF_INET6:
        memcpy(&in6, address, sizeof(in6));
        return kind6(in6.sin6_addr.s6_addr);
    default:
        return ADDRESS_RESERVED;
    }
}

const char *address_kind_name(enum address_kind kind)
{
    return kind_names[kind];
}
