/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the PKCS#15 driver on the virtual token: what it reads, sends, counts and refuses
 * Copyright (C) 2026 the Pena authors */
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>
#include <pena/pena-error.h>
#include <string.h>

#include "pena-card-driver.h"
#include "vtoken-transport.h"

typedef struct {
    const gchar *layout;
    VtokenAlgorithm algorithm;
} Kind;

typedef struct {
    VtokenWorld world;
    PenaTransport *transport;
    PenaCard *card;
} Fixture;

static const Kind usual = {"pkcs15", VTOKEN_ALGORITHM_P256};
static const Kind usual_rsa = {"pkcs15", VTOKEN_ALGORITHM_RSA2048};
static const Kind two_pins = {"pkcs15-two-pins", VTOKEN_ALGORITHM_P256};
static const Kind records_rsa = {"pkcs15-records", VTOKEN_ALGORITHM_RSA2048};
static const Kind records_ec = {"pkcs15-records", VTOKEN_ALGORITHM_P384};
static const Kind half_nibble = {"pkcs15-half-nibble", VTOKEN_ALGORITHM_P256};
static const Kind mute = {"pkcs15-mute", VTOKEN_ALGORITHM_P256};
static const Kind vendor = {"pkcs15-vendor", VTOKEN_ALGORITHM_P256};

/* One SELECT each, before PKCS#15 is looked for. */
#define OTHER_KINDS 2
#define READER "Virtual reader 00 00"
#define DIGEST_INFO_LENGTH 51
static const guint8 digest_info[DIGEST_INFO_LENGTH] = {0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60,
                                                       0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
                                                       0x01, 0x05, 0x00, 0x04, 0x20, 0xAB};

static Vtoken *
make_card (const Kind *kind)
{
    return vtoken_world_make_pkcs15 (kind->layout, kind->algorithm);
}

static void
set_up (Fixture *f, gconstpointer data)
{
    f->world.card = make_card (data);
    f->transport = vtoken_transport_new (&f->world);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
    pena_card_free (f->card);
    g_assert_false (f->world.in_transaction);
    pena_transport_free (f->transport);
    vtoken_free (f->world.card);
}

static void
open_card (Fixture *f)
{
    g_autoptr (GError) error = NULL;

    f->card = pena_card_open (f->transport, READER, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (pena_card_get_kind (f->card), ==, "pkcs15");
    g_assert_false (f->world.in_transaction);
    vtoken_reset_count (f->world.card);
}

static const PenaCardKey *
key (Fixture *f, guint number)
{
    GPtrArray *keys = pena_card_get_contents (f->card)->keys;

    g_assert_cmpuint (number, <=, keys->len);
    return keys->pdata[number - 1];
}

static gboolean
verify (Fixture *f, guint index, const gchar *pin, PenaVerifyFlags flags, GError **error)
{
    return pena_card_verify (f->card, index, (const guint8 *)pin, strlen (pin), flags, error);
}

static void
log_in (Fixture *f, PenaVerifyFlags flags)
{
    g_autoptr (GError) error = NULL;

    verify (f, PENA_CARD_PIN_USER, VTOKEN_PIN, flags, &error);
    g_assert_no_error (error);
}

/* Tries of the PIN with this reference, asked by another program. */
static guint
tries (Fixture *f, guint8 reference)
{
    g_autofree gchar *ask = g_strdup_printf ("002000%02X", reference);

    vtoken_world_reset (&f->world);
    return vtoken_world_send (&f->world, ask);
}

static gboolean
signature_is_right (const PenaCardKey *with, const PenaSecret *signature)
{
    const guint8 *hash = digest_info + DIGEST_INFO_LENGTH - 32;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new (with->public_key, NULL);
    guint8 *der = NULL;
    gsize size = signature->length;
    gboolean right;

    EVP_PKEY_verify_init (context);
    if (EVP_PKEY_get_base_id (with->public_key) == EVP_PKEY_RSA) {
        EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_PADDING);
        EVP_PKEY_CTX_set_signature_md (context, EVP_sha256 ());
        right = EVP_PKEY_verify (context, signature->data, size, hash, 32) == 1;
    } else {
        ECDSA_SIG *both = ECDSA_SIG_new ();
        ECDSA_SIG_set0 (both, BN_bin2bn (signature->data, (int)size / 2, NULL),
                        BN_bin2bn (signature->data + size / 2, (int)size / 2, NULL));
        int length = i2d_ECDSA_SIG (both, &der);
        right = EVP_PKEY_verify (context, der, (gsize)length, hash, 32) == 1;
        ECDSA_SIG_free (both);
        OPENSSL_free (der);
    }
    EVP_PKEY_CTX_free (context);
    return right;
}

