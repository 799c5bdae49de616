/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: which addresses the agent may ask
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <gio/gio.h>

/* A certificate names addresses where its issuer, list and responder are; whoever made the certificate could name the
 * router, a printer or a service of this computer instead, and have the agent ask it (SSRF). So such an address is asked
 * only when [network] hosts allows its host, and on private addresses (loopback, the local network, ...) only when it
 * allows that host by name: a "*" speaks for public addresses alone. Addresses in the configuration are the
 * administrator's and asked wherever they are. */

typedef enum {
    PENA_REACH_ANYWHERE, /* configured, or allowed by name */
    PENA_REACH_PUBLIC,   /* only when the host turns out to have a public address */
} PenaReach;

/* Parses an http or https address without user and password. NETWORK_ADDRESS_REFUSED with fact "host". Transfer full. */
GUri *pena_address_parse (const gchar *url, GError **error);
/* May it be asked because a certificate says so? hosts: exact names or addresses, "*.example.org", "*".
 * NETWORK_ADDRESS_REFUSED. */
gboolean pena_address_check (GUri *uri, const gchar *const *hosts, PenaReach *ret_reach, GError **error);
/* Does the address belong to the public Internet (RFC 6890)? */
gboolean pena_address_is_public (GInetAddress *address);

/* Where the host and port of uri are, as a GNetworkAddress that never gives out an address that is not public: also not
 * when a name leads to a private one (DNS rebinding). Transfer full. */
GSocketConnectable *pena_address_new_public (GUri *uri);
/* The port, or that of the scheme. */
guint16 pena_address_get_port (GUri *uri);
