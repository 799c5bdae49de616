/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: until when which algorithms prove anything
 * Copyright (C) 2026 the Pena authors */
#include "pena-crypto-policy.h"

#include <openssl/evp.h>
#include <pena/pena-error.h>
#include <string.h>

#include "pena-text.h"

/* Keys larger than this are no sign of care but a way to make the reader work. */
#define MAX_RSA_BITS 16384
#define MAX_POLICY (64 * 1024)

/* ETSI TS 119 312 V1.5.1 and for what had ended before, its predecessor TS 102 176-1; as EU DSS has them, and the Edwards
 * curves, which the standard does not speak of (RFC 8410, RFC 8419; NIST FIPS 186-5). */
static const gchar default_text[] = "[digest]\n"
                                    "md5=2004-08-01\n"
                                    "sha1=2012-08-01\n"
                                    "ripemd160=2014-08-01\n"
                                    "sha224=2029-01-01\n"
                                    "sha256=open\n"
                                    "sha384=open\n"
                                    "sha512=open\n"
                                    "sha3-256=open\n"
                                    "sha3-384=open\n"
                                    "sha3-512=open\n"
                                    "shake256=open\n"
                                    "[key]\n"
                                    "rsa-786=2010-08-01\n"
                                    "rsa-1024=2019-10-01\n"
                                    "rsa-1900=2029-01-01\n"
                                    "rsa-3000=open\n"
                                    "dsa-1024=2015-12-01\n"
                                    "dsa-1900=2029-01-01\n"
                                    "dsa-3000=open\n"
                                    "ec-160=2012-08-01\n"
                                    "ec-224=2021-10-01\n"
                                    "ec-256=open\n"
                                    "eddsa-253=open\n";

typedef struct {
    gchar *kind;
    gint bits; /* and more */
    gint64 until;
} KeyRow;

struct _PenaCryptoPolicy {
    GHashTable *digests; /* name -> gint64 */
    GArray *keys;        /* of KeyRow */
};

static void
key_row_clear (gpointer row)
{
    g_free (((KeyRow *)row)->kind);
}

void
pena_crypto_policy_free (PenaCryptoPolicy *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref (self->digests);
    g_array_unref (self->keys);
    g_free (self);
}

/* ---- reading ---- */

static gboolean
invalid (GError **error, const gchar *group, const gchar *key, const gchar *why)
{
    g_autofree gchar *reason = g_strdup_printf ("[%s] %s: %s", group, key, why);
    GError *made = g_error_new (PENA_ERROR, PENA_ERROR_CONFIG_INVALID, "algorithm policy: %s", reason);

    pena_error_set_string (made, "reason", reason);
    g_propagate_error (error, made);
    return FALSE;
}

static gboolean
read_until (GKeyFile *file, const gchar *group, const gchar *key, gint64 *ret_until, GError **error)
{
    g_autofree gchar *value = g_key_file_get_value (file, group, key, NULL);
    g_autofree gchar *midnight = NULL;

    g_strstrip (value);
    if (g_str_equal (value, "open"))
        *ret_until = G_MAXINT64;
    else if (g_str_equal (value, "never"))
        *ret_until = G_MININT64;
    else {
        midnight = g_strconcat (value, "T00:00:00Z", NULL);
        g_autoptr (GDateTime) date = g_date_time_new_from_iso8601 (midnight, NULL);
        if (date == NULL)
            return invalid (error, group, key, _ ("must be a date (YYYY-MM-DD), open or never"));
        *ret_until = g_date_time_to_unix (date) - 1;
    }
    return TRUE;
}

static gboolean
read_digests (PenaCryptoPolicy *self, GKeyFile *file, GError **error)
{
    g_auto (GStrv) names = g_key_file_get_keys (file, "digest", NULL, NULL);
    gint64 until;

    for (guint i = 0; names != NULL && names[i] != NULL; i++) {
        if (!read_until (file, "digest", names[i], &until, error))
            return FALSE;
        g_hash_table_replace (self->digests, g_strdup (names[i]), g_memdup2 (&until, sizeof until));
    }
    return TRUE;
}

