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
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_MD_CTX, EVP_MD_CTX_free)
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
    int type; /* EVP_PKEY_ */
    const gchar *curve;
    int nid; /* of the curve */
} rows[] = {
    {"rsa2048", VTOKEN_ALGORITHM_RSA2048, 256, EVP_PKEY_RSA, NULL, 0},
    {"rsa3072", VTOKEN_ALGORITHM_RSA3072, 384, EVP_PKEY_RSA, NULL, 0},
    {"rsa4096", VTOKEN_ALGORITHM_RSA4096, 512, EVP_PKEY_RSA, NULL, 0},
    {"p256", VTOKEN_ALGORITHM_P256, 32, EVP_PKEY_EC, "P-256", NID_X9_62_prime256v1},
    {"p384", VTOKEN_ALGORITHM_P384, 48, EVP_PKEY_EC, "P-384", NID_secp384r1},
    {"ed25519", VTOKEN_ALGORITHM_ED25519, 32, EVP_PKEY_ED25519, NULL, 0},
    {"x25519", VTOKEN_ALGORITHM_X25519, 32, EVP_PKEY_X25519, NULL, 0},
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
    return row >= 0 && rows[row].type == EVP_PKEY_RSA;
}

gboolean
vtoken_algorithm_is_ec (VtokenAlgorithm algorithm)
{
    gint row = find_row (algorithm);
    return row >= 0 && rows[row].type == EVP_PKEY_EC;
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
    if (rows[row].type == EVP_PKEY_RSA)
        return EVP_RSA_gen ((unsigned)rows[row].size * 8);
    if (rows[row].type == EVP_PKEY_EC)
        return EVP_EC_gen (rows[row].curve);
    return EVP_PKEY_Q_keygen (NULL, NULL, OBJ_nid2sn (rows[row].type));
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

static EVP_PKEY *
check_pair (EVP_PKEY *key)
{
    g_autoptr (EVP_PKEY) held = key;
    g_autoptr (EVP_PKEY_CTX) ctx = key != NULL ? EVP_PKEY_CTX_new_from_pkey (NULL, key, NULL) : NULL;

    if (ctx == NULL || EVP_PKEY_pairwise_check (ctx) != 1)
        return NULL;
    return g_steal_pointer (&held);
}

/* Whatever follows from two primes and the exponent (RFC 8017, 3.2). */
typedef struct {
    BIGNUM *p, *q, *e, *n, *d, *dp, *dq, *qinv;
} RsaNumbers;

static void
rsa_numbers_clear (RsaNumbers *self)
{
    BIGNUM **all[] = {&self->p, &self->q, &self->e, &self->n, &self->d, &self->dp, &self->dq, &self->qinv};

    for (guint i = 0; i < G_N_ELEMENTS (all); i++)
        g_clear_pointer (all[i], BN_clear_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RsaNumbers, rsa_numbers_clear)

static gboolean
complete_rsa (RsaNumbers *self)
{
    g_autoptr (BN_CTX) ctx = BN_CTX_new ();
    g_autoptr (BIGNUM) p1 = BN_dup (self->p);
    g_autoptr (BIGNUM) q1 = BN_dup (self->q);
    g_autoptr (BIGNUM) phi = BN_new ();

    self->n = BN_new ();
    self->d = BN_new ();
    self->dp = BN_new ();
    self->dq = BN_new ();
    self->qinv = BN_new ();
    return BN_sub_word (p1, 1) && BN_sub_word (q1, 1) && BN_mul (phi, p1, q1, ctx) &&
           BN_mul (self->n, self->p, self->q, ctx) && BN_mod_inverse (self->d, self->e, phi, ctx) != NULL &&
           BN_mod (self->dp, self->d, p1, ctx) && BN_mod (self->dq, self->d, q1, ctx) &&
           BN_mod_inverse (self->qinv, self->q, self->p, ctx) != NULL;
}

static EVP_PKEY *
build_rsa (VtokenAlgorithm algorithm, const RsaNumbers *numbers)
{
    g_autoptr (OSSL_PARAM_BLD) builder = OSSL_PARAM_BLD_new ();

    if ((gsize)BN_num_bits (numbers->n) != vtoken_algorithm_size (algorithm) * 8)
        return NULL;
    OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_RSA_N, numbers->n);
    OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_RSA_E, numbers->e);
    OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_RSA_D, numbers->d);
    OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_RSA_FACTOR1, numbers->p);
    OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_RSA_FACTOR2, numbers->q);
    OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_RSA_EXPONENT1, numbers->dp);
    OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_RSA_EXPONENT2, numbers->dq);
    OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, numbers->qinv);
    return check_pair (build_key ("RSA", EVP_PKEY_KEYPAIR, builder));
}

