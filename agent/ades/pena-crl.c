/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what revocation lists say of a certificate (RFC 5280, 5 and 6.3)
 * Copyright (C) 2026 the Pena authors */
#include "pena-crl.h"

#include <openssl/err.h>
#include <pena/pena-error.h>

#include "pena-algorithm.h"
#include "pena-certificate.h"
#include "pena-cms-map.h"
#include "pena-text.h"

/* A list of 430,000 entries has 21 MB. */
#define MAX_CRL (32 * 1024 * 1024)
#define DAY (24 * 60 * 60)

G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_NAME, X509_NAME_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CRL_DIST_POINTS, CRL_DIST_POINTS_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ISSUING_DIST_POINT, ISSUING_DIST_POINT_free)

struct _PenaCrls {
    GArray *refusals; /* of PenaRevocation: revoked, or on hold */
};

/* CertificateList { TBSCertList { version OPTIONAL, signature, issuer, ... */
static gboolean
is_from_issuer_of (GBytes *der, X509 *certificate)
{
    gsize length, at = 0, inner = 0;
    const guint8 *data = g_bytes_get_data (der, &length);
    PenaPart whole = {0, length}, tbs, part;

    if (!pena_part_next (data, &whole, &at, &tbs) || !pena_part_next (data, &tbs, &inner, &part) ||
        (data[part.offset] == V_ASN1_INTEGER && !pena_part_next (data, &tbs, &inner, &part)) ||
        !pena_part_next (data, &tbs, &inner, &part))
        return FALSE;
    const guint8 *name = data + part.offset;
    g_autoptr (X509_NAME) issuer = d2i_X509_NAME (NULL, &name, (long)part.length);
    return issuer != NULL && X509_NAME_cmp (issuer, X509_get_issuer_name (certificate)) == 0;
}

static gboolean
is_authentic (X509_CRL *list, X509 *issuer)
{
    EVP_PKEY *key = X509_get0_pubkey (issuer);
    return (X509_get_key_usage (issuer) & KU_CRL_SIGN) != 0 && key != NULL && pena_key_is_strong (key) &&
           X509_CRL_verify (list, key) == 1;
}

static gboolean
names_meet (const GENERAL_NAMES *a, const GENERAL_NAMES *b)
{
    for (int i = 0; i < sk_GENERAL_NAME_num (a); i++)
        for (int j = 0; j < sk_GENERAL_NAME_num (b); j++)
            if (GENERAL_NAME_cmp (sk_GENERAL_NAME_value (a, i), sk_GENERAL_NAME_value (b, j)) == 0)
                return TRUE;
    return FALSE;
}

static gboolean
certificate_points_to (X509 *certificate, const DIST_POINT_NAME *name)
{
    g_autoptr (CRL_DIST_POINTS) points =
        X509_get_ext_d2i (certificate, NID_crl_distribution_points, NULL, NULL);

    for (int i = 0; name->type == 0 && i < sk_DIST_POINT_num (points); i++) {
        const DIST_POINT *point = sk_DIST_POINT_value (points, i);
        if (point->distpoint != NULL && point->distpoint->type == 0 &&
            names_meet (point->distpoint->name.fullname, name->name.fullname))
            return TRUE;
    }
    return FALSE;
}

/* RFC 5280, 6.3.3 (b): a list that is only a part speaks for its part. Delta lists and lists with an
 * extension that is critical and not known do not cover anything. */
static gboolean
covers (X509_CRL *list, X509 *certificate)
{
    int found = -1;
    g_autoptr (ISSUING_DIST_POINT) scope =
        X509_CRL_get_ext_d2i (list, NID_issuing_distribution_point, &found, NULL);
    gboolean is_ca = X509_check_ca (certificate) == 1;

    for (int i = 0; i < X509_CRL_get_ext_count (list); i++) {
        X509_EXTENSION *extension = X509_CRL_get_ext (list, i);
        if (X509_EXTENSION_get_critical (extension) &&
            OBJ_obj2nid (X509_EXTENSION_get_object (extension)) != NID_issuing_distribution_point)
            return FALSE;
    }
    if (scope == NULL)
        return found == -1;
    if (scope->indirectCRL > 0 || scope->onlyattr > 0 || scope->onlysomereasons != NULL)
        return FALSE;
    if ((scope->onlyuser > 0 && is_ca) || (scope->onlyCA > 0 && !is_ca))
        return FALSE;
    return scope->distpoint == NULL || certificate_points_to (certificate, scope->distpoint);
}

/* What the list says, whatever its times and scope. FALSE when it does not name the certificate. */
static gboolean
read_entry (X509_CRL *list, X509 *certificate, PenaRevocation *ret_revocation)
{
    PenaRevocation found = {.state = PENA_REVOCATION_GOOD, .next_update = G_MININT64, .reason = -1};
    X509_REVOKED *entry = NULL;

    pena_time_from_asn1 (X509_CRL_get0_lastUpdate (list), &found.this_update);
    pena_time_from_asn1 (X509_CRL_get0_nextUpdate (list), &found.next_update);
    *ret_revocation = found;
    /* 2 means removeFromCRL */
    if (X509_CRL_get0_by_cert (list, &entry, certificate) != 1)
        return FALSE;
    ASN1_ENUMERATED *reason = X509_REVOKED_get_ext_d2i (entry, NID_crl_reason, NULL, NULL);
    if (reason != NULL)
        found.reason = (int)ASN1_ENUMERATED_get (reason);
    ASN1_ENUMERATED_free (reason);
    pena_time_from_asn1 (X509_REVOKED_get0_revocationDate (entry), &found.since);
    found.state =
        found.reason == CRL_REASON_CERTIFICATE_HOLD ? PENA_REVOCATION_ON_HOLD : PENA_REVOCATION_REVOKED;
    *ret_revocation = found;
    return TRUE;
}

