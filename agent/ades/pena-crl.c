/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what revocation lists say of a certificate (RFC 5280, 5 and 6.3)
 * Copyright (C) 2026 the Pena authors */
#include "pena-crl.h"

#include "pena-algorithm.h"
#include "pena-certificate.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CRL_DIST_POINTS, CRL_DIST_POINTS_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ISSUING_DIST_POINT, ISSUING_DIST_POINT_free)

struct _PenaCrls {
    STACK_OF (X509_CRL) * lists;
};

PenaCrls *
pena_crls_new (GPtrArray *ders)
{
    PenaCrls *self = g_new0 (PenaCrls, 1);

    self->lists = sk_X509_CRL_new_null ();
    for (guint i = 0; ders != NULL && i < ders->len; i++) {
        gsize length;
        const guint8 *at = g_bytes_get_data (g_ptr_array_index (ders, i), &length);
        X509_CRL *list = length <= G_MAXINT ? d2i_X509_CRL (NULL, &at, (long)length) : NULL;
        if (list != NULL && sk_X509_CRL_push (self->lists, list) == 0)
            X509_CRL_free (list);
    }
    return self;
}

void
pena_crls_free (PenaCrls *self)
{
    if (self == NULL)
        return;
    sk_X509_CRL_pop_free (self->lists, X509_CRL_free);
    g_free (self);
}

static gboolean
is_authentic (X509_CRL *list, X509 *issuer)
{
    EVP_PKEY *key = X509_get0_pubkey (issuer);
    return (X509_get_key_usage (issuer) & KU_CRL_SIGN) != 0 && key != NULL && pena_key_is_strong (key) &&
           X509_CRL_verify (list, key) == 1;
}

static gboolean
is_current (const X509_CRL *list, gint64 now)
{
    gint64 from, until;
    return pena_time_from_asn1 (X509_CRL_get0_lastUpdate (list), &from) &&
           pena_time_from_asn1 (X509_CRL_get0_nextUpdate (list), &until) && from <= now && now <= until;
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

static PenaRevocation
ask_list (X509_CRL *list, X509 *certificate, gint64 now)
{
    PenaRevocation answer = {PENA_REVOCATION_UNKNOWN, 0};
    X509_REVOKED *entry = NULL;
    gboolean current = is_current (list, now);

    /* 2 means removeFromCRL */
    if (X509_CRL_get0_by_cert (list, &entry, certificate) != 1) {
        if (current && covers (list, certificate))
            answer.state = PENA_REVOCATION_GOOD;
        return answer;
    }
    ASN1_ENUMERATED *reason = X509_REVOKED_get_ext_d2i (entry, NID_crl_reason, NULL, NULL);
    gboolean hold = reason != NULL && ASN1_ENUMERATED_get (reason) == CRL_REASON_CERTIFICATE_HOLD;
    ASN1_ENUMERATED_free (reason);
    pena_time_from_asn1 (X509_REVOKED_get0_revocationDate (entry), &answer.since);
    if (!hold)
        answer.state = PENA_REVOCATION_REVOKED;
    else if (current)
        answer.state = PENA_REVOCATION_ON_HOLD;
    return answer;
}

PenaRevocation
pena_crls_lookup (const PenaCrls *self, X509 *certificate, X509 *issuer, gint64 now)
{
    PenaRevocation worst = {PENA_REVOCATION_UNKNOWN, 0};

    for (int i = 0; i < sk_X509_CRL_num (self->lists); i++) {
        X509_CRL *list = sk_X509_CRL_value (self->lists, i);
        if (X509_NAME_cmp (X509_CRL_get_issuer (list), X509_get_issuer_name (certificate)) != 0 ||
            (issuer != NULL && !is_authentic (list, issuer)))
            continue;
        PenaRevocation answer = ask_list (list, certificate, now);
        if (answer.state > worst.state)
            worst = answer;
    }
    return worst;
}
