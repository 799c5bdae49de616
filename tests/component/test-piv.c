/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the PIV driver on the virtual token: what it reads, sends, counts and refuses
 * Copyright (C) 2026 the Pena authors */
#include <openssl/ecdsa.h>
#include <pena/pena-error.h>
#include <string.h>

#include "pena-card.h"
#include "vtoken-transport.h"

typedef struct {
    VtokenWorld world;
    PenaTransport *transport;
    PenaCard *card;
} Fixture;

static const guint8 *const pin = (const guint8 *)VTOKEN_PIN;
static const guint8 *const wrong_pin = (const guint8 *)"654321";
#define PIN_LENGTH 6

#define READER "Virtual reader 00 00"

static void
set_up (Fixture *f, gconstpointer algorithm)
{
    f->world.card = vtoken_world_make_card ((VtokenAlgorithm)GPOINTER_TO_UINT (algorithm), NULL);
    f->transport = vtoken_transport_new (&f->world);
}

static void
tear_down (Fixture *f, gconstpointer algorithm)
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
    g_assert_nonnull (f->card);
    g_assert_false (f->world.in_transaction);
    g_assert_true (pena_card_need_pin (f->card, PENA_CARD_PIN_USER, NULL));
    vtoken_reset_count (f->world.card);
}

static const PenaCardKey *
find_key (Fixture *f, guint8 reference)
{
    GPtrArray *keys = pena_card_get_contents (f->card)->keys;

    for (guint i = 0; i < keys->len; i++)
        if (((PenaCardKey *)keys->pdata[i])->place == reference)
            return keys->pdata[i];
    g_assert_not_reached ();
}

static void
assert_count (Fixture *f, guint expected)
{
    g_assert_cmpuint (vtoken_get_count (f->world.card), ==, expected);
    vtoken_reset_count (f->world.card);
}

static void
log_in (Fixture *f, PenaVerifyFlags flags)
{
    g_autoptr (GError) error = NULL;

    pena_card_verify (f->card, PENA_CARD_PIN_USER, pin, PIN_LENGTH, flags, &error);
    g_assert_no_error (error);
}

/* A hash value, or a padded block, and the key applied to it. */
static gboolean
use (Fixture *f, guint8 reference, const PenaSecret *with_pin, GError **error)
{
    const PenaCardKey *key = find_key (f, reference);
    gboolean rsa = (key->operations & PENA_KEY_RSA_RAW) != 0;
    g_autoptr (PenaSecret) output = pena_secret_new (512, FALSE, NULL);
    guint8 input[384] = {0, 1};
    gsize length = rsa ? key->bits / 8 : 32;

    return pena_card_use_key (f->card, key, rsa ? PENA_KEY_RSA_RAW : PENA_KEY_ECDSA, input, length, with_pin,
                              output, error);
}

static void
assert_uses (Fixture *f, guint8 reference, const PenaSecret *with_pin)
{
    g_autoptr (GError) error = NULL;

    use (f, reference, with_pin, &error);
    g_assert_no_error (error);
}

static void
assert_refuses (Fixture *f, guint8 reference, PenaErrorCode code)
{
    g_autoptr (GError) error = NULL;

    g_assert_false (use (f, reference, NULL, &error));
    g_assert_error (error, PENA_ERROR, (gint)code);
}

static void
assert_verify_fails (Fixture *f, const guint8 *tried, gsize length, PenaVerifyFlags flags, PenaErrorCode code,
                     gint left)
{
    g_autoptr (GError) error = NULL;
    gint64 told = -1;

    g_assert_false (pena_card_verify (f->card, PENA_CARD_PIN_USER, tried, length, flags, &error));
    g_assert_error (error, PENA_ERROR, (gint)code);
    pena_error_get_int (error, "attempts_left", &told);
    g_assert_cmpint (told, ==, left);
}