PenaCrls *
pena_crls_new (GPtrArray *ders, X509 *certificate)
{
    PenaCrls *self = g_new0 (PenaCrls, 1);

    self->refusals = g_array_new (FALSE, FALSE, sizeof (PenaRevocation));
    for (guint i = 0; i < ders->len; i++) {
        gsize length;
        if (!is_from_issuer_of (g_ptr_array_index (ders, i), certificate))
            continue;
        const guint8 *at = g_bytes_get_data (g_ptr_array_index (ders, i), &length);
        g_autoptr (X509_CRL) list = length <= G_MAXINT ? d2i_X509_CRL (NULL, &at, (long)length) : NULL;
        PenaRevocation said;
        if (list != NULL && read_entry (list, certificate, &said))
            g_array_append_val (self->refusals, said);
    }
    ERR_clear_error ();
    return self;
}

void
pena_crls_free (PenaCrls *self)
{
    if (self == NULL)
        return;
    g_array_unref (self->refusals);
    g_free (self);
}

/* Nobody is on hold any more because an old list says so. */
static gboolean
still_refuses (const PenaRevocation *self, gint64 now)
{
    return self->state == PENA_REVOCATION_REVOKED || (self->this_update <= now && now <= self->next_update);
}

static const PenaRevocation *
find_worst (const PenaCrls *self, gint64 now)
{
    const PenaRevocation *worst = NULL;

    for (guint i = 0; i < self->refusals->len; i++) {
        const PenaRevocation *one = &g_array_index (self->refusals, PenaRevocation, i);
        if (still_refuses (one, now) && (worst == NULL || one->state > worst->state))
            worst = one;
    }
    return worst;
}

gboolean
pena_crls_check (const PenaCrls *self, gint64 now, GError **error)
{
    const PenaRevocation *worst = find_worst (self, now);

    if (worst == NULL)
        return TRUE;
    g_autofree gchar *since = pena_time_format (worst->since);
    GError *made = g_error_new (PENA_ERROR, PENA_ERROR_CERTIFICATE_REVOKED, "revoked at %s", since);
    pena_error_set_string (made, "revoked_at", since);
    g_propagate_error (error, made);
    return FALSE;
}

gboolean
pena_revocation_is_current (const PenaRevocation *self, gint64 now)
{
    gint64 until = self->next_update != G_MININT64 ? self->next_update : self->this_update + DAY;
    return self->this_update <= now + PENA_REVOCATION_CLOCK_DIFFERENCE &&
           now <= until + PENA_REVOCATION_CLOCK_DIFFERENCE;
}

static gboolean
invalid (GError **error, const gchar *reason)
{
    GError *made = g_error_new (PENA_ERROR, PENA_ERROR_CRL_INVALID, "CRL: %s", reason);
    pena_error_set_string (made, "reason", reason);
    g_propagate_error (error, made);
    return FALSE;
}

X509_CRL *
pena_crl_parse (GBytes *der)
{
    gsize length;
    const guint8 *data = g_bytes_get_data (der, &length), *at = data;
    g_autoptr (X509_CRL) list =
        length > 0 && length <= MAX_CRL ? d2i_X509_CRL (NULL, &at, (long)length) : NULL;
    gint64 time;
    gboolean sound = list != NULL && at == data + length &&
                     pena_time_from_asn1 (X509_CRL_get0_lastUpdate (list), &time) &&
                     (X509_CRL_get0_nextUpdate (list) == NULL ||
                      pena_time_from_asn1 (X509_CRL_get0_nextUpdate (list), &time));

    ERR_clear_error ();
    return sound ? g_steal_pointer (&list) : NULL;
}

/* Refused by name, because an administrator may have configured or a CA may publish the wrong kind of list. */
static gboolean
check_kind (X509_CRL *list, GError **error)
{
    g_autoptr (ISSUING_DIST_POINT) scope =
        X509_CRL_get_ext_d2i (list, NID_issuing_distribution_point, NULL, NULL);

    if (X509_CRL_get_ext_by_NID (list, NID_delta_crl, -1) >= 0)
        return invalid (error, _ ("it is a delta list, which tells only the changes"));
    if (scope != NULL && scope->indirectCRL > 0)
        return invalid (error, _ ("it is an indirect list, which speaks for other authorities"));
    return TRUE;
}

gboolean
pena_crl_read_parsed (X509_CRL *list, X509 *certificate, X509 *issuer, PenaRevocation *ret_revocation,
                      GError **error)
{
    const X509_ALGOR *algorithm = NULL;

    if (list == NULL)
        return invalid (error, _ ("it is not a revocation list"));
    if (!check_kind (list, error))
        return FALSE;
    if (X509_NAME_cmp (X509_CRL_get_issuer (list), X509_get_issuer_name (certificate)) != 0)
        return invalid (error, _ ("it is of another authority"));
    X509_CRL_get0_signature (list, NULL, &algorithm);
    if (pena_signature_is_weak (algorithm))
        return invalid (error, _ ("its digest or key is too weak"));
    gboolean authentic = is_authentic (list, issuer);
    ERR_clear_error ();
    if (!authentic)
        return invalid (error, _ ("its signature is not that of the authority"));
    PenaRevocation found;
    if (!read_entry (list, certificate, &found) && !covers (list, certificate))
        return invalid (error, _ ("it covers only other certificates"));
    *ret_revocation = found;
    return TRUE;
}

gboolean
pena_crl_read (GBytes *der, X509 *certificate, X509 *issuer, PenaRevocation *ret_revocation, GError **error)
{
    g_autoptr (X509_CRL) list = pena_crl_parse (der);

    return pena_crl_read_parsed (list, certificate, issuer, ret_revocation, error);
}
