/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token: private keys and what a card does with them
 * Copyright (C) 2026 the Pena authors */
#include "vtoken-key.h"

#include "pena-tlv.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY_CTX, EVP_PKEY_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIGNUM, BN_clear_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BN_CTX, BN_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OSSL_PARAM_BLD, OSSL_PARAM_BLD_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OSSL_PARAM, OSSL_PARAM_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EC_GROUP, EC_GROUP_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EC_POINT, EC_POINT_free)

static const struct {
    const gchar *name;
    VtokenAlgorithm algorithm;
    gsize size;
    const gchar *curve; /* NULL: RSA */
    int nid;
} rows[] = {
    {"rsa2048", VTOKEN_ALGORITHM_RSA2048, 256, NULL, 0},
    {"rsa3072", VTOKEN_ALGORITHM_RSA3072, 384, NULL, 0},
    {"p256", VTOKEN_ALGORITHM_P256, 32, "P-256", NID_X9_62_prime256v1},
    {"p384", VTOKEN_ALGORITHM_P384, 48, "P-384", NID_secp384r1},
};

static gint
find_row (VtokenAlgorithm algorithm)
{
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
        if (rows[i].algorithm == algorithm)
            return (gint)i;
    return -1;
}

gboolean
vtoken_algorithm_from_name (const gchar *name, VtokenAlgorithm *ret_algorithm)
{
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
        if (g_strcmp0 (rows[i].name, name) == 0) {
            *ret_algorithm = rows[i].algorithm;
            return TRUE;
        }
    return FALSE;
}

gboolean
vtoken_algorithm_is_rsa (VtokenAlgorithm algorithm)
{
    gint row = find_row (algorithm);
    return row >= 0 && rows[row].curve == NULL;
}

gboolean
vtoken_algorithm_is_ec (VtokenAlgorithm algorithm)
{
    gint row = find_row (algorithm);
    return row >= 0 && rows[row].curve != NULL;
}

gsize
vtoken_algorithm_size (VtokenAlgorithm algorithm)
{
    gint row = find_row (algorithm);
    return row >= 0 ? rows[row].size : 0;
}

EVP_PKEY *
vtoken_key_generate (VtokenAlgorithm algorithm)
{
    gint row = find_row (algorithm);

    if (row < 0)
        return NULL;
    return rows[row].curve == NULL ? EVP_RSA_gen ((unsigned)rows[row].size * 8)
                                   : EVP_EC_gen (rows[row].curve);
}

static EVP_PKEY *
build_key (const gchar *type, int selection, OSSL_PARAM_BLD *builder)
{
    g_autoptr (OSSL_PARAM) params = OSSL_PARAM_BLD_to_param (builder);
    g_autoptr (EVP_PKEY_CTX) ctx = EVP_PKEY_CTX_new_from_name (NULL, type, NULL);
    EVP_PKEY *key = NULL;

    if (params == NULL || ctx == NULL || EVP_PKEY_fromdata_init (ctx) != 1 ||
        EVP_PKEY_fromdata (ctx, &key, selection, params) != 1)
        return NULL;
    return key;
}

static BIGNUM *
to_number (GBytes *bytes)
{
    gsize length;
    const guint8 *data = g_bytes_get_data (bytes, &length);
    return BN_bin2bn (data, (int)length, NULL);
}

/* d = e^-1 mod (p-1)(q-1), n = p q. */
static gboolean
complete_rsa (const BIGNUM *p, const BIGNUM *q, const BIGNUM *e, BIGNUM *n, BIGNUM *d)
{
    g_autoptr (BN_CTX) ctx = BN_CTX_new ();
    g_autoptr (BIGNUM) p1 = BN_dup (p);
    g_autoptr (BIGNUM) q1 = BN_dup (q);
    g_autoptr (BIGNUM) phi = BN_new ();

    return BN_sub_word (p1, 1) && BN_sub_word (q1, 1) && BN_mul (phi, p1, q1, ctx) && BN_mul (n, p, q, ctx) &&
           BN_mod_inverse (d, e, phi, ctx) != NULL;
}

static EVP_PKEY *
check_pair (EVP_PKEY *key)
{
    g_autoptr (EVP_PKEY) held = key;
    g_autoptr (EVP_PKEY_CTX) ctx = key != NULL ? EVP_PKEY_CTX_new_from_pkey (NULL, key, NULL) : NULL;

    if (ctx == NULL || EVP_PKEY_pairwise_check (ctx) != 1)
        return NULL;
    return g_steal_pointer (&held);
}

