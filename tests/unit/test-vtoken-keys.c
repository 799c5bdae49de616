/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of the virtual token: keys, their PIN policies, personalising
 * Copyright (C) 2026 the Pena authors */
#include "vtoken-talk.h"

#include "pena-tlv.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY_CTX, EVP_PKEY_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_MD_CTX, EVP_MD_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509, X509_free)

/* The value of 7C { 82 } in an answer of hexadecimal digits; NULL when it is not one. */
static GBytes *
response_of (const gchar *answer)
{
    g_autoptr (GByteArray) bytes = talk_bytes (answer);
    PenaTlv template, response;

    if (!pena_tlv_find (bytes->data, bytes->len, 0x7C, &template) ||
        !pena_tlv_find (template.value, template.length, 0x82, &response))
        return NULL;
    return g_bytes_new (response.value, response.length);
}

static X509 *
certificate_of (Vtoken *card, const gchar *get)
{
    g_autofree gchar *answer = talk (card, get);
    g_autoptr (GByteArray) bytes = talk_bytes (answer);
    PenaTlv object, certificate;

    g_assert_true (pena_tlv_find (bytes->data, bytes->len, 0x53, &object));
    g_assert_true (pena_tlv_find (object.value, object.length, 0x70, &certificate));
    const guint8 *at = certificate.value;
    X509 *x509 = d2i_X509 (NULL, &at, (long)certificate.length);
    g_assert_nonnull (x509);
    return x509;
}

static gchar *
sign_command (VtokenAlgorithm algorithm, guint8 slot, const guint8 *block, gsize length)
{
    g_autoptr (GByteArray) inner = g_byte_array_new ();
    g_autoptr (GByteArray) outer = g_byte_array_new ();

    pena_tlv_append (inner, 0x82, NULL, 0);
    pena_tlv_append (inner, 0x81, block, length);
    pena_tlv_append (outer, 0x7C, inner->data, inner->len);
    g_autofree gchar *data = talk_hex (outer->data, outer->len);
    return g_strdup_printf ("0087%02X%02X00%04X%s0000", algorithm, slot, outer->len, data);
}

