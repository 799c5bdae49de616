/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: reading templates, which the caller may have filled with anything
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "template.h"

#include <openssl/ec.h>
#include <string.h>

#include "pena-card-driver.h"

enum { ATTRIBUTES_MAX = 256, VALUE_MAX = 64 * 1024 };

CK_RV
pena_mod_template_check (const PenaModTemplate *self)
{
    if (self->count > ATTRIBUTES_MAX || (self->attributes == NULL && self->count > 0))
        return CKR_ARGUMENTS_BAD;
    for (CK_ULONG i = 0; i < self->count; i++) {
        const CK_ATTRIBUTE *attribute = &self->attributes[i];
        if (attribute->pValue == NULL && attribute->ulValueLen > 0)
            return CKR_ARGUMENTS_BAD;
        if (attribute->ulValueLen > VALUE_MAX)
            return CKR_ATTRIBUTE_VALUE_INVALID;
    }
    return CKR_OK;
}

const CK_ATTRIBUTE *
pena_mod_template_find (const PenaModTemplate *self, CK_ATTRIBUTE_TYPE type)
{
    for (CK_ULONG i = 0; i < self->count; i++)
        if (self->attributes[i].type == type)
            return &self->attributes[i];
    return NULL;
}

CK_RV
pena_mod_template_get_bool (const PenaModTemplate *self, CK_ATTRIBUTE_TYPE type, gboolean fallback,
                            gboolean *ret_value)
{
    const CK_ATTRIBUTE *attribute = pena_mod_template_find (self, type);

    if (attribute != NULL && attribute->ulValueLen != sizeof (CK_BBOOL))
        return CKR_ATTRIBUTE_VALUE_INVALID;
    *ret_value = attribute != NULL ? *(const CK_BBOOL *)attribute->pValue != CK_FALSE : fallback;
    return CKR_OK;
}

CK_RV
pena_mod_template_get_ulong (const PenaModTemplate *self, CK_ATTRIBUTE_TYPE type, CK_ULONG fallback,
                             CK_ULONG *ret_value)
{
    const CK_ATTRIBUTE *attribute = pena_mod_template_find (self, type);

    if (attribute != NULL && attribute->ulValueLen != sizeof (CK_ULONG))
        return CKR_ATTRIBUTE_VALUE_INVALID;
    *ret_value = fallback;
    if (attribute != NULL)
        memcpy (ret_value, attribute->pValue, sizeof *ret_value);
    return CKR_OK;
}

CK_RV
pena_mod_template_get_class (const PenaModTemplate *self, CK_OBJECT_CLASS *ret_class)
{
    if (pena_mod_template_find (self, CKA_CLASS) == NULL)
        return CKR_TEMPLATE_INCOMPLETE;
    return pena_mod_template_get_ulong (self, CKA_CLASS, 0, ret_class);
}

/* --- keys --- */

/* DER of the object identifiers; the Edwards and Montgomery curves also by the names of PKCS#11 3.0. */
static const struct {
    PenaKeyAlgorithm algorithm;
    const gchar *der;
    gsize length;
} curves[] = {
    {PENA_ALGORITHM_P256, "\x06\x08\x2A\x86\x48\xCE\x3D\x03\x01\x07", 10},
    {PENA_ALGORITHM_P384, "\x06\x05\x2B\x81\x04\x00\x22", 7},
    {PENA_ALGORITHM_P521, "\x06\x05\x2B\x81\x04\x00\x23", 7},
    {PENA_ALGORITHM_ED25519, "\x06\x03\x2B\x65\x70", 5},
    {PENA_ALGORITHM_ED25519,
     "\x13\x0C"
     "edwards25519",
     14},
    {PENA_ALGORITHM_X25519, "\x06\x03\x2B\x65\x6E", 5},
    {PENA_ALGORITHM_X25519,
     "\x13\x0A"
     "curve25519",
     12},
};

PenaKeyAlgorithm
pena_mod_template_curve (const PenaModTemplate *self)
{
    const CK_ATTRIBUTE *params = pena_mod_template_find (self, CKA_EC_PARAMS);

    for (guint i = 0; params != NULL && i < G_N_ELEMENTS (curves); i++)
        if (params->ulValueLen == curves[i].length &&
            memcmp (params->pValue, curves[i].der, curves[i].length) == 0)
            return curves[i].algorithm;
    return PENA_ALGORITHM_UNKNOWN;
}

/* Out of the octet string in which it should be, but is not always. */
static void
unwrap_point (const CK_ATTRIBUTE *attribute, const guint8 **ret_point, gsize *ret_length)
{
    const guint8 *point = attribute->pValue;
    gsize length = attribute->ulValueLen;
    gsize head = length > 2 && point[1] == 0x81 ? 3 : 2;

    if (length > head && point[0] == 0x04 && point[head - 1] == length - head) {
        point += head;
        length -= head;
    }
    *ret_point = point;
    *ret_length = length;
}