EVP_PKEY *
vtoken_key_from_crt (VtokenAlgorithm algorithm, GBytes *const crt[5])
{
    static const char *const names[5] = {OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,
                                         OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2,
                                         OSSL_PKEY_PARAM_RSA_COEFFICIENT1};
    g_autoptr (OSSL_PARAM_BLD) builder = OSSL_PARAM_BLD_new ();
    g_autoptr (GPtrArray) numbers = g_ptr_array_new_with_free_func ((GDestroyNotify)BN_clear_free);
    g_autoptr (BIGNUM) n = BN_new ();
    g_autoptr (BIGNUM) d = BN_secure_new ();
    g_autoptr (BIGNUM) e = BN_new ();

    for (guint i = 0; i < 5; i++) {
        g_ptr_array_add (numbers, to_number (crt[i]));
        OSSL_PARAM_BLD_push_BN (builder, names[i], numbers->pdata[i]);
    }
    if (!BN_set_word (e, RSA_F4) || !complete_rsa (numbers->pdata[0], numbers->pdata[1], e, n, d) ||
        (gsize)BN_num_bits (n) != vtoken_algorithm_size (algorithm) * 8)
        return NULL;
    OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_RSA_N, n);
    OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_RSA_E, e);
    OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_RSA_D, d);
    return check_pair (build_key ("RSA", EVP_PKEY_KEYPAIR, builder));
}

static GBytes *
public_point (int nid, const BIGNUM *scalar)
{
    g_autoptr (BN_CTX) ctx = BN_CTX_new ();
    g_autoptr (EC_GROUP) group = EC_GROUP_new_by_curve_name (nid);
    g_autoptr (EC_POINT) point = EC_POINT_new (group);
    guint8 *encoded = NULL;

    if (EC_POINT_mul (group, point, scalar, NULL, NULL, ctx) != 1)
        return NULL;
    gsize length = EC_POINT_point2buf (group, point, POINT_CONVERSION_UNCOMPRESSED, &encoded, ctx);
    GBytes *bytes = length > 0 ? g_bytes_new (encoded, length) : NULL;
    OPENSSL_free (encoded);
    return bytes;
}

EVP_PKEY *
vtoken_key_from_scalar (VtokenAlgorithm algorithm, GBytes *scalar)
{
    gint row = find_row (algorithm);
    g_autoptr (OSSL_PARAM_BLD) builder = OSSL_PARAM_BLD_new ();
    g_autoptr (BIGNUM) d = to_number (scalar);

    if (row < 0 || rows[row].curve == NULL || g_bytes_get_size (scalar) != rows[row].size)
        return NULL;
    g_autoptr (GBytes) point = public_point (rows[row].nid, d);
    if (point == NULL)
        return NULL;
    OSSL_PARAM_BLD_push_utf8_string (builder, OSSL_PKEY_PARAM_GROUP_NAME, rows[row].curve, 0);
    OSSL_PARAM_BLD_push_octet_string (builder, OSSL_PKEY_PARAM_PUB_KEY, g_bytes_get_data (point, NULL),
                                      g_bytes_get_size (point));
    OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_PRIV_KEY, d);
    return check_pair (build_key ("EC", EVP_PKEY_KEYPAIR, builder));
}

GBytes *
vtoken_key_save (EVP_PKEY *key)
{
    guint8 *der = NULL;
    int length = i2d_PrivateKey (key, &der);
    GBytes *bytes = length > 0 ? g_bytes_new (der, (gsize)length) : NULL;

    OPENSSL_clear_free (der, (gsize)MAX (length, 0));
    return bytes;
}

EVP_PKEY *
vtoken_key_load (GBytes *saved)
{
    gsize length;
    const guint8 *der = g_bytes_get_data (saved, &length);
    return d2i_AutoPrivateKey (NULL, &der, (long)length);
}

static void
append_number (EVP_PKEY *key, const char *name, guint32 tag, GByteArray *out)
{
    BIGNUM *number = NULL;
    guint8 bytes[512];

    if (EVP_PKEY_get_bn_param (key, name, &number) == 1 && (gsize)BN_num_bytes (number) <= sizeof bytes)
        pena_tlv_append (out, tag, bytes, (gsize)BN_bn2bin (number, bytes));
    BN_free (number);
}

GBytes *
vtoken_key_public_part (EVP_PKEY *key)
{
    GByteArray *out = g_byte_array_new ();

    if (EVP_PKEY_get_base_id (key) == EVP_PKEY_RSA) {
        append_number (key, OSSL_PKEY_PARAM_RSA_N, 0x81, out);
        append_number (key, OSSL_PKEY_PARAM_RSA_E, 0x82, out);
    } else {
        guint8 *point = NULL;
        gsize length = EVP_PKEY_get1_encoded_public_key (key, &point);
        pena_tlv_append (out, 0x86, point, length);
        OPENSSL_free (point);
    }
    return g_byte_array_free_to_bytes (out);
}