static Vtoken *
new_personalised (VtokenAlgorithm algorithm, guint8 slot)
{
    g_autoptr (GError) error = NULL;
    Vtoken *card = vtoken_new_blank ();

    vtoken_personalise (card, algorithm, slot, vtoken_issue_test, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (vtoken_get_count (card), ==, 0);
    g_free (talk (card, SELECT_PIV));
    return card;
}

static void
check_signature (X509 *certificate, const guint8 *hash, gsize length, GBytes *signature)
{
    EVP_PKEY *key = X509_get0_pubkey (certificate);
    g_autoptr (EVP_PKEY_CTX) ctx = EVP_PKEY_CTX_new (key, NULL);

    g_assert_cmpint (EVP_PKEY_verify_init (ctx), ==, 1);
    if (EVP_PKEY_get_base_id (key) == EVP_PKEY_RSA)
        g_assert_cmpint (EVP_PKEY_CTX_set_rsa_padding (ctx, RSA_PKCS1_PADDING), ==, 1);
    g_assert_cmpint (
        EVP_PKEY_verify (ctx, g_bytes_get_data (signature, NULL), g_bytes_get_size (signature), hash, length),
        ==, 1);
}

static void
test_sign_ec (gconstpointer data)
{
    VtokenAlgorithm algorithm = GPOINTER_TO_UINT (data);
    g_autoptr (Vtoken) card = new_personalised (algorithm, 0x9C);
    g_autoptr (X509) certificate = certificate_of (card, "00CB3FFF055C035FC10A");
    guint8 hash[48];
    gsize length = algorithm == VTOKEN_ALGORITHM_P384 ? 48 : 32;

    memset (hash, 0x42, sizeof hash);
    g_autofree gchar *command = sign_command (algorithm, 0x9C, hash, length);
    assert_talk (card, VERIFY, "9000");
    g_autofree gchar *answer = talk (card, command);
    g_autoptr (GBytes) signature = response_of (answer);
    check_signature (certificate, hash, length, signature);
}

/* Type 1 padding around bytes that are no DigestInfo: the card does not care, it raises to a power. */
static void
test_sign_rsa (gconstpointer data)
{
    VtokenAlgorithm algorithm = GPOINTER_TO_UINT (data);
    g_autoptr (Vtoken) card = new_personalised (algorithm, 0x9C);
    g_autoptr (X509) certificate = certificate_of (card, "00CB3FFF055C035FC10A");
    gsize size = (gsize)EVP_PKEY_get_size (X509_get0_pubkey (certificate));
    g_autofree guint8 *block = g_malloc (size);

    memset (block, 0xFF, size);
    block[0] = 0x00;
    block[1] = 0x01;
    memcpy (block + size - 6, "\0hello", 6);
    g_autofree gchar *command = sign_command (algorithm, 0x9C, block, size);
    assert_talk (card, VERIFY, "9000");
    g_autofree gchar *answer = talk (card, command);
    g_autoptr (GBytes) signature = response_of (answer);
    check_signature (certificate, (const guint8 *)"hello", 5, signature);
}

static void
test_sign_ed25519 (void)
{
    g_autoptr (Vtoken) card = new_personalised (VTOKEN_ALGORITHM_ED25519, 0x9C);
    g_autoptr (X509) certificate = certificate_of (card, "00CB3FFF055C035FC10A");
    g_autoptr (EVP_MD_CTX) ctx = EVP_MD_CTX_new ();
    g_autofree gchar *command =
        sign_command (VTOKEN_ALGORITHM_ED25519, 0x9C, (const guint8 *)"naskah dinas", 12);

    assert_talk (card, VERIFY, "9000");
    g_autofree gchar *answer = talk (card, command);
    g_autoptr (GBytes) signature = response_of (answer);
    g_assert_cmpint (EVP_DigestVerifyInit (ctx, NULL, NULL, NULL, X509_get0_pubkey (certificate)), ==, 1);
    g_assert_cmpint (EVP_DigestVerify (ctx, g_bytes_get_data (signature, NULL), g_bytes_get_size (signature),
                                       (const guint8 *)"naskah dinas", 12),
                     ==, 1);
}

static void
test_decrypt (void)
{
    g_autoptr (Vtoken) card = new_personalised (VTOKEN_ALGORITHM_RSA2048, 0x9D);
    g_autoptr (X509) certificate = certificate_of (card, "00CB3FFF055C035FC10B");
    g_autoptr (EVP_PKEY_CTX) ctx = EVP_PKEY_CTX_new (X509_get0_pubkey (certificate), NULL);
    guint8 encrypted[256];
    gsize length = sizeof encrypted;

    g_assert_cmpint (EVP_PKEY_encrypt_init (ctx), ==, 1);
    g_assert_cmpint (EVP_PKEY_encrypt (ctx, encrypted, &length, (const guint8 *)"rahasia", 7), ==, 1);
    g_autofree gchar *command = sign_command (VTOKEN_ALGORITHM_RSA2048, 0x9D, encrypted, length);
    assert_talk (card, VERIFY, "9000");
    g_autofree gchar *answer = talk (card, command);
    g_autoptr (GBytes) block = response_of (answer);
    g_assert_cmpuint (g_bytes_get_size (block), ==, 256);
    g_assert_cmpmem ((const guint8 *)g_bytes_get_data (block, NULL) + 256 - 8, 8, "\0rahasia", 8);
}

static void
test_agree (void)
{
    g_autoptr (Vtoken) card = new_personalised (VTOKEN_ALGORITHM_P256, 0x9D);
    g_autoptr (X509) certificate = certificate_of (card, "00CB3FFF055C035FC10B");
    EVP_PKEY *mine = EVP_EC_gen ("P-256");
    g_autoptr (EVP_PKEY_CTX) ctx = EVP_PKEY_CTX_new (mine, NULL);
    guint8 *point = NULL;
    guint8 expected[32];
    gsize length = sizeof expected;

    g_assert_cmpint (EVP_PKEY_derive_init (ctx), ==, 1);
    g_assert_cmpint (EVP_PKEY_derive_set_peer (ctx, X509_get0_pubkey (certificate)), ==, 1);
    g_assert_cmpint (EVP_PKEY_derive (ctx, expected, &length), ==, 1);
    g_assert_cmpuint (EVP_PKEY_get1_encoded_public_key (mine, &point), ==, 65);
    g_autofree gchar *hex = talk_hex (point, 65);
    g_autofree gchar *command = g_strdup_printf ("0087119D477C4582008541%s", hex);
    assert_talk (card, VERIFY, "9000");
    g_autofree gchar *answer = talk (card, command);
    g_autoptr (GBytes) x = response_of (answer);
    g_assert_cmpmem (expected, length, g_bytes_get_data (x, NULL), g_bytes_get_size (x));
    /* a point that is not on the curve */
    hex[10] = hex[10] == '0' ? '1' : '0';
    g_autofree gchar *off = g_strdup_printf ("0087119D477C4582008541%s", hex);
    assert_talk (card, off, "6A80");
    OPENSSL_free (point);
    EVP_PKEY_free (mine);
}

/* The test vector of RFC 7748, 6.1: Bob's key in the slot, Alice's point. */
static void
test_agree_x25519 (void)
{
    g_autoptr (Vtoken) card = vtoken_new_blank ();
    g_free (talk (card, SELECT_PIV));
    talk_admin (card);
    assert_talk (card,
                 "00FEE19D 25 0820 5DAB087E624A8A4B79E17F8B83800EE66F3BB1292618B6FD1C2F8B27FF88E0EB AA0101",
                 "9000");
    assert_talk (
        card, "0087E19D 26 7C24 8200 8520 8520F0098930A754748B7DDCB43EF75A0DBF3A0D26381AF4EBA4A98EAA9B4E6A",
        "7C2282204A5D9D5BA4CE2DE1728E3BF480350F25E07E21C947D19E3376F09B3C1E1617429000");
}

static gboolean
signs (Vtoken *card, guint8 slot)
{
    static const guint8 hash[32] = {0x42};
    g_autofree gchar *command = sign_command (VTOKEN_ALGORITHM_P256, slot, hash, sizeof hash);
    g_autofree gchar *answer = talk (card, command);

    if (g_str_has_suffix (answer, "9000"))
        return TRUE;
    g_assert_cmpstr (answer, ==, "6982");
    return FALSE;
}

static void
test_pin_always (void)
{
    g_autoptr (Vtoken) card = new_personalised (VTOKEN_ALGORITHM_P256, 0x9C);
    g_assert_false (signs (card, 0x9C));
    assert_talk (card, VERIFY, "9000");
    g_assert_true (signs (card, 0x9C));
    g_assert_false (signs (card, 0x9C));
    assert_talk (card, VERIFY, "9000");
    assert_talk (card, "00CB3FFF055C035FC10600", "6A82");
    g_assert_false (signs (card, 0x9C));
}

static void
test_pin_once (void)
{
    g_autoptr (Vtoken) card = new_personalised (VTOKEN_ALGORITHM_P256, 0x9A);
    g_assert_false (signs (card, 0x9A));
    assert_talk (card, VERIFY, "9000");
    assert_talk (card, "00CB3FFF055C035FC10600", "6A82");
    g_assert_true (signs (card, 0x9A));
    g_assert_true (signs (card, 0x9A));
    assert_talk (card, "0020FF80", "9000");
    g_assert_false (signs (card, 0x9A));
}

static void
test_pin_never (void)
{
    g_autoptr (Vtoken) card = new_personalised (VTOKEN_ALGORITHM_P256, 0x9E);
    g_assert_true (signs (card, 0x9E));
}

static void
test_wrong_input (void)
{
    g_autoptr (Vtoken) card = new_personalised (VTOKEN_ALGORITHM_P256, 0x9E);
    assert_talk (card, "0087079E047C028200", "6A86");
    assert_talk (card, "0087119A047C028200", "6A88");
    assert_talk (card, "0087110104 7C028200", "6A86");
    assert_talk (card, "0087119E047C028200", "6A80");
    assert_talk (card, "0087119E067C0482008100", "6A80");
    assert_talk (card, "0087119E", "6A80");
}

static void
test_generate_needs_management_key (void)
{
    g_autoptr (Vtoken) card = vtoken_new_blank ();
    g_free (talk (card, SELECT_PIV));
    assert_talk (card, "0047009A05AC03800111", "6982");
    talk_admin (card);
    assert_talk (card, "0047009A05AC03800142", "6A80");
    assert_talk (card, "0047000105AC03800111", "6A86");
}

static void
test_policy_tags (void)
{
    g_autoptr (Vtoken) card = vtoken_new_blank ();
    g_free (talk (card, SELECT_PIV));
    talk_admin (card);
    g_free (talk (card, "0047009C0BAC09800111AA0101AB0101"));
    g_assert_true (signs (card, 0x9C));
    assert_talk (card, "0047009C08AC06800111AA0107", "6A80");
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_data_func ("/vtoken/keys/sign/p256", GUINT_TO_POINTER (VTOKEN_ALGORITHM_P256), test_sign_ec);
    g_test_add_data_func ("/vtoken/keys/sign/p384", GUINT_TO_POINTER (VTOKEN_ALGORITHM_P384), test_sign_ec);
    g_test_add_data_func ("/vtoken/keys/sign/rsa2048", GUINT_TO_POINTER (VTOKEN_ALGORITHM_RSA2048),
                          test_sign_rsa);
    g_test_add_data_func ("/vtoken/keys/sign/rsa3072", GUINT_TO_POINTER (VTOKEN_ALGORITHM_RSA3072),
                          test_sign_rsa);
    g_test_add_data_func ("/vtoken/keys/sign/rsa4096", GUINT_TO_POINTER (VTOKEN_ALGORITHM_RSA4096),
                          test_sign_rsa);
    g_test_add_func ("/vtoken/keys/sign/ed25519", test_sign_ed25519);
    g_test_add_func ("/vtoken/keys/decrypt", test_decrypt);
    g_test_add_func ("/vtoken/keys/agree", test_agree);
    g_test_add_func ("/vtoken/keys/agree/x25519", test_agree_x25519);
    g_test_add_func ("/vtoken/keys/pin-always", test_pin_always);
    g_test_add_func ("/vtoken/keys/pin-once", test_pin_once);
    g_test_add_func ("/vtoken/keys/pin-never", test_pin_never);
    g_test_add_func ("/vtoken/keys/wrong-input", test_wrong_input);
    g_test_add_func ("/vtoken/keys/generate-needs-management-key", test_generate_needs_management_key);
    g_test_add_func ("/vtoken/keys/policy-tags", test_policy_tags);
    return g_test_run ();
}
