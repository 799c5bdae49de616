/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token: personalising its OpenPGP application, by commands
 * Copyright (C) 2026 the Pena authors */
#include "openpgp.h"
#include "vtoken-request.h"
#include "vtoken-send.h"

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)

typedef struct {
    Vtoken *card;
    VtokenAlgorithm algorithm;
    OpenpgpUse use;
} Work;

/* The issuer goes by the PIV slots that serve the same ends. */
static const guint8 piv_slots[OPENPGP_N_KEYS] = {0x9C, 0x9D, 0x9A};
static const guint8 templates[OPENPGP_N_KEYS][2] = {{0xB6, 0x00}, {0xB8, 0x00}, {0xA4, 0x00}};

static gboolean
put_attributes (const Work *work, GError **error)
{
    g_autoptr (GByteArray) attributes = g_byte_array_new ();

    if (!openpgp_write_attributes (work->use, work->algorithm, attributes)) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "virtual token: no such keys in this slot");
        return FALSE;
    }
    return vtoken_send_quietly (work->card, 0x00DA00C1 + work->use, attributes->data, attributes->len, error);
}

static EVP_PKEY *
generate (const Work *work, GError **error)
{
    PenaTlv public_part;
    g_autoptr (GByteArray) answer = vtoken_send (work->card, 0x00478000, templates[work->use], 2, error);

    if (answer == NULL)
        return NULL;
    EVP_PKEY *key = pena_tlv_find (answer->data, answer->len, 0x7F49, &public_part)
                        ? vtoken_key_from_public_part (work->algorithm, public_part.value, public_part.length)
                        : NULL;
    if (key == NULL)
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "virtual token: no public key in the answer");
    return key;
}

/* This card pads by itself: what is after 00 01 FF .. FF 00. */
static gconstpointer
without_padding (const guint8 *block, gsize *length)
{
    gsize start = 2;

    while (block[start] == 0xFF)
        start++;
    *length -= start + 1;
    return block + start + 1;
}

static GBytes *
to_der (const guint8 *plain, gsize length)
{
    ECDSA_SIG *signature = ECDSA_SIG_new ();
    guint8 *der = NULL;

    ECDSA_SIG_set0 (signature, BN_bin2bn (plain, (int)(length / 2), NULL),
                    BN_bin2bn (plain + length / 2, (int)(length / 2), NULL));
    int size = i2d_ECDSA_SIG (signature, &der);
    GBytes *bytes = g_bytes_new (der, (gsize)size);
    OPENSSL_free (der);
    ECDSA_SIG_free (signature);
    return bytes;
}

/* The keys that are not for signatures make the one of their request as keys for authentication. */
static gboolean
prepare_to_sign (const Work *work, GError **error)
{
    const guint8 reference[3] = {0x83, 0x01, work->use == OPENPGP_DECIPHER ? 0x02 : 0x03};

    if (work->use == OPENPGP_SIGN)
        return vtoken_send_quietly (work->card, 0x00200081, VTOKEN_PIN, strlen (VTOKEN_PIN), error);
    return vtoken_send_quietly (work->card, 0x00200082, VTOKEN_PIN, strlen (VTOKEN_PIN), error) &&
           vtoken_send_quietly (work->card, 0x002241A4, reference, sizeof reference, error);
}

/* A VtokenSigner. */
static GBytes *
sign_on_card (gconstpointer block, gsize length, gpointer data, GError **error)
{
    const Work *work = data;

    if (vtoken_algorithm_is_rsa (work->algorithm))
        block = without_padding (block, &length);
    if (!prepare_to_sign (work, error))
        return NULL;
    g_autoptr (GByteArray) answer =
        vtoken_send (work->card, work->use == OPENPGP_SIGN ? 0x002A9E9A : 0x00880000, block, length, error);
    if (answer == NULL)
        return NULL;
    return vtoken_algorithm_is_ec (work->algorithm) ? to_der (answer->data, answer->len)
                                                    : g_bytes_new (answer->data, answer->len);
}

/* The occurrences are those of authentication, deciphering, signature. */
static gboolean
put_certificate (const Work *work, GBytes *certificate, GError **error)
{
    static const guint8 cardholder_certificate[] = {0x60, 0x04, 0x5C, 0x02, 0x7F, 0x21};
    guint32 select = 0x00A50004 | (guint32)(OPENPGP_N_KEYS - 1 - work->use) << 8;

    return vtoken_send_quietly (work->card, select, cardholder_certificate, sizeof cardholder_certificate,
                                error) &&
           vtoken_send_quietly (work->card, 0x00DA7F21, g_bytes_get_data (certificate, NULL),
                                g_bytes_get_size (certificate), error);
}

/* Some clients pass over a key without fingerprint and date. The card does not check what they say; here the
 * one is a hash of the public key and the other a fixed day. */
static gboolean
put_fingerprint (const Work *work, EVP_PKEY *key, GError **error)
{
    static const guint8 day[4] = {0x69, 0x00, 0x00, 0x00};
    g_autoptr (GBytes) public_part = vtoken_key_public_part (key);
    guint8 fingerprint[20];

    EVP_Digest (g_bytes_get_data (public_part, NULL), g_bytes_get_size (public_part), fingerprint, NULL,
                EVP_sha1 (), NULL);
    return vtoken_send_quietly (work->card, 0x00DA00C7 + work->use, fingerprint, sizeof fingerprint, error) &&
           vtoken_send_quietly (work->card, 0x00DA00CE + work->use, day, sizeof day, error);
}

static gboolean
certify (const Work *work, EVP_PKEY *key, VtokenIssue issue, gpointer data, GError **error)
{
    g_autoptr (GBytes) request =
        vtoken_request_new (work->algorithm, key, sign_on_card, (gpointer)work, error);
    if (request == NULL)
        return FALSE;
    g_autoptr (GBytes) certificate = issue (request, piv_slots[work->use], data, error);
    return certificate != NULL && put_certificate (work, certificate, error);
}

gboolean
vtoken_personalise_openpgp (Vtoken *self, VtokenAlgorithm algorithm, guint8 slot, VtokenIssue issue,
                            gpointer data, GError **error)
{
    static const guint8 aid[] = {0xD2, 0x76, 0x00, 0x01, 0x24, 0x01};
    Work work = {self, algorithm, slot - 1};
    g_autoptr (EVP_PKEY) key = NULL;

    g_return_val_if_fail (slot >= 1 && slot <= OPENPGP_N_KEYS, FALSE);
    if (algorithm == VTOKEN_ALGORITHM_ED25519 && work.use == OPENPGP_DECIPHER)
        work.algorithm = VTOKEN_ALGORITHM_X25519;
    vtoken_reset (self);
    gboolean done = vtoken_send_quietly (self, 0x00A40400, aid, sizeof aid, error) &&
                    vtoken_send_quietly (self, 0x00200083, VTOKEN_PUK, strlen (VTOKEN_PUK), error) &&
                    put_attributes (&work, error) && (key = generate (&work, error)) != NULL &&
                    put_fingerprint (&work, key, error) &&
                    (issue == NULL || work.algorithm == VTOKEN_ALGORITHM_X25519 ||
                     certify (&work, key, issue, data, error));
    vtoken_reset (self);
    vtoken_reset_count (self);
    return done;
}
