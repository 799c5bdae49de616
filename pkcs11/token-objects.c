/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a token shows: certificates, keys, its PIN, its profiles
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "token-objects.h"

#include <openssl/x509.h>
#include <string.h>

#include "operation.h"

enum { CERTIFICATE = 1 << 0, PUBLIC = 1 << 1, PRIVATE = 1 << 2, OTHER = 1 << 3 };

/* Truth values that are the same for all objects of a class. */
static const struct {
    CK_ATTRIBUTE_TYPE type;
    guint classes;
    CK_BBOOL value;
} truths[] = {
    {CKA_TOKEN, CERTIFICATE | PUBLIC | PRIVATE | OTHER, CK_TRUE},
    {CKA_PRIVATE, CERTIFICATE | PUBLIC | OTHER, CK_FALSE},
    {CKA_MODIFIABLE, CERTIFICATE | PUBLIC | PRIVATE | OTHER, CK_FALSE},
    {CKA_COPYABLE, CERTIFICATE | PUBLIC | PRIVATE | OTHER, CK_FALSE},
    {CKA_TRUSTED, CERTIFICATE | PUBLIC, CK_FALSE},
    {CKA_DESTROYABLE, PUBLIC | OTHER, CK_FALSE},
    {CKA_SENSITIVE, PRIVATE, CK_TRUE},
    {CKA_EXTRACTABLE, PRIVATE, CK_FALSE},
    {CKA_WRAP_WITH_TRUSTED, PRIVATE, CK_FALSE},
};

/* What is being built. */
typedef struct {
    PenaCard *card;
    const PenaCardContents *contents;
    GPtrArray *objects, *before;
    CK_OBJECT_HANDLE *last_handle;
} Build;

static CK_OBJECT_HANDLE
choose_handle (const Build *build, CK_OBJECT_CLASS class, guint place)
{
    for (guint i = 0; build->before != NULL && i < build->before->len; i++) {
        const PenaModObject *object = build->before->pdata[i];
        if (object->class == class && object->place == place)
            return object->handle;
    }
    return ++*build->last_handle;
}

static PenaModObject *
add (const Build *build, CK_OBJECT_CLASS class, guint place)
{
    PenaModObject *object = pena_mod_object_new (class);
    guint bit = class == CKO_CERTIFICATE   ? CERTIFICATE
                : class == CKO_PUBLIC_KEY  ? PUBLIC
                : class == CKO_PRIVATE_KEY ? PRIVATE
                                           : OTHER;

    object->place = place;
    object->handle = choose_handle (build, class, place);
    for (guint i = 0; i < G_N_ELEMENTS (truths); i++)
        if (truths[i].classes & bit)
            pena_mod_object_set_bool (object, truths[i].type, truths[i].value);
    g_ptr_array_add (build->objects, object);
    return object;
}

/* A name that is the object's for ever: of what it is and where, and of its bytes. */
static void
set_unique_id (PenaModObject *object, gconstpointer bytes, gsize length)
{
    g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
    const guint64 what[] = {object->class, object->place};

    g_checksum_update (sum, (const guchar *)what, sizeof what);
    g_checksum_update (sum, bytes, (gssize)length);
    const gchar *text = g_checksum_get_string (sum);
    pena_mod_object_set (object, CKA_UNIQUE_ID, text, strlen (text));
}

static void
set_name (PenaModObject *object, CK_ATTRIBUTE_TYPE type, X509_NAME *name)
{
    guint8 *der = NULL;
    int length = i2d_X509_NAME (name, &der);

    if (length > 0)
        pena_mod_object_set (object, type, der, (gsize)length);
    OPENSSL_free (der);
}

static void
set_id (PenaModObject *object, const PenaCardId *id, const gchar *label)
{
    pena_mod_object_set (object, CKA_ID, id->bytes, id->length);
    pena_mod_object_set (object, CKA_LABEL, label, strlen (label));
}

/* --- certificates --- */

static void
set_date (PenaModObject *object, CK_ATTRIBUTE_TYPE type, const ASN1_TIME *time)
{
    struct tm tm;
    gchar date[16];

    if (time != NULL && ASN1_TIME_to_tm (time, &tm) == 1 && strftime (date, sizeof date, "%Y%m%d", &tm) == 8)
        pena_mod_object_set (object, type, date, 8);
}

static void
set_serial_number (PenaModObject *object, X509 *x509)
{
    guint8 *der = NULL;
    int length = i2d_ASN1_INTEGER (X509_get_serialNumber (x509), &der);

    if (length > 0)
        pena_mod_object_set (object, CKA_SERIAL_NUMBER, der, (gsize)length);
    OPENSSL_free (der);
}

static void
set_spki (PenaModObject *object, X509 *x509)
{
    guint8 *der = NULL;
    int length = i2d_X509_PUBKEY (X509_get_X509_PUBKEY (x509), &der);

    if (length > 0)
        pena_mod_object_set (object, CKA_PUBLIC_KEY_INFO, der, (gsize)length);
    OPENSSL_free (der);
}