EVP_PKEY *
vtoken_key_from_primes (VtokenAlgorithm algorithm, GBytes *e, GBytes *p, GBytes *q)
{
    g_auto (RsaNumbers) numbers = {.p = to_number (p), .q = to_number (q), .e = to_number (e)};

    return complete_rsa (&numbers) ? build_rsa (algorithm, &numbers) : NULL;
}

EVP_PKEY *
vtoken_key_from_crt (VtokenAlgorithm algorithm, GBytes *const crt[5])
{
    static const guint8 exponent[] = {0x01, 0x00, 0x01};
    g_autoptr (GBytes) e = g_bytes_new_static (exponent, sizeof exponent);
    g_auto (RsaNumbers) numbers = {.p = to_number (crt[0]), .q = to_number (crt[1]), .e = to_number (e)};
    g_autoptr (BIGNUM) dp = to_number (crt[2]);
    g_autoptr (BIGNUM) dq = to_number (crt[3]);
    g_autoptr (BIGNUM) qinv = to_number (crt[4]);

    if (!complete_rsa (&numbers) || BN_cmp (dp, numbers.dp) != 0 || BN_cmp (dq, numbers.dq) != 0 ||
        BN_cmp (qinv, numbers.qinv) != 0)
        return NULL;
    return build_rsa (algorithm, &numbers);
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

static EVP_PKEY *
from_ec_scalar (guint row, GBytes *scalar)
{
    g_autoptr (OSSL_PARAM_BLD) builder = OSSL_PARAM_BLD_new ();
    g_autoptr (BIGNUM) d = to_number (scalar);
    g_autoptr (GBytes) point = public_point (rows[row].nid, d);

    if (point == NULL)
        return NULL;
    OSSL_PARAM_BLD_push_utf8_string (builder, OSSL_PKEY_PARAM_GROUP_NAME, rows[row].curve, 0);
    OSSL_PARAM_BLD_push_octet_string (builder, OSSL_PKEY_PARAM_PUB_KEY, g_bytes_get_data (point, NULL),
                                      g_bytes_get_size (point));
    OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_PRIV_KEY, d);
    return check_pair (build_key ("EC", EVP_PKEY_KEYPAIR, builder));
}