static void
test_contents (Fixture *f, gconstpointer algorithm)
{
    open_card (f);
    g_assert_true (pena_card_need_serial (f->card, NULL));
    const PenaCardContents *contents = pena_card_get_contents (f->card);
    g_assert_cmpuint (contents->keys->len, ==, 2);
    g_assert_cmpuint (strlen (contents->serial), ==, 16);
    g_assert_cmpint (find_key (f, 0x9A)->pin, ==, PENA_KEY_PIN_ONCE);
    g_assert_cmpint (find_key (f, 0x9C)->pin, ==, PENA_KEY_PIN_ALWAYS);
    g_assert_cmpint (pena_card_get_pin (f->card, PENA_CARD_PIN_USER)->tries_left, ==, 3);
    g_assert_false (pena_card_get_pin (f->card, PENA_CARD_PIN_USER)->verified);
}

/* SELECT, four certificates of which two are there. */
static void
test_count_extended (Fixture *f, gconstpointer algorithm)
{
    f->card = pena_card_open (f->transport, READER, NULL);
    assert_count (f, 5);
    g_assert_cmpuint (f->world.transactions, ==, 1);
    log_in (f, PENA_VERIFY_NORMAL);
    assert_count (f, 1 + 1);
    assert_uses (f, 0x9A, NULL);
    assert_count (f, 1 + 1);
    log_in (f, PENA_VERIFY_HOLD);
    assert_count (f, 1 + 1);
    assert_uses (f, 0x9C, NULL);
    assert_count (f, 1);
    g_assert_true (pena_card_logout (f->card, NULL));
    assert_count (f, 1);
}

/* An object comes in pieces of 256 bytes; the container adds 13 bytes to a certificate (4 + 4 + 3 + 2). */
static guint
pieces (Fixture *f, guint8 reference)
{
    return (guint)(g_bytes_get_size (find_key (f, reference)->certificate->der) + 13 + 255) / 256;
}

static void
test_count_short (Fixture *f, gconstpointer algorithm)
{
    gboolean rsa = GPOINTER_TO_UINT (algorithm) == VTOKEN_ALGORITHM_RSA2048;
    guint sign = rsa ? 3 : 1; /* 266 bytes are two links of a chain, 264 two answers */

    f->world.silent_atr = TRUE;
    f->card = pena_card_open (f->transport, READER, NULL);
    assert_count (f, 3 + pieces (f, 0x9A) + pieces (f, 0x9C));
    log_in (f, PENA_VERIFY_HOLD);
    assert_count (f, 1 + 1);
    assert_uses (f, 0x9C, NULL);
    assert_count (f, sign);
    assert_uses (f, 0x9A, NULL);
    assert_count (f, 1 + sign);
}

static void
test_ecdsa_verifies (Fixture *f, gconstpointer algorithm)
{
    const guint8 hash[32] = {1, 2, 3};
    g_autoptr (PenaSecret) output = pena_secret_new (128, FALSE, NULL);
    ECDSA_SIG *signature = ECDSA_SIG_new ();
    guint8 *der = NULL;

    open_card (f);
    const PenaCardKey *key = find_key (f, 0x9A);
    log_in (f, PENA_VERIFY_NORMAL);
    g_assert_true (pena_card_use_key (f->card, key, PENA_KEY_ECDSA, hash, sizeof hash, NULL, output, NULL));
    g_assert_cmpuint (output->length, ==, 64);
    ECDSA_SIG_set0 (signature, BN_bin2bn (output->data, 32, NULL), BN_bin2bn (output->data + 32, 32, NULL));
    int length = i2d_ECDSA_SIG (signature, &der);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new (key->public_key, NULL);
    g_assert_cmpint (EVP_PKEY_verify_init (context), ==, 1);
    g_assert_cmpint (EVP_PKEY_verify (context, der, (gsize)length, hash, sizeof hash), ==, 1);
    EVP_PKEY_CTX_free (context);
    ECDSA_SIG_free (signature);
    OPENSSL_free (der);
}

