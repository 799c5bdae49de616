/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: OpenPGP cards that get a hash of the password (4.3.2; RFC 4880, 3.7.1.3)
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <openssl/evp.h>
#include <pena/pena-error.h>
#include <string.h>

#include "openpgp-private.h"
#include "pena-tlv.h"

enum {
    TAG_ALGORITHM = 0x81,
    TAG_HASH = 0x82,
    TAG_COUNT = 0x83,
    TAG_SALT_PW1 = 0x84, /* resetting code and PW3 follow */
    ALGORITHM_NONE = 0x00,
    ALGORITHM_ITERATED = 0x03,
    HASH_SHA256 = 0x08,
    HASH_SHA512 = 0x0A,
    COUNT_MAX = 65011712, /* the most that OpenPGP can write (RFC 4880, 3.7.1.3) */
};

static gboolean
parse_salts (const guint8 *bytes, gsize length, OpenpgpKdf *kdf)
{
    PenaTlv tlv;

    for (guint i = 0; i < G_N_ELEMENTS (kdf->salts); i++) {
        /* A card may have one for all. */
        if (!pena_tlv_find (bytes, length, TAG_SALT_PW1 + i, &tlv) &&
            !pena_tlv_find (bytes, length, TAG_SALT_PW1, &tlv))
            return FALSE;
        if (tlv.length != OPENPGP_SALT)
            return FALSE;
        memcpy (kdf->salts[i], tlv.value, OPENPGP_SALT);
    }
    return TRUE;
}

gboolean
pena_openpgp_kdf_parse (const guint8 *bytes, gsize length, OpenpgpKdf *ret_kdf)
{
    OpenpgpKdf kdf = {0};
    PenaTlv algorithm, hash, count;

    if (length == 0) {
        *ret_kdf = kdf;
        return TRUE;
    }
    if (!pena_tlv_find (bytes, length, TAG_ALGORITHM, &algorithm) || algorithm.length != 1)
        return FALSE;
    kdf.active = algorithm.value[0] != ALGORITHM_NONE;
    if (kdf.active) {
        if (algorithm.value[0] != ALGORITHM_ITERATED || !pena_tlv_find (bytes, length, TAG_HASH, &hash) ||
            hash.length != 1 || !pena_tlv_find (bytes, length, TAG_COUNT, &count) || count.length != 4 ||
            !parse_salts (bytes, length, &kdf))
            return FALSE;
        PenaReader reader = pena_tlv_enter (&count);
        kdf.count = pena_reader_u32be (&reader);
        kdf.hash = hash.value[0];
        if (kdf.count > COUNT_MAX || (kdf.hash != HASH_SHA256 && kdf.hash != HASH_SHA512))
            return FALSE;
    }
    *ret_kdf = kdf;
    return TRUE;
}

/* Salt and password again and again until so many bytes were hashed, the last time in part; at least once. */
static gboolean
hash_over_and_over (EVP_MD_CTX *context, const PenaSecret *input, guint32 count)
{
    gsize left = MAX (count, input->length);

    while (left > 0) {
        gsize now = MIN (left, input->length);
        if (EVP_DigestUpdate (context, input->data, now) != 1)
            return FALSE;
        left -= now;
    }
    return TRUE;
}

gboolean
pena_openpgp_kdf_derive (const OpenpgpKdf *kdf, guint salt, const guint8 *password, gsize length,
                         PenaSecret *out, GError **error)
{
    const EVP_MD *md = kdf->hash == HASH_SHA256 ? EVP_sha256 () : EVP_sha512 ();
    g_autoptr (PenaSecret) input = pena_secret_new (OPENPGP_SALT + PENA_CARD_PIN_MAX, FALSE, error);
    EVP_MD_CTX *context;
    guint size = 0;

    if (input == NULL)
        return FALSE;
    g_return_val_if_fail (length <= PENA_CARD_PIN_MAX && out->capacity >= (gsize)EVP_MD_get_size (md), FALSE);
    pena_secret_clear (out);
    pena_secret_append (input, kdf->salts[salt], OPENPGP_SALT);
    pena_secret_append (input, password, length);
    context = EVP_MD_CTX_new ();
    gboolean done = context != NULL && EVP_DigestInit_ex (context, md, NULL) == 1 &&
                    hash_over_and_over (context, input, kdf->count) &&
                    EVP_DigestFinal_ex (context, out->data, &size) == 1;
    EVP_MD_CTX_free (context); /* cleanses its state */
    out->length = size;
    if (!done)
        g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "the password cannot be hashed");
    return done;
}
