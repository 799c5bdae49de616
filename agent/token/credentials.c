/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: pairs of certificate and private key on a token
 * Copyright (C) 2026 the Pena authors */
#include "credentials.h"

#include "pena-ades.h"
#include "pena-certificate.h"

#include <string.h>

#define CHAIN_MAX 8
#define ID_DIGITS 32

static void
credential_free (PenaCredential *self)
{
    g_free (self->id);
    g_free (self->label);
    g_clear_pointer (&self->certificate, g_bytes_unref);
    g_clear_pointer (&self->chain, g_ptr_array_unref);
    g_free (self->key);
    g_clear_pointer (&self->key_id, g_bytes_unref);
    g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaCredential, credential_free)

gboolean
pena_credential_mechanism (const gchar *key, CK_MECHANISM_TYPE *ret_mechanism)
{
    if (g_str_has_prefix (key, "rsa"))
        *ret_mechanism = CKM_RSA_PKCS;
    else if (g_str_has_prefix (key, "p"))
        *ret_mechanism = CKM_ECDSA;
    else
        return FALSE;
    return TRUE;
}

static gboolean
mechanism_signs (const PenaSession *session, CK_SLOT_ID slot, CK_MECHANISM_TYPE type)
{
    CK_MECHANISM_INFO info;

    return session->functions->C_GetMechanismInfo (slot, type, &info) == CKR_OK &&
           (info.flags & CKF_SIGN) != 0;
}

static void
learn_mechanisms (const PenaSession *session, CK_SLOT_ID slot, PenaCredential *self)
{
    CK_MECHANISM_TYPE type;

    self->can_sign = self->can_sign && pena_credential_mechanism (self->key, &type) &&
                     mechanism_signs (session, slot, type);
    self->pss = self->can_sign && type == CKM_RSA_PKCS && mechanism_signs (session, slot, CKM_RSA_PKCS_PSS);
}

/* Tokens often show private keys only after login; a public key of the same id then speaks for its pair. */
static gboolean
find_key (const PenaSession *session, PenaCredential *self)
{
    g_autoptr (GArray) private_keys = pena_objects_find_class (session, CKO_PRIVATE_KEY, self->key_id, NULL);
    gboolean sign = TRUE;

    if (private_keys != NULL && private_keys->len > 0) {
        self->private_key = g_array_index (private_keys, CK_OBJECT_HANDLE, 0);
        pena_object_get_bool (session, self->private_key, CKA_SIGN, &sign);
        pena_object_get_bool (session, self->private_key, CKA_ALWAYS_AUTHENTICATE,
                              &self->always_authenticate);
        self->can_sign = sign;
        return TRUE;
    }
    g_autoptr (GArray) public_keys = pena_objects_find_class (session, CKO_PUBLIC_KEY, self->key_id, NULL);
    if (public_keys == NULL || public_keys->len == 0)
        return FALSE;
    pena_object_get_bool (session, g_array_index (public_keys, CK_OBJECT_HANDLE, 0), CKA_VERIFY, &sign);
    self->can_sign = sign;
    return TRUE;
}

static gchar *
read_label (const PenaSession *session, CK_OBJECT_HANDLE object)
{
    g_autoptr (GBytes) label = pena_object_get_bytes (session, object, CKA_LABEL);
    gsize length = 0;
    const gchar *text = label != NULL ? g_bytes_get_data (label, &length) : NULL;

    return g_utf8_make_valid (text != NULL ? text : "", (gssize)length);
}

/* NULL for an object that is no credential. */
static PenaCredential *
read_credential (const PenaSession *session, CK_SLOT_ID slot, CK_OBJECT_HANDLE object)
{
    g_autoptr (PenaCredential) self = g_new0 (PenaCredential, 1);

    self->object = object;
    self->key_id = pena_object_get_bytes (session, object, CKA_ID);
    self->certificate = pena_object_get_bytes (session, object, CKA_VALUE);
    if (self->key_id == NULL || g_bytes_get_size (self->key_id) == 0 || self->certificate == NULL)
        return NULL;
    g_autoptr (PenaCertificateInfo) info = pena_certificate_info_new (self->certificate, NULL);
    if (info == NULL || !find_key (session, self))
        return NULL;
    self->id = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, self->certificate);
    self->id[ID_DIGITS] = '\0';
    self->key = g_strdup (info->key != NULL ? info->key : "");
    self->label = read_label (session, object);
    learn_mechanisms (session, slot, self);
    return g_steal_pointer (&self);
}

static GPtrArray *
read_certificates (const PenaSession *session, const GArray *objects)
{
    GPtrArray *result = g_ptr_array_new_with_free_func ((GDestroyNotify)X509_free);

    for (guint i = 0; i < objects->len; i++) {
        g_autoptr (GBytes) der =
            pena_object_get_bytes (session, g_array_index (objects, CK_OBJECT_HANDLE, i), CKA_VALUE);
        X509 *certificate = der != NULL ? pena_certificate_parse (der, NULL) : NULL;
        if (certificate != NULL)
            g_ptr_array_add (result, certificate);
    }
    return result;
}

static X509 *
find_issuer (const GPtrArray *certificates, X509 *of)
{
    for (guint i = 0; i < certificates->len; i++)
        if (certificates->pdata[i] != of && pena_certificate_issued_by (of, certificates->pdata[i]))
            return certificates->pdata[i];
    return NULL;
}

static void
build_chain (PenaCredential *self, const GPtrArray *certificates)
{
    X509 *own = pena_certificate_parse (self->certificate, NULL);
    X509 *at = own;

    self->chain = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
    while (at != NULL && self->chain->len < CHAIN_MAX && !pena_certificate_self_signed (at)) {
        at = find_issuer (certificates, at);
        if (at != NULL)
            g_ptr_array_add (self->chain, pena_certificate_encode (at));
    }
    X509_free (own);
}

GPtrArray *
pena_credentials_read (const PenaSession *session, CK_SLOT_ID slot, GError **error)
{
    g_autoptr (GArray) objects = pena_objects_find_class (session, CKO_CERTIFICATE, NULL, error);
    if (objects == NULL)
        return NULL;
    GPtrArray *result = g_ptr_array_new_with_free_func ((GDestroyNotify)credential_free);
    for (guint i = 0; i < objects->len; i++) {
        PenaCredential *credential =
            read_credential (session, slot, g_array_index (objects, CK_OBJECT_HANDLE, i));
        if (credential != NULL)
            g_ptr_array_add (result, credential);
    }
    if (result->len > 0) {
        g_autoptr (GPtrArray) certificates = read_certificates (session, objects);
        for (guint i = 0; i < result->len; i++)
            build_chain (result->pdata[i], certificates);
    }
    return result;
}
