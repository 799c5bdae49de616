/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: which addresses the agent may ask
 * Copyright (C) 2026 the Pena authors */
#include "pena-address.h"

#include <pena/pena-error.h>
#include <string.h>

#include "pena-text.h"

#define MAX_URL 2048

static gboolean
refuse (GError **error, const gchar *host)
{
    GError *made = g_error_new (PENA_ERROR, PENA_ERROR_NETWORK_ADDRESS_REFUSED, "not asked: %s", host);
    pena_error_set_string (made, "host", host);
    g_propagate_error (error, made);
    return FALSE;
}

GUri *
pena_address_parse (const gchar *url, GError **error)
{
    g_autoptr (GUri) uri = strlen (url) <= MAX_URL
                               ? g_uri_parse (url, G_URI_FLAGS_ENCODED | G_URI_FLAGS_SCHEME_NORMALIZE, NULL)
                               : NULL;
    const gchar *scheme = uri != NULL ? g_uri_get_scheme (uri) : "";
    const gchar *host = uri != NULL ? g_uri_get_host (uri) : NULL;

    if ((g_str_equal (scheme, "http") || g_str_equal (scheme, "https")) && host != NULL && *host != '\0' &&
        g_uri_get_userinfo (uri) == NULL)
        return g_steal_pointer (&uri);
    refuse (error, host != NULL && *host != '\0' ? host : _ ("an address without http or https"));
    return NULL;
}

static gboolean
names_host (const gchar *pattern, const gchar *host)
{
    if (g_str_has_prefix (pattern, "*.")) {
        gsize length = strlen (host), suffix = strlen (pattern) - 1;
        return length > suffix && g_ascii_strcasecmp (host + length - suffix, pattern + 1) == 0;
    }
    return g_ascii_strcasecmp (pattern, host) == 0;
}

gboolean
pena_address_check (GUri *uri, const gchar *const *hosts, PenaReach *ret_reach, GError **error)
{
    const gchar *host = g_uri_get_host (uri);
    gboolean any = FALSE;

    for (guint i = 0; hosts[i] != NULL; i++) {
        if (g_str_equal (hosts[i], "*"))
            any = TRUE;
        else if (names_host (hosts[i], host)) {
            *ret_reach = PENA_REACH_ANYWHERE;
            return TRUE;
        }
    }
    if (!any)
        return refuse (error, host);
    *ret_reach = PENA_REACH_PUBLIC;
    return TRUE;
}

/* RFC 6890 and the IANA registries after it: what is not reachable from everywhere. */
static const struct {
    guint8 network[4];
    guint bits;
} special_ipv4[] = {
    {{0}, 8},
    {{10}, 8},
    {{100, 64}, 10},
    {{127}, 8},
    {{169, 254}, 16},
    {{172, 16}, 12},
    {{192, 0, 0}, 24},
    {{192, 0, 2}, 24},
    {{192, 88, 99}, 24},
    {{192, 168}, 16},
    {{198, 18}, 15},
    {{198, 51, 100}, 24},
    {{203, 0, 113}, 24},
    {{224}, 4},
    {{240}, 4},
};

static gboolean
has_prefix (const guint8 *address, const guint8 *network, guint bits)
{
    guint whole = bits / 8, rest = bits % 8;
    return memcmp (address, network, whole) == 0 &&
           (rest == 0 || ((address[whole] ^ network[whole]) >> (8 - rest)) == 0);
}

static gboolean
is_public_ipv4 (const guint8 *address)
{
    for (guint i = 0; i < G_N_ELEMENTS (special_ipv4); i++)
        if (has_prefix (address, special_ipv4[i].network, special_ipv4[i].bits))
            return FALSE;
    return TRUE;
}

/* Only 2000::/3 is handed out; in it are those that carry an IPv4 address (6to4) or are for documentation. An address
 * that carries an IPv4 one (NAT64) is as public as that. */
static gboolean
is_public_ipv6 (const guint8 *address)
{
    static const guint8 nat64[12] = {0x00, 0x64, 0xFF, 0x9B}, global[] = {0x20}, six_to_four[] = {0x20, 0x02},
                        teredo[] = {0x20, 0x01, 0, 0}, documentation[] = {0x20, 0x01, 0x0D, 0xB8};

    if (memcmp (address, nat64, sizeof nat64) == 0)
        return is_public_ipv4 (address + 12);
    return has_prefix (address, global, 3) && !has_prefix (address, six_to_four, 16) &&
           !has_prefix (address, teredo, 32) && !has_prefix (address, documentation, 32);
}

gboolean
pena_address_is_public (GInetAddress *address)
{
    const guint8 *bytes = g_inet_address_to_bytes (address);
    return g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4 ? is_public_ipv4 (bytes)
                                                                       : is_public_ipv6 (bytes);
}

guint16
pena_address_get_port (GUri *uri)
{
    if (g_uri_get_port (uri) > 0)
        return (guint16)g_uri_get_port (uri);
    return g_str_equal (g_uri_get_scheme (uri), "https") ? 443 : 80;
}

