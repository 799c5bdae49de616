/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a token shows: certificates and keys and their attributes
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "object.h"

#include <openssl/core_names.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <string.h>

enum { CERTIFICATE = 1 << 0, PUBLIC = 1 << 1, PRIVATE = 1 << 2, PIN = 1 << 3 };

static const struct {
    CK_OBJECT_CLASS class;
    guint bit;
} classes[] = {{CKO_CERTIFICATE, CERTIFICATE},
               {CKO_PUBLIC_KEY, PUBLIC},
               {CKO_PRIVATE_KEY, PRIVATE},
               {CKO_HW_FEATURE, PIN}};

/* Truth values that are the same for all objects of a class. Whether a key was made on the card is not known,
 * so nothing is claimed. */
static const struct {
    CK_ATTRIBUTE_TYPE type;
    guint classes;
    CK_BBOOL value;
} truths[] = {
    {CKA_TOKEN, CERTIFICATE | PUBLIC | PRIVATE, CK_TRUE},
    {CKA_PRIVATE, CERTIFICATE | PUBLIC, CK_FALSE},
    {CKA_MODIFIABLE, CERTIFICATE | PUBLIC | PRIVATE, CK_FALSE},
    {CKA_COPYABLE, CERTIFICATE | PUBLIC | PRIVATE, CK_FALSE},
    {CKA_TRUSTED, CERTIFICATE | PUBLIC, CK_FALSE},
    {CKA_DERIVE, PUBLIC | PRIVATE, CK_FALSE},
    {CKA_LOCAL, PUBLIC | PRIVATE, CK_FALSE},
    {CKA_VERIFY_RECOVER, PUBLIC, CK_FALSE},
    {CKA_WRAP, PUBLIC, CK_FALSE},
    {CKA_SENSITIVE, PRIVATE, CK_TRUE},
    {CKA_EXTRACTABLE, PRIVATE, CK_FALSE},
    {CKA_ALWAYS_SENSITIVE, PRIVATE, CK_FALSE},
    {CKA_NEVER_EXTRACTABLE, PRIVATE, CK_FALSE},
    {CKA_SIGN_RECOVER, PRIVATE, CK_FALSE},
    {CKA_UNWRAP, PRIVATE, CK_FALSE},
    {CKA_WRAP_WITH_TRUSTED, PRIVATE, CK_FALSE},
};

/* What never leaves a token. */
static const CK_ATTRIBUTE_TYPE secrets[] = {
    CKA_PRIVATE_EXPONENT, CKA_PRIME_1,     CKA_PRIME_2, CKA_EXPONENT_1,
    CKA_EXPONENT_2,       CKA_COEFFICIENT, CKA_VALUE};

static void
set_bytes (PenaModObject *self, CK_ATTRIBUTE_TYPE type, gconstpointer value, gsize length)
{
    g_hash_table_insert (self->attributes, GSIZE_TO_POINTER (type), g_bytes_new (value, length));
}

static void
set_bool (PenaModObject *self, CK_ATTRIBUTE_TYPE type, gboolean value)
{
    CK_BBOOL byte = value ? CK_TRUE : CK_FALSE;
    set_bytes (self, type, &byte, sizeof byte);
}

static void
set_ulong (PenaModObject *self, CK_ATTRIBUTE_TYPE type, CK_ULONG value)
{
    set_bytes (self, type, &value, sizeof value);
}

/* DER that OpenSSL has written; takes it over. Nothing is set when that has failed. */
static void
take_der (PenaModObject *self, CK_ATTRIBUTE_TYPE type, guint8 *der, int length)
{
    if (length > 0)
        set_bytes (self, type, der, (gsize)length);
    OPENSSL_free (der);
}

static void
set_number (PenaModObject *self, CK_ATTRIBUTE_TYPE type, EVP_PKEY *key, const gchar *parameter)
{
    BIGNUM *number = NULL;

    if (EVP_PKEY_get_bn_param (key, parameter, &number) != 1)
        return;
    g_autofree guint8 *bytes = g_malloc ((gsize)BN_num_bytes (number) + 1);
    set_bytes (self, type, bytes, (gsize)BN_bn2bin (number, bytes));
    BN_free (number);
}