CK_RV
pena_mod_template_get_public_key (const PenaModTemplate *self, EVP_PKEY **ret_key)
{
    const CK_ATTRIBUTE *modulus = pena_mod_template_find (self, CKA_MODULUS);
    const CK_ATTRIBUTE *exponent = pena_mod_template_find (self, CKA_PUBLIC_EXPONENT);
    const CK_ATTRIBUTE *point = pena_mod_template_find (self, CKA_EC_POINT);
    PenaKeyAlgorithm curve = pena_mod_template_curve (self);
    EVP_PKEY *key;

    if (modulus != NULL && exponent != NULL) {
        key = pena_key_new_rsa (modulus->pValue, modulus->ulValueLen, exponent->pValue, exponent->ulValueLen);
    } else if (point != NULL && curve != PENA_ALGORITHM_UNKNOWN) {
        const guint8 *bytes;
        gsize length;
        unwrap_point (point, &bytes, &length);
        key = pena_key_new_point (curve, bytes, length);
    } else {
        return pena_mod_template_find (self, CKA_EC_PARAMS) != NULL && curve == PENA_ALGORITHM_UNKNOWN
                   ? CKR_CURVE_NOT_SUPPORTED
                   : CKR_TEMPLATE_INCOMPLETE;
    }
    if (key == NULL)
        return CKR_ATTRIBUTE_VALUE_INVALID;
    *ret_key = key;
    return CKR_OK;
}

/* --- private keys --- */

/* As DER, which OpenSSL reads by its own providers whatever engine the calling program has set for keys of this kind:
 * EVP_PKEY_fromdata() would ask that engine, and fail. */

enum {
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_SEQUENCE = 0x30,
    DER_CONTEXT_0 = 0xA0,
    DER_CONTEXT_1 = 0xA1,
    PRIVATE_MAX = 8192,
};

static gboolean
append_head (PenaSecret *out, guint8 tag, gsize length)
{
    const guint8 head[] = {tag, 0x82, (guint8)(length >> 8), (guint8)length};
    const guint8 short_head[] = {tag, 0x81, (guint8)length};
    gboolean is_long = length > G_MAXUINT8, is_short = length < 0x80;

    if (length > G_MAXUINT16)
        return FALSE;
    if (is_short)
        return pena_secret_append (out, &tag, 1) && pena_secret_append (out, short_head + 2, 1);
    return is_long ? pena_secret_append (out, head, sizeof head)
                   : pena_secret_append (out, short_head, sizeof short_head);
}

static gboolean
append_value (PenaSecret *out, guint8 tag, const guint8 *value, gsize length)
{
    return append_head (out, tag, length) && pena_secret_append (out, value, length);
}

/* Big-endian, without a sign. */
static gboolean
append_integer (PenaSecret *out, const guint8 *bytes, gsize length)
{
    const guint8 zero = 0;
    gboolean padded;

    while (length > 0 && bytes[0] == 0) {
        bytes++;
        length--;
    }
    padded = length == 0 || (bytes[0] & 0x80) != 0;
    return append_head (out, DER_INTEGER, length + (padded ? 1 : 0)) &&
           (!padded || pena_secret_append (out, &zero, 1)) && pena_secret_append (out, bytes, length);
}

/* SEQUENCE { body }. */
static CK_RV
read_private (int type, const PenaSecret *body, EVP_PKEY **ret_key)
{
    g_autoptr (PenaSecret) der = pena_secret_new (PRIVATE_MAX, FALSE, NULL);

    if (der == NULL)
        return CKR_HOST_MEMORY;
    if (!append_value (der, DER_SEQUENCE, body->data, body->length))
        return CKR_ATTRIBUTE_VALUE_INVALID;
    const guint8 *at = der->data;
    EVP_PKEY *key = d2i_PrivateKey (type, NULL, &at, (long)der->length);
    if (key == NULL)
        return CKR_ATTRIBUTE_VALUE_INVALID;
    *ret_key = key;
    return CKR_OK;
}

/* RFC 8017, A.1.2. */
static CK_RV
get_rsa (const PenaModTemplate *self, EVP_PKEY **ret_key)
{
    static const CK_ATTRIBUTE_TYPE numbers[] = {CKA_MODULUS,    CKA_PUBLIC_EXPONENT, CKA_PRIVATE_EXPONENT,
                                                CKA_PRIME_1,    CKA_PRIME_2,         CKA_EXPONENT_1,
                                                CKA_EXPONENT_2, CKA_COEFFICIENT};
    g_autoptr (PenaSecret) body = pena_secret_new (PRIVATE_MAX, FALSE, NULL);
    const guint8 version = 0;

    if (body == NULL)
        return CKR_HOST_MEMORY;
    append_integer (body, &version, 1);
    for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
        const CK_ATTRIBUTE *number = pena_mod_template_find (self, numbers[i]);
        if (number == NULL)
            return CKR_TEMPLATE_INCOMPLETE;
        if (!append_integer (body, number->pValue, number->ulValueLen))
            return CKR_ATTRIBUTE_VALUE_INVALID;
    }
    return read_private (EVP_PKEY_RSA, body, ret_key);
}

