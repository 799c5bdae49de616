/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: objects and their attributes
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "object.h"

#include <openssl/core_names.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <string.h>

#include "pena-card-driver.h"

/* What never leaves a token. */
static const CK_ATTRIBUTE_TYPE secrets[] = {
    CKA_PRIVATE_EXPONENT, CKA_PRIME_1,     CKA_PRIME_2, CKA_EXPONENT_1,
    CKA_EXPONENT_2,       CKA_COEFFICIENT, CKA_VALUE};

PenaModObject *
pena_mod_object_new (CK_OBJECT_CLASS class)
{
    PenaModObject *self = g_new0 (PenaModObject, 1);

    self->class = class;
    self->key_type = CK_UNAVAILABLE_INFORMATION;
    self->attributes = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_bytes_unref);
    pena_mod_object_set_ulong (self, CKA_CLASS, class);
    return self;
}

void
pena_mod_object_free (PenaModObject *self)
{
    if (self == NULL)
        return;
    g_clear_pointer (&self->key, pena_card_key_unref);
    EVP_PKEY_free (self->public_key);
    pena_secret_free (self->value);
    g_hash_table_unref (self->attributes);
    g_free (self);
}

/* --- setting --- */

void
pena_mod_object_set (PenaModObject *self, CK_ATTRIBUTE_TYPE type, gconstpointer value, gsize length)
{
    g_hash_table_insert (self->attributes, GSIZE_TO_POINTER (type), g_bytes_new (value, length));
}

void
pena_mod_object_set_bool (PenaModObject *self, CK_ATTRIBUTE_TYPE type, gboolean value)
{
    CK_BBOOL byte = value ? CK_TRUE : CK_FALSE;
    pena_mod_object_set (self, type, &byte, sizeof byte);
}

void
pena_mod_object_set_ulong (PenaModObject *self, CK_ATTRIBUTE_TYPE type, CK_ULONG value)
{
    pena_mod_object_set (self, type, &value, sizeof value);
}

static void
set_number (PenaModObject *self, CK_ATTRIBUTE_TYPE type, EVP_PKEY *key, const gchar *parameter)
{
    BIGNUM *number = NULL;

    if (EVP_PKEY_get_bn_param (key, parameter, &number) != 1)
        return;
    g_autofree guint8 *bytes = g_malloc ((gsize)BN_num_bytes (number) + 1);
    pena_mod_object_set (self, type, bytes, (gsize)BN_bn2bin (number, bytes));
    BN_free (number);
}

static void
set_rsa (PenaModObject *self)
{
    set_number (self, CKA_MODULUS, self->public_key, OSSL_PKEY_PARAM_RSA_N);
    set_number (self, CKA_PUBLIC_EXPONENT, self->public_key, OSSL_PKEY_PARAM_RSA_E);
    if (self->class == CKO_PUBLIC_KEY)
        pena_mod_object_set_ulong (self, CKA_MODULUS_BITS, self->bits);
}

/* The curve as an object identifier. */
static void
set_curve (PenaModObject *self, int nid)
{
    guint8 *der = NULL;
    int size = i2d_ASN1_OBJECT (OBJ_nid2obj (nid), &der);

    if (size > 0)
        pena_mod_object_set (self, CKA_EC_PARAMS, der, (gsize)size);
    OPENSSL_free (der);
}

/* The point as an octet string (PKCS#11 2.40, 2.3.3). */
static void
set_point (PenaModObject *self, const guint8 *point, gsize length)
{
    ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new ();
    guint8 *der = NULL;

    if (octets != NULL && ASN1_OCTET_STRING_set (octets, point, (int)length) == 1) {
        int size = i2d_ASN1_OCTET_STRING (octets, &der);
        if (size > 0)
            pena_mod_object_set (self, CKA_EC_POINT, der, (gsize)size);
        OPENSSL_free (der);
    }
    ASN1_OCTET_STRING_free (octets);
}

static void
set_ec (PenaModObject *self)
{
    gchar group[32];
    gsize length;
    guint8 *point = NULL;

    if (EVP_PKEY_get_group_name (self->public_key, group, sizeof group, &length) == 1)
        set_curve (self, OBJ_sn2nid (group));
    length = EVP_PKEY_get1_encoded_public_key (self->public_key, &point);
    if (length > 0)
        set_point (self, point, length);
    OPENSSL_free (point);
}

static void
set_raw_point (PenaModObject *self)
{
    guint8 point[64];
    gsize length = sizeof point;

    set_curve (self, EVP_PKEY_get_base_id (self->public_key));
    if (EVP_PKEY_get_raw_public_key (self->public_key, point, &length) == 1)
        set_point (self, point, length);
}

