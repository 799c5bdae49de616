/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: reading templates, which the caller may have filled with anything
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "template.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
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

static const struct {
    CK_ATTRIBUTE_TYPE type;
    const gchar *name;
} rsa_numbers[] = {
    {CKA_MODULUS, OSSL_PKEY_PARAM_RSA_N},
    {CKA_PUBLIC_EXPONENT, OSSL_PKEY_PARAM_RSA_E},
    {CKA_PRIVATE_EXPONENT, OSSL_PKEY_PARAM_RSA_D},
    {CKA_PRIME_1, OSSL_PKEY_PARAM_RSA_FACTOR1},
    {CKA_PRIME_2, OSSL_PKEY_PARAM_RSA_FACTOR2},
    {CKA_EXPONENT_1, OSSL_PKEY_PARAM_RSA_EXPONENT1},
    {CKA_EXPONENT_2, OSSL_PKEY_PARAM_RSA_EXPONENT2},
    {CKA_COEFFICIENT, OSSL_PKEY_PARAM_RSA_COEFFICIENT1},
};

static EVP_PKEY *
key_from_params (const gchar *type, OSSL_PARAM_BLD *builder)
{
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param (builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name (NULL, type, NULL);
    EVP_PKEY *key = NULL;

    if (params == NULL || context == NULL || EVP_PKEY_fromdata_init (context) != 1 ||
        EVP_PKEY_fromdata (context, &key, EVP_PKEY_KEYPAIR, params) != 1)
        key = NULL;
    EVP_PKEY_CTX_free (context);
    OSSL_PARAM_free (params);
    return key;
}

static CK_RV
get_rsa (const PenaModTemplate *self, EVP_PKEY **ret_key)
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new ();
    BIGNUM *numbers[G_N_ELEMENTS (rsa_numbers)] = {NULL};
    CK_RV rv = builder != NULL ? CKR_OK : CKR_HOST_MEMORY;

    for (guint i = 0; rv == CKR_OK && i < G_N_ELEMENTS (rsa_numbers); i++) {
        const CK_ATTRIBUTE *attribute = pena_mod_template_find (self, rsa_numbers[i].type);
        if (attribute == NULL)
            rv = CKR_TEMPLATE_INCOMPLETE;
        else
            numbers[i] = BN_bin2bn (attribute->pValue, (int)attribute->ulValueLen, BN_secure_new ());
        if (rv == CKR_OK &&
            (numbers[i] == NULL || OSSL_PARAM_BLD_push_BN (builder, rsa_numbers[i].name, numbers[i]) != 1))
            rv = CKR_HOST_MEMORY;
    }
    EVP_PKEY *key = rv == CKR_OK ? key_from_params ("RSA", builder) : NULL;
    for (guint i = 0; i < G_N_ELEMENTS (rsa_numbers); i++)
        BN_clear_free (numbers[i]);
    OSSL_PARAM_BLD_free (builder);
    if (rv == CKR_OK && key == NULL)
        return CKR_ATTRIBUTE_VALUE_INVALID;
    if (rv == CKR_OK)
        *ret_key = key;
    return rv;
}

/* The point of a private key on a curve, uncompressed. NULL when the number is not one. */
static guint8 *
compute_point (int nid, const BIGNUM *number, gsize *ret_length)
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name (nid);
    EC_POINT *point = group != NULL ? EC_POINT_new (group) : NULL;
    guint8 *bytes = NULL;

    *ret_length = 0;
    if (point != NULL && EC_POINT_mul (group, point, number, NULL, NULL, NULL) == 1)
        *ret_length = EC_POINT_point2buf (group, point, POINT_CONVERSION_UNCOMPRESSED, &bytes, NULL);
    EC_POINT_free (point);
    EC_GROUP_free (group);
    return bytes;
}

static EVP_PKEY *
ec_from_number (const gchar *group, BIGNUM *number)
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new ();
    gsize length;
    guint8 *point = compute_point (OBJ_sn2nid (group), number, &length);
    EVP_PKEY *key = NULL;

    if (builder != NULL && length > 1 && /* not the point at infinity */
        OSSL_PARAM_BLD_push_utf8_string (builder, OSSL_PKEY_PARAM_GROUP_NAME, group, 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string (builder, OSSL_PKEY_PARAM_PUB_KEY, point, length) == 1 &&
        OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_PRIV_KEY, number) == 1)
        key = key_from_params ("EC", builder);
    OPENSSL_free (point);
    OSSL_PARAM_BLD_free (builder);
    return key;
}

static CK_RV
get_ec (const PenaModTemplate *self, PenaKeyAlgorithm curve, EVP_PKEY **ret_key)
{
    static const gchar *const groups[PENA_N_ALGORITHMS] = {[PENA_ALGORITHM_P256] = "prime256v1",
                                                           [PENA_ALGORITHM_P384] = "secp384r1",
                                                           [PENA_ALGORITHM_P521] = "secp521r1"};
    const CK_ATTRIBUTE *value = pena_mod_template_find (self, CKA_VALUE);
    EVP_PKEY *key = NULL;

    if (value == NULL)
        return CKR_TEMPLATE_INCOMPLETE;
    if (groups[curve] != NULL) {
        BIGNUM *number = BN_bin2bn (value->pValue, (int)value->ulValueLen, BN_secure_new ());
        key = number != NULL ? ec_from_number (groups[curve], number) : NULL;
        BN_clear_free (number);
    } else {
        key = EVP_PKEY_new_raw_private_key (curve == PENA_ALGORITHM_ED25519 ? EVP_PKEY_ED25519
                                                                            : EVP_PKEY_X25519,
                                            NULL, value->pValue, value->ulValueLen);
    }
    if (key == NULL)
        return CKR_ATTRIBUTE_VALUE_INVALID;
    *ret_key = key;
    return CKR_OK;
}

CK_RV
pena_mod_template_get_private_key (const PenaModTemplate *self, EVP_PKEY **ret_key)
{
    PenaKeyAlgorithm curve = pena_mod_template_curve (self);

    if (pena_mod_template_find (self, CKA_EC_PARAMS) == NULL)
        return get_rsa (self, ret_key);
    return curve != PENA_ALGORITHM_UNKNOWN ? get_ec (self, curve, ret_key) : CKR_CURVE_NOT_SUPPORTED;
}
