/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: administration of PIV cards on the virtual token: what changes, and what faults leave behind
 * Copyright (C) 2026 the Pena authors */
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <pena/pena-error.h>
#include <string.h>

#include "pena-card.h"
#include "vtoken-transport.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY_CTX, EVP_PKEY_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509, X509_free)

#define READER "Virtual reader 00 00"
#define PIN ((const guint8 *)VTOKEN_PIN)
#define PUK ((const guint8 *)VTOKEN_PUK)
#define NEW_PIN ((const guint8 *)"11223344")
#define NEW_PUK ((const guint8 *)"87654321")

static const guint8 admin_key[32] = {1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8,
                                     1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8};

typedef struct {
    VtokenWorld world;
    PenaTransport *transport;
    PenaCard *card;
} Fixture;

static void
open_card (Fixture *f)
{
    g_autoptr (GError) error = NULL;

    f->card = pena_card_open (f->transport, READER, &error);
    g_assert_no_error (error);
}

/* A blank card, its management key of the given algorithm (0: 3DES). */
static void
set_up (Fixture *f, gconstpointer algorithm)
{
    memset (f, 0, sizeof *f);
    f->world.card = vtoken_new_blank ();
    if (algorithm != NULL)
        vtoken_set_admin_algorithm (f->world.card, (VtokenAlgorithm)GPOINTER_TO_UINT (algorithm));
    f->transport = vtoken_transport_new (&f->world);
    open_card (f);
}