static void
test_wrong_pin (Fixture *f, gconstpointer algorithm)
{
    open_card (f);
    assert_verify_fails (f, wrong_pin, PIN_LENGTH, PENA_VERIFY_HOLD, PENA_ERROR_PIN_WRONG, 2);
    g_assert_false (pena_card_is_held (f->card));
    g_assert_cmpint (pena_card_get_pin (f->card, PENA_CARD_PIN_USER)->tries_left, ==, 2);
    log_in (f, PENA_VERIFY_NORMAL);
    g_assert_cmpint (pena_card_get_pin (f->card, PENA_CARD_PIN_USER)->tries_left, ==, 3);
}

static void
test_last_try (Fixture *f, gconstpointer algorithm)
{
    open_card (f);
    assert_verify_fails (f, wrong_pin, PIN_LENGTH, PENA_VERIFY_NORMAL, PENA_ERROR_PIN_WRONG, 2);
    assert_verify_fails (f, wrong_pin, PIN_LENGTH, PENA_VERIFY_NORMAL, PENA_ERROR_PIN_WRONG, 1);
    assert_verify_fails (f, pin, PIN_LENGTH, PENA_VERIFY_NORMAL, PENA_ERROR_PIN_LAST_TRY, 1);
    g_assert_cmphex (vtoken_world_send (&f->world, "00200080"), ==, 0x63C1);
    log_in (f, PENA_VERIFY_SPEND_LAST_TRY);
    g_assert_cmpint (pena_card_get_pin (f->card, PENA_CARD_PIN_USER)->tries_left, ==, 3);
}

/* Another program has spent two tries since we last looked. */
static void
test_last_try_of_others (Fixture *f, gconstpointer algorithm)
{
    open_card (f);
    vtoken_world_send (&f->world, "0020008008363534333231FFFF");
    vtoken_world_send (&f->world, "0020008008363534333231FFFF");
    assert_verify_fails (f, pin, PIN_LENGTH, PENA_VERIFY_NORMAL, PENA_ERROR_PIN_LAST_TRY, 1);
    g_assert_cmphex (vtoken_world_send (&f->world, "00200080"), ==, 0x63C1);
}

static void
test_blocked (Fixture *f, gconstpointer algorithm)
{
    open_card (f);
    for (guint i = 0; i < 3; i++)
        vtoken_world_send (&f->world, "0020008008363534333231FFFF");
    assert_verify_fails (f, pin, PIN_LENGTH, PENA_VERIFY_SPEND_LAST_TRY, PENA_ERROR_PIN_BLOCKED, 0);
}

static void
test_impossible_pin (Fixture *f, gconstpointer algorithm)
{
    open_card (f);
    assert_verify_fails (f, pin, 5, PENA_VERIFY_NORMAL, PENA_ERROR_PIN_INVALID, -1);
    assert_verify_fails (f, (const guint8 *)"123456789", 9, PENA_VERIFY_NORMAL, PENA_ERROR_PIN_INVALID, -1);
    assert_verify_fails (f, pin, 0, PENA_VERIFY_NORMAL, PENA_ERROR_PIN_INVALID, -1);
    g_assert_cmphex (vtoken_world_send (&f->world, "00200080"), ==, 0x63C3);
}

static void
test_pin_required (Fixture *f, gconstpointer algorithm)
{
    open_card (f);
    assert_refuses (f, 0x9A, PENA_ERROR_PIN_REQUIRED);
    assert_refuses (f, 0x9C, PENA_ERROR_PIN_REQUIRED);
    log_in (f, PENA_VERIFY_NORMAL);
    assert_uses (f, 0x9A, NULL);
    assert_refuses (f, 0x9C, PENA_ERROR_PIN_REQUIRED);
    g_assert_true (pena_card_logout (f->card, NULL));
    assert_refuses (f, 0x9A, PENA_ERROR_PIN_REQUIRED);
}

