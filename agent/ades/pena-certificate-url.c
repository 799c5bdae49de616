/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: where a certificate says that more is to be found (RFC 5280, 4.2.1.13 and 4.2.2.1)
 * Copyright (C) 2026 the Pena authors */
#include <string.h>

#include "pena-certificate.h"

/* Whoever made the certificate chose the addresses: few, short, and of the two schemes that agent/net speaks. */
#define MAX_URLS 4
#define MAX_URL 1024

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CRL_DIST_POINTS, CRL_DIST_POINTS_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AUTHORITY_INFO_ACCESS, AUTHORITY_INFO_ACCESS_free)

static gboolean
is_plain (const gchar *text, gsize length)
{
    for (gsize i = 0; i < length; i++)
        if (!g_ascii_isgraph (text[i]))
            return FALSE;
    return TRUE;
}

static void
add_url (GStrvBuilder *urls, guint *count, const GENERAL_NAME *name)
{
    if (name == NULL || name->type != GEN_URI || *count >= MAX_URLS)
        return;
    const gchar *text = (const gchar *)ASN1_STRING_get0_data (name->d.uniformResourceIdentifier);
    gsize length = (gsize)ASN1_STRING_length (name->d.uniformResourceIdentifier);
    g_autofree gchar *url = length <= MAX_URL && is_plain (text, length) ? g_strndup (text, length) : NULL;

    if (url != NULL &&
        (g_ascii_strncasecmp (url, "http://", 7) == 0 || g_ascii_strncasecmp (url, "https://", 8) == 0)) {
        g_strv_builder_add (urls, url);
        (*count)++;
    }
}

static GStrv
dup_access_urls (X509 *certificate, int method)
{
    g_autoptr (AUTHORITY_INFO_ACCESS) access = X509_get_ext_d2i (certificate, NID_info_access, NULL, NULL);
    g_autoptr (GStrvBuilder) urls = g_strv_builder_new ();
    guint count = 0;

    for (int i = 0; i < sk_ACCESS_DESCRIPTION_num (access); i++) {
        const ACCESS_DESCRIPTION *description = sk_ACCESS_DESCRIPTION_value (access, i);
        if (OBJ_obj2nid (description->method) == method)
            add_url (urls, &count, description->location);
    }
    return g_strv_builder_end (urls);
}

GStrv
pena_certificate_dup_issuer_urls (X509 *certificate)
{
    return dup_access_urls (certificate, NID_ad_ca_issuers);
}

GStrv
pena_certificate_dup_ocsp_urls (X509 *certificate)
{
    return dup_access_urls (certificate, NID_ad_OCSP);
}

/* Points that name another issuer of the list, or only some reasons, are of no use: such lists are refused. */
GStrv
pena_certificate_dup_crl_urls (X509 *certificate)
{
    g_autoptr (CRL_DIST_POINTS) points =
        X509_get_ext_d2i (certificate, NID_crl_distribution_points, NULL, NULL);
    g_autoptr (GStrvBuilder) urls = g_strv_builder_new ();
    guint count = 0;

    for (int i = 0; i < sk_DIST_POINT_num (points); i++) {
        const DIST_POINT *point = sk_DIST_POINT_value (points, i);
        if (point->CRLissuer != NULL || point->reasons != NULL || point->distpoint == NULL ||
            point->distpoint->type != 0)
            continue;
        for (int j = 0; j < sk_GENERAL_NAME_num (point->distpoint->name.fullname); j++)
            add_url (urls, &count, sk_GENERAL_NAME_value (point->distpoint->name.fullname, j));
    }
    return g_strv_builder_end (urls);
}
