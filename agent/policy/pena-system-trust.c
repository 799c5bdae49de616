/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the authorities that this computer trusts, by p11-kit
 * Copyright (C) 2026 the Pena authors */
#include "pena-system-trust.h"

/* p11-kit names neither of them stable before 0.25, and has changed neither since. */
#define P11_KIT_FUTURE_UNSTABLE_API 1
#define CRYPTOKI_X_VENDOR_DEFINED 1
#include <p11-kit/iter.h>
#include <p11-kit/p11-kit.h>
#include <p11-kit/pkcs11x.h>
#include <pena/pena-error.h>
#include <stdlib.h>

/* Systems trust some hundred and fifty. */
#define CERTIFICATES_MAX 4096
#define CERTIFICATE_MAX (64 * 1024)
#define CATEGORY_AUTHORITY 2ul

static gboolean
unusable (GError **error, const gchar *why)
{
    g_autofree gchar *reason = g_strdup_printf ("[trust] p11-kit: %s", why);
    GError *made = g_error_new_literal (PENA_ERROR, PENA_ERROR_CONFIG_INVALID, reason);

    pena_error_set_string (made, "reason", reason);
    g_propagate_error (error, made);
    return FALSE;
}

/* NULL when it has no sensible value. */
static GBytes *
load_certificate (P11KitIter *iter)
{
    CK_ATTRIBUTE value = {.type = CKA_VALUE};
    GBytes *result = NULL;

    if (p11_kit_iter_load_attributes (iter, &value, 1) == CKR_OK && value.pValue != NULL &&
        value.ulValueLen > 0 && value.ulValueLen <= CERTIFICATE_MAX)
        result = g_bytes_new (value.pValue, value.ulValueLen);
    free (value.pValue); /* p11-kit's malloc */
    return result;
}

/* Of GBytes: the certificates for which all of filter holds. */
static GPtrArray *
find_certificates (CK_FUNCTION_LIST **modules, CK_ATTRIBUTE *filter, CK_ULONG count)
{
    P11KitIter *iter = p11_kit_iter_new (NULL, 0);
    GPtrArray *found = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);

    p11_kit_iter_add_filter (iter, filter, count);
    p11_kit_iter_begin (iter, modules);
    while (found->len < CERTIFICATES_MAX && p11_kit_iter_next (iter) == CKR_OK) {
        GBytes *certificate = load_certificate (iter);
        if (certificate != NULL)
            g_ptr_array_add (found, certificate);
    }
    p11_kit_iter_free (iter);
    return found;
}

/* Whoever distrusts a certificate outdoes those who trust it. */
static GPtrArray *
read_modules (CK_FUNCTION_LIST **modules)
{
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    CK_ULONG category = CATEGORY_AUTHORITY;
    CK_BBOOL yes = CK_TRUE;
    CK_ATTRIBUTE trusted[] = {{CKA_CLASS, &class, sizeof class},
                              {CKA_CERTIFICATE_TYPE, &type, sizeof type},
                              {CKA_TRUSTED, &yes, sizeof yes},
                              {CKA_CERTIFICATE_CATEGORY, &category, sizeof category}};
    CK_ATTRIBUTE distrusted[] = {{CKA_CLASS, &class, sizeof class}, {CKA_X_DISTRUSTED, &yes, sizeof yes}};
    GPtrArray *anchors = find_certificates (modules, trusted, G_N_ELEMENTS (trusted));
    g_autoptr (GPtrArray) refused = find_certificates (modules, distrusted, G_N_ELEMENTS (distrusted));

    for (guint i = anchors->len; i-- > 0;)
        if (g_ptr_array_find_with_equal_func (refused, anchors->pdata[i], g_bytes_equal, NULL))
            g_ptr_array_remove_index_fast (anchors, i);
    return anchors;
}

static GPtrArray *
read_system (GError **error)
{
    GPtrArray *anchors = NULL;

    p11_kit_be_quiet ();
    CK_FUNCTION_LIST **modules = p11_kit_modules_load (NULL, P11_KIT_MODULE_TRUSTED);
    if (modules == NULL || *modules == NULL)
        unusable (error, "no module of p11-kit is marked trust-policy; Debian's is in p11-kit-modules");
    else if (p11_kit_modules_initialize (modules, NULL) != CKR_OK)
        unusable (error, p11_kit_message () != NULL ? p11_kit_message () : "the module does not start");
    else {
        anchors = read_modules (modules);
        p11_kit_modules_finalize (modules);
    }
    if (modules != NULL)
        p11_kit_modules_release (modules);
    return anchors;
}

const GPtrArray *
pena_system_trust_get (GError **error)
{
    static GPtrArray *anchors;

    if (anchors == NULL)
        anchors = read_system (error);
    return anchors;
}