static void
test_pin_with_use (Fixture *f, gconstpointer algorithm)
{
    g_autoptr (PenaSecret) right = pena_secret_new (8, FALSE, NULL);

    pena_secret_append (right, pin, PIN_LENGTH);
    open_card (f);
    assert_uses (f, 0x9C, right);
    assert_uses (f, 0x9C, right);
    assert_refuses (f, 0x9C, PENA_ERROR_PIN_REQUIRED);
}

/* A VERIFY that was held and not used must be worth nothing to others afterwards. */
static void
test_release_spoils (Fixture *f, gconstpointer algorithm)
{
    open_card (f);
    log_in (f, PENA_VERIFY_HOLD);
    g_assert_true (f->world.in_transaction);
    pena_card_release (f->card);
    g_assert_false (f->world.in_transaction);
    assert_refuses (f, 0x9C, PENA_ERROR_PIN_REQUIRED);
    g_assert_cmphex (vtoken_world_send (&f->world, "0087119C067C0482008100"), !=, 0x9000);
}

static void
test_logout_takes_effect (Fixture *f, gconstpointer algorithm)
{
    open_card (f);
    log_in (f, PENA_VERIFY_NORMAL);
    g_assert_cmphex (vtoken_world_send (&f->world, "00200080"), ==, 0x9000);
    g_assert_true (pena_card_logout (f->card, NULL));
    g_assert_cmphex (vtoken_world_send (&f->world, "00200080"), ==, 0x63C3);
}

/* Reset by others: reconnect, select again, and the login is gone; a new one works. */
static void
test_reset_by_others (Fixture *f, gconstpointer algorithm)
{
    open_card (f);
    log_in (f, PENA_VERIFY_NORMAL);
    vtoken_world_reset (&f->world);
    assert_refuses (f, 0x9A, PENA_ERROR_PIN_REQUIRED);
    log_in (f, PENA_VERIFY_NORMAL);
    assert_uses (f, 0x9A, NULL);
}

/* Nothing of ours is selected and nobody has told: as after another application was. */
static void
test_deselected_unseen (Fixture *f, gconstpointer algorithm)
{
    open_card (f);
    vtoken_reset (f->world.card);
    log_in (f, PENA_VERIFY_NORMAL);
    assert_count (f, 4); /* check, SELECT, state of the PIN, VERIFY */
    assert_uses (f, 0x9A, NULL);
}

