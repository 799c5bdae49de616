/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: an OpenPGP card in the virtual reader, for the component tests of its driver
 * Copyright (C) 2026 the Pena authors */
#include "openpgp-fixture.h"

#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

#define DIGEST_INFO_LENGTH 51
static const guint8 digest_info[DIGEST_INFO_LENGTH] = {0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60,
                                                       0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
                                                       0x01, 0x05, 0x00, 0x04, 0x20, 0xAB};
static const guint8 *const hash = digest_info + DIGEST_INFO_LENGTH - 32;

void
set_up (Fixture *f, gconstpointer data)
{
    VtokenAlgorithm algorithm = GPOINTER_TO_UINT (data);

    f->world.card = algorithm != 0 ? vtoken_world_make_openpgp (algorithm) : vtoken_new_with ("openpgp");
    f->transport = vtoken_transport_new (&f->world);
}

void
tear_down (Fixture *f, gconstpointer data)
{
    pena_card_free (f->card);
    g_assert_false (f->world.in_transaction);
    pena_transport_free (f->transport);
    vtoken_free (f->world.card);
}

void
open_card (Fixture *f)
{
    g_autoptr (GError) error = NULL;

    f->card = pena_card_open (f->transport, READER, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (pena_card_get_kind (f->card), ==, "openpgp");
    g_assert_false (f->world.in_transaction);
    vtoken_reset_count (f->world.card);
}

const PenaCardKey *
key_at (Fixture *f, guint place)
{
    GPtrArray *keys = pena_card_get_contents (f->card)->keys;

    for (guint i = 0; i < keys->len; i++)
        if (((PenaCardKey *)keys->pdata[i])->place == place)
            return keys->pdata[i];
    return NULL;
}

const PenaCardPlace *
place_at (Fixture *f, guint place)
{
    return &pena_card_get_contents (f->card)->places[place];
}

gboolean
verify (Fixture *f, guint index, const gchar *pin, PenaVerifyFlags flags, GError **error)
{
    return pena_card_verify (f->card, index, (const guint8 *)pin, strlen (pin), flags, error);
}

void
log_in (Fixture *f, PenaVerifyFlags flags)
{
    g_autoptr (GError) error = NULL;

    verify (f, PIN_USER, VTOKEN_PIN, flags, &error);
    g_assert_no_error (error);
}

void
authenticate (Fixture *f)
{
    g_autoptr (GError) error = NULL;

    pena_card_authenticate (f->card, (const guint8 *)VTOKEN_PUK, strlen (VTOKEN_PUK), PENA_VERIFY_HOLD,
                            &error);
    g_assert_no_error (error);
}

static gboolean
ecdsa_is_right (EVP_PKEY *key, const PenaSecret *signature)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new (key, NULL);
    ECDSA_SIG *both = ECDSA_SIG_new ();
    int half = (int)signature->length / 2;
    guint8 *der = NULL;

    ECDSA_SIG_set0 (both, BN_bin2bn (signature->data, half, NULL),
                    BN_bin2bn (signature->data + half, half, NULL));
    int length = i2d_ECDSA_SIG (both, &der);
    EVP_PKEY_verify_init (context);
    gboolean right = EVP_PKEY_verify (context, der, (gsize)length, hash, 32) == 1;
    ECDSA_SIG_free (both);
    OPENSSL_free (der);
    EVP_PKEY_CTX_free (context);
    return right;
}

static gboolean
eddsa_is_right (EVP_PKEY *key, const PenaSecret *signature)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new ();
    gboolean right = EVP_DigestVerifyInit (context, NULL, NULL, NULL, key) == 1 &&
                     EVP_DigestVerify (context, signature->data, signature->length, hash, 32) == 1;

    EVP_MD_CTX_free (context);
    return right;
}

static gboolean
rsa_is_right (EVP_PKEY *key, const PenaSecret *signature)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new (key, NULL);

    EVP_PKEY_verify_init (context);
    EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_PADDING);
    EVP_PKEY_CTX_set_signature_md (context, EVP_sha256 ());
    gboolean right = EVP_PKEY_verify (context, signature->data, signature->length, hash, 32) == 1;
    EVP_PKEY_CTX_free (context);
    return right;
}

