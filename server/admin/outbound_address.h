/*
 * Which addresses are not of the Internet, so that no name may lead a call to them.
 */
#ifndef ADMIN_OUTBOUND_ADDRESS_H
#define ADMIN_OUTBOUND_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

enum address_kind {
    ADDRESS_PUBLIC,
    ADDRESS_LOOPBACK,
    ADDRESS_PRIVATE,
    ADDRESS_LINK_LOCAL,
    ADDRESS_MULTICAST,
    ADDRESS_UNSPECIFIED,
    ADDRESS_RESERVED /* and what is neither IPv4 nor IPv6 */
};

/* Tell the kind of an address. Of an IPv6 address that holds one of IPv4 (mapped, translated,
 * tunnelled) it is the kind of that. */
enum address_kind address_kind(const struct sockaddr *address);

/* "a loopback address" and so on. */
const char *address_kind_name(enum address_kind kind);

#endif