static PenaModObject *
object_new (GPtrArray *objects, PenaCard *card, const PenaCardKey *key, guint row)
{
    PenaModObject *self = g_new0 (PenaModObject, 1);

    self->class = classes[row].class;
    self->card = card;
    self->key = key;
    self->attributes = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_bytes_unref);
    set_ulong (self, CKA_CLASS, self->class);
    for (guint i = 0; i < G_N_ELEMENTS (truths); i++)
        if (truths[i].classes & classes[row].bit)
            set_bool (self, truths[i].type, truths[i].value);
    g_ptr_array_add (objects, self);
    return self;
}

static void
object_free (PenaModObject *self)
{
    g_hash_table_unref (self->attributes);
    g_free (self);
}

/* --- the objects of a key --- */

/* What certificate, public and private key have in common; CKA_ID ties them together. */
static void
set_common (PenaModObject *self)
{
    const PenaCardKey *key = self->key;
    guint8 *der = NULL;

    set_bytes (self, CKA_ID, key->id.bytes, key->id.length);
    set_bytes (self, CKA_LABEL, key->label, strlen (key->label));
    int length = i2d_X509_NAME (X509_get_subject_name (key->certificate->x509), &der);
    take_der (self, CKA_SUBJECT, der, length);
    der = NULL;
    length = i2d_PUBKEY (key->public_key, &der);
    take_der (self, CKA_PUBLIC_KEY_INFO, der, length);
}

static void
set_certificate (PenaModObject *self)
{
    const PenaCardKey *key = self->key;
    guint8 *der = NULL;
    gsize size;
    gconstpointer certificate = g_bytes_get_data (key->certificate->der, &size);

    set_ulong (self, CKA_CERTIFICATE_TYPE, CKC_X_509);
    set_ulong (self, CKA_CERTIFICATE_CATEGORY, 1); /* of the token's holder */
    set_bytes (self, CKA_VALUE, certificate, size);
    int length = i2d_X509_NAME (X509_get_issuer_name (key->certificate->x509), &der);
    take_der (self, CKA_ISSUER, der, length);
    der = NULL;
    length = i2d_ASN1_INTEGER (X509_get_serialNumber (key->certificate->x509), &der);
    take_der (self, CKA_SERIAL_NUMBER, der, length);
}

static void
set_rsa (PenaModObject *self)
{
    set_ulong (self, CKA_KEY_TYPE, CKK_RSA);
    set_number (self, CKA_MODULUS, self->key->public_key, OSSL_PKEY_PARAM_RSA_N);
    set_number (self, CKA_PUBLIC_EXPONENT, self->key->public_key, OSSL_PKEY_PARAM_RSA_E);
    if (self->class == CKO_PUBLIC_KEY)
        set_ulong (self, CKA_MODULUS_BITS, self->key->bits);
}

/* The curve as an object identifier, the point as an octet string (PKCS#11 2.40, 2.3.3). */
static void
set_ec (PenaModObject *self)
{
    gchar group[32];
    gsize length;
    guint8 *der = NULL;
    guint8 *point = NULL;

    set_ulong (self, CKA_KEY_TYPE, CKK_EC);
    if (EVP_PKEY_get_group_name (self->key->public_key, group, sizeof group, &length) == 1) {
        int size = i2d_ASN1_OBJECT (OBJ_nid2obj (OBJ_sn2nid (group)), &der);
        take_der (self, CKA_EC_PARAMS, der, size);
    }
    length = EVP_PKEY_get1_encoded_public_key (self->key->public_key, &point);
    ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new ();
    if (length > 0 && octets != NULL && ASN1_OCTET_STRING_set (octets, point, (int)length) == 1) {
        der = NULL;
        int size = i2d_ASN1_OCTET_STRING (octets, &der);
        take_der (self, CKA_EC_POINT, der, size);
    }
    ASN1_OCTET_STRING_free (octets);
    OPENSSL_free (point);
}

static void
set_key (PenaModObject *self)
{
    gboolean rsa = (self->key->operations & PENA_KEY_RSA_RAW) != 0;
    gboolean sign = (self->key->usage & PENA_KEY_SIGN) != 0;
    gboolean decrypt = rsa && (self->key->usage & PENA_KEY_DECRYPT) != 0;

    if (rsa)
        set_rsa (self);
    else
        set_ec (self);
    set_ulong (self, CKA_KEY_GEN_MECHANISM, CK_UNAVAILABLE_INFORMATION);
    if (self->class == CKO_PUBLIC_KEY) {
        set_bool (self, CKA_VERIFY, sign);
        set_bool (self, CKA_ENCRYPT, decrypt);
        return;
    }
    set_bool (self, CKA_SIGN, sign);
    set_bool (self, CKA_DECRYPT, decrypt);
    set_bool (self, CKA_PRIVATE, self->key->pin != PENA_KEY_PIN_NEVER);
    set_bool (self, CKA_ALWAYS_AUTHENTICATE, self->key->pin == PENA_KEY_PIN_ALWAYS);
}