/* Who uses a card looks at what it gives; so the PKCS#11 module does. */
static gboolean
check (gboolean right, GError **error)
{
    if (!right)
        g_set_error (error, PENA_ERROR, PENA_ERROR_TOKEN_FAILED, "the card has given something else");
    return right;
}

gboolean
sign (Fixture *f, guint place, const gchar *pin, GError **error)
{
    const PenaCardKey *with = key_at (f, place);
    gboolean rsa = (with->operations & PENA_KEY_RSA_PKCS1_SIGN) != 0;
    g_autoptr (PenaSecret) output = pena_secret_new (1024, FALSE, NULL);
    g_autoptr (PenaSecret) typed = NULL;

    if (pin != NULL) {
        typed = pena_secret_new (PENA_CARD_PIN_MAX, FALSE, NULL);
        pena_secret_append (typed, pin, strlen (pin));
    }
    if (!pena_card_use_key (f->card, with, with->operations, rsa ? digest_info : hash,
                            rsa ? DIGEST_INFO_LENGTH : 32, typed, output, error))
        return FALSE;
    return check (rsa                                  ? rsa_is_right (with->public_key, output)
                  : with->operations == PENA_KEY_EDDSA ? eddsa_is_right (with->public_key, output)
                                                       : ecdsa_is_right (with->public_key, output),
                  error);
}

static gboolean
decipher_rsa (Fixture *f, const PenaCardKey *with, GError **error)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new (with->public_key, NULL);
    g_autoptr (PenaSecret) output = pena_secret_new (1024, FALSE, NULL);
    guint8 encrypted[512];
    gsize length = sizeof encrypted;

    EVP_PKEY_encrypt_init (context);
    g_assert_cmpint (EVP_PKEY_encrypt (context, encrypted, &length, (const guint8 *)"rahasia", 7), ==, 1);
    EVP_PKEY_CTX_free (context);
    if (!pena_card_use_key (f->card, with, PENA_KEY_RSA_PKCS1_DECRYPT, encrypted, length, NULL, output,
                            error))
        return FALSE;
    return check (output->length == 7 && memcmp (output->data, "rahasia", 7) == 0, error);
}

/* Our own half of the agreement, and what it must come to. */
static gsize
agree (EVP_PKEY *with, guint8 *point, gsize *ret_point_length, guint8 *expected)
{
    EVP_PKEY *mine = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new (with, NULL);
    gsize length = 66;
    guint8 *encoded = NULL;

    EVP_PKEY_keygen_init (context);
    g_assert_cmpint (EVP_PKEY_keygen (context, &mine), ==, 1);
    EVP_PKEY_CTX_free (context);
    *ret_point_length = EVP_PKEY_get1_encoded_public_key (mine, &encoded);
    memcpy (point, encoded, *ret_point_length);
    OPENSSL_free (encoded);
    context = EVP_PKEY_CTX_new (mine, NULL);
    EVP_PKEY_derive_init (context);
    EVP_PKEY_derive_set_peer (context, with);
    g_assert_cmpint (EVP_PKEY_derive (context, expected, &length), ==, 1);
    EVP_PKEY_CTX_free (context);
    EVP_PKEY_free (mine);
    return length;
}

gboolean
decipher (Fixture *f, GError **error)
{
    const PenaCardKey *with = key_at (f, 1);
    g_autoptr (PenaSecret) output = pena_secret_new (1024, FALSE, NULL);
    guint8 point[133], expected[66];
    gsize point_length, length;

    if (with->operations == PENA_KEY_RSA_PKCS1_DECRYPT)
        return decipher_rsa (f, with, error);
    length = agree (with->public_key, point, &point_length, expected);
    if (!pena_card_use_key (f->card, with, PENA_KEY_ECDH, point, point_length, NULL, output, error))
        return FALSE;
    return check (output->length == length && memcmp (output->data, expected, length) == 0, error);
}

guint
tries (Fixture *f)
{
    guint8 answer[64];
    gsize length = sizeof answer;

    vtoken_world_reset (&f->world);
    g_assert_cmphex (vtoken_world_send (&f->world, SELECT_OPENPGP), ==, 0x9000);
    g_assert_cmpint (
        vtoken_transmit (f->world.card, (const guint8 *)"\x00\xCA\x00\xC4\x00", 5, answer, &length), ==,
        VTOKEN_OK);
    g_assert_cmpuint (length, ==, 9);
    return 100u * answer[4] + 10u * answer[5] + answer[6];
}
