/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: X.509 certificate validation, by time, proof and what is known of revocation (EN 319 102-1, 5.2.6 and 5.6.2)
 * Copyright (C) 2026 the Pena authors */
#include "ades-pki.h"
#include "pena-path.h"

#define DAYS(count) (PKI_NOW + (count)*PKI_DAY)

/* The signer's certificate begins on day -10 and ends on day 10. */
static const PkiSpec short_lived = {.not_before = DAYS (-10), .not_after = DAYS (10)};

typedef enum { NOBODY, SIGNER, ISSUING } Whom;

typedef struct {
    const gchar *name;
    gint64 now, proved; /* proved 0: nothing proves anything */
    gint64 listed;      /* when the authorities made lists, current for two days; 0: they made none */
    Whom revoked;       /* on that list */
    int reason;         /* -1 for none */
    gboolean need_revocation, no_anchors;
    const gchar *policy; /* NULL: the built-in one */
    PenaSubIndication sub;
    gboolean checked; /* revocation data spoke for the signer */
} Row;

#define OPEN "[digest]\nsha256=open\n"

static const Row rows[] = {
    {"nothing is known", DAYS (0), .sub = PENA_SUB_NONE},
    {"nothing is known, and it must be", DAYS (0), .need_revocation = TRUE, .sub = PENA_SUB_TRY_LATER},
    {"nobody is trusted", DAYS (0), .no_anchors = TRUE, .sub = PENA_SUB_NO_CERTIFICATE_CHAIN_FOUND},
    {"good", DAYS (1), 0, DAYS (0), .need_revocation = TRUE, .checked = TRUE},
    {"outdated lists", DAYS (5), 0, DAYS (0), .need_revocation = TRUE, .sub = PENA_SUB_TRY_LATER},
    {"a list of tomorrow", DAYS (0), 0, DAYS (1), .need_revocation = TRUE, .sub = PENA_SUB_TRY_LATER},
    /* revoked */
    {"revoked", DAYS (1), 0, DAYS (0), SIGNER, -1, .sub = PENA_SUB_REVOKED_NO_POE, .checked = TRUE},
    {"its authority revoked", DAYS (1), 0, DAYS (0), ISSUING, -1, .sub = PENA_SUB_REVOKED_CA_NO_POE,
     .checked = TRUE},
    {"on hold", DAYS (1), 0, DAYS (0), SIGNER, 6, .sub = PENA_SUB_TRY_LATER, .checked = TRUE},
    {"revoked after the proof", DAYS (5), DAYS (3), DAYS (4), SIGNER, -1, .checked = TRUE},
    {"revoked before the proof", DAYS (5), DAYS (4), DAYS (3), SIGNER, -1, .sub = PENA_SUB_REVOKED_NO_POE,
     .checked = TRUE},
    {"authority revoked after the proof", DAYS (5), DAYS (3), DAYS (4), ISSUING, -1, .checked = TRUE},
    /* out of its time */
    {"expired", DAYS (20), .sub = PENA_SUB_OUT_OF_BOUNDS_NO_POE},
    {"expired, good before", DAYS (20), 0, DAYS (5), .sub = PENA_SUB_OUT_OF_BOUNDS_NOT_REVOKED},
    {"expired, good after", DAYS (20), 0, DAYS (15), .sub = PENA_SUB_OUT_OF_BOUNDS_NO_POE},
    {"expired after the proof, unknown", DAYS (20), DAYS (5), .sub = PENA_SUB_OUT_OF_BOUNDS_NO_POE},
    {"expired after the proof, good", DAYS (20), DAYS (5), DAYS (5), .checked = TRUE},
    {"expired before the proof", DAYS (20), DAYS (15), DAYS (5), .sub = PENA_SUB_OUT_OF_BOUNDS_NOT_REVOKED},
    {"expired and revoked", DAYS (20), 0, DAYS (5), SIGNER, -1, .sub = PENA_SUB_REVOKED_NO_POE,
     .checked = TRUE},
    {"not valid yet", DAYS (-20), .sub = PENA_SUB_OUT_OF_BOUNDS_NO_POE},
    {"proved to be older than it", DAYS (1), DAYS (-20), .sub = PENA_SUB_NOT_YET_VALID},
    /* algorithms */
    {"a kind of key that nobody named", DAYS (1), .policy = OPEN "[key]\nec-384=open\n",
     .sub = PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE},
    {"a key that has worn out", DAYS (5), .policy = OPEN "[key]\nec-256=2026-01-03\n",
     .sub = PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE},
    {"a key that wore out after the proof", DAYS (5), DAYS (1), .policy = OPEN "[key]\nec-256=2026-01-03\n"},
    {"a digest that has worn out", DAYS (5), .policy = "[digest]\nsha256=2026-01-03\n[key]\nec-256=open\n",
     .sub = PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE},
};

static void
add_lists (PenaValidationContext *context, const Pki *pki, const Row *row)
{
    X509 *signer = row->revoked == SIGNER ? pki->signer.certificate : NULL;
    X509 *issuing = row->revoked == ISSUING ? pki->issuing.certificate : NULL;

    g_ptr_array_set_size (context->crls, 0);
    if (row->listed == 0)
        return;
    g_ptr_array_add (context->crls,
                     pki_crl (&pki->issuing, signer, row->reason, row->listed, row->listed + 2 * PKI_DAY));
    g_ptr_array_add (context->crls,
                     pki_crl (&pki->root, issuing, row->reason, row->listed, row->listed + 2 * PKI_DAY));
}

/* What the findings make of a verdict. */
static PenaSubIndication
first_of (const GPtrArray *findings)
{
    PenaVerdict verdict = PENA_VERDICT_PASSED;
    PenaSubIndication sub = PENA_SUB_NONE;

    for (guint i = 0; i < findings->len; i++)
        pena_verdict_worsen (&verdict, &sub, ((const PenaFinding *)findings->pdata[i])->sub);
    return sub;
}

static void
assert_row (const Pki *pki, const Row *row)
{
    g_autoptr (PenaValidationContext) context = pki_context_new (pki);
    g_autoptr (PenaCryptoPolicy) policy =
        row->policy != NULL ? pena_crypto_policy_parse (row->policy, NULL) : NULL;

    context->time = row->now;
    context->need_revocation = row->need_revocation;
    context->policy = policy;
    g_ptr_array_add (context->certificates, pki_der (pki->issuing.certificate));
    if (row->no_anchors)
        g_ptr_array_set_size (context->anchors, 0);
    add_lists (context, pki, row);
    g_autoptr (PenaPool) pool = pena_pool_new (context);
    const PenaPathQuestion question = {.certificate = pki->signer.certificate,
                                       .proved = row->proved != 0 ? row->proved : row->now,
                                       .context = context,
                                       .pool = pool};
    g_autoptr (PenaPathAnswer) answer = pena_path_judge (&question);
    g_test_message ("%s", row->name);
    g_assert_cmpstr (pena_sub_indication_name (first_of (answer->findings)), ==,
                     pena_sub_indication_name (row->sub));
    g_assert_cmpint (answer->checked, ==, row->checked);
    g_assert_cmpint (answer->chain != NULL, ==, !row->no_anchors);
    g_assert_false (pena_path_is_complete (&question)); /* nothing of it came with a document */
    context->policy = NULL;
}

static void
test_rules (void)
{
    g_autoptr (Pki) pki = pki_new ("p256");

    pki_entity_clear (&pki->signer);
    pki->signer = pki_issue (&pki->issuing, "p256", &short_lived);
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
        assert_row (pki, &rows[i]);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/ades/path/rules", test_rules);
    return g_test_run ();
}