/* ---- the addresses of a host, one after the other ---- */

#define PENA_TYPE_PUBLIC_ADDRESSES (pena_public_addresses_get_type ())
G_DECLARE_FINAL_TYPE (PenaPublicAddresses, pena_public_addresses, PENA, PUBLIC_ADDRESSES,
                      GSocketAddressEnumerator)
struct _PenaPublicAddresses {
    GSocketAddressEnumerator parent;
    GSocketAddressEnumerator *all;
};
G_DEFINE_FINAL_TYPE (PenaPublicAddresses, pena_public_addresses, G_TYPE_SOCKET_ADDRESS_ENUMERATOR)

/* Takes the address. One that is not public is an error, not passed over: a name with such an address is suspicious. */
static GSocketAddress *
judge (GSocketAddress *address, GError **error)
{
    if (address == NULL ||
        (G_IS_INET_SOCKET_ADDRESS (address) &&
         pena_address_is_public (g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address)))))
        return address;
    g_object_unref (address);
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "not a public address");
    return NULL;
}

static GSocketAddress *
addresses_next (GSocketAddressEnumerator *enumerator, GCancellable *cancellable, GError **error)
{
    PenaPublicAddresses *self = PENA_PUBLIC_ADDRESSES (enumerator);
    return judge (g_socket_address_enumerator_next (self->all, cancellable, error), error);
}

static void
on_next (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    GError *error = NULL;
    GSocketAddress *address =
        g_socket_address_enumerator_next_finish (G_SOCKET_ADDRESS_ENUMERATOR (source), result, &error);

    if (error == NULL)
        address = judge (address, &error);
    if (error != NULL)
        g_task_return_error (task, error);
    else
        g_task_return_pointer (task, address, g_object_unref);
}

static void
addresses_next_async (GSocketAddressEnumerator *enumerator, GCancellable *cancellable,
                      GAsyncReadyCallback callback, gpointer user_data)
{
    PenaPublicAddresses *self = PENA_PUBLIC_ADDRESSES (enumerator);
    g_socket_address_enumerator_next_async (self->all, cancellable, on_next,
                                            g_task_new (self, cancellable, callback, user_data));
}

static GSocketAddress *
addresses_next_finish (GSocketAddressEnumerator *enumerator, GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}

static void
addresses_dispose (GObject *object)
{
    g_clear_object (&PENA_PUBLIC_ADDRESSES (object)->all);
    G_OBJECT_CLASS (pena_public_addresses_parent_class)->dispose (object);
}

static void
pena_public_addresses_class_init (PenaPublicAddressesClass *class)
{
    GSocketAddressEnumeratorClass *enumerator = G_SOCKET_ADDRESS_ENUMERATOR_CLASS (class);

    G_OBJECT_CLASS (class)->dispose = addresses_dispose;
    enumerator->next = addresses_next;
    enumerator->next_async = addresses_next_async;
    enumerator->next_finish = addresses_next_finish;
}

static void
pena_public_addresses_init (PenaPublicAddresses *self)
{
}

/* ---- the host: a GNetworkAddress, so that TLS knows whose certificate it must see ---- */

#define PENA_TYPE_PUBLIC_HOST (pena_public_host_get_type ())
G_DECLARE_FINAL_TYPE (PenaPublicHost, pena_public_host, PENA, PUBLIC_HOST, GNetworkAddress)
struct _PenaPublicHost {
    GNetworkAddress parent;
};
static void pena_public_host_connectable (GSocketConnectableIface *interface);
G_DEFINE_FINAL_TYPE_WITH_CODE (PenaPublicHost, pena_public_host, G_TYPE_NETWORK_ADDRESS,
                               G_IMPLEMENT_INTERFACE (G_TYPE_SOCKET_CONNECTABLE,
                                                      pena_public_host_connectable))

static GSocketAddressEnumerator *
host_enumerate (GSocketConnectable *connectable)
{
    const GSocketConnectableIface *own = G_SOCKET_CONNECTABLE_GET_IFACE (connectable);
    const GSocketConnectableIface *parent = g_type_interface_peek_parent ((gpointer)own);
    PenaPublicAddresses *made = g_object_new (PENA_TYPE_PUBLIC_ADDRESSES, NULL);

    made->all = parent->enumerate (connectable);
    return G_SOCKET_ADDRESS_ENUMERATOR (made);
}

static void
pena_public_host_connectable (GSocketConnectableIface *interface)
{
    interface->enumerate = host_enumerate;
    interface->proxy_enumerate = host_enumerate;
}

static void
pena_public_host_class_init (PenaPublicHostClass *class)
{
}

static void
pena_public_host_init (PenaPublicHost *self)
{
}

GSocketConnectable *
pena_address_new_public (GUri *uri)
{
    return g_object_new (PENA_TYPE_PUBLIC_HOST, "hostname", g_uri_get_host (uri), "port",
                         (guint)pena_address_get_port (uri), "scheme", g_uri_get_scheme (uri), NULL);
}