static void
add_certificate (const Build *build, const PenaCardCertificate *certificate)
{
    enum { HOLDER = 1, AUTHORITY = 2 };
    PenaModObject *object = add (build, CKO_CERTIFICATE, certificate->place);
    gsize size;
    gconstpointer der = g_bytes_get_data (certificate->der, &size);

    set_id (object, &certificate->id, certificate->label);
    set_unique_id (object, der, size);
    pena_mod_object_set (object, CKA_VALUE, der, size);
    pena_mod_object_set_ulong (object, CKA_CERTIFICATE_TYPE, CKC_X_509);
    pena_mod_object_set_ulong (object, CKA_CERTIFICATE_CATEGORY, certificate->authority ? AUTHORITY : HOLDER);
    set_name (object, CKA_SUBJECT, X509_get_subject_name (certificate->x509));
    set_name (object, CKA_ISSUER, X509_get_issuer_name (certificate->x509));
    set_serial_number (object, certificate->x509);
    set_spki (object, certificate->x509);
    set_date (object, CKA_START_DATE, X509_get0_notBefore (certificate->x509));
    set_date (object, CKA_END_DATE, X509_get0_notAfter (certificate->x509));
    pena_mod_object_set_bool (object, CKA_DESTROYABLE,
                              (build->contents->abilities & PENA_CARD_PUT_CERTIFICATE) != 0);
}

/* --- keys --- */

static CK_MECHANISM_TYPE
made_by (const PenaModObject *object)
{
    switch (object->key_type) {
    case CKK_RSA:
        return CKM_RSA_PKCS_KEY_PAIR_GEN;
    case CKK_EC:
        return CKM_EC_KEY_PAIR_GEN;
    case CKK_EC_EDWARDS:
        return CKM_EC_EDWARDS_KEY_PAIR_GEN;
    default:
        return CKM_EC_MONTGOMERY_KEY_PAIR_GEN;
    }
}

/* What is the same of both halves. A key of which it is not known whether it was made on the card claims
 * nothing. */
static PenaModObject *
add_half (const Build *build, PenaCardKey *key, CK_OBJECT_CLASS class)
{
    PenaModObject *object = add (build, class, key->place);
    gboolean generated = key->origin == PENA_KEY_ORIGIN_GENERATED;

    object->key = pena_card_key_ref (key);
    set_id (object, &key->id, key->label);
    pena_mod_object_set_public_key (object, key->public_key);
    GBytes *info = g_hash_table_lookup (object->attributes, GSIZE_TO_POINTER (CKA_PUBLIC_KEY_INFO));
    set_unique_id (object, info != NULL ? g_bytes_get_data (info, NULL) : "",
                   info != NULL ? g_bytes_get_size (info) : 0);
    if (key->certificate != NULL)
        set_name (object, CKA_SUBJECT, X509_get_subject_name (key->certificate->x509));
    pena_mod_object_set_bool (object, CKA_LOCAL, generated);
    pena_mod_object_set_ulong (object, CKA_KEY_GEN_MECHANISM,
                               generated ? made_by (object) : CK_UNAVAILABLE_INFORMATION);
    return object;
}

static void
set_mechanisms (PenaModObject *object, gboolean sign, gboolean decrypt)
{
    g_autoptr (GArray) allowed = g_array_new (FALSE, FALSE, sizeof (CK_MECHANISM_TYPE));
    guint count;
    const PenaMechanism *rows = pena_mechanisms (&count);

    for (guint i = 0; i < count; i++) {
        const PenaMechanism *row = &rows[i];
        gboolean fits = row->key_type == object->key_type ||
                        (row->scheme == PENA_SCHEME_ECDH && object->key_type == CKK_EC_MONTGOMERY);
        if (fits &&
            ((sign && (row->flags & CKF_SIGN) && pena_mod_key_can (object->key, row, PENA_MOD_SIGN)) ||
             (decrypt && (row->flags & (CKF_DECRYPT | CKF_DERIVE)) &&
              pena_mod_key_can (object->key, row, PENA_MOD_DECRYPT))))
            g_array_append_val (allowed, row->type);
    }
    pena_mod_object_set (object, CKA_ALLOWED_MECHANISMS, allowed->data,
                         allowed->len * sizeof (CK_MECHANISM_TYPE));
}

static void
set_touch (PenaModObject *object, PenaKeyTouch touch)
{
    static const CK_ULONG touches[] = {[PENA_KEY_TOUCH_NEVER] = PENA_TOUCH_NEVER,
                                       [PENA_KEY_TOUCH_ALWAYS] = PENA_TOUCH_ALWAYS,
                                       [PENA_KEY_TOUCH_CACHED] = PENA_TOUCH_CACHED};

    if (touch != PENA_KEY_TOUCH_DEFAULT)
        pena_mod_object_set_ulong (object, CKA_PENA_TOUCH, touches[touch]);
}