/* pin may be NULL. What comes is right whenever something comes. */
static gboolean
sign (Fixture *f, guint number, const gchar *pin, GError **error)
{
    const PenaCardKey *with = key (f, number);
    gboolean rsa = EVP_PKEY_get_base_id (with->public_key) == EVP_PKEY_RSA;
    const guint8 *input = rsa ? digest_info : digest_info + DIGEST_INFO_LENGTH - 32;
    g_autoptr (PenaSecret) output = pena_secret_new (1024, FALSE, NULL);
    g_autoptr (PenaSecret) secret = pin != NULL ? pena_secret_new (PENA_CARD_PIN_MAX, FALSE, NULL) : NULL;

    if (pin != NULL)
        pena_secret_append (secret, pin, strlen (pin));
    if (!pena_card_use_key (f->card, with, rsa ? PENA_KEY_RSA_PKCS1_SIGN : PENA_KEY_ECDSA, input,
                            rsa ? DIGEST_INFO_LENGTH : 32, secret, output, error))
        return FALSE;
    if (signature_is_right (with, output))
        return TRUE;
    g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED, "the card's signature is wrong");
    return FALSE;
}

static gboolean
decrypt (Fixture *f, GError **error)
{
    const PenaCardKey *with = key (f, 1);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new (with->public_key, NULL);
    g_autoptr (PenaSecret) output = pena_secret_new (1024, FALSE, NULL);
    guint8 cryptogram[256];
    gsize size = sizeof cryptogram;

    EVP_PKEY_encrypt_init (context);
    EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_PADDING);
    g_assert_cmpint (EVP_PKEY_encrypt (context, cryptogram, &size, (const guint8 *)"rahasia", 7), ==, 1);
    EVP_PKEY_CTX_free (context);
    if (!pena_card_use_key (f->card, with, PENA_KEY_RSA_PKCS1_DECRYPT, cryptogram, size, NULL, output, error))
        return FALSE;
    if (output->length == 7 && memcmp (output->data, "rahasia", 7) == 0)
        return TRUE;
    g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED, "something else was in it");
    return FALSE;
}

static void
assert_count (Fixture *f, guint expected)
{
    g_assert_cmpuint (vtoken_get_count (f->world.card), ==, expected);
    vtoken_reset_count (f->world.card);
}

/* --- what is read --- */

static void
test_contents_of (Fixture *f)
{
    const PenaCardContents *contents = pena_card_get_contents (f->card);
    g_autofree gchar *serial = g_strdup_printf ("%08x", vtoken_get_serial (f->world.card));

    g_assert_cmpstr (contents->label, ==, "Pena virtual token");
    g_assert_cmpstr (contents->manufacturer, ==, "Pena");
    g_assert_cmpstr (contents->serial, ==, serial);
    g_assert_cmpuint (contents->certificates->len, ==, 2);
    g_assert_cmpuint (contents->keys->len, ==, 2);
    for (guint number = 1; number <= 2; number++) {
        const guint8 id = (guint8)number;
        g_assert_cmpmem (key (f, number)->id.bytes, key (f, number)->id.length, &id, 1);
        g_assert_nonnull (key (f, number)->certificate);
    }
    g_assert_cmpstr (key (f, 1)->label, ==, "Otentikasi");
    g_assert_cmpint (key (f, 1)->pin, ==, PENA_KEY_PIN_ONCE);
    g_assert_cmpint (key (f, 2)->pin, ==, PENA_KEY_PIN_ALWAYS);
    g_assert_cmpint (key (f, 2)->usage, ==, PENA_KEY_SIGN);
    g_assert_cmpuint (contents->n_pins, ==, 2);
    g_assert_cmpint (contents->pins[0].role, ==, PENA_ROLE_USER);
    g_assert_cmpint (contents->pins[1].role, ==, PENA_ROLE_RESET);
    g_assert_cmpuint (contents->pins[0].min, ==, 4);
    g_assert_cmpuint (contents->pins[0].max, ==, 16);
}

