/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: indications, levels, times and names in plain words
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "pena-date.h"
#include "pena-text.h"
#include "report-json.h"
#include "telling.h"

#define NAMES_MAX 3

/* ETSI EN 319 102-1, 5.1.3. */
static const PenaCliIndication indications[] = {
    {"HASH_FAILURE", N_ ("the document is not the one that %s signed: it was changed"),
     N_ ("Do not rely on it; ask the sender for the file as it was signed.")},
    {"FORMAT_FAILURE", N_ ("the signature of %s is damaged or not made as the standards ask"),
     N_ ("Do not rely on it; ask the sender for the file as it was signed.")},
    {"SIG_CRYPTO_FAILURE",
     N_ ("the signature in the name of %s was not made with the key of the certificate"),
     N_ ("Do not rely on it; ask the signer whether the signature is theirs.")},
    {"SIG_CONSTRAINTS_FAILURE", N_ ("signed by %s, but something in or after the signature is not allowed"),
     N_ ("See the problems below; ask the signer for the file as it was signed.")},
    {"CHAIN_CONSTRAINTS_FAILURE", N_ ("the certificate of %s must not be used for such a signature"),
     N_ ("Ask the signer to sign with a certificate that is meant for signing documents.")},
    {"CRYPTO_CONSTRAINTS_FAILURE", N_ ("the signature of %s relies on an algorithm that is no longer safe"),
     N_ ("Ask the signer to sign again with software that is up to date.")},
    {"CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
     N_ ("the signature of %s relies on an algorithm that is no longer safe, and nothing proves that it is "
         "older"),
     N_ ("Ask for a copy with a time-stamp of its time, or to have it signed again.")},
    {"NO_SIGNING_CERTIFICATE_FOUND", N_ ("the signature does not hold the certificate of its signer"),
     N_ ("Ask the sender to sign again with software that puts the certificate in.")},
    {"NO_CERTIFICATE_CHAIN_FOUND",
     N_ ("signed in the name of %s, but the certificate is from an authority that is not trusted on this "
         "computer"),
     N_ ("If the authority that issued it is to be trusted, have its root certificate installed; with "
         "--online "
         "certificates between are looked for."),
     N_ ("If the authority that issued it is to be trusted, have its root certificate installed.")},
    {"REVOKED", N_ ("the certificate of %s had been revoked when the document was signed"),
     N_ ("Do not rely on it; ask the signer or the registration authority.")},
    {"REVOKED_NO_POE",
     N_ ("the certificate of %s was revoked, and nothing proves that the signature is older than that"),
     N_ ("Ask the signer; a copy with a time-stamp from before the revocation would prove it.")},
    {"REVOKED_CA_NO_POE",
     N_ ("an authority above the certificate of %s was revoked, and nothing proves that the signature is "
         "older"),
     N_ ("Ask for a copy with a time-stamp from before that, or to have it signed again.")},
    {"EXPIRED", N_ ("the certificate of %s had expired when the document was signed"),
     N_ ("Ask the signer to sign again with a certificate that is valid.")},
    {"OUT_OF_BOUNDS_NO_POE",
     N_ ("signed by %s, but the certificate is not valid today and nothing proves that it was valid then"),
     N_ ("Ask for a copy with a time-stamp (level B-T or higher), or to have it signed again.")},
    {"OUT_OF_BOUNDS_NOT_REVOKED",
     N_ ("signed by %s, but the certificate is not valid today and nothing proves that it was valid then"),
     N_ ("Ask for a copy with a time-stamp (level B-T or higher), or to have it signed again.")},
    {"NOT_YET_VALID", N_ ("the certificate of %s was not valid yet when the document was signed"),
     N_ ("Ask the signer, whose clock may have been wrong.")},
    {"TRY_LATER", N_ ("signed by %s, but it is not known whether the certificate has been revoked"),
     N_ ("Verify again with --online, which asks the authority; if it does not answer, try later."),
     N_ ("The authority did not answer as it should, see below; try later.")},
    {"REVOCATION_OUT_OF_BOUNDS_NO_POE",
     N_ ("signed by %s, but it is not known whether the certificate has been revoked"),
     N_ ("Verify again with --online, which asks the authority; if it does not answer, try later."),
     N_ ("The authority did not answer as it should, see below; try later.")},
    {"SIGNED_DATA_NOT_FOUND", N_ ("the document that %s signed is not there"),
     N_ ("Put the document beside its signature, or name both with --signature.")},
    {NULL, N_ ("signed by %s, but this could not be confirmed"), N_ ("See the problems below.")},
};

const PenaCliIndication *
pena_cli_find_indication (const gchar *sub)
{
    gsize i = 0;

    while (indications[i].sub != NULL && g_strcmp0 (indications[i].sub, sub) != 0)
        i++;
    return &indications[i];
}

const gchar *
pena_cli_explain_level (const gchar *level)
{
    static const gchar *const levels[][2] = {
        {"B-B", N_ ("the signature alone")},
        {"B-T", N_ ("with a time-stamp")},
        {"B-LT", N_ ("with a time-stamp and all that is needed to check it later")},
        {"B-LTA", N_ ("with all that is needed to check it for many years")},
    };

    for (gsize i = 0; level != NULL && i < G_N_ELEMENTS (levels); i++)
        if (g_str_equal (levels[i][0], level))
            return _ (levels[i][1]);
    return NULL;
}

gchar *
pena_cli_dup_time_in_words (JsonObject *object, const gchar *member)
{
    g_autoptr (GDateTime) time = pena_cli_dup_local_time (object, member);

    if (time == NULL)
        return NULL;
    g_autofree gchar *day = pena_date_format_day (time, pena_text_get_language ());
    g_autofree gchar *clock = pena_date_format_clock (time, TRUE, pena_text_get_language ());
    g_autofree gchar *zone = pena_date_format_zone (time);
    return g_strdup_printf ("%s, %s %s", day, clock, zone);
}

gchar *
pena_cli_join_names (GPtrArray *names)
{
    guint shown = names->len > NAMES_MAX ? NAMES_MAX - 1 : names->len;
    g_autoptr (GString) all = g_string_new (NULL);

    for (guint i = 0; i < shown; i++) {
        gboolean last = i > 0 && i == names->len - 1;
        g_string_append (all, i == 0 ? "" : last ? _ (" and ") : ", ");
        g_string_append (all, names->pdata[i]);
    }
    if (shown < names->len)
        g_string_append_printf (all, _ (" and %u others"), names->len - shown);
    return g_string_free (g_steal_pointer (&all), FALSE);
}