static void
set_up_plain (Fixture *f, gconstpointer data)
{
    set_up (f, NULL);
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
authenticate (Fixture *f)
{
    g_autoptr (GError) error = NULL;

    pena_card_authenticate (f->card, admin_key, 24, PENA_VERIFY_NORMAL, &error);
    g_assert_no_error (error);
}

static void
log_in (Fixture *f)
{
    g_autoptr (GError) error = NULL;

    pena_card_verify (f->card, PENA_CARD_PIN_USER, PIN, 6, PENA_VERIFY_NORMAL, &error);
    g_assert_no_error (error);
}

static const PenaCardPlace *
place_of (Fixture *f, const gchar *name)
{
    for (const PenaCardPlace *place = pena_card_get_contents (f->card)->places; place->name != NULL; place++)
        if (g_str_equal (place->name, name))
            return place;
    g_assert_not_reached ();
}

static const PenaCardKey *
key_at (Fixture *f, const gchar *name)
{
    GPtrArray *keys = pena_card_get_contents (f->card)->keys;

    for (guint i = 0; i < keys->len; i++)
        if (((PenaCardKey *)keys->pdata[i])->place == place_of (f, name)->place)
            return keys->pdata[i];
    return NULL;
}

static EVP_PKEY *
generate (Fixture *f, const gchar *name, PenaKeyAlgorithm algorithm)
{
    const PenaKeySpec spec = {.place = place_of (f, name), .algorithm = algorithm};
    g_autoptr (GError) error = NULL;
    EVP_PKEY *key = NULL;

    pena_card_generate_key (f->card, &spec, &key, &error);
    g_assert_no_error (error);
    return key;
}

static void
need_keys (Fixture *f)
{
    g_autoptr (GError) error = NULL;

    if (pena_card_need_keys (f->card, &error))
        pena_card_need_device (f->card, &error);
    g_assert_no_error (error);
}

/* A certificate for the key by another key, of about so many bytes more than need be. */
static GBytes *
certify (EVP_PKEY *key, gsize padding)
{
    g_autoptr (X509) certificate = X509_new ();
    g_autoptr (EVP_PKEY) signer = EVP_EC_gen ("P-256");
    g_autofree gchar *filler = g_strnfill (padding, 'x');
    guint8 *der = NULL;

    X509_set_version (certificate, X509_VERSION_3);
    ASN1_INTEGER_set (X509_get_serialNumber (certificate), g_random_int_range (1, G_MAXINT));
    X509_gmtime_adj (X509_getm_notBefore (certificate), 0);
    X509_gmtime_adj (X509_getm_notAfter (certificate), 3600);
    X509_set_pubkey (certificate, key);
    ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new ();
    ASN1_OCTET_STRING_set (octets, (const guint8 *)filler, (int)padding);
    X509_EXTENSION *extension = X509_EXTENSION_create_by_NID (NULL, NID_netscape_comment, 0, octets);
    X509_add_ext (certificate, extension, -1);
    X509_EXTENSION_free (extension);
    ASN1_OCTET_STRING_free (octets);
    X509_sign (certificate, signer, EVP_sha256 ());
    int length = i2d_X509 (certificate, &der);
    GBytes *bytes = g_bytes_new (der, (gsize)length);
    OPENSSL_free (der);
    return bytes;
}

static void
use (Fixture *f, const PenaCardKey *key, PenaKeyOperation operation, const guint8 *input, gsize length,
     PenaSecret *output)
{
    g_autoptr (PenaSecret) pin = pena_secret_new (8, FALSE, NULL);
    g_autoptr (GError) error = NULL;

    pena_secret_append (pin, PIN, 6);
    pena_card_use_key (f->card, key, operation, input, length, pin, output, &error);
    g_assert_no_error (error);
}

/* --- keys --- */

static void
check_ed25519 (Fixture *f, const PenaCardKey *key)
{
    static const guint8 message[] = "a message of no particular length";
    g_autoptr (PenaSecret) output = pena_secret_new (64, FALSE, NULL);
    EVP_MD_CTX *context = EVP_MD_CTX_new ();

    use (f, key, PENA_KEY_EDDSA, message, sizeof message, output);
    g_assert_cmpint (EVP_DigestVerifyInit (context, NULL, NULL, NULL, key->public_key), ==, 1);
    g_assert_cmpint (EVP_DigestVerify (context, output->data, output->length, message, sizeof message), ==,
                     1);
    EVP_MD_CTX_free (context);
}

static void
check_agreement (Fixture *f, const PenaCardKey *key)
{
    g_autoptr (PenaSecret) output = pena_secret_new (66, FALSE, NULL);
    g_autoptr (EVP_PKEY) other = key->algorithm == PENA_ALGORITHM_X25519
                                     ? EVP_PKEY_Q_keygen (NULL, NULL, "X25519")
                                     : EVP_EC_gen (key->bits == 256 ? "P-256" : "P-384");
    g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new (other, NULL);
    guint8 *point = NULL;
    guint8 expected[66];
    gsize size = sizeof expected;

    gsize length = EVP_PKEY_get1_encoded_public_key (other, &point);
    use (f, key, PENA_KEY_ECDH, point, length, output);
    OPENSSL_free (point);
    g_assert_cmpint (EVP_PKEY_derive_init (context), ==, 1);
    g_assert_cmpint (EVP_PKEY_derive_set_peer (context, key->public_key), ==, 1);
    g_assert_cmpint (EVP_PKEY_derive (context, expected, &size), ==, 1);
    g_assert_cmpmem (output->data, output->length, expected, size);
}

static void
check_rsa (Fixture *f, const PenaCardKey *key)
{
    g_autoptr (PenaSecret) output = pena_secret_new (512, FALSE, NULL);
    g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new (key->public_key, NULL);
    guint8 block[512] = {0, 1, 2, 3}, back[512];
    gsize size = key->bits / 8, length = sizeof back;

    use (f, key, PENA_KEY_RSA_RAW, block, size, output);
    EVP_PKEY_encrypt_init (context);
    EVP_PKEY_CTX_set_rsa_padding (context, RSA_NO_PADDING);
    g_assert_cmpint (EVP_PKEY_encrypt (context, back, &length, output->data, output->length), ==, 1);
    g_assert_cmpmem (back, length, block, size);
}

static void
check_key (Fixture *f, const PenaCardKey *key)
{
    if (key->operations & PENA_KEY_EDDSA)
        check_ed25519 (f, key);
    if (key->operations & PENA_KEY_ECDH)
        check_agreement (f, key);
    if (key->operations & PENA_KEY_RSA_RAW)
        check_rsa (f, key);
}

/* A key without a certificate is there, too, and works; its certificate then belongs to it. */
static void
test_generate (Fixture *f, gconstpointer data)
{
    PenaKeyAlgorithm algorithm = GPOINTER_TO_UINT (data);
    g_autoptr (GError) error = NULL;

    need_keys (f);
    g_assert_cmpuint (pena_card_get_contents (f->card)->keys->len, ==, 0);
    authenticate (f);
    g_autoptr (EVP_PKEY) made = generate (f, "9d", algorithm);
    const PenaCardKey *key = key_at (f, "9d");
    g_assert_nonnull (key);
    g_assert_null (key->certificate);
    g_assert_cmpint (key->algorithm, ==, algorithm);
    g_assert_cmpint (key->origin, ==, PENA_KEY_ORIGIN_GENERATED);
    g_assert_cmpint (EVP_PKEY_eq (key->public_key, made), ==, 1);
    log_in (f);
    check_key (f, key);
    g_autoptr (GBytes) der = certify (made, 1);
    pena_card_put_certificate (f->card, place_of (f, "9d"), der, &error);
    g_assert_no_error (error);
    key = key_at (f, "9d");
    g_assert_true (g_bytes_equal (key->certificate->der, der));
    g_assert_true (pena_card_delete_certificate (f->card, place_of (f, "9d"), &error));
    g_assert_no_error (error);
    g_assert_null (key_at (f, "9d")->certificate);
    g_assert_true (pena_card_delete_key (f->card, place_of (f, "9d"), &error));
    g_assert_no_error (error);
    g_assert_null (key_at (f, "9d"));
}

static EVP_PKEY *
new_key (PenaKeyAlgorithm algorithm)
{
    if (algorithm == PENA_ALGORITHM_ED25519 || algorithm == PENA_ALGORITHM_X25519)
        return EVP_PKEY_Q_keygen (NULL, NULL, algorithm == PENA_ALGORITHM_ED25519 ? "ED25519" : "X25519");
    if (algorithm == PENA_ALGORITHM_RSA2048)
        return EVP_RSA_gen (2048);
    return EVP_EC_gen (algorithm == PENA_ALGORITHM_P256 ? "P-256" : "P-384");
}

static void
test_import (Fixture *f, gconstpointer data)
{
    static const PenaKeyAlgorithm algorithms[] = {PENA_ALGORITHM_RSA2048, PENA_ALGORITHM_P256,
                                                  PENA_ALGORITHM_P384, PENA_ALGORITHM_ED25519,
                                                  PENA_ALGORITHM_X25519};
    for (guint i = 0; i < G_N_ELEMENTS (algorithms); i++) {
        g_autoptr (GError) error = NULL;
        g_autoptr (EVP_PKEY) key = new_key (algorithms[i]);
        const PenaKeySpec spec = {.place = place_of (f, "9e"),
                                  .algorithm = algorithms[i],
                                  .pin = PENA_KEY_PIN_ONCE,
                                  .touch = PENA_KEY_TOUCH_CACHED};
        authenticate (f);
        pena_card_import_key (f->card, &spec, key, &error);
        g_assert_no_error (error);
        need_keys (f);
        const PenaCardKey *found = key_at (f, "9e");
        g_assert_cmpint (EVP_PKEY_eq (found->public_key, key), ==, 1);
        g_assert_cmpint (found->origin, ==, PENA_KEY_ORIGIN_IMPORTED);
        g_assert_cmpint (found->pin, ==, PENA_KEY_PIN_ONCE);
        g_assert_cmpint (found->touch, ==, PENA_KEY_TOUCH_CACHED);
        log_in (f);
        check_key (f, found);
        g_assert_true (pena_card_logout (f->card, NULL));
    }
}

/* The metadata say otherwise than the slot does; so does the key than a certificate that was left behind. */
static void
test_metadata (Fixture *f, gconstpointer data)
{
    const PenaKeySpec spec = {.place = place_of (f, "9c"),
                              .algorithm = PENA_ALGORITHM_P256,
                              .pin = PENA_KEY_PIN_ONCE,
                              .touch = PENA_KEY_TOUCH_ALWAYS};
    g_autoptr (EVP_PKEY) first = NULL, second = NULL;

    authenticate (f);
    g_assert_true (pena_card_generate_key (f->card, &spec, &first, NULL));
    g_autoptr (GBytes) der = certify (first, 1);
    g_assert_true (pena_card_put_certificate (f->card, place_of (f, "9c"), der, NULL));
    g_assert_cmpint (key_at (f, "9c")->pin, ==, PENA_KEY_PIN_ALWAYS); /* as the slot has it */
    guint generation = pena_card_get_contents (f->card)->generation;
    need_keys (f);
    g_assert_cmpuint (pena_card_get_contents (f->card)->generation, >, generation);
    g_assert_cmpint (key_at (f, "9c")->pin, ==, PENA_KEY_PIN_ONCE);
    g_assert_cmpint (key_at (f, "9c")->touch, ==, PENA_KEY_TOUCH_ALWAYS);
    g_assert_cmpstr (pena_card_get_contents (f->card)->version, ==, "5.7.1");
    g_assert_cmpuint (g_ascii_strtoull (pena_card_get_contents (f->card)->device_serial, NULL, 10), ==,
                      vtoken_get_serial (f->world.card));
    second = generate (f, "9c", PENA_ALGORITHM_P256);
    g_assert_cmpint (EVP_PKEY_eq (key_at (f, "9c")->public_key, second), ==, 1);
    g_assert_null (key_at (f, "9c")->certificate);
    g_assert_cmpuint (pena_card_get_contents (f->card)->certificates->len, ==, 1);
}

/* A retired key is found by others through the key history, by ourselves even before it has a certificate. */
static void
test_retired (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    need_keys (f);
    authenticate (f);
    g_autoptr (EVP_PKEY) current = generate (f, "9d", PENA_ALGORITHM_P256);
    g_autoptr (EVP_PKEY) old = generate (f, "83", PENA_ALGORITHM_P256);
    g_assert_nonnull (key_at (f, "83"));
    g_autoptr (GBytes) current_der = certify (current, 1);
    g_autoptr (GBytes) old_der = certify (old, 1);
    pena_card_put_certificate (f->card, place_of (f, "9d"), current_der, &error);
    g_assert_no_error (error);
    pena_card_put_certificate (f->card, place_of (f, "83"), old_der, &error);
    g_assert_no_error (error);
    pena_card_free (f->card);
    open_card (f);
    g_assert_nonnull (key_at (f, "83"));
    g_assert_true (g_bytes_equal (key_at (f, "83")->certificate->der, old_der));
    g_assert_cmpuint (key_at (f, "83")->id.bytes[0], ==, 6);
}

/* What has no room as it is has when packed, and comes back the same. */
static void
test_packed (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    authenticate (f);
    g_autoptr (EVP_PKEY) key = generate (f, "9a", PENA_ALGORITHM_P256);
    g_autoptr (GBytes) der = certify (key, 5000);
    pena_card_put_certificate (f->card, place_of (f, "9a"), der, &error);
    g_assert_no_error (error);
    need_keys (f);
    g_assert_true (g_bytes_equal (key_at (f, "9a")->certificate->der, der));
    g_autoptr (GBytes) larger = g_bytes_new_take (g_malloc0 (60000), 60000);
    for (gsize i = 0; i < 60000; i++)
        ((guint8 *)g_bytes_get_data (larger, NULL))[i] = (guint8)g_random_int ();
    g_assert_false (pena_card_put_certificate (f->card, place_of (f, "9a"), larger, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FULL);
    g_assert_true (g_bytes_equal (key_at (f, "9a")->certificate->der, der));
}

static void
test_attest (Fixture *f, gconstpointer data)
{
    g_autoptr (GBytes) statement = NULL, intermediate = NULL;
    g_autoptr (GError) error = NULL;

    authenticate (f);
    g_autoptr (EVP_PKEY) key = generate (f, "9a", PENA_ALGORITHM_P256);
    need_keys (f);
    g_assert_true (pena_card_get_contents (f->card)->abilities & PENA_CARD_ATTEST);
    pena_card_attest (f->card, key_at (f, "9a"), &statement, &intermediate, &error);
    g_assert_no_error (error);
    const guint8 *at = g_bytes_get_data (statement, NULL);
    g_autoptr (X509) leaf = d2i_X509 (NULL, &at, (long)g_bytes_get_size (statement));
    at = g_bytes_get_data (intermediate, NULL);
    g_autoptr (X509) signer = d2i_X509 (NULL, &at, (long)g_bytes_get_size (intermediate));
    g_assert_cmpint (X509_verify (leaf, X509_get0_pubkey (signer)), ==, 1);
    g_assert_cmpint (EVP_PKEY_eq (X509_get0_pubkey (leaf), key), ==, 1);
    const PenaKeySpec spec = {.place = place_of (f, "9a"), .algorithm = PENA_ALGORITHM_P256};
    g_autoptr (EVP_PKEY) outside = new_key (PENA_ALGORITHM_P256);
    g_assert_true (pena_card_import_key (f->card, &spec, outside, NULL));
    g_assert_false (pena_card_attest (f->card, key_at (f, "9a"), &statement, &intermediate, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_TOKEN_OPERATION_UNSUPPORTED);
}

/* --- the administrator --- */

static void
test_authenticate (Fixture *f, gconstpointer data)
{
    static const gsize lengths[] = {[VTOKEN_ALGORITHM_3DES] = 24,
                                    [VTOKEN_ALGORITHM_AES128] = 16,
                                    [VTOKEN_ALGORITHM_AES192] = 24,
                                    [VTOKEN_ALGORITHM_AES256] = 32};
    gsize length = lengths[GPOINTER_TO_UINT (data)];
    g_autoptr (GError) error = NULL;
    const guint8 wrong[32] = {1};

    g_assert_false (pena_card_authenticate (f->card, wrong, length, PENA_VERIFY_NORMAL, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_ADMIN_WRONG);
    g_clear_error (&error);
    g_assert_false (pena_card_is_administrator (f->card));
    g_assert_false (pena_card_authenticate (f->card, admin_key, 23, PENA_VERIFY_NORMAL, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_ADMIN_WRONG);
    g_clear_error (&error);
    pena_card_authenticate (f->card, admin_key, length, PENA_VERIFY_NORMAL, &error);
    g_assert_no_error (error);
    g_assert_true (pena_card_is_administrator (f->card));
    g_assert_true (pena_card_logout (f->card, NULL));
    g_assert_false (pena_card_is_administrator (f->card));
    g_assert_cmphex (vtoken_world_send (&f->world, "00DB3FFF075C035FC1025300"), ==, 0x6982);
}

static void
assert_admin_required (Fixture *f)
{
    const PenaKeySpec spec = {.place = place_of (f, "9a"), .algorithm = PENA_ALGORITHM_P256};
    g_autoptr (GError) error = NULL;
    EVP_PKEY *key = NULL;

    vtoken_reset_count (f->world.card);
    g_assert_false (pena_card_generate_key (f->card, &spec, &key, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_ADMIN_REQUIRED);
    g_assert_null (key);
}

static void
test_admin_required (Fixture *f, gconstpointer data)
{
    assert_admin_required (f);
    authenticate (f);
    vtoken_world_reset (&f->world);
    assert_admin_required (f);
    authenticate (f);
    vtoken_reset (f->world.card); /* nobody has told */
    assert_admin_required (f);
}

/* While it is held nobody gets in between; afterwards the card knows no administrator. */
static void
test_hold (Fixture *f, gconstpointer data)
{
    g_assert_true (pena_card_authenticate (f->card, admin_key, 24, PENA_VERIFY_HOLD, NULL));
    g_assert_true (f->world.in_transaction);
    g_autoptr (EVP_PKEY) key = generate (f, "9a", PENA_ALGORITHM_P256);
    g_assert_true (f->world.in_transaction);
    g_autoptr (GBytes) der = certify (key, 1);
    g_assert_true (pena_card_put_certificate (f->card, place_of (f, "9a"), der, NULL));
    g_assert_true (f->world.in_transaction);
    g_assert_cmpuint (f->world.transactions, ==, 2);
    pena_card_release (f->card);
    g_assert_false (f->world.in_transaction);
    g_assert_cmphex (vtoken_world_send (&f->world, "00DB3FFF075C035FC1025300"), ==, 0x6982);
    assert_admin_required (f);
    log_in (f);
}

/* The key that the card keeps behind the PIN serves without anybody knowing it. */
static void
test_protected (Fixture *f, gconstpointer data)
{
    g_autoptr (PenaSecret) told = pena_secret_new (32, FALSE, NULL);
    g_autoptr (GError) error = NULL;

    authenticate (f);
    g_assert_false (pena_card_set_admin_key (f->card, PENA_ADMIN_KEY_DEFAULT, NULL, TRUE, NULL, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_PIN_REQUIRED);
    g_clear_error (&error);
    log_in (f);
    pena_card_set_admin_key (f->card, PENA_ADMIN_KEY_AES256, NULL, TRUE, NULL, &error);
    g_assert_no_error (error);
    g_assert_true (pena_card_logout (f->card, NULL));
    g_assert_false (pena_card_authenticate (f->card, admin_key, 24, PENA_VERIFY_NORMAL, NULL));
    g_assert_false (pena_card_authenticate (f->card, NULL, 0, PENA_VERIFY_NORMAL, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_PIN_REQUIRED);
    g_clear_error (&error);
    log_in (f);
    pena_card_authenticate (f->card, NULL, 0, PENA_VERIFY_NORMAL, &error);
    g_assert_no_error (error);
    /* Back to one that is only told. */
    pena_card_set_admin_key (f->card, PENA_ADMIN_KEY_AES192, NULL, FALSE, told, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (told->length, ==, 24);
    g_assert_true (pena_card_authenticate (f->card, told->data, 24, PENA_VERIFY_NORMAL, NULL));
    g_assert_false (pena_card_authenticate (f->card, NULL, 0, PENA_VERIFY_NORMAL, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_ADMIN_REQUIRED);
}

/* --- PIN, PUK, reset --- */

static void
test_unblock (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    gint64 left = -1;

    for (guint i = 0; i < 3; i++)
        vtoken_world_send (&f->world, "0020008008363534333231FFFF");
    g_assert_false (pena_card_unblock (f->card, PENA_ROLE_RESET, NEW_PUK, 8, NEW_PIN, 8, 0, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_PIN_WRONG);
    g_assert_true (pena_error_get_int (error, "attempts_left", &left));
    g_assert_cmpint (left, ==, 2);
    g_clear_error (&error);
    pena_card_unblock (f->card, PENA_ROLE_RESET, PUK, 8, NEW_PIN, 8, 0, &error);
    g_assert_no_error (error);
    g_assert_cmpint (pena_card_get_pin (f->card, PENA_CARD_PIN_USER)->tries_left, ==, 3);
    g_assert_true (pena_card_verify (f->card, PENA_CARD_PIN_USER, NEW_PIN, 8, 0, NULL));
    g_assert_true (pena_card_change_pin (f->card, 1, PUK, 8, NEW_PUK, 8, 0, NULL));
    g_assert_false (pena_card_unblock (f->card, PENA_ROLE_RESET, PUK, 8, PIN, 6, 0, NULL));
    g_assert_true (pena_card_unblock (f->card, PENA_ROLE_RESET, NEW_PUK, 8, PIN, 6, 0, NULL));
    log_in (f);
    /* The last try of the PUK is not spent unasked either. */
    g_assert_false (pena_card_unblock (f->card, PENA_ROLE_RESET, PUK, 8, PIN, 6, 0, NULL));
    g_assert_false (pena_card_unblock (f->card, PENA_ROLE_RESET, PUK, 8, PIN, 6, 0, NULL));
    g_assert_false (pena_card_unblock (f->card, PENA_ROLE_RESET, PUK, 8, PIN, 6, 0, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_PIN_LAST_TRY);
    g_clear_error (&error);
    g_assert_true (
        pena_card_unblock (f->card, PENA_ROLE_RESET, NEW_PUK, 8, PIN, 6, PENA_VERIFY_SPEND_LAST_TRY, NULL));
}

static void
test_factory_reset (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    authenticate (f);
    g_autoptr (EVP_PKEY) key = generate (f, "9a", PENA_ALGORITHM_P256);
    g_assert_true (pena_card_change_pin (f->card, PENA_CARD_PIN_USER, PIN, 6, NEW_PIN, 8, 0, NULL));
    pena_card_factory_reset (f->card, &error);
    g_assert_no_error (error);
    need_keys (f);
    g_assert_cmpuint (pena_card_get_contents (f->card)->keys->len, ==, 0);
    g_assert_false (pena_card_is_administrator (f->card));
    log_in (f);
    authenticate (f);
}

/* A card that does not know the command keeps its PINs. */
static void
plain_piv (VtokenWorld *world, const guint8 *command, gsize command_length, guint8 *answer, gsize *length)
{
    if (command[1] >= 0xF6) {
        memcpy (answer, "\x6D\x00", 2);
        *length = 2;
        return;
    }
    vtoken_transmit (world->card, command, command_length, answer, length);
}

static void
test_plain (Fixture *f, gconstpointer data)
{
    g_autoptr (GError) error = NULL;

    f->world.filter = plain_piv;
    g_assert_false (pena_card_factory_reset (f->card, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_TOKEN_OPERATION_UNSUPPORTED);
    g_clear_error (&error);
    g_assert_cmphex (vtoken_world_send (&f->world, "00200080"), ==, 0x63C3);
    need_keys (f);
    g_assert_false (pena_card_get_contents (f->card)->abilities & PENA_CARD_RESET);
    authenticate (f);
    /* Such a card does not tell a key again: who made it remembers. */
    g_autoptr (EVP_PKEY) key = generate (f, "9a", PENA_ALGORITHM_P256);
    g_assert_nonnull (key_at (f, "9a"));
    log_in (f);
    check_key (f, key_at (f, "9a"));
    const PenaKeySpec spec = {.place = place_of (f, "9a"), .algorithm = PENA_ALGORITHM_P256};
    g_autoptr (EVP_PKEY) outside = new_key (PENA_ALGORITHM_P256);
    g_assert_false (pena_card_import_key (f->card, &spec, outside, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_TOKEN_OPERATION_UNSUPPORTED);
}

/* --- faults --- */

typedef struct {
    EVP_PKEY *key;
    GBytes *der;
} Material;

typedef gboolean (*Step) (Fixture *f, const Material *m, GError **error);

static gboolean
step_authenticate (Fixture *f, const Material *m, GError **error)
{
    return pena_card_authenticate (f->card, admin_key, 24, PENA_VERIFY_NORMAL, error);
}

static gboolean
step_generate (Fixture *f, const Material *m, GError **error)
{
    const PenaKeySpec spec = {.place = place_of (f, "9a"), .algorithm = PENA_ALGORITHM_P256};
    g_autoptr (EVP_PKEY) key = NULL;

    return pena_card_generate_key (f->card, &spec, &key, error);
}

static gboolean
step_import (Fixture *f, const Material *m, GError **error)
{
    const PenaKeySpec spec = {.place = place_of (f, "9a"), .algorithm = PENA_ALGORITHM_P256};

    return pena_card_import_key (f->card, &spec, m->key, error);
}

static gboolean
step_put (Fixture *f, const Material *m, GError **error)
{
    return pena_card_put_certificate (f->card, place_of (f, "82"), m->der, error);
}

static gboolean
step_delete (Fixture *f, const Material *m, GError **error)
{
    return pena_card_delete_certificate (f->card, place_of (f, "9d"), error) &&
           pena_card_delete_key (f->card, place_of (f, "9d"), error);
}

static gboolean
step_admin_key (Fixture *f, const Material *m, GError **error)
{
    g_autoptr (PenaSecret) key = pena_secret_new (24, FALSE, NULL);

    pena_secret_append (key, admin_key, 24);
    return pena_card_set_admin_key (f->card, PENA_ADMIN_KEY_3DES, key, TRUE, NULL, error);
}

static gboolean
step_attest (Fixture *f, const Material *m, GError **error)
{
    g_autoptr (GBytes) statement = NULL, intermediate = NULL;
    const PenaCardKey *key = key_at (f, "9d");

    if (key != NULL)
        return pena_card_attest (f->card, key, &statement, &intermediate, error);
    g_set_error (error, PENA_ERROR, PENA_ERROR_CREDENTIAL_MISSING, "the fault hid it");
    return FALSE;
}

static gboolean
step_change (Fixture *f, const Material *m, GError **error)
{
    return pena_card_change_pin (f->card, PENA_CARD_PIN_USER, PIN, 6, PIN, 6, 0, error);
}

static gboolean
step_unblock (Fixture *f, const Material *m, GError **error)
{
    return pena_card_unblock (f->card, PENA_ROLE_RESET, PUK, 8, PIN, 6, 0, error);
}

static gboolean
step_need (Fixture *f, const Material *m, GError **error)
{
    return pena_card_need_keys (f->card, error) && pena_card_need_device (f->card, error) &&
           pena_card_need_serial (f->card, error) && pena_card_need_pin (f->card, PENA_CARD_PIN_USER, error);
}

static const struct {
    const gchar *path;
    Step step;
} steps[] = {
    {"/drivers/piv/fault/authenticate", step_authenticate},
    {"/drivers/piv/fault/generate", step_generate},
    {"/drivers/piv/fault/import", step_import},
    {"/drivers/piv/fault/put", step_put},
    {"/drivers/piv/fault/delete", step_delete},
    {"/drivers/piv/fault/admin-key", step_admin_key},
    {"/drivers/piv/fault/attest", step_attest},
    {"/drivers/piv/fault/change-pin", step_change},
    {"/drivers/piv/fault/unblock", step_unblock},
    {"/drivers/piv/fault/need", step_need},
};

static void
prepare (Fixture *f, const Material *m)
{
    const PenaKeySpec spec = {.place = place_of (f, "9d"), .algorithm = PENA_ALGORITHM_P256};
    g_autoptr (EVP_PKEY) key = NULL;

    authenticate (f);
    g_assert_true (pena_card_generate_key (f->card, &spec, &key, NULL));
    g_assert_true (pena_card_put_certificate (f->card, spec.place, m->der, NULL));
    log_in (f);
    pena_card_free (f->card);
    open_card (f);
    log_in (f);
    authenticate (f);
}

/* One fault at the nth command of the step. Afterwards, plugged in again, PIN, PUK and management key are what
 * they were with all their tries, and everything can be read. FALSE once the fault comes too late. */
static gboolean
try_fault (Fixture *f, const Material *m, Step step, VtokenFault fault, guint argument, guint nth)
{
    g_autoptr (GError) error = NULL;

    prepare (f, m);
    vtoken_reset_count (f->world.card);
    vtoken_fault_at (f->world.card, fault, nth, argument);
    gboolean done = step (f, m, &error);
    gboolean met = vtoken_get_count (f->world.card) >= nth;
    g_assert_true (done == (error == NULL));
    g_assert_true (done || error->domain == PENA_ERROR);
    g_assert_true (done || !g_error_matches (error, PENA_ERROR, PENA_ERROR_INTERNAL));
    g_assert_true (met || done);
    vtoken_fault_clear (f->world.card);
    g_clear_pointer (&f->card, pena_card_free);
    vtoken_world_pull (&f->world);
    vtoken_world_insert (&f->world);
    open_card (f);
    need_keys (f);
    g_assert_true (pena_card_need_pin (f->card, PENA_CARD_PIN_USER, NULL));
    g_assert_cmpint (pena_card_get_pin (f->card, PENA_CARD_PIN_USER)->tries_left, ==, 3);
    log_in (f);
    g_assert_true (pena_card_change_pin (f->card, 1, PUK, 8, PUK, 8, 0, NULL));
    return met;
}

static void
test_faults (Fixture *f, gconstpointer data)
{
    static const struct {
        VtokenFault fault;
        guint argument;
    } faults[] = {
        {VTOKEN_FAULT_PULL, 0},        {VTOKEN_FAULT_EMPTY, 0},       {VTOKEN_FAULT_ONE_BYTE, 0},
        {VTOKEN_FAULT_SHORT, 0},       {VTOKEN_FAULT_GARBAGE, 0},     {VTOKEN_FAULT_RESET, 0},
        {VTOKEN_FAULT_STATUS, 0x6F00}, {VTOKEN_FAULT_STATUS, 0x6982}, {VTOKEN_FAULT_STATUS, 0x6581}};
    Step step = steps[GPOINTER_TO_UINT (data)].step;
    g_autoptr (EVP_PKEY) key = new_key (PENA_ALGORITHM_P256);
    g_autoptr (GBytes) der = certify (key, 1);
    const Material m = {key, der};
    guint cases = 0;

    tear_down (f, NULL);
    for (guint i = 0; i < G_N_ELEMENTS (faults); i++) {
        gboolean met = TRUE;
        for (guint nth = 1; met && nth < 40; nth++) {
            set_up (f, NULL);
            met = try_fault (f, &m, step, faults[i].fault, faults[i].argument, nth);
            cases += met;
            tear_down (f, NULL);
        }
        g_assert_false (met);
    }
    set_up (f, NULL);
    g_test_message ("%u cases", cases);
    g_assert_cmpuint (cases, >=, 2 * G_N_ELEMENTS (faults));
}

#define ADD(path, data, function)                                                                            \
    g_test_add (path, Fixture, GUINT_TO_POINTER (data), set_up, function, tear_down)
#define ADD_PLAIN(path, data, function)                                                                      \
    g_test_add (path, Fixture, GUINT_TO_POINTER (data), set_up_plain, function, tear_down)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD_PLAIN ("/drivers/piv/generate/rsa2048", PENA_ALGORITHM_RSA2048, test_generate);
    ADD_PLAIN ("/drivers/piv/generate/rsa3072", PENA_ALGORITHM_RSA3072, test_generate);
    if (g_test_slow ())
        ADD_PLAIN ("/drivers/piv/generate/rsa4096", PENA_ALGORITHM_RSA4096, test_generate);
    ADD_PLAIN ("/drivers/piv/generate/p256", PENA_ALGORITHM_P256, test_generate);
    ADD_PLAIN ("/drivers/piv/generate/p384", PENA_ALGORITHM_P384, test_generate);
    ADD_PLAIN ("/drivers/piv/generate/ed25519", PENA_ALGORITHM_ED25519, test_generate);
    ADD_PLAIN ("/drivers/piv/generate/x25519", PENA_ALGORITHM_X25519, test_generate);
    ADD ("/drivers/piv/import", 0, test_import);
    ADD ("/drivers/piv/metadata", 0, test_metadata);
    ADD ("/drivers/piv/retired", 0, test_retired);
    ADD ("/drivers/piv/packed", 0, test_packed);
    ADD ("/drivers/piv/attest", 0, test_attest);
    ADD ("/drivers/piv/admin/3des", VTOKEN_ALGORITHM_3DES, test_authenticate);
    ADD ("/drivers/piv/admin/aes128", VTOKEN_ALGORITHM_AES128, test_authenticate);
    ADD ("/drivers/piv/admin/aes192", VTOKEN_ALGORITHM_AES192, test_authenticate);
    ADD ("/drivers/piv/admin/aes256", VTOKEN_ALGORITHM_AES256, test_authenticate);
    ADD ("/drivers/piv/admin/required", 0, test_admin_required);
    ADD ("/drivers/piv/admin/hold", 0, test_hold);
    ADD ("/drivers/piv/admin/protected", 0, test_protected);
    ADD ("/drivers/piv/unblock", 0, test_unblock);
    ADD ("/drivers/piv/factory-reset", 0, test_factory_reset);
    ADD ("/drivers/piv/plain", 0, test_plain);
    for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
        ADD_PLAIN (steps[i].path, i, test_faults);
    return g_test_run ();
}
