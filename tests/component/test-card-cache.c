/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the cache of cards' contents on the virtual token: what it spares, and what it must never believe
 * Copyright (C) 2026 the Pena authors */
#include <errno.h>
#include <glib/gstdio.h>
#include <pena/pena-error.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include "pena-card-cache.h"
#include "pena-card.h"
#include "remove-tree.h"
#include "vtoken-transport.h"

#define READER "Virtual reader 00 00"
#define PIN ((const guint8 *)VTOKEN_PIN)
#define DIGEST 32

typedef struct {
    VtokenWorld world;
    PenaTransport *transport;
    PenaCard *card;
    gchar *folder; /* XDG_CACHE_HOME */
} Fixture;

static void
open_card (Fixture *f)
{
    g_autoptr (GError) error = NULL;

    g_clear_pointer (&f->card, pena_card_free);
    vtoken_reset_count (f->world.card);
    f->card = pena_card_open (f->transport, READER, &error);
    g_assert_no_error (error);
}

static void
read_all (Fixture *f)
{
    g_assert_true (pena_card_need_keys (f->card, NULL));
    g_assert_true (pena_card_need_device (f->card, NULL));
    g_assert_true (pena_card_need_serial (f->card, NULL));
}

static void
set_up (Fixture *f, gconstpointer data)
{
    f->folder = g_dir_make_tmp ("pena-cache-XXXXXX", NULL);
    g_setenv ("XDG_CACHE_HOME", f->folder, TRUE);
    f->world.card = vtoken_world_make_card (VTOKEN_ALGORITHM_P256, NULL);
    f->transport = vtoken_transport_new (&f->world);
    open_card (f);
    read_all (f);
    open_card (f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
    g_clear_pointer (&f->card, pena_card_free);
    pena_transport_free (f->transport);
    vtoken_free (f->world.card);
    remove_tree (f->folder);
    g_free (f->folder);
}

/* The one file there is. */
static gchar *
file_of (Fixture *f)
{
    g_autofree gchar *cards = g_build_filename (f->folder, "pena", "cards", NULL);
    g_autoptr (GDir) dir = g_dir_open (cards, 0, NULL);
    const gchar *name = dir != NULL ? g_dir_read_name (dir) : NULL;

    return name != NULL ? g_build_filename (cards, name, NULL) : NULL;
}

static const PenaCardKey *
key_at (Fixture *f, guint place)
{
    GPtrArray *keys = pena_card_get_contents (f->card)->keys;

    for (guint i = 0; i < keys->len; i++)
        if (((PenaCardKey *)keys->pdata[i])->place == place)
            return keys->pdata[i];
    return NULL;
}

static guint
commands (Fixture *f)
{
    return vtoken_get_count (f->world.card);
}

static void
count (Fixture *f, guint expected)
{
    g_assert_cmpuint (commands (f), ==, expected);
    vtoken_reset_count (f->world.card);
}

static gboolean
use (Fixture *f, guint place, GError **error)
{
    g_autoptr (PenaSecret) output = pena_secret_new (64, FALSE, NULL);
    const guint8 digest[32] = {1};

    return pena_card_use_key (f->card, key_at (f, place), PENA_KEY_ECDSA, digest, sizeof digest, NULL, output,
                              error);
}

static void
log_in (Fixture *f, PenaVerifyFlags flags)
{
    g_autoptr (GError) error = NULL;

    pena_card_verify (f->card, PENA_CARD_PIN_USER, PIN, 6, flags, &error);
    g_assert_no_error (error);
}

/* Another program renews a key and its certificate and leaves no other sign. */
static void
renew (Fixture *f, guint8 place)
{
    g_autoptr (GError) error = NULL;

    vtoken_personalise (f->world.card, VTOKEN_ALGORITHM_P256, place, vtoken_issue_test, NULL, &error);
    g_assert_no_error (error);
    f->world.reset = TRUE;
}

/* --- what it spares --- */

/* SELECT and CHUID; then nothing until the card is needed, and not one command more than without a cache. */
static void
test_counts (Fixture *f, gconstpointer data)
{
    count (f, 2);
    read_all (f);
    g_assert_cmpuint (pena_card_get_contents (f->card)->certificates->len, ==, 2);
    g_assert_cmpstr (pena_card_get_contents (f->card)->version, ==, "5.7.1");
    g_assert_cmpuint (strlen (pena_card_get_contents (f->card)->serial), ==, 16);
    g_assert_nonnull (key_at (f, 0x9A)->certificate);
    g_assert_cmpint (key_at (f, 0x9C)->pin, ==, PENA_KEY_PIN_ALWAYS);
    g_assert_cmpint (key_at (f, 0x9C)->origin, ==, PENA_KEY_ORIGIN_GENERATED);
    count (f, 0);
    log_in (f, PENA_VERIFY_NORMAL);
    count (f, 1 + 1);
    g_assert_true (use (f, 0x9A, NULL));
    count (f, 1 + 1); /* the certificate in place of the usual check */
    g_assert_true (use (f, 0x9A, NULL));
    count (f, 1 + 1);
    log_in (f, PENA_VERIFY_HOLD);
    count (f, 1 + 1);
    g_assert_true (use (f, 0x9C, NULL));
    count (f, 1);
    log_in (f, PENA_VERIFY_HOLD);
    count (f, 1 + 1);
}

static void
test_private (Fixture *f, gconstpointer data)
{
    g_autofree gchar *file = file_of (f);
    g_autofree gchar *folder = g_path_get_dirname (file);
    g_autofree gchar *contents = NULL;
    struct stat info;
    gsize length;

    g_assert_cmpint (g_stat (file, &info), ==, 0);
    g_assert_cmphex (info.st_mode & 07777, ==, 0600);
    g_assert_cmpint (g_stat (folder, &info), ==, 0);
    g_assert_cmphex (info.st_mode & 07777, ==, 0700);
    g_assert_true (g_file_get_contents (file, &contents, &length, NULL));
    g_assert_null (g_strstr_len (contents, (gssize)length, VTOKEN_PIN));
}

static void
authenticate (Fixture *f)
{
    static const guint8 admin_key[24] = {1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4,
                                         5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8};

    g_assert_true (pena_card_authenticate (f->card, admin_key, 24, PENA_VERIFY_NORMAL, NULL));
}

/* A program that stays, such as the agent, hears of a certificate that another one has put on the card. */
static void
test_change_of_another (Fixture *f, gconstpointer data)
{
    PenaCard *other = f->card;
    const PenaCardPlace *place = pena_card_get_contents (other)->places;

    f->card = NULL;
    open_card (f);
    g_autoptr (GBytes) der = g_bytes_ref (key_at (f, 0x9C)->certificate->der);
    g_assert_false (pena_card_is_behind (other));
    authenticate (f);
    g_assert_true (pena_card_put_certificate (f->card, place, der, NULL));
    g_assert_false (pena_card_is_behind (f->card));
    g_assert_true (pena_card_is_behind (other));
    pena_card_free (other);
    open_card (f);
    g_assert_false (pena_card_is_behind (f->card));
    PenaCardCertificate *first = pena_card_get_contents (f->card)->certificates->pdata[0];
    g_assert_true (g_bytes_equal (first->der, der));
}

/* What one program knew before another changed the card does not get back into the cache. */
static void
test_change_while_reading (Fixture *f, gconstpointer data)
{
    const PenaCardPlace *place = pena_card_get_contents (f->card)->places;
    g_autoptr (GBytes) der = g_bytes_ref (key_at (f, 0x9C)->certificate->der);
    g_autofree gchar *file = file_of (f);

    g_assert_cmpint (g_remove (file), ==, 0);
    open_card (f);
    g_assert_true (pena_card_need_serial (f->card, NULL)); /* all but its keys */
    PenaCard *other = g_steal_pointer (&f->card);
    open_card (f);
    authenticate (f);
    g_assert_true (pena_card_put_certificate (f->card, place, der, NULL));
    g_assert_true (pena_card_need_keys (other, NULL));
    pena_card_free (other);
    open_card (f);
    PenaCardCertificate *first = pena_card_get_contents (f->card)->certificates->pdata[0];
    g_assert_true (g_bytes_equal (first->der, der));
}

/* What we change ourselves is in the cache at once. */
static void
test_own_change (Fixture *f, gconstpointer data)
{
    const PenaCardPlace *place = pena_card_get_contents (f->card)->places;

    g_autoptr (GBytes) der = g_bytes_ref (key_at (f, 0x9C)->certificate->der);
    authenticate (f);
    g_assert_true (pena_card_put_certificate (f->card, place, der, NULL));
    open_card (f);
    count (f, 2);
    PenaCardCertificate *first = pena_card_get_contents (f->card)->certificates->pdata[0];
    g_assert_true (g_bytes_equal (first->der, der));
}

/* --- what it must not believe --- */

static void
test_renewed_once (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    g_autoptr (GBytes) before = g_bytes_ref (key_at (f, 0x9A)->certificate->der);
    renew (f, 0x9A);
    log_in (f, PENA_VERIFY_NORMAL);
    g_assert_false (use (f, 0x9A, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_TOKEN_CHANGED);
    open_card (f);
    g_assert_false (g_bytes_equal (key_at (f, 0x9A)->certificate->der, before));
    log_in (f, PENA_VERIFY_NORMAL);
    g_assert_true (use (f, 0x9A, NULL));
}

/* A key for which the PIN was just given makes a signature of its own, which whoever asked for it checks. With a PIN
 * that goes along there is time to look before. */
static void
test_renewed_always (Fixture *f, gconstpointer data)
{
    g_autoptr (PenaSecret) pin = pena_secret_new (6, FALSE, NULL);
    g_autoptr (PenaSecret) output = pena_secret_new (64, FALSE, NULL);
    const guint8 digest[32] = {1};
    g_autoptr (GError) error = NULL;

    pena_secret_append (pin, PIN, 6);
    renew (f, 0x9C);
    log_in (f, PENA_VERIFY_HOLD);
    g_assert_true (use (f, 0x9C, NULL));
    g_assert_false (pena_card_use_key (f->card, key_at (f, 0x9C), PENA_KEY_ECDSA, digest, sizeof digest, pin,
                                       output, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_TOKEN_CHANGED);
    g_assert_cmphex (vtoken_world_send (&f->world, "00200080"), ==,
                     0x9000); /* nothing was sent since the login */
}

/* A certificate for the key, by another that nobody knows. */
static GBytes *
certify (EVP_PKEY *key)
{
    EVP_PKEY *signer = EVP_EC_gen ("P-256");
    X509 *certificate = X509_new ();
    guint8 *der = NULL;

    X509_gmtime_adj (X509_getm_notBefore (certificate), 0);
    X509_gmtime_adj (X509_getm_notAfter (certificate), 3600);
    X509_set_pubkey (certificate, key);
    g_assert_cmpint (X509_sign (certificate, signer, EVP_sha256 ()), >, 0);
    int length = i2d_X509 (certificate, &der);
    GBytes *bytes = g_bytes_new (der, (gsize)length);
    OPENSSL_free (der);
    X509_free (certificate);
    EVP_PKEY_free (signer);
    return bytes;
}

/* A key that decrypts has nothing to show it by: it is looked at before the PIN is sent, and the holder notices
 * nothing. */
static void
test_renewed_decrypting (Fixture *f, gconstpointer data)
{
    const PenaKeySpec spec = {pena_card_get_contents (f->card)->places, PENA_ALGORITHM_P256,
                              PENA_KEY_PIN_ALWAYS, PENA_KEY_TOUCH_DEFAULT};
    g_autoptr (GBytes) der = NULL;
    EVP_PKEY *made = NULL;

    g_assert_cmpstr (spec.place->name, ==, "9a");
    authenticate (f);
    g_assert_true (pena_card_generate_key (f->card, &spec, &made, NULL));
    der = certify (made);
    EVP_PKEY_free (made);
    g_assert_true (pena_card_put_certificate (f->card, spec.place, der, NULL));
    open_card (f);
    g_assert_cmpint (key_at (f, 0x9A)->pin, ==, PENA_KEY_PIN_ALWAYS);
    count (f, 2);
    renew (f, 0x9A);
    log_in (f, PENA_VERIFY_HOLD);
    g_assert_false (g_bytes_equal (key_at (f, 0x9A)->certificate->der, der));
}

static void
rewrite (const gchar *file, const guint8 *bytes, gsize length)
{
    g_assert_cmpint (g_remove (file), ==, 0); /* GLib writes over what is longer and leaves the rest */
    g_assert_true (g_file_set_contents_full (file, (const gchar *)bytes, (gssize)length,
                                             G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

static void
spoil_cut (const gchar *file, guint8 *bytes, gsize length)
{
    rewrite (file, bytes, length - 1);
}

static void
spoil_empty (const gchar *file, guint8 *bytes, gsize length)
{
    rewrite (file, bytes, 0);
}

static void
spoil_flip (const gchar *file, guint8 *bytes, gsize length)
{
    bytes[length / 2] ^= 1;
    rewrite (file, bytes, length);
}

static void
spoil_mode (const gchar *file, guint8 *bytes, gsize length)
{
    g_assert_cmpint (g_chmod (file, 0660), ==, 0);
}

static void
spoil_link (const gchar *file, guint8 *bytes, gsize length)
{
    g_autofree gchar *other = g_strconcat (file, "-other", NULL);

    g_assert_cmpint (link (file, other), ==, 0);
}

static void
spoil_symlink (const gchar *file, guint8 *bytes, gsize length)
{
    g_autofree gchar *other = g_strconcat (file, "-other", NULL);

    g_assert_cmpint (g_rename (file, other), ==, 0);
    g_assert_cmpint (symlink (other, file), ==, 0);
}

static void
spoil_fifo (const gchar *file, guint8 *bytes, gsize length)
{
    g_remove (file);
    g_assert_cmpint (mkfifo (file, 0600), ==, 0);
}

static void
spoil_huge (const gchar *file, guint8 *bytes, gsize length)
{
    g_assert_cmpint (truncate (file, 64 * 1024 * 1024), ==, 0);
}

static void
spoil_folder (const gchar *file, guint8 *bytes, gsize length)
{
    g_autofree gchar *folder = g_path_get_dirname (file);

    g_assert_cmpint (g_chmod (folder, 0777), ==, 0);
}

static void
spoil_owner (const gchar *file, guint8 *bytes, gsize length)
{
    if (chown (file, 65534, (gid_t)-1) != 0)
        g_assert_cmpint (g_remove (file), ==, 0); /* only root can give a file away */
}

static void
sign_entry (guint8 *bytes, gsize length)
{
    GChecksum *checksum = g_checksum_new (G_CHECKSUM_SHA256);
    gsize size = DIGEST;

    g_checksum_update (checksum, bytes + DIGEST, (gssize)(length - DIGEST));
    g_checksum_get_digest (checksum, bytes, &size);
    g_checksum_free (checksum);
}

/* The time of writing stands after the format, both in the machine's byte order. */
static void
set_time (const gchar *file, guint8 *bytes, gsize length, gint64 offset)
{
    gint64 written = g_get_real_time () / G_USEC_PER_SEC + offset;

    memcpy (bytes + DIGEST + 8, &written, sizeof written);
    sign_entry (bytes, length);
    rewrite (file, bytes, length);
}

static void
spoil_old (const gchar *file, guint8 *bytes, gsize length)
{
    set_time (file, bytes, length, -PENA_CARD_CACHE_SECONDS);
}

static void
spoil_future (const gchar *file, guint8 *bytes, gsize length)
{
    set_time (file, bytes, length, 60);
}

static const struct {
    const gchar *path;
    void (*spoil) (const gchar *file, guint8 *bytes, gsize length);
} spoils[] = {
    {"/drivers/cache/spoilt/cut", spoil_cut},       {"/drivers/cache/spoilt/empty", spoil_empty},
    {"/drivers/cache/spoilt/flipped", spoil_flip},  {"/drivers/cache/spoilt/mode", spoil_mode},
    {"/drivers/cache/spoilt/linked", spoil_link},   {"/drivers/cache/spoilt/symlink", spoil_symlink},
    {"/drivers/cache/spoilt/fifo", spoil_fifo},     {"/drivers/cache/spoilt/huge", spoil_huge},
    {"/drivers/cache/spoilt/folder", spoil_folder}, {"/drivers/cache/spoilt/owner", spoil_owner},
    {"/drivers/cache/spoilt/old", spoil_old},       {"/drivers/cache/spoilt/future", spoil_future},
};

/* The card is read then, as if there were no cache. */
static void
test_spoilt (Fixture *f, gconstpointer data)
{
    g_autofree gchar *file = file_of (f);
    g_autofree gchar *bytes = NULL;
    gsize length;

    count (f, 2);
    g_assert_true (g_file_get_contents (file, &bytes, &length, NULL));
    spoils[GPOINTER_TO_UINT (data)].spoil (file, (guint8 *)bytes, length);
    open_card (f);
    g_assert_cmpuint (commands (f), >=, 5);
    g_assert_cmpuint (pena_card_get_contents (f->card)->certificates->len, ==, 2);
    log_in (f, PENA_VERIFY_HOLD);
    g_assert_true (use (f, 0x9C, NULL));
}

/* The entry of one card under the name of another: cards of a kind have the same ATR. */
static void
test_swapped (Fixture *f, gconstpointer data)
{
    g_autofree gchar *first = file_of (f);
    g_autofree gchar *bytes = NULL;
    gsize length;

    g_autoptr (GBytes) der = g_bytes_ref (key_at (f, 0x9A)->certificate->der);
    g_assert_true (g_file_get_contents (first, &bytes, &length, NULL));
    vtoken_world_pull (&f->world);
    g_clear_pointer (&f->card, pena_card_free);
    vtoken_free (f->world.card);
    f->world.card = vtoken_world_make_card (VTOKEN_ALGORITHM_P256, NULL);
    vtoken_pull (f->world.card);
    vtoken_world_insert (&f->world);
    g_assert_cmpint (g_remove (first), ==, 0);
    open_card (f);
    read_all (f);
    g_autofree gchar *second = file_of (f);
    rewrite (second, (const guint8 *)bytes, length);
    open_card (f);
    g_assert_cmpuint (commands (f), >, 2);
    g_assert_false (g_bytes_equal (key_at (f, 0x9A)->certificate->der, der));
}

/* Whoever can write the file can write the checksum. Whatever it says then, nothing breaks, and a signature is
 * made only with a key whose certificate the card has. */
static void
test_hostile (Fixture *f, gconstpointer data)
{
    g_autofree gchar *file = file_of (f);
    g_autofree gchar *bytes = NULL;
    gsize length;
    guint believed = 0;

    g_assert_true (g_file_get_contents (file, &bytes, &length, NULL));
    for (guint round = 0; round < 1500; round++) {
        g_autofree guint8 *copy = g_memdup2 (bytes, length);
        gsize size = length;
        for (gint changes = g_test_rand_int_range (1, 4); changes > 0; changes--)
            copy[g_test_rand_int_range (DIGEST, (gint)length)] = (guint8)g_test_rand_int ();
        if (round % 10 == 0)
            size = (gsize)g_test_rand_int_range (DIGEST + 1, (gint)length);
        sign_entry (copy, size);
        rewrite (file, copy, size);
        open_card (f);
        believed += commands (f) == 2;
        pena_card_need_keys (f->card, NULL);
        for (guint i = 0; i < pena_card_get_contents (f->card)->keys->len; i++) {
            const PenaCardKey *key = pena_card_get_contents (f->card)->keys->pdata[i];
            g_assert_cmpuint (key->id.length, <=, PENA_CARD_ID_MAX);
            g_assert_nonnull (key->label);
        }
    }
    g_test_message ("%u of 1500 were believed", believed);
}

/* filter_data of the next. */
typedef struct {
    guint tries;        /* of the PIN that nobody has typed */
    gboolean elsewhere; /* another application is selected, which has GET DATA and no such objects */
} GlobalPin;

/* A card without metadata whose discovery object says that the global PIN is the holder's: the virtual token's PIN
 * behind reference 00, and behind 80 another that nobody has typed. */
static void
have_global_pin (VtokenWorld *world, const guint8 *command, gsize command_length, guint8 *answer,
                 gsize *length)
{
    enum { VERIFY = 0x20, SELECT = 0xA4, GET_DATA = 0xCB, GET_METADATA = 0xF7 };
    enum { APPLICATION = 0x80, GLOBAL = 0, HEAD = 5 };
    static const guint8 unknown[] = {0x6D, 0x00}, untouched[] = {0x63, 0xC3}, wrong[] = {0x63, 0xC2};
    static const guint8 not_found[] = {0x6A, 0x82};
    static const guint8 discovery[] = {0x5C, 0x01, 0x7E};
    g_autofree guint8 *sent = g_memdup2 (command, command_length);
    GlobalPin *self = world->filter_data;
    gboolean to_application = command[1] == VERIFY && command[3] == APPLICATION;
    gboolean tries = to_application && command_length > HEAD;

    self->elsewhere = self->elsewhere && command[1] != SELECT;
    if (self->elsewhere) {
        memcpy (answer, command[1] == GET_DATA ? not_found : unknown, *length = 2);
        return;
    }
    if (command[1] == GET_METADATA || to_application) {
        self->tries += tries;
        memcpy (answer, !to_application ? unknown : tries ? wrong : untouched, *length = 2);
        return;
    }
    if (command[1] == VERIFY && command[3] == GLOBAL)
        sent[3] = APPLICATION;
    g_assert_cmpint (vtoken_transmit (world->card, sent, command_length, answer, length), ==, VTOKEN_OK);
    if (command[1] == GET_DATA && memmem (command, command_length, discovery, sizeof discovery) != NULL) {
        answer[*length - 4] = 0x60; /* both PINs, */
        answer[*length - 3] = 0x20; /* the global one first */
    }
}

/* Whose PIN it is nobody has asked while the card was only listed: that is not remembered as an answer. */
static void
test_global_pin (Fixture *f, gconstpointer data)
{
    g_autofree gchar *file = file_of (f);
    GlobalPin pin = {0};

    g_assert_cmpint (g_remove (file), ==, 0);
    f->world.filter = have_global_pin;
    f->world.filter_data = &pin;
    open_card (f);
    g_assert_true (pena_card_need_serial (f->card, NULL));
    for (guint process = 0; process < 2; process++) {
        open_card (f);
        count (f, 2);
        log_in (f, PENA_VERIFY_NORMAL);
        g_assert_true (pena_card_reload (f->card, NULL));
        log_in (f, PENA_VERIFY_NORMAL);
        g_assert_true (use (f, 0x9A, NULL));
    }
    g_assert_cmpuint (pin.tries, ==, 0);
}

/* What another application knows nothing of is no answer either. */
static void
test_global_pin_elsewhere (Fixture *f, gconstpointer data)
{
    g_autofree gchar *file = file_of (f);
    GlobalPin pin = {0};

    g_assert_cmpint (g_remove (file), ==, 0);
    f->world.filter = have_global_pin;
    f->world.filter_data = &pin;
    for (guint process = 0; process < 2; process++) {
        open_card (f);
        pin.elsewhere = TRUE;
        g_assert_true (pena_card_need_pin (f->card, PENA_CARD_PIN_USER, NULL));
        g_assert_true (pena_card_get_pin (f->card, PENA_CARD_PIN_USER)->known);
        g_assert_true (pena_card_need_keys (f->card, NULL));
        log_in (f, PENA_VERIFY_NORMAL);
        g_assert_true (use (f, 0x9A, NULL));
    }
    g_assert_cmpuint (pin.tries, ==, 0);
}

/* No folder, no writing, no complaint. */
static void
test_unwritable (Fixture *f, gconstpointer data)
{
    g_autofree gchar *nowhere = g_build_filename (f->folder, "no", "such", "place", NULL);

    g_setenv ("XDG_CACHE_HOME", nowhere, TRUE);
    open_card (f);
    read_all (f);
    open_card (f);
    count (f, 5);
    g_setenv ("XDG_CACHE_HOME", "relative", TRUE);
    g_unsetenv ("HOME");
    open_card (f);
    count (f, 5);
}

/* There is an end to how many there are. */
static void
test_bounded (Fixture *f, gconstpointer data)
{
    g_autofree gchar *file = file_of (f);
    g_autofree gchar *folder = g_path_get_dirname (file);
    const guint8 atr[] = {0x3B};
    guint files = 0;

    for (guint32 i = 0; i < 200; i++) {
        const PenaCardCacheKey key = {"piv", atr, sizeof atr, (const guint8 *)&i, sizeof i};
        pena_card_cache_save (&key, g_variant_new_string ("x"));
    }
    g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
    while (g_dir_read_name (dir) != NULL)
        files++;
    g_assert_cmpuint (files, <=, 64);
}

static void
make_old (const gchar *folder, const gchar *name)
{
    g_autofree gchar *path = g_build_filename (folder, name, NULL);
    struct utimbuf long_ago = {1, 1};

    g_assert_cmpint (g_utime (path, &long_ago), ==, 0);
}

/* Entries make room for entries and marks for marks; the sign of the last change makes room for nothing. */
static void
test_bounded_apart (Fixture *f, gconstpointer data)
{
    g_autofree gchar *file = file_of (f);
    g_autofree gchar *folder = g_path_get_dirname (file);
    const guint8 atr[] = {0x3B};
    const PenaCardCacheKey warned = {"piv", atr, sizeof atr, atr, sizeof atr};
    guint marks = 0;

    pena_card_cache_mark (&warned, TRUE);
    g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
    for (const gchar *name; (name = g_dir_read_name (dir)) != NULL;)
        if (g_str_has_suffix (name, ".tries"))
            make_old (folder, name);
    pena_card_cache_tell_change ();
    make_old (folder, "last-change");
    guint64 change = pena_card_cache_get_last_change ();
    g_assert_cmpuint (change, !=, 0);
    for (guint32 i = 0; i < 200; i++) {
        const PenaCardCacheKey key = {"piv", atr, sizeof atr, (const guint8 *)&i, sizeof i};
        pena_card_cache_save (&key, g_variant_new_string ("x"));
    }
    g_assert_true (pena_card_cache_is_marked (&warned));
    for (guint32 i = 0; i < 200; i++) {
        const PenaCardCacheKey key = {"piv", atr, sizeof atr, (const guint8 *)&i, sizeof i};
        pena_card_cache_mark (&key, TRUE);
    }
    g_assert_cmpuint (pena_card_cache_get_last_change (), ==, change);
    g_dir_rewind (dir);
    for (const gchar *name; (name = g_dir_read_name (dir)) != NULL;)
        marks += g_str_has_suffix (name, ".tries");
    g_assert_cmpuint (marks, <=, 64);
}

#define ADD(path, data, function)                                                                            \
    g_test_add (path, Fixture, GUINT_TO_POINTER (data), set_up, function, tear_down)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("/drivers/cache/counts", 0, test_counts);
    ADD ("/drivers/cache/private", 0, test_private);
    ADD ("/drivers/cache/own-change", 0, test_own_change);
    ADD ("/drivers/cache/change-of-another", 0, test_change_of_another);
    ADD ("/drivers/cache/change-while-reading", 0, test_change_while_reading);
    ADD ("/drivers/cache/renewed/once", 0, test_renewed_once);
    ADD ("/drivers/cache/renewed/always", 0, test_renewed_always);
    ADD ("/drivers/cache/renewed/decrypting", 0, test_renewed_decrypting);
    for (guint i = 0; i < G_N_ELEMENTS (spoils); i++)
        ADD (spoils[i].path, i, test_spoilt);
    ADD ("/drivers/cache/swapped", 0, test_swapped);
    ADD ("/drivers/cache/hostile", 0, test_hostile);
    ADD ("/drivers/cache/global-pin", 0, test_global_pin);
    ADD ("/drivers/cache/global-pin-elsewhere", 0, test_global_pin_elsewhere);
    ADD ("/drivers/cache/unwritable", 0, test_unwritable);
    ADD ("/drivers/cache/bounded", 0, test_bounded);
    ADD ("/drivers/cache/bounded/apart", 0, test_bounded_apart);
    return g_test_run ();
}