static void
add_key (const Build *build, PenaCardKey *key)
{
    PenaKeyOperation can = key->operations;
    gboolean rsa = (can & (PENA_KEY_RSA_RAW | PENA_KEY_RSA_PKCS1_SIGN | PENA_KEY_RSA_PKCS1_DECRYPT)) != 0;
    gboolean sign =
        (key->usage & PENA_KEY_SIGN) != 0 &&
        (can & (PENA_KEY_RSA_RAW | PENA_KEY_RSA_PKCS1_SIGN | PENA_KEY_ECDSA | PENA_KEY_EDDSA)) != 0;
    gboolean decrypts = (key->usage & PENA_KEY_DECRYPT) != 0;
    gboolean decrypt = decrypts && (can & (PENA_KEY_RSA_RAW | PENA_KEY_RSA_PKCS1_DECRYPT)) != 0;
    gboolean derive = decrypts && (can & PENA_KEY_ECDH) != 0;
    gboolean generated = key->origin == PENA_KEY_ORIGIN_GENERATED;
    const struct {
        CK_ATTRIBUTE_TYPE public, private;
        gboolean value;
    } permissions[] = {{CKA_VERIFY, CKA_SIGN, sign},
                       {CKA_VERIFY_RECOVER, CKA_SIGN_RECOVER, sign && rsa},
                       {CKA_ENCRYPT, CKA_DECRYPT, decrypt},
                       {CKA_WRAP, CKA_UNWRAP, decrypt},
                       {CKA_DERIVE, CKA_DERIVE, derive}};

    if (can == 0 || key->public_key == NULL)
        return; /* nothing could be done with it */
    PenaModObject *public = add_half (build, key, CKO_PUBLIC_KEY);
    PenaModObject *private = add_half (build, key, CKO_PRIVATE_KEY);
    for (guint i = 0; i < G_N_ELEMENTS (permissions); i++) {
        pena_mod_object_set_bool (public, permissions[i].public, permissions[i].value);
        pena_mod_object_set_bool (private, permissions[i].private, permissions[i].value);
    }
    set_mechanisms (private, sign, decrypt || derive);
    pena_mod_object_set_bool (private, CKA_ALWAYS_SENSITIVE, generated);
    pena_mod_object_set_bool (private, CKA_NEVER_EXTRACTABLE, generated);
    pena_mod_object_set_bool (private, CKA_PRIVATE, key->pin != PENA_KEY_PIN_NEVER);
    pena_mod_object_set_bool (private, CKA_ALWAYS_AUTHENTICATE, pena_mod_key_wants_own_pin (key));
    set_touch (private, key->touch);
    pena_mod_object_set_bool (private, CKA_DESTROYABLE,
                              (build->contents->abilities & PENA_CARD_DELETE_KEY) != 0);
}

/* --- what is no key --- */

static void
set_pin (PenaModObject *object, PenaCard *card)
{
    gint left = pena_card_get_pin (card, PENA_CARD_PIN_USER)->tries_left;

    pena_mod_object_set_ulong (object, CKA_PENA_PIN_TRIES_LEFT,
                               left == PENA_CARD_TRIES_UNKNOWN ? CK_UNAVAILABLE_INFORMATION : (CK_ULONG)left);
}

static void
add_pin (const Build *build)
{
    PenaModObject *object = add (build, CKO_HW_FEATURE, PENA_CARD_PIN_USER);

    pena_mod_object_set_ulong (object, CKA_HW_FEATURE_TYPE, CKH_PENA_PIN);
    set_unique_id (object, "", 0);
    set_pin (object, build->card);
}

/* PKCS#11 Profiles 3.0: certificates can be read by anybody, keys are used after a login. */
static void
add_profiles (const Build *build)
{
    static const CK_ULONG profiles[] = {CKP_BASELINE_PROVIDER, CKP_EXTENDED_PROVIDER,
                                        CKP_AUTHENTICATION_TOKEN, CKP_PUBLIC_CERTIFICATES_TOKEN};

    for (guint i = 0; i < G_N_ELEMENTS (profiles); i++) {
        PenaModObject *object = add (build, CKO_PROFILE, (guint)profiles[i]);
        pena_mod_object_set_ulong (object, CKA_PROFILE_ID, profiles[i]);
        set_unique_id (object, "", 0);
    }
}

GPtrArray *
pena_mod_token_objects_new (PenaCard *card, GPtrArray *before, CK_OBJECT_HANDLE *last_handle)
{
    const PenaCardContents *contents = pena_card_get_contents (card);
    const Build build = {.card = card,
                         .contents = contents,
                         .objects = g_ptr_array_new_with_free_func ((GDestroyNotify)pena_mod_object_free),
                         .before = before,
                         .last_handle = last_handle};

    for (guint i = 0; i < contents->certificates->len; i++)
        add_certificate (&build, contents->certificates->pdata[i]);
    for (guint i = 0; i < contents->keys->len; i++)
        add_key (&build, contents->keys->pdata[i]);
    add_pin (&build);
    add_profiles (&build);
    return build.objects;
}

void
pena_mod_token_objects_refresh_pin (GPtrArray *objects, PenaCard *card)
{
    for (guint i = 0; i < objects->len; i++)
        if (((PenaModObject *)objects->pdata[i])->class == CKO_HW_FEATURE)
            set_pin (objects->pdata[i], card);
}