static void
test_contents (Fixture *f, gconstpointer data)
{
    open_card (f);
    test_contents_of (f);
}

static void
test_counts (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    vtoken_reset_count (f->world.card);
    f->card = pena_card_open (f->transport, READER, &error);
    g_assert_no_error (error);
    assert_count (f, OTHER_KINDS + 15);
    log_in (f, PENA_VERIFY_NORMAL);
    assert_count (f, 3);
    g_assert_true (sign (f, 1, NULL, &error));
    assert_count (f, 3);
    g_assert_true (sign (f, 2, VTOKEN_PIN, &error));
    assert_count (f, 5);
    log_in (f, PENA_VERIFY_HOLD);
    vtoken_reset_count (f->world.card);
    g_assert_true (sign (f, 2, NULL, &error));
    assert_count (f, 2);
}

/* --- keys, on all layouts --- */

static void
test_use (Fixture *f, gconstpointer data)
{
    const Kind *kind = data;
    g_autoptr (GError) error = NULL;

    open_card (f);
    log_in (f, PENA_VERIFY_NORMAL);
    g_assert_true (sign (f, 1, NULL, &error));
    g_assert_true (sign (f, 2, VTOKEN_PIN, &error));
    g_assert_true (sign (f, 1, NULL, &error));
    if (kind->algorithm == VTOKEN_ALGORITHM_RSA2048)
        g_assert_true (decrypt (f, &error));
    g_assert_no_error (error);
    if (!g_str_equal (kind->layout, "pkcs15-mute"))
        g_assert_cmphex (tries (f, 1), ==, 0x63C3);
    /* What somebody else has done to the login is found out in time. */
    vtoken_world_reset (&f->world);
    g_assert_false (sign (f, 1, NULL, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_PIN_REQUIRED);
}

static void
test_consent (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    open_card (f);
    log_in (f, PENA_VERIFY_NORMAL);
    g_assert_false (sign (f, 2, NULL, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_PIN_REQUIRED);
    g_clear_error (&error);
    /* A login that was kept for it and not used is no consent for others. */
    log_in (f, PENA_VERIFY_HOLD);
    pena_card_release (f->card);
    g_assert_cmphex (vtoken_world_send (&f->world, "002241B606800121840102"), ==, 0x9000);
    g_assert_cmphex (vtoken_world_send (&f->world, "002A9E9A0401020304"), ==, 0x6982);
    g_assert_true (sign (f, 1, NULL, &error));
}

/* The login is that of the key for signatures; the other key's PIN is asked for when that key is used. */
static void
test_two_pins (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    open_card (f);
    g_assert_cmpuint (key (f, 2)->pin_index, ==, PENA_CARD_PIN_USER);
    g_assert_cmpuint (key (f, 1)->pin_index, !=, PENA_CARD_PIN_USER);
    g_assert_cmpint (key (f, 1)->pin, ==, PENA_KEY_PIN_ALWAYS);
    /* Also while a login with the first PIN is held. */
    g_assert_true (verify (f, 0, VTOKEN_PIN2, PENA_VERIFY_HOLD, &error));
    g_assert_true (sign (f, 1, VTOKEN_PIN, &error));
    g_assert_true (verify (f, 0, VTOKEN_PIN2, PENA_VERIFY_HOLD, &error));
    g_assert_true (sign (f, 2, NULL, &error));
    g_assert_true (verify (f, 0, VTOKEN_PIN2, PENA_VERIFY_HOLD, &error));
    g_assert_no_error (error);
    g_assert_false (sign (f, 1, VTOKEN_PIN2, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_PIN_WRONG);
    g_clear_error (&error);
    g_assert_true (sign (f, 2, VTOKEN_PIN2, &error));
    g_assert_cmphex (tries (f, 1), ==, 0x63C2);
    g_assert_cmphex (tries (f, 3), ==, 0x63C3);
}

static void
test_other_hash (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (PenaSecret) output = pena_secret_new (1024, FALSE, NULL);

    open_card (f);
    log_in (f, PENA_VERIFY_NORMAL);
    vtoken_reset_count (f->world.card);
    /* This card makes the DigestInfo itself, and only for some hashes: nothing is signed that is none of them. */
    g_assert_false (pena_card_use_key (f->card, key (f, 1), PENA_KEY_RSA_PKCS1_SIGN,
                                       (const guint8 *)"apa saja", 8, NULL, output, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_KEY_UNSUPPORTED);
    assert_count (f, 1);
}

/* --- a card whose way of signing is not known --- */

static void
count_pins (VtokenWorld *world, const guint8 *command, gsize command_length, guint8 *answer, gsize *length)
{
    g_assert_cmphex (command[1], !=, 0x20);
    g_assert_cmphex (command[1], !=, 0x22);
    g_assert_cmphex (command[1], !=, 0x2A);
    vtoken_transmit (world->card, command, command_length, answer, length);
}

static void
test_vendor (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    f->world.filter = count_pins;
    open_card (f);
    const PenaCardContents *contents = pena_card_get_contents (f->card);
    g_assert_cmpuint (contents->certificates->len, ==, 2);
    g_assert_cmpuint (contents->n_pins, ==, 0);
    g_assert_cmpint (contents->abilities & ~PENA_CARD_RANDOM, ==, 0);
    for (guint i = 0; i < contents->keys->len; i++)
        g_assert_cmpint (((PenaCardKey *)contents->keys->pdata[i])->operations, ==, 0);
    g_assert_true (pena_card_reload (f->card, &error));
    g_assert_no_error (error);
}

/* --- PINs --- */

static void
test_wrong_pin (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    gint64 left = -1;

    open_card (f);
    g_assert_false (verify (f, 0, "999999", PENA_VERIFY_NORMAL, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_PIN_WRONG);
    g_assert_true (pena_error_get_int (error, "attempts_left", &left));
    g_assert_cmpint (left, ==, 2);
    g_clear_error (&error);
    g_assert_false (verify (f, 0, "12", PENA_VERIFY_NORMAL, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_PIN_INVALID);
    g_clear_error (&error);
    g_assert_false (verify (f, 0, "999999", PENA_VERIFY_NORMAL, &error));
    g_clear_error (&error);
    g_assert_false (verify (f, 0, VTOKEN_PIN, PENA_VERIFY_NORMAL, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_PIN_LAST_TRY);
    g_clear_error (&error);
    g_assert_cmphex (tries (f, 1), ==, 0x63C1);
    g_assert_true (verify (f, 0, VTOKEN_PIN, PENA_VERIFY_SPEND_LAST_TRY, &error));
    g_assert_no_error (error);
}

static void
test_change_and_unblock (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    const guint8 *old_pin = (const guint8 *)VTOKEN_PIN, *new_pin = (const guint8 *)"998877";

    open_card (f);
    g_assert_true ((pena_card_get_contents (f->card)->abilities & PENA_CARD_CHANGE_PIN) != 0);
    g_assert_true ((pena_card_get_contents (f->card)->abilities & PENA_CARD_UNBLOCK) != 0);
    g_assert_true (pena_card_change_pin (f->card, 0, old_pin, 6, new_pin, 6, PENA_VERIFY_NORMAL, &error));
    g_assert_no_error (error);
    for (guint i = 0; i < 3; i++) {
        g_assert_false (verify (f, 0, VTOKEN_PIN, PENA_VERIFY_SPEND_LAST_TRY, &error));
        g_clear_error (&error);
    }
    g_assert_false (verify (f, 0, "998877", PENA_VERIFY_SPEND_LAST_TRY, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_PIN_BLOCKED);
    g_clear_error (&error);
    g_assert_false (pena_card_unblock (f->card, PENA_ROLE_RESET, (const guint8 *)"87654321", 8, old_pin, 6,
                                       PENA_VERIFY_NORMAL, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_PIN_WRONG);
    g_clear_error (&error);
    g_assert_true (pena_card_unblock (f->card, PENA_ROLE_RESET, (const guint8 *)VTOKEN_PUK, 8, old_pin, 6,
                                      PENA_VERIFY_NORMAL, &error));
    g_assert_no_error (error);
    log_in (f, PENA_VERIFY_NORMAL);
}

/* --- what the contents cache keeps --- */

/* As it is found when the card is opened. */
static GByteArray *
identity_of (Fixture *f)
{
    GByteArray *identity = g_byte_array_new ();
    gboolean reset;

    open_card (f);
    g_assert_true (pena_link_begin (f->card->link, &reset, NULL));
    g_assert_true (f->card->driver->identify (f->card, identity, NULL));
    pena_link_end (f->card->link);
    g_clear_pointer (&f->card, pena_card_free);
    return identity;
}

static void
test_identity (Fixture *f, gconstpointer data)
{
    g_autoptr (GByteArray) before = identity_of (f);
    g_autoptr (GByteArray) same = identity_of (f);

    vtoken_free (f->world.card);
    f->world.card = make_card (data);
    g_autoptr (GByteArray) other = identity_of (f);
    g_assert_cmpmem (before->data, before->len, same->data, same->len);
    g_assert_cmpuint (before->len, >, 20);
    g_assert_true (before->len != other->len || memcmp (before->data, other->data, other->len) != 0);
}

static void
test_saved (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    open_card (f);
    PenaCardContents *contents = &f->card->contents;
    g_autoptr (GVariant) saved = g_variant_ref_sink (f->card->driver->save (f->card));
    PenaCardPin pins[PENA_CARD_PINS_MAX];
    memcpy (pins, contents->pins, sizeof pins);
    g_clear_pointer (&contents->serial, g_free);
    contents->serial = g_strdup ("");
    contents->abilities = 0;
    g_assert_true (f->card->driver->load (f->card, saved));
    g_assert_cmpuint (contents->n_pins, ==, 2);
    for (guint i = 0; i < 2; i++) {
        g_assert_cmpint (contents->pins[i].role, ==, pins[i].role);
        g_assert_cmpuint (contents->pins[i].reference, ==, pins[i].reference);
        g_assert_cmpuint (contents->pins[i].max, ==, pins[i].max);
    }
    g_assert_cmpuint (strlen (contents->serial), ==, 8);
    g_assert_true ((contents->abilities & PENA_CARD_UNBLOCK) != 0);
    log_in (f, PENA_VERIFY_NORMAL);
    g_assert_true (sign (f, 1, NULL, &error) && sign (f, 2, VTOKEN_PIN, &error));
}

/* A card that was seen before costs three commands of its own, and is used as if it had been read; one that was changed
 * since is read. */
static void
test_cached (Fixture *f, gconstpointer data)
{
    g_autofree gchar *folder = g_dir_make_tmp ("pena-pkcs15-XXXXXX", NULL);
    g_autofree gchar *kept = g_strdup (g_getenv ("XDG_CACHE_HOME"));
    g_autofree gchar *remove = g_strdup_printf ("rm -r '%s'", folder);
    g_autoptr (GError) error = NULL;

    g_setenv ("XDG_CACHE_HOME", folder, TRUE);
    open_card (f);
    g_clear_pointer (&f->card, pena_card_free);
    vtoken_reset_count (f->world.card);
    f->card = pena_card_open (f->transport, READER, &error);
    g_assert_no_error (error);
    assert_count (f, OTHER_KINDS + 3);
    test_contents_of (f);
    log_in (f, PENA_VERIFY_NORMAL);
    g_assert_true (sign (f, 1, NULL, &error) && sign (f, 2, VTOKEN_PIN, &error));
    g_assert_no_error (error);
    g_clear_pointer (&f->card, pena_card_free);
    vtoken_free (f->world.card);
    f->world.card = make_card (data);
    vtoken_reset_count (f->world.card);
    f->card = pena_card_open (f->transport, READER, &error);
    g_assert_no_error (error);
    assert_count (f, OTHER_KINDS + 15);
    log_in (f, PENA_VERIFY_NORMAL);
    g_assert_true (sign (f, 1, NULL, &error));
    if (kept != NULL)
        g_setenv ("XDG_CACHE_HOME", kept, TRUE);
    else
        g_unsetenv ("XDG_CACHE_HOME");
    g_assert_true (g_spawn_command_line_sync (remove, NULL, NULL, NULL, NULL));
}

/* Nothing of a file that makes no sense is taken over. */
static void
test_saved_wrong (Fixture *f, gconstpointer data)
{
    static const gchar *const rows[] = {
        "(0, 1)",
        /* found by another name; elsewhere; a PIN of no role, too long; a key with an algorithm of no card */
        "(uint32 1, false, (@ay [], uint32 0, uint32 0), (@ay [], uint32 0, uint32 0), (@ay [], uint32 0, "
        "uint32 0), "
        "'', '', '', uint32 0, @a(yyuuyyy(ayuu)uay) [], @a(i(ayuu)a(uui)) [])",
        "(uint32 0, false, ([byte 0x3F, 0x00], uint32 0, uint32 0), (@ay [], uint32 0, uint32 0), (@ay [], "
        "uint32 0, "
        "uint32 0), '', '', '', uint32 0, @a(yyuuyyy(ayuu)uay) [], @a(i(ayuu)a(uui)) [])",
        "(uint32 0, false, (@ay [], uint32 0, uint32 0), (@ay [], uint32 0, uint32 0), (@ay [], uint32 0, "
        "uint32 0), "
        "'', '', '', uint32 0, [(byte 9, byte 1, uint32 4, uint32 8, byte 0, byte 8, byte 0, (@ay [], uint32 "
        "0, uint32 "
        "0), uint32 0, @ay [])], @a(i(ayuu)a(uui)) [])",
        "(uint32 0, false, (@ay [], uint32 0, uint32 0), (@ay [], uint32 0, uint32 0), (@ay [], uint32 0, "
        "uint32 0), "
        "'', '', '', uint32 0, [(byte 1, byte 1, uint32 4, uint32 8, byte 0, byte 200, byte 0, (@ay [], "
        "uint32 0, "
        "uint32 0), uint32 0, @ay [])], @a(i(ayuu)a(uui)) [])",
        "(uint32 0, false, (@ay [], uint32 0, uint32 0), (@ay [], uint32 0, uint32 0), (@ay [], uint32 0, "
        "uint32 0), "
        "'', '', '', uint32 0, @a(yyuuyyy(ayuu)uay) [], [(1, (@ay [], uint32 0, uint32 0), [(uint32 1, "
        "uint32 2, "
        "70000)])])",
    };

    open_card (f);
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr (GVariant) saved = g_variant_parse (NULL, rows[i], NULL, NULL, NULL);
        g_assert_nonnull (saved);
        g_assert_false (f->card->driver->load (f->card, saved));
    }
}

/* --- others, and a card that is on nobody's side --- */

static void
test_reset_by_another (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    open_card (f);
    log_in (f, PENA_VERIFY_NORMAL);
    vtoken_world_reset (&f->world);
    g_assert_false (sign (f, 1, NULL, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_PIN_REQUIRED);
    g_clear_error (&error);
    log_in (f, PENA_VERIFY_NORMAL);
    /* Somebody else's login is no less one; somebody else's logout is one. */
    g_assert_cmphex (vtoken_world_send (&f->world, "0020FF01"), ==, 0x9000);
    g_assert_false (sign (f, 1, NULL, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_PIN_REQUIRED);
}

static guint answered;

/* Every file is there, 64 KiB long and full of directory lines that lead to the next file. */
static void
endless (VtokenWorld *world, const guint8 *command, gsize command_length, guint8 *answer, gsize *length)
{
    static const guint8 control[] = {0x6F, 0x04, 0x80, 0x02, 0xFF, 0xFF, 0x90, 0x00};
    static const guint8 line[] = {0xA4, 0x06, 0x30, 0x04, 0x04, 0x02, 0x44, 0x04};

    answered++;
    if (command[1] == 0xA4 && command[2] == 0x04 && command[4] != 12) { /* a name that is not PKCS#15's */
        vtoken_transmit (world->card, command, command_length, answer, length);
        return;
    }
    if (command[1] != 0xB0) {
        memcpy (answer, control, sizeof control);
        *length = sizeof control;
        return;
    }
    for (gsize i = 0; i < 256; i++)
        answer[i] = line[i % sizeof line];
    answer[256] = 0x90;
    answer[257] = 0x00;
    *length = 258;
}

static void
test_endless (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    f->world.filter = endless;
    f->world.silent_atr = TRUE;
    answered = 0;
    f->card = pena_card_open (f->transport, READER, &error);
    g_test_message ("%u commands: %s", answered, error != NULL ? error->message : "opened");
    g_assert_cmpuint (answered, >, 1000);
    g_assert_cmpuint (answered, <, 4000);
    f->world.filter = NULL;
}

/* --- faults at every APDU of every operation --- */

typedef gboolean (*Operation) (Fixture *f, GError **error);

static gboolean
do_open (Fixture *f, GError **error)
{
    g_clear_pointer (&f->card, pena_card_free);
    f->card = pena_card_open (f->transport, READER, error);
    return f->card != NULL;
}

static gboolean
do_log_in (Fixture *f, GError **error)
{
    return verify (f, 0, VTOKEN_PIN, PENA_VERIFY_NORMAL, error);
}

static gboolean
do_sign (Fixture *f, GError **error)
{
    return do_log_in (f, error) && sign (f, 1, NULL, error);
}

static gboolean
do_sign_with_consent (Fixture *f, GError **error)
{
    return sign (f, 2, VTOKEN_PIN, error);
}

static gboolean
do_sign_held (Fixture *f, GError **error)
{
    return verify (f, 0, VTOKEN_PIN, PENA_VERIFY_HOLD, error) && sign (f, 2, NULL, error);
}

static gboolean
do_log_out (Fixture *f, GError **error)
{
    return do_log_in (f, error) && pena_card_logout (f->card, error);
}

static gboolean
do_change (Fixture *f, GError **error)
{
    const guint8 *pin = (const guint8 *)VTOKEN_PIN;
    return pena_card_change_pin (f->card, 0, pin, 6, pin, 6, PENA_VERIFY_NORMAL, error);
}

static gboolean
do_unblock (Fixture *f, GError **error)
{
    return pena_card_unblock (f->card, PENA_ROLE_RESET, (const guint8 *)VTOKEN_PUK, 8,
                              (const guint8 *)VTOKEN_PIN, 6, PENA_VERIFY_NORMAL, error);
}

static gboolean
do_random (Fixture *f, GError **error)
{
    guint8 bytes[20];
    return pena_card_random (f->card, bytes, sizeof bytes, error);
}

static gboolean
do_decrypt (Fixture *f, GError **error)
{
    return do_log_in (f, error) && decrypt (f, error);
}

static gboolean
do_reload (Fixture *f, GError **error)
{
    return pena_card_reload (f->card, error);
}

static const struct {
    const gchar *name;
    Operation run;
} operations[] = {
    {"open", do_open},      {"login", do_log_in},    {"sign", do_sign},     {"consent", do_sign_with_consent},
    {"held", do_sign_held}, {"logout", do_log_out},  {"change", do_change}, {"unblock", do_unblock},
    {"random", do_random},  {"decrypt", do_decrypt}, {"reload", do_reload}};

static const struct {
    VtokenFault fault;
    guint argument;
} faults[] = {{VTOKEN_FAULT_PULL, 0},        {VTOKEN_FAULT_RESET, 0},       {VTOKEN_FAULT_STATUS, 0x6581},
              {VTOKEN_FAULT_STATUS, 0x6982}, {VTOKEN_FAULT_STATUS, 0x6A82}, {VTOKEN_FAULT_STATUS, 0x6D00},
              {VTOKEN_FAULT_STATUS, 0x61FF}, {VTOKEN_FAULT_STATUS, 0x6C10}, {VTOKEN_FAULT_SHORT, 0},
              {VTOKEN_FAULT_GARBAGE, 0},     {VTOKEN_FAULT_ONE_BYTE, 0},    {VTOKEN_FAULT_EMPTY, 0}};

/* With the right PIN and PUK no fault may cost a try. A RESET between PIN and use is met by a refusal, not by a second
 * try. FALSE once the fault comes too late to be met. */
static gboolean
try_fault (Fixture *f, guint operation, guint fault, guint nth)
{
    g_autoptr (GError) error = NULL;

    g_assert_true (do_open (f, &error));
    vtoken_reset_count (f->world.card);
    vtoken_fault_at (f->world.card, faults[fault].fault, nth, faults[fault].argument);
    gboolean done = operations[operation].run (f, &error);
    gboolean met = vtoken_get_count (f->world.card) >= nth;
    g_assert_true (done == (error == NULL));
    g_assert_true (done || error->domain == PENA_ERROR);
    g_assert_true (met || done);
    g_clear_error (&error);
    vtoken_fault_clear (f->world.card);
    g_clear_pointer (&f->card, pena_card_free);
    vtoken_world_insert (&f->world);
    g_assert_cmphex (tries (f, 1), ==, 0x63C3);
    g_assert_cmphex (tries (f, 2), ==, 0x63C3);
    return met;
}

static void
test_faults (Fixture *f, gconstpointer data)
{
    const Kind *kind = data;
    g_autoptr (GError) error = NULL;
    guint cases = 0;

    for (guint operation = 0; operation < G_N_ELEMENTS (operations); operation++) {
        if (operations[operation].run == do_decrypt && kind->algorithm != VTOKEN_ALGORITHM_RSA2048)
            continue;
        for (guint fault = 0; fault < G_N_ELEMENTS (faults); fault++)
            for (guint nth = 1; try_fault (f, operation, fault, nth); nth++)
                cases++;
    }
    g_test_message ("%u faults", cases);
    g_assert_cmpuint (cases, >, 500);
    g_assert_true (do_open (f, &error) && do_sign (f, &error) && do_sign_with_consent (f, &error));
}

#define ADD(path, kind, test) g_test_add ("/pkcs15/" path, Fixture, &kind, set_up, test, tear_down)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("contents", usual, test_contents);
    ADD ("counts", usual, test_counts);
    ADD ("use/usual", usual, test_use);
    ADD ("use/rsa", usual_rsa, test_use);
    ADD ("use/records-rsa", records_rsa, test_use);
    ADD ("use/records-ec", records_ec, test_use);
    ADD ("use/half-nibble", half_nibble, test_use);
    ADD ("use/mute", mute, test_use);
    ADD ("use/other-hash", records_rsa, test_other_hash);
    ADD ("consent", usual, test_consent);
    ADD ("two-pins", two_pins, test_two_pins);
    ADD ("vendor", vendor, test_vendor);
    ADD ("pin/wrong", usual, test_wrong_pin);
    ADD ("pin/change-and-unblock", usual, test_change_and_unblock);
    ADD ("pin/change-and-unblock/bcd", records_ec, test_change_and_unblock);
    ADD ("pin/change-and-unblock/half-nibble", half_nibble, test_change_and_unblock);
    ADD ("identity", usual, test_identity);
    ADD ("saved", usual, test_saved);
    ADD ("saved/records", records_ec, test_saved);
    ADD ("cached", usual, test_cached);
    ADD ("saved/wrong", usual, test_saved_wrong);
    ADD ("reset-by-another", usual, test_reset_by_another);
    ADD ("endless", usual, test_endless);
    ADD ("faults/usual", usual, test_faults);
    ADD ("faults/records", records_rsa, test_faults);
    return g_test_run ();
}