static EVP_PKEY *
public_rsa (gconstpointer data, gsize length)
{
    PenaTlv n, e;
    g_autoptr (OSSL_PARAM_BLD) builder = OSSL_PARAM_BLD_new ();

    if (!pena_tlv_find (data, length, 0x81, &n) || !pena_tlv_find (data, length, 0x82, &e))
        return NULL;
    g_autoptr (BIGNUM) modulus = BN_bin2bn (n.value, (int)n.length, NULL);
    g_autoptr (BIGNUM) exponent = BN_bin2bn (e.value, (int)e.length, NULL);
    OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_RSA_N, modulus);
    OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_RSA_E, exponent);
    return build_key ("RSA", EVP_PKEY_PUBLIC_KEY, builder);
}

static EVP_PKEY *
public_ec (const gchar *curve, gconstpointer data, gsize length)
{
    PenaTlv point;
    g_autoptr (OSSL_PARAM_BLD) builder = OSSL_PARAM_BLD_new ();

    if (!pena_tlv_find (data, length, 0x86, &point))
        return NULL;
    OSSL_PARAM_BLD_push_utf8_string (builder, OSSL_PKEY_PARAM_GROUP_NAME, curve, 0);
    OSSL_PARAM_BLD_push_octet_string (builder, OSSL_PKEY_PARAM_PUB_KEY, point.value, point.length);
    return build_key ("EC", EVP_PKEY_PUBLIC_KEY, builder);
}

EVP_PKEY *
vtoken_key_from_public_part (VtokenAlgorithm algorithm, gconstpointer data, gsize length)
{
    gint row = find_row (algorithm);

    if (row < 0)
        return NULL;
    return rows[row].curve == NULL ? public_rsa (data, length) : public_ec (rows[row].curve, data, length);
}

static GBytes *
take_result (guint8 *data, gsize length, gboolean ok)
{
    if (ok)
        return g_bytes_new_take (data, length);
    g_free (data);
    return NULL;
}

/* The bare private key operation: signing and decrypting are the same one, padding is the host's. */
static GBytes *
rsa_private (EVP_PKEY *key, gconstpointer data, gsize length)
{
    g_autoptr (EVP_PKEY_CTX) ctx = EVP_PKEY_CTX_new_from_pkey (NULL, key, NULL);
    gsize size = (gsize)EVP_PKEY_get_size (key);
    guint8 *out = g_malloc0 (size);
    gboolean ok = length == size && EVP_PKEY_decrypt_init (ctx) == 1 &&
                  EVP_PKEY_CTX_set_rsa_padding (ctx, RSA_NO_PADDING) == 1 &&
                  EVP_PKEY_decrypt (ctx, out, &size, data, length) == 1;
    return take_result (out, size, ok);
}

GBytes *
vtoken_key_sign (EVP_PKEY *key, VtokenAlgorithm algorithm, gconstpointer data, gsize length)
{
    if (vtoken_algorithm_is_rsa (algorithm))
        return rsa_private (key, data, length);
    g_autoptr (EVP_PKEY_CTX) ctx = EVP_PKEY_CTX_new_from_pkey (NULL, key, NULL);
    gsize size = (gsize)EVP_PKEY_get_size (key);
    guint8 *out = g_malloc0 (size);
    gboolean ok = length > 0 && length <= vtoken_algorithm_size (algorithm) &&
                  EVP_PKEY_sign_init (ctx) == 1 && EVP_PKEY_sign (ctx, out, &size, data, length) == 1;
    return take_result (out, size, ok);
}

GBytes *
vtoken_key_agree (EVP_PKEY *key, gconstpointer point, gsize length)
{
    g_autoptr (EVP_PKEY) peer = EVP_PKEY_new ();
    g_autoptr (EVP_PKEY_CTX) ctx = EVP_PKEY_CTX_new_from_pkey (NULL, key, NULL);
    guint8 x[66];
    gsize size = sizeof x;

    if (EVP_PKEY_copy_parameters (peer, key) != 1 ||
        EVP_PKEY_set1_encoded_public_key (peer, point, length) != 1)
        return NULL;
    if (EVP_PKEY_derive_init (ctx) != 1 || EVP_PKEY_derive_set_peer (ctx, peer) != 1 ||
        EVP_PKEY_derive (ctx, x, &size) != 1)
        return NULL;
    return g_bytes_new (x, size);
}