EVP_PKEY *
vtoken_key_from_scalar (VtokenAlgorithm algorithm, GBytes *scalar)
{
    gint row = find_row (algorithm);

    if (row < 0 || rows[row].type == EVP_PKEY_RSA || g_bytes_get_size (scalar) != rows[row].size)
        return NULL;
    if (rows[row].type == EVP_PKEY_EC)
        return from_ec_scalar ((guint)row, scalar);
    return EVP_PKEY_new_raw_private_key (rows[row].type, NULL, g_bytes_get_data (scalar, NULL),
                                         g_bytes_get_size (scalar));
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
    } else if (EVP_PKEY_get_base_id (key) != EVP_PKEY_EC) {
        guint8 raw[32];
        gsize length = sizeof raw;
        EVP_PKEY_get_raw_public_key (key, raw, &length);
        pena_tlv_append (out, 0x86, raw, length);
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

static EVP_PKEY *
public_edwards (int type, gconstpointer data, gsize length)
{
    PenaTlv point;

    if (!pena_tlv_find (data, length, 0x86, &point))
        return NULL;
    return EVP_PKEY_new_raw_public_key (type, NULL, point.value, point.length);
}

EVP_PKEY *
vtoken_key_from_public_part (VtokenAlgorithm algorithm, gconstpointer data, gsize length)
{
    gint row = find_row (algorithm);

    if (row < 0)
        return NULL;
    if (rows[row].type == EVP_PKEY_RSA)
        return public_rsa (data, length);
    if (rows[row].type == EVP_PKEY_EC)
        return public_ec (rows[row].curve, data, length);
    return public_edwards (rows[row].type, data, length);
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

static GBytes *
ecdsa_sign (EVP_PKEY *key, gsize most, gconstpointer data, gsize length)
{
    g_autoptr (EVP_PKEY_CTX) ctx = EVP_PKEY_CTX_new_from_pkey (NULL, key, NULL);
    gsize size = (gsize)EVP_PKEY_get_size (key);
    guint8 *out = g_malloc0 (size);
    gboolean ok = length > 0 && length <= most && EVP_PKEY_sign_init (ctx) == 1 &&
                  EVP_PKEY_sign (ctx, out, &size, data, length) == 1;
    return take_result (out, size, ok);
}

static GBytes *
eddsa_sign (EVP_PKEY *key, gconstpointer data, gsize length)
{
    g_autoptr (EVP_MD_CTX) ctx = EVP_MD_CTX_new ();
    gsize size = (gsize)EVP_PKEY_get_size (key);
    guint8 *out = g_malloc0 (size);
    gboolean ok = EVP_DigestSignInit (ctx, NULL, NULL, NULL, key) == 1 &&
                  EVP_DigestSign (ctx, out, &size, data, length) == 1;
    return take_result (out, size, ok);
}

GBytes *
vtoken_key_sign (EVP_PKEY *key, VtokenAlgorithm algorithm, gconstpointer data, gsize length)
{
    if (vtoken_algorithm_is_rsa (algorithm))
        return rsa_private (key, data, length);
    if (algorithm == VTOKEN_ALGORITHM_ED25519)
        return eddsa_sign (key, data, length);
    if (vtoken_algorithm_is_ec (algorithm))
        return ecdsa_sign (key, vtoken_algorithm_size (algorithm), data, length);
    return NULL;
}

GBytes *
vtoken_key_sign_padded (EVP_PKEY *key, gconstpointer data, gsize length)
{
    g_autoptr (EVP_PKEY_CTX) ctx = EVP_PKEY_CTX_new_from_pkey (NULL, key, NULL);
    gsize size = (gsize)EVP_PKEY_get_size (key);
    guint8 *out = g_malloc0 (size);
    gboolean ok = EVP_PKEY_sign_init (ctx) == 1 &&
                  EVP_PKEY_CTX_set_rsa_padding (ctx, RSA_PKCS1_PADDING) == 1 &&
                  EVP_PKEY_sign (ctx, out, &size, data, length) == 1;
    return take_result (out, size, ok);
}

GBytes *
vtoken_key_decrypt_padded (EVP_PKEY *key, gconstpointer data, gsize length)
{
    g_autoptr (EVP_PKEY_CTX) ctx = EVP_PKEY_CTX_new_from_pkey (NULL, key, NULL);
    gsize size = (gsize)EVP_PKEY_get_size (key);
    guint8 *out = g_malloc0 (size);
    gboolean ok = length == size && EVP_PKEY_decrypt_init (ctx) == 1 &&
                  EVP_PKEY_CTX_set_rsa_padding (ctx, RSA_PKCS1_PADDING) == 1 &&
                  EVP_PKEY_decrypt (ctx, out, &size, data, length) == 1;
    return take_result (out, size, ok);
}

static EVP_PKEY *
peer_of (EVP_PKEY *key, gconstpointer point, gsize length)
{
    g_autoptr (EVP_PKEY) peer = NULL;

    if (EVP_PKEY_get_base_id (key) == EVP_PKEY_X25519)
        return EVP_PKEY_new_raw_public_key (EVP_PKEY_X25519, NULL, point, length);
    peer = EVP_PKEY_new ();
    if (EVP_PKEY_copy_parameters (peer, key) != 1 ||
        EVP_PKEY_set1_encoded_public_key (peer, point, length) != 1)
        return NULL;
    return g_steal_pointer (&peer);
}

GBytes *
vtoken_key_agree (EVP_PKEY *key, gconstpointer point, gsize length)
{
    g_autoptr (EVP_PKEY) peer = peer_of (key, point, length);
    g_autoptr (EVP_PKEY_CTX) ctx = EVP_PKEY_CTX_new_from_pkey (NULL, key, NULL);
    guint8 x[66];
    gsize size = sizeof x;

    if (peer == NULL || EVP_PKEY_derive_init (ctx) != 1 || EVP_PKEY_derive_set_peer (ctx, peer) != 1 ||
        EVP_PKEY_derive (ctx, x, &size) != 1)
        return NULL;
    return g_bytes_new (x, size);
}