static void
test_change_pin (Fixture *f, gconstpointer algorithm)
{
    g_autoptr (GError) error = NULL;

    open_card (f);
    g_assert_false (
        pena_card_change_pin (f->card, PENA_CARD_PIN_USER, wrong_pin, 6, pin, 6, PENA_VERIFY_NORMAL, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_PIN_WRONG);
    g_clear_error (&error);
    pena_card_change_pin (f->card, PENA_CARD_PIN_USER, pin, 6, (const guint8 *)"11223344", 8,
                          PENA_VERIFY_NORMAL, &error);
    g_assert_no_error (error);
    pena_card_verify (f->card, PENA_CARD_PIN_USER, (const guint8 *)"11223344", 8, PENA_VERIFY_NORMAL, &error);
    g_assert_no_error (error);
}

static void
count_traced (const guint8 header[4], gsize length, gsize answered, guint16 sw, gpointer data)
{
    g_assert_true ((header[1] == 0xF7 && answered > 0) ||
                   (header[1] == 0x20 && length == 13 && answered == 0));
    ++*(guint *)data;
}

static void
test_trace (Fixture *f, gconstpointer algorithm)
{
    guint traced = 0;

    open_card (f);
    pena_link_set_trace (pena_card_get_link (f->card), count_traced, &traced);
    log_in (f, PENA_VERIFY_NORMAL);
    pena_link_set_trace (pena_card_get_link (f->card), NULL, NULL);
    g_assert_cmpuint (traced, ==, 2);
}

static void
test_empty_reader (Fixture *f, gconstpointer algorithm)
{
    g_autoptr (GError) error = NULL;

    vtoken_world_pull (&f->world);
    g_assert_null (pena_card_open (f->transport, READER, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_TOKEN_MISSING);
}

static void
test_unknown_card (Fixture *f, gconstpointer algorithm)
{
    g_autoptr (GError) error = NULL;

    vtoken_fault_at (f->world.card, VTOKEN_FAULT_STATUS, 1, 0x6A82);
    g_assert_null (pena_card_open (f->transport, READER, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_TOKEN_UNSUPPORTED);
    g_assert_false (f->world.in_transaction);
}

/* The card takes no extended lengths although its ATR says so: one refusal, then chains for good. */
static void
test_extended_refused (Fixture *f, gconstpointer algorithm)
{
    vtoken_fault_at (f->world.card, VTOKEN_FAULT_STATUS, 2, 0x6700);
    open_card (f);
    g_assert_false (pena_card_get_link (f->card)->extended);
    log_in (f, PENA_VERIFY_HOLD);
    assert_uses (f, 0x9C, NULL);
}

#define ADD(path, algorithm, function)                                                                       \
    g_test_add (path, Fixture, GUINT_TO_POINTER (algorithm), set_up, function, tear_down)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("/drivers/piv/contents", VTOKEN_ALGORITHM_P256, test_contents);
    ADD ("/drivers/piv/count/extended/p256", VTOKEN_ALGORITHM_P256, test_count_extended);
    ADD ("/drivers/piv/count/extended/rsa2048", VTOKEN_ALGORITHM_RSA2048, test_count_extended);
    ADD ("/drivers/piv/count/short/p256", VTOKEN_ALGORITHM_P256, test_count_short);
    ADD ("/drivers/piv/count/short/rsa2048", VTOKEN_ALGORITHM_RSA2048, test_count_short);
    ADD ("/drivers/piv/ecdsa", VTOKEN_ALGORITHM_P256, test_ecdsa_verifies);
    ADD ("/drivers/piv/pin/wrong", VTOKEN_ALGORITHM_P256, test_wrong_pin);
    ADD ("/drivers/piv/pin/last-try", VTOKEN_ALGORITHM_P256, test_last_try);
    ADD ("/drivers/piv/pin/last-try-of-others", VTOKEN_ALGORITHM_P256, test_last_try_of_others);
    ADD ("/drivers/piv/pin/blocked", VTOKEN_ALGORITHM_P256, test_blocked);
    ADD ("/drivers/piv/pin/impossible", VTOKEN_ALGORITHM_P256, test_impossible_pin);
    ADD ("/drivers/piv/pin/required", VTOKEN_ALGORITHM_P256, test_pin_required);
    ADD ("/drivers/piv/pin/with-use", VTOKEN_ALGORITHM_P256, test_pin_with_use);
    ADD ("/drivers/piv/pin/release-spoils", VTOKEN_ALGORITHM_P256, test_release_spoils);
    ADD ("/drivers/piv/pin/logout", VTOKEN_ALGORITHM_P256, test_logout_takes_effect);
    ADD ("/drivers/piv/pin/change", VTOKEN_ALGORITHM_P256, test_change_pin);
    ADD ("/drivers/piv/shared/reset", VTOKEN_ALGORITHM_P256, test_reset_by_others);
    ADD ("/drivers/piv/shared/deselected", VTOKEN_ALGORITHM_P256, test_deselected_unseen);
    ADD ("/drivers/piv/trace", VTOKEN_ALGORITHM_P256, test_trace);
    ADD ("/drivers/piv/reader-empty", VTOKEN_ALGORITHM_P256, test_empty_reader);
    ADD ("/drivers/piv/unknown-card", VTOKEN_ALGORITHM_P256, test_unknown_card);
    ADD ("/drivers/piv/extended-refused", VTOKEN_ALGORITHM_RSA2048, test_extended_refused);
    return g_test_run ();
}