static void
set_pin (PenaModObject *self)
{
    gint left = pena_card_get_pin (self->card, PENA_CARD_PIN_USER)->tries_left;

    set_ulong (self, CKA_HW_FEATURE_TYPE, CKH_PENA_PIN);
    set_ulong (self, CKA_PENA_PIN_TRIES_LEFT,
               left == PENA_CARD_TRIES_UNKNOWN ? CK_UNAVAILABLE_INFORMATION : (CK_ULONG)left);
}

GPtrArray *
pena_mod_objects_new (PenaCard *card)
{
    GPtrArray *objects = g_ptr_array_new_with_free_func ((GDestroyNotify)object_free);
    GPtrArray *keys = pena_card_get_contents (card)->keys;

    for (guint i = 0; i < keys->len; i++) {
        const PenaCardKey *key = keys->pdata[i];
        for (guint row = 0; row < G_N_ELEMENTS (classes); row++) {
            if (classes[row].class == CKO_HW_FEATURE ||
                (classes[row].class != CKO_CERTIFICATE &&
                 (key->operations & (PENA_KEY_RSA_RAW | PENA_KEY_ECDSA)) == 0))
                continue;
            PenaModObject *object = object_new (objects, card, key, row);
            set_common (object);
            if (object->class == CKO_CERTIFICATE)
                set_certificate (object);
            else
                set_key (object);
        }
    }
    set_pin (object_new (objects, card, NULL, G_N_ELEMENTS (classes) - 1));
    return objects;
}

/* --- reading --- */

gboolean
pena_mod_object_is (PenaModObject *self, CK_ATTRIBUTE_TYPE type)
{
    GBytes *value = g_hash_table_lookup (self->attributes, GSIZE_TO_POINTER (type));
    const CK_BBOOL *truth =
        value != NULL && g_bytes_get_size (value) == 1 ? g_bytes_get_data (value, NULL) : NULL;

    return truth != NULL && *truth == CK_TRUE;
}

PenaModObject *
pena_mod_find_object (GPtrArray *objects, CK_OBJECT_HANDLE handle, gboolean logged_in)
{
    PenaModObject *object = handle >= 1 && handle <= objects->len ? objects->pdata[handle - 1] : NULL;

    if (object == NULL || (!logged_in && pena_mod_object_is (object, CKA_PRIVATE)))
        return NULL;
    if (object->class == CKO_HW_FEATURE) {
        pena_card_need_pin (object->card, PENA_CARD_PIN_USER, NULL);
        set_pin (object);
    }
    return object;
}

gboolean
pena_mod_object_matches (PenaModObject *self, const CK_ATTRIBUTE *template, CK_ULONG count)
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
    return class_named || self->class != CKO_HW_FEATURE;
}

static CK_RV
get_one (PenaModObject *self, CK_ATTRIBUTE *attribute)
{
    GBytes *value = g_hash_table_lookup (self->attributes, GSIZE_TO_POINTER (attribute->type));
    gulong room = attribute->ulValueLen;

    attribute->ulValueLen = CK_UNAVAILABLE_INFORMATION;
    if (value == NULL) {
        for (guint i = 0; self->class == CKO_PRIVATE_KEY && i < G_N_ELEMENTS (secrets); i++)
            if (secrets[i] == attribute->type)
                return CKR_ATTRIBUTE_SENSITIVE;
        return CKR_ATTRIBUTE_TYPE_INVALID;
    }
    gsize size = g_bytes_get_size (value);
    if (attribute->pValue != NULL && room < size)
        return CKR_BUFFER_TOO_SMALL;
    if (attribute->pValue != NULL && size > 0)
        memcpy (attribute->pValue, g_bytes_get_data (value, NULL), size);
    attribute->ulValueLen = size;
    return CKR_OK;
}

/* All that can be answered is; the first complaint is what the caller hears. */
CK_RV
pena_mod_object_get (PenaModObject *self, CK_ATTRIBUTE *template, CK_ULONG count)
{
    CK_RV result = CKR_OK;

    for (CK_ULONG i = 0; i < count; i++) {
        CK_RV rv = get_one (self, &template[i]);
        if (result == CKR_OK)
            result = rv;
    }
    return result;
}
