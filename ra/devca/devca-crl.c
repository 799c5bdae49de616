/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: revocation by a development CA
 * Copyright (C) 2026 the Pena authors */
#include "devca-crl.h"

#include "devca-certificate.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

DEVCA_OPENSSL_AUTOPTR (X509_REVOKED)
DEVCA_OPENSSL_AUTOPTR (ASN1_ENUMERATED)

typedef struct {
    const gchar *name; /* as in RFC 5280, 5.3.1, and in the index */
    gint code;
} Reason;

/* "unspecified" stands for a missing extension, as the RFC wants it. */
static const Reason reasons[] = {
    {"unspecified", CRL_REASON_NONE},
    {"keyCompromise", CRL_REASON_KEY_COMPROMISE},
    {"affiliationChanged", CRL_REASON_AFFILIATION_CHANGED},
    {"superseded", CRL_REASON_SUPERSEDED},
    {"cessationOfOperation", CRL_REASON_CESSATION_OF_OPERATION},
    {"certificateHold", CRL_REASON_CERTIFICATE_HOLD},
    {"privilegeWithdrawn", CRL_REASON_PRIVILEGE_WITHDRAWN},
};

static const Reason *
find_reason (const gchar *name)
{
    for (guint i = 0; i < G_N_ELEMENTS (reasons); i++)
        if (g_str_equal (reasons[i].name, name))
            return &reasons[i];
    return NULL;
}

gboolean
devca_reason_is_known (const gchar *name)
{
    return find_reason (name) != NULL;
}

gchar *
devca_reason_list (void)
{
    g_autoptr (GString) list = g_string_new (reasons[0].name);
    for (guint i = 1; i < G_N_ELEMENTS (reasons); i++)
        g_string_append_printf (list, ", %s", reasons[i].name);
    return g_string_free (g_steal_pointer (&list), FALSE);
}

/* Takes "YYMMDDHHMMSSZ,reason" apart. */
static gboolean
parse_revoked (const DevcaEntry *entry, gint64 *ret_time, const Reason **ret_reason)
{
    g_auto (GStrv) parts = g_strsplit (entry->revoked, ",", 2);

    *ret_reason = parts[0] != NULL && parts[1] != NULL ? find_reason (parts[1]) : &reasons[0];
    return parts[0] != NULL && *ret_reason != NULL && devca_time_parse (parts[0], ret_time);
}

gboolean
devca_entry_get_revocation (const DevcaEntry *entry, gint64 *ret_time, gint *ret_reason)
{
    const Reason *reason;

    if (entry->status != 'R' || !parse_revoked (entry, ret_time, &reason))
        return FALSE;
    *ret_reason = reason->code;
    return TRUE;
}

gboolean
devca_entry_revoke (DevcaEntry *entry, const gchar *reason, GError **error)
{
    gint64 since = g_get_real_time () / G_USEC_PER_SEC;
    const Reason *wanted = find_reason (reason), *before;

    if (entry->status == 'R' && parse_revoked (entry, &since, &before) &&
        (before->code != CRL_REASON_CERTIFICATE_HOLD || wanted->code == CRL_REASON_CERTIFICATE_HOLD)) {
        g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (since);
        g_autofree gchar *text = g_date_time_format_iso8601 (time);
        return devca_fail (error, PENA_ERROR_CERTIFICATE_REVOKED, "revoked_at", text);
    }
    g_autofree gchar *time = devca_time_format (since);
    g_free (entry->revoked);
    entry->revoked =
        wanted->code == CRL_REASON_NONE ? g_strdup (time) : g_strconcat (time, ",", wanted->name, NULL);
    entry->status = 'R';
    return TRUE;
}

static gboolean
add_reason (X509_REVOKED *revoked, gint code)
{
    g_autoptr (ASN1_ENUMERATED) value = ASN1_ENUMERATED_new ();
    return code == CRL_REASON_NONE || (value != NULL && ASN1_ENUMERATED_set (value, code) &&
                                       X509_REVOKED_add1_ext_i2d (revoked, NID_crl_reason, value, 0, 0));
}

static gboolean
add_entry (X509_CRL *list, const DevcaEntry *entry)
{
    g_autoptr (X509_REVOKED) revoked = X509_REVOKED_new ();
    g_autoptr (ASN1_TIME) date = ASN1_TIME_new ();
    BIGNUM *number = NULL;
    const Reason *reason;
    gint64 since;

    gboolean ok = revoked != NULL && date != NULL && parse_revoked (entry, &since, &reason) &&
                  ASN1_TIME_adj (date, (time_t)since, 0, 0) != NULL && BN_hex2bn (&number, entry->serial) > 0;
    g_autoptr (ASN1_INTEGER) serial = ok ? BN_to_ASN1_INTEGER (number, NULL) : NULL;
    BN_free (number);
    if (serial == NULL || !X509_REVOKED_set_serialNumber (revoked, serial) ||
        !X509_REVOKED_set_revocationDate (revoked, date) || !add_reason (revoked, reason->code) ||
        !X509_CRL_add0_revoked (list, revoked))
        return FALSE;
    revoked = NULL; /* the list's now */
    return TRUE;
}

static gboolean
set_times (X509_CRL *list, guint days)
{
    g_autoptr (ASN1_TIME) now = X509_gmtime_adj (NULL, 0);
    g_autoptr (ASN1_TIME) next = X509_time_adj_ex (NULL, (int)days, 0, NULL);
    return now != NULL && next != NULL && X509_CRL_set1_lastUpdate (list, now) &&
           X509_CRL_set1_nextUpdate (list, next);
}

static gboolean
fill_list (X509_CRL *list, const DevcaAuthority *authority, GPtrArray *entries, guint64 number, guint days)
{
    g_autoptr (ASN1_INTEGER) crl_number = ASN1_INTEGER_new ();

    if (crl_number == NULL || !ASN1_INTEGER_set_uint64 (crl_number, number) ||
        !X509_CRL_set_version (list, X509_CRL_VERSION_2) ||
        !X509_CRL_set_issuer_name (list, X509_get_subject_name (authority->certificate)) ||
        !set_times (list, days))
        return FALSE;
    for (guint i = 0; entries != NULL && i < entries->len; i++) {
        const DevcaEntry *entry = g_ptr_array_index (entries, i);
        if (entry->status == 'R' && !add_entry (list, entry))
            return FALSE;
    }
    return X509_CRL_sort (list) &&
           devca_add_extension (authority->certificate, NULL, list, NID_authority_key_identifier,
                                "keyid:always") &&
           X509_CRL_add1_ext_i2d (list, NID_crl_number, crl_number, 0, 0) &&
           X509_CRL_sign (list, authority->key, devca_digest_for (authority->key)) > 0;
}

X509_CRL *
devca_crl_new (const DevcaAuthority *authority, GPtrArray *entries, guint64 number, guint days,
               GError **error)
{
    g_autoptr (X509_CRL) list = X509_CRL_new ();

    if (list != NULL && fill_list (list, authority, entries, number, days))
        return g_steal_pointer (&list);
    g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "making a revocation list: %s",
                 ERR_reason_error_string (ERR_peek_last_error ()));
    ERR_clear_error ();
    return NULL;
}