/* The point of a private key on a curve, uncompressed; 0 when the number is not one. */
static gsize
compute_point (int nid, const BIGNUM *number, guint8 **ret_point)
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name (nid);
    EC_POINT *point = group != NULL ? EC_POINT_new (group) : NULL;
    gsize length = 0;

    if (point != NULL && !BN_is_zero (number) && BN_cmp (number, EC_GROUP_get0_order (group)) < 0 &&
        EC_POINT_mul (group, point, number, NULL, NULL, NULL) == 1)
        length = EC_POINT_point2buf (group, point, POINT_CONVERSION_UNCOMPRESSED, ret_point, NULL);
    EC_POINT_free (point);
    EC_GROUP_free (group);
    return length;
}

/* RFC 5915, 3: version, key, [0] curve, [1] point. */
static gboolean
append_ec (PenaSecret *body, const CK_ATTRIBUTE *curve, const BIGNUM *number, const guint8 *point,
           gsize length)
{
    enum { POINT_MAX = 133 };
    guint8 bits[1 + POINT_MAX] = {0}, scalar[POINT_MAX / 2];
    gsize field = length / 2, head = length + 1 < 0x80 ? 2 : 3;
    const guint8 version = 1;

    if (length > POINT_MAX || BN_bn2binpad (number, scalar, (int)field) < 0)
        return FALSE;
    memcpy (bits + 1, point, length);
    gboolean done = append_integer (body, &version, 1) &&
                    append_value (body, DER_OCTET_STRING, scalar, field) &&
                    append_value (body, DER_CONTEXT_0, curve->pValue, curve->ulValueLen) &&
                    append_head (body, DER_CONTEXT_1, head + 1 + length) &&
                    append_value (body, DER_BIT_STRING, bits, 1 + length);
    pena_wipe (scalar, sizeof scalar);
    return done;
}

static CK_RV
get_weierstrass (const PenaModTemplate *self, const gchar *group, const CK_ATTRIBUTE *value,
                 EVP_PKEY **ret_key)
{
    g_autoptr (PenaSecret) body = pena_secret_new (PRIVATE_MAX, FALSE, NULL);
    BIGNUM *number = BN_bin2bn (value->pValue, (int)value->ulValueLen, BN_secure_new ());
    guint8 *point = NULL;
    CK_RV rv = body != NULL && number != NULL ? CKR_OK : CKR_HOST_MEMORY;
    gsize length = rv == CKR_OK ? compute_point (OBJ_sn2nid (group), number, &point) : 0;

    if (rv == CKR_OK && (length == 0 || !append_ec (body, pena_mod_template_find (self, CKA_EC_PARAMS),
                                                    number, point, length)))
        rv = CKR_ATTRIBUTE_VALUE_INVALID;
    OPENSSL_free (point);
    BN_clear_free (number);
    return rv == CKR_OK ? read_private (EVP_PKEY_EC, body, ret_key) : rv;
}

/* RFC 8410, 7: version, algorithm, key. */
static CK_RV
get_edwards (PenaKeyAlgorithm curve, const CK_ATTRIBUTE *value, EVP_PKEY **ret_key)
{
    enum { LENGTH = 32 };
    const guint8 ed25519[] = {0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03,
                              0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, LENGTH};
    const guint8 x25519[] = {0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03,
                             0x2B, 0x65, 0x6E, 0x04, 0x22, 0x04, LENGTH};
    gboolean edwards = curve == PENA_ALGORITHM_ED25519;
    g_autoptr (PenaSecret) body = pena_secret_new (PRIVATE_MAX, FALSE, NULL);

    if (body == NULL)
        return CKR_HOST_MEMORY;
    if (value->ulValueLen != LENGTH)
        return CKR_ATTRIBUTE_VALUE_INVALID;
    pena_secret_append (body, edwards ? ed25519 : x25519, sizeof ed25519);
    pena_secret_append (body, value->pValue, LENGTH);
    return read_private (edwards ? EVP_PKEY_ED25519 : EVP_PKEY_X25519, body, ret_key);
}

static CK_RV
get_ec (const PenaModTemplate *self, PenaKeyAlgorithm curve, EVP_PKEY **ret_key)
{
    static const gchar *const groups[PENA_N_ALGORITHMS] = {[PENA_ALGORITHM_P256] = "prime256v1",
                                                           [PENA_ALGORITHM_P384] = "secp384r1",
                                                           [PENA_ALGORITHM_P521] = "secp521r1"};
    const CK_ATTRIBUTE *value = pena_mod_template_find (self, CKA_VALUE);

    if (value == NULL)
        return CKR_TEMPLATE_INCOMPLETE;
    return groups[curve] != NULL ? get_weierstrass (self, groups[curve], value, ret_key)
                                 : get_edwards (curve, value, ret_key);
}

CK_RV
pena_mod_template_get_private_key (const PenaModTemplate *self, EVP_PKEY **ret_key)
{
    PenaKeyAlgorithm curve = pena_mod_template_curve (self);

    if (pena_mod_template_find (self, CKA_EC_PARAMS) == NULL)
        return get_rsa (self, ret_key);
    return curve != PENA_ALGORITHM_UNKNOWN ? get_ec (self, curve, ret_key) : CKR_CURVE_NOT_SUPPORTED;
}
