/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of the network's rules: addresses, passwords, kept answers
 * Copyright (C) 2026 the Pena authors */
#include <glib/gstdio.h>
#include <pena/pena-error.h>
#include <string.h>

#include "pena-address.h"
#include "pena-cache.h"
#include "pena-credentials.h"

/* ---- addresses ---- */

static void
test_parse (void)
{
    static const gchar *const wrong[] = {
        "file:///etc/passwd",      "ldap://ca.example/x",    "http://",    "http:///x", "ca.example",
        "http://user@ca.example/", "http://u:p@ca.example/", "gopher://a", ""};
    g_autoptr (GUri) plain = pena_address_parse ("HTTP://ca.example/issuing.crl", NULL);
    g_autoptr (GUri) secure = pena_address_parse ("https://[2001:db8::1]:8443/", NULL);

    g_assert_cmpint (pena_address_get_port (plain), ==, 80);
    g_assert_cmpint (pena_address_get_port (secure), ==, 8443);
    for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
        g_autoptr (GError) error = NULL;
        g_assert_null (pena_address_parse (wrong[i], &error));
        g_assert_error (error, PENA_ERROR, PENA_ERROR_NETWORK_ADDRESS_REFUSED);
    }
}

static void
test_public (void)
{
    static const gchar *const public[] = {"8.8.8.8", "103.10.66.1", "172.32.0.1", "2400:cb00::1",
                                          "64:ff9b::808:808"};
    static const gchar *const private[] = {
        "127.0.0.1",
        "127.9.9.9",
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:db8::1",
    };

    for (guint i = 0; i < G_N_ELEMENTS (public); i++) {
        g_autoptr (GInetAddress) address = g_inet_address_new_from_string (public[i]);
        g_assert_true (pena_address_is_public (address));
    }
    for (guint i = 0; i < G_N_ELEMENTS (private); i++) {
        g_autoptr (GInetAddress) address = g_inet_address_new_from_string (private[i]);
        g_assert_false (pena_address_is_public (address));
    }
}

static void
test_hosts (void)
{
    static const struct {
        const gchar *hosts[4], *url;
        gint reach; /* -1: refused */
    } rows[] = {
        {{"*"}, "http://ca.example/", PENA_REACH_PUBLIC},
        {{"*", "CA.example"}, "http://ca.EXAMPLE/", PENA_REACH_ANYWHERE},
        {{"ca.example"}, "http://other.example/", -1},
        {{NULL}, "http://ca.example/", -1},
        {{"*.go.id"}, "http://ca.bssn.go.id/", PENA_REACH_ANYWHERE},
        {{"*.go.id"}, "http://go.id/", -1},
        {{"*.go.id"}, "http://evilgo.id/", -1},
        {{"127.0.0.1"}, "http://127.0.0.1:8080/", PENA_REACH_ANYWHERE},
        {{"127.0.0.1"}, "http://127.0.0.1.example/", -1},
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr (GUri) uri = pena_address_parse (rows[i].url, NULL);
        g_autoptr (GError) error = NULL;
        PenaReach reach = PENA_REACH_PUBLIC;
        gboolean allowed = pena_address_check (uri, rows[i].hosts, &reach, &error);

        g_assert_cmpint (allowed ? (gint)reach : -1, ==, rows[i].reach);
        if (!allowed)
            g_assert_error (error, PENA_ERROR, PENA_ERROR_NETWORK_ADDRESS_REFUSED);
    }
}