static gboolean
read_keys (PenaCryptoPolicy *self, GKeyFile *file, GError **error)
{
    g_auto (GStrv) names = g_key_file_get_keys (file, "key", NULL, NULL);

    for (guint i = 0; names != NULL && names[i] != NULL; i++) {
        const gchar *dash = strrchr (names[i], '-');
        guint64 bits = 0;
        KeyRow row = {0};
        if (dash == NULL || !g_ascii_string_to_unsigned (dash + 1, 10, 1, MAX_RSA_BITS, &bits, NULL))
            return invalid (error, "key", names[i],
                            _ ("must be a kind of key and its bits, such as rsa-3000"));
        if (!read_until (file, "key", names[i], &row.until, error))
            return FALSE;
        row.kind = g_strndup (names[i], (gsize)(dash - names[i]));
        row.bits = (gint)bits;
        g_array_append_val (self->keys, row);
    }
    return TRUE;
}

PenaCryptoPolicy *
pena_crypto_policy_parse (const gchar *text, GError **error)
{
    g_autoptr (GKeyFile) file = g_key_file_new ();
    g_autoptr (PenaCryptoPolicy) self = g_new0 (PenaCryptoPolicy, 1);
    g_autoptr (GError) malformed = NULL;

    self->digests = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    self->keys = g_array_new (FALSE, FALSE, sizeof (KeyRow));
    g_array_set_clear_func (self->keys, key_row_clear);
    if (strlen (text) > MAX_POLICY || !g_key_file_load_from_data (file, text, (gsize)-1, 0, &malformed)) {
        invalid (error, "digest", "", malformed != NULL ? malformed->message : _ ("the file is too large"));
        return NULL;
    }
    return read_digests (self, file, error) && read_keys (self, file, error) ? g_steal_pointer (&self) : NULL;
}

const PenaCryptoPolicy *
pena_crypto_policy_default (void)
{
    static gsize once;
    static PenaCryptoPolicy *policy;

    if (g_once_init_enter (&once)) {
        policy = pena_crypto_policy_parse (default_text, NULL);
        g_once_init_leave (&once, 1);
    }
    return policy;
}

/* ---- asking ---- */

gint64
pena_crypto_policy_digest_until (const PenaCryptoPolicy *self, const gchar *name)
{
    const gint64 *until = g_hash_table_lookup (self->digests, name);

    return until != NULL ? *until : G_MININT64;
}

static const gchar *
kind_of (EVP_PKEY *key)
{
    switch (EVP_PKEY_get_base_id (key)) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS:
        return "rsa";
    case EVP_PKEY_DSA:
        return "dsa";
    case EVP_PKEY_EC:
        return "ec";
    case EVP_PKEY_ED25519:
    case EVP_PKEY_ED448:
        return "eddsa";
    default:
        return "unknown";
    }
}

gint64
pena_crypto_policy_key_until (const PenaCryptoPolicy *self, EVP_PKEY *key)
{
    const gchar *kind = kind_of (key);
    gint bits = EVP_PKEY_get_bits (key), best = 0;
    gint64 until = G_MININT64;

    if (bits > MAX_RSA_BITS)
        return G_MININT64;
    for (guint i = 0; i < self->keys->len; i++) {
        const KeyRow *row = &g_array_index (self->keys, KeyRow, i);
        if (!g_str_equal (row->kind, kind) || row->bits > bits || row->bits < best)
            continue;
        best = row->bits;
        until = row->until;
    }
    return until;
}

gint64
pena_crypto_policy_signature_until (const PenaCryptoPolicy *self, X509 *certificate)
{
    int digest = NID_undef, bits = 0;

    /* PSS names its digest in parameters; EdDSA has its own */
    if (X509_get_signature_info (certificate, &digest, NULL, &bits, NULL) != 1)
        return G_MININT64;
    if (digest == NID_undef)
        return bits >= 112 ? G_MAXINT64 : G_MININT64;
    g_autofree gchar *name = g_ascii_strdown (OBJ_nid2sn (digest), -1);
    return pena_crypto_policy_digest_until (self, name);
}