gboolean
pena_mod_object_set_public_key (PenaModObject *self, EVP_PKEY *key)
{
    static const struct {
        int type; /* as OpenSSL has it */
        CK_KEY_TYPE key_type;
        void (*set) (PenaModObject *self);
    } types[] = {{EVP_PKEY_RSA, CKK_RSA, set_rsa},
                 {EVP_PKEY_EC, CKK_EC, set_ec},
                 {EVP_PKEY_ED25519, CKK_EC_EDWARDS, set_raw_point},
                 {EVP_PKEY_X25519, CKK_EC_MONTGOMERY, set_raw_point}};
    guint8 *der = NULL;

    for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
        if (types[i].type != EVP_PKEY_get_base_id (key))
            continue;
        EVP_PKEY_up_ref (key);
        self->public_key = key;
        self->key_type = types[i].key_type;
        self->bits = pena_key_algorithm_bits (pena_key_algorithm (key));
        if (self->bits == 0)
            self->bits = (guint)MAX (0, EVP_PKEY_get_bits (key));
        pena_mod_object_set_ulong (self, CKA_KEY_TYPE, self->key_type);
        types[i].set (self);
        int length = i2d_PUBKEY (key, &der);
        if (length > 0)
            pena_mod_object_set (self, CKA_PUBLIC_KEY_INFO, der, (gsize)length);
        OPENSSL_free (der);
        return TRUE;
    }
    return FALSE;
}

/* --- reading --- */

gboolean
pena_mod_object_is (const PenaModObject *self, CK_ATTRIBUTE_TYPE type)
{
    GBytes *value = g_hash_table_lookup (self->attributes, GSIZE_TO_POINTER (type));
    const CK_BBOOL *truth =
        value != NULL && g_bytes_get_size (value) == 1 ? g_bytes_get_data (value, NULL) : NULL;

    return truth != NULL && *truth == CK_TRUE;
}

/* Features of the device come only to those who ask for them (PKCS#11 2.40, 4.3.1); profiles likewise, for
 * programs that list whatever there is do not know them. */
static gboolean
only_by_name (CK_OBJECT_CLASS class)
{
    return class == CKO_HW_FEATURE || class == CKO_PROFILE;
}

gboolean
pena_mod_object_matches (const PenaModObject *self, const CK_ATTRIBUTE *template, CK_ULONG count)
{
    gboolean class_named = FALSE;

    for (CK_ULONG i = 0; i < count; i++) {
        GBytes *value = g_hash_table_lookup (self->attributes, GSIZE_TO_POINTER (template[i].type));
        if (value == NULL || g_bytes_get_size (value) != template[i].ulValueLen ||
            (template[i].ulValueLen > 0 &&
             memcmp (g_bytes_get_data (value, NULL), template[i].pValue, template[i].ulValueLen) != 0))
            return FALSE;
        class_named = class_named || template[i].type == CKA_CLASS;
    }
    return class_named || !only_by_name (self->class);
}

static CK_RV
give (CK_ATTRIBUTE *attribute, gulong room, gconstpointer value, gsize size)
{
    if (attribute->pValue != NULL && room < size)
        return CKR_BUFFER_TOO_SMALL;
    if (attribute->pValue != NULL && size > 0)
        memcpy (attribute->pValue, value, size);
    attribute->ulValueLen = size;
    return CKR_OK;
}

static gboolean
may_show_value (const PenaModObject *self)
{
    return self->value != NULL && pena_mod_object_is (self, CKA_EXTRACTABLE) &&
           !pena_mod_object_is (self, CKA_SENSITIVE);
}

static CK_RV
get_one (const PenaModObject *self, CK_ATTRIBUTE *attribute)
{
    GBytes *value = g_hash_table_lookup (self->attributes, GSIZE_TO_POINTER (attribute->type));
    gulong room = attribute->ulValueLen;
    gboolean has_secrets = self->class == CKO_PRIVATE_KEY || self->class == CKO_SECRET_KEY;

    attribute->ulValueLen = CK_UNAVAILABLE_INFORMATION;
    if (value != NULL)
        return give (attribute, room, g_bytes_get_data (value, NULL), g_bytes_get_size (value));
    if (attribute->type == CKA_VALUE && may_show_value (self))
        return give (attribute, room, self->value->data, self->value->length);
    for (guint i = 0; has_secrets && i < G_N_ELEMENTS (secrets); i++)
        if (secrets[i] == attribute->type)
            return CKR_ATTRIBUTE_SENSITIVE;
    return CKR_ATTRIBUTE_TYPE_INVALID;
}

/* All that can be answered is; the first complaint is what the caller hears. */
CK_RV
pena_mod_object_get (const PenaModObject *self, CK_ATTRIBUTE *template, CK_ULONG count)
{
    CK_RV result = CKR_OK;

    for (CK_ULONG i = 0; i < count; i++) {
        CK_RV rv = get_one (self, &template[i]);
        if (result == CKR_OK)
            result = rv;
    }
    return result;
}

gsize
pena_mod_object_size (const PenaModObject *self)
{
    gsize size = self->value != NULL ? self->value->length : 0;
    GHashTableIter iter;
    GBytes *value;

    g_hash_table_iter_init (&iter, self->attributes);
    while (g_hash_table_iter_next (&iter, NULL, (gpointer *)&value))
        size += g_bytes_get_size (value);
    return size;
}

gboolean
pena_mod_key_wants_own_pin (const PenaCardKey *key)
{
    return key->pin == PENA_KEY_PIN_ALWAYS ||
           (key->pin == PENA_KEY_PIN_ONCE && key->pin_index != PENA_CARD_PIN_USER);
}