/* A name that leads to this computer, as any name in the DNS can. */
static void
test_private_behind_a_name (void)
{
    g_autoptr (GUri) uri = pena_address_parse ("http://localhost:9/", NULL);
    g_autoptr (GSocketConnectable) host = pena_address_new_public (uri);
    g_autoptr (GSocketAddressEnumerator) addresses = g_socket_connectable_enumerate (host);
    g_autoptr (GError) error = NULL;

    g_assert_cmpstr (g_network_address_get_hostname (G_NETWORK_ADDRESS (host)), ==, "localhost");
    g_assert_null (g_socket_address_enumerator_next (addresses, NULL, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
}

/* ---- passwords ---- */

typedef struct {
    gchar *dir, *path;
} Folder;

static void
set_up (Folder *self, gconstpointer unused)
{
    self->dir = g_dir_make_tmp ("pena-net-XXXXXX", NULL);
    self->path = g_build_filename (self->dir, "credentials", NULL);
}

static void
tear_down (Folder *self, gconstpointer unused)
{
    g_autoptr (GDir) dir = g_dir_open (self->dir, 0, NULL);
    const gchar *name;

    while ((name = g_dir_read_name (dir)) != NULL) {
        g_autofree gchar *file = g_build_filename (self->dir, name, NULL);
        g_unlink (file);
    }
    g_rmdir (self->dir);
    g_free (self->dir);
    g_free (self->path);
}

static void
write_credentials (Folder *self, const gchar *text, gint mode)
{
    g_assert_true (g_file_set_contents (self->path, text, -1, NULL));
    g_assert_cmpint (g_chmod (self->path, mode), ==, 0);
}

static void
test_credentials (Folder *self, gconstpointer unused)
{
    g_autoptr (PenaSecret) found = NULL, none = NULL;
    g_autoptr (GError) error = NULL;

    write_credentials (
        self, "# TSA\n\nhttps://a.example/tsr  Aladdin  open-sesame\r\nhttps://b.example only-a-user\n",
        0600);
    g_assert_true (pena_credentials_find (self->path, "https://a.example/tsr", &found, &error));
    g_assert_no_error (error);
    g_assert_cmpmem (found->data, found->length, "Basic QWxhZGRpbjpvcGVuLXNlc2FtZQ==", 34);
    g_assert_true (pena_credentials_find (self->path, "https://a.example/tsr/x", &none, NULL));
    g_assert_null (none);
}

/* Without its password, or with a part of it, the server would refuse, and nobody would look for the reason here. */
static void
test_credentials_half (Folder *self, gconstpointer unused)
{
    const gchar *const servers[] = {"https://b.example", "https://c.example"};

    write_credentials (self, "https://b.example only-a-user\nhttps://c.example user secret word\n", 0600);
    for (guint i = 0; i < G_N_ELEMENTS (servers); i++) {
        g_autoptr (GError) error = NULL;
        PenaSecret *found = NULL;
        g_autofree gchar *line = g_strdup_printf ("line %u ", i + 1);
        g_assert_false (pena_credentials_find (self->path, servers[i], &found, &error));
        g_assert_error (error, PENA_ERROR, PENA_ERROR_CONFIG_INVALID);
        g_assert_nonnull (strstr (error->message, line));
        g_assert_null (strstr (error->message, "secret"));
        g_assert_null (found);
    }
}

static void
test_credentials_open_to_others (Folder *self, gconstpointer unused)
{
    PenaSecret *found = NULL;
    g_autoptr (GError) error = NULL;

    write_credentials (self, "https://a.example u secret-word\n", 0640);
    g_assert_false (pena_credentials_find (self->path, "https://a.example", &found, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_CONFIG_INVALID);
    g_assert_null (strstr (error->message, "secret-word"));
    g_clear_error (&error);
    g_assert_false (pena_credentials_find (self->dir, "https://a.example", &found, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_CONFIG_INVALID);
    g_assert_null (found);
}

/* ---- kept answers ---- */

static GBytes *
filled (gsize length, gchar with)
{
    gchar *data = g_malloc (length);
    memset (data, with, length);
    return g_bytes_new_take (data, length);
}

static void
test_cache (Folder *self, gconstpointer unused)
{
    g_autoptr (PenaCache) cache = pena_cache_new (self->dir, 100, 1000);
    g_autoptr (GBytes) a = filled (10, 'a'), b = filled (10, 'b');
    g_autofree gchar *key = pena_cache_key ("ocsp", a, b, NULL);
    g_autofree gchar *other = pena_cache_key ("ocsp", b, a, NULL);

    g_assert_cmpstr (key, !=, other);
    g_assert_null (pena_cache_get (cache, key, 1000));
    pena_cache_put (cache, key, a, 1000);
    g_autoptr (GBytes) young = pena_cache_get (cache, key, 1099);
    g_assert_true (g_bytes_equal (young, a));
    g_assert_null (pena_cache_get (cache, key, 1100));
    g_assert_null (pena_cache_get (cache, other, 1000));
    /* another process finds it on the disk; a clock that went back does not make it young */
    g_autoptr (PenaCache) second = pena_cache_new (self->dir, 100, 1000);
    g_autoptr (GBytes) stored = pena_cache_get (second, key, 1050);
    g_assert_true (g_bytes_equal (stored, a));
    g_assert_null (pena_cache_get (second, key, 900));
}

static guint64
size_on_disk (Folder *self)
{
    g_autoptr (GDir) dir = g_dir_open (self->dir, 0, NULL);
    const gchar *name;
    guint64 total = 0;

    while ((name = g_dir_read_name (dir)) != NULL) {
        g_autofree gchar *file = g_build_filename (self->dir, name, NULL);
        GStatBuf info;
        g_assert_cmpint (g_stat (file, &info), ==, 0);
        g_assert_cmphex (info.st_mode & 0777, ==, 0600);
        total += (guint64)info.st_size;
    }
    return total;
}

static void
test_cache_is_bounded (Folder *self, gconstpointer unused)
{
    g_autoptr (PenaCache) cache = pena_cache_new (self->dir, 10000, 1000);
    g_autoptr (GBytes) large = filled (1001, 'x');
    g_autofree gchar *large_key = pena_cache_key ("crl", large, NULL);
    g_autofree gchar *first = NULL;

    for (gint i = 0; i < 20; i++) {
        g_autoptr (GBytes) answer = filled (100, (gchar)('a' + i));
        g_autofree gchar *key = pena_cache_key ("crl", answer, NULL);
        pena_cache_put (cache, key, answer, 1000 + i);
        if (i == 0)
            first = g_strdup (key);
    }
    pena_cache_put (cache, large_key, large, 2000);
    g_assert_cmpuint (size_on_disk (self), ==, 1000);
    g_autoptr (PenaCache) second = pena_cache_new (self->dir, 10000, 1000);
    g_assert_null (pena_cache_get (second, first, 1100));
}

static void
test_cache_switched_off (Folder *self, gconstpointer unused)
{
    g_autoptr (PenaCache) never = pena_cache_new (self->dir, 0, 1000);
    g_autoptr (PenaCache) memory = pena_cache_new (self->dir, 100, 0);
    g_autoptr (GBytes) answer = filled (10, 'a');
    g_autofree gchar *key = pena_cache_key ("crl", answer, NULL);

    pena_cache_put (never, key, answer, 1000);
    g_assert_null (pena_cache_get (never, key, 1000));
    pena_cache_put (memory, key, answer, 1000);
    g_autoptr (GBytes) kept = pena_cache_get (memory, key, 1000);
    g_assert_nonnull (kept);
    g_assert_cmpuint (size_on_disk (self), ==, 0);
}

#define ADD(path, function) g_test_add (path, Folder, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/net/address/parse", test_parse);
    g_test_add_func ("/net/address/public", test_public);
    g_test_add_func ("/net/address/hosts", test_hosts);
    g_test_add_func ("/net/address/private-behind-a-name", test_private_behind_a_name);
    ADD ("/net/credentials/find", test_credentials);
    ADD ("/net/credentials/half", test_credentials_half);
    ADD ("/net/credentials/open-to-others", test_credentials_open_to_others);
    ADD ("/net/cache/kept", test_cache);
    ADD ("/net/cache/bounded", test_cache_is_bounded);
    ADD ("/net/cache/off", test_cache_switched_off);
    return g_test_run ();
}
