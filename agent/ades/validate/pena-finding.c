/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a building block finds, and what that makes of the verdict (EN 319 102-1, 5.1.3)
 * Copyright (C) 2026 the Pena authors */
#include "pena-finding.h"

typedef struct {
    const gchar *name;
    PenaVerdict verdict;
} SubRow;

static const SubRow subs[] = {
    [PENA_SUB_NONE] = {NULL, PENA_VERDICT_PASSED},
    [PENA_SUB_FORMAT_FAILURE] = {"FORMAT_FAILURE", PENA_VERDICT_FAILED},
    [PENA_SUB_HASH_FAILURE] = {"HASH_FAILURE", PENA_VERDICT_FAILED},
    [PENA_SUB_SIG_CRYPTO_FAILURE] = {"SIG_CRYPTO_FAILURE", PENA_VERDICT_FAILED},
    [PENA_SUB_SIG_CONSTRAINTS_FAILURE] = {"SIG_CONSTRAINTS_FAILURE", PENA_VERDICT_INDETERMINATE},
    [PENA_SUB_CHAIN_CONSTRAINTS_FAILURE] = {"CHAIN_CONSTRAINTS_FAILURE", PENA_VERDICT_INDETERMINATE},
    [PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE] = {"CRYPTO_CONSTRAINTS_FAILURE", PENA_VERDICT_INDETERMINATE},
    [PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE] = {"CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
                                                    PENA_VERDICT_INDETERMINATE},
    [PENA_SUB_NO_SIGNING_CERTIFICATE_FOUND] = {"NO_SIGNING_CERTIFICATE_FOUND", PENA_VERDICT_INDETERMINATE},
    [PENA_SUB_NO_CERTIFICATE_CHAIN_FOUND] = {"NO_CERTIFICATE_CHAIN_FOUND", PENA_VERDICT_INDETERMINATE},
    [PENA_SUB_REVOKED] = {"REVOKED", PENA_VERDICT_FAILED},
    [PENA_SUB_REVOKED_NO_POE] = {"REVOKED_NO_POE", PENA_VERDICT_INDETERMINATE},
    [PENA_SUB_REVOKED_CA_NO_POE] = {"REVOKED_CA_NO_POE", PENA_VERDICT_INDETERMINATE},
    [PENA_SUB_EXPIRED] = {"EXPIRED", PENA_VERDICT_FAILED},
    [PENA_SUB_OUT_OF_BOUNDS_NO_POE] = {"OUT_OF_BOUNDS_NO_POE", PENA_VERDICT_INDETERMINATE},
    [PENA_SUB_OUT_OF_BOUNDS_NOT_REVOKED] = {"OUT_OF_BOUNDS_NOT_REVOKED", PENA_VERDICT_INDETERMINATE},
    [PENA_SUB_REVOCATION_OUT_OF_BOUNDS_NO_POE] = {"REVOCATION_OUT_OF_BOUNDS_NO_POE",
                                                  PENA_VERDICT_INDETERMINATE},
    [PENA_SUB_NOT_YET_VALID] = {"NOT_YET_VALID", PENA_VERDICT_FAILED},
    [PENA_SUB_TRY_LATER] = {"TRY_LATER", PENA_VERDICT_INDETERMINATE},
    [PENA_SUB_SIGNED_DATA_NOT_FOUND] = {"SIGNED_DATA_NOT_FOUND", PENA_VERDICT_INDETERMINATE},
};

const gchar *
pena_verdict_name (PenaVerdict verdict)
{
    static const gchar *const names[] = {
        [PENA_VERDICT_PASSED] = "TOTAL-PASSED",
        [PENA_VERDICT_FAILED] = "TOTAL-FAILED",
        [PENA_VERDICT_INDETERMINATE] = "INDETERMINATE",
    };
    g_return_val_if_fail ((guint)verdict < G_N_ELEMENTS (names), NULL);
    return names[verdict];
}

const gchar *
pena_sub_indication_name (PenaSubIndication sub)
{
    g_return_val_if_fail ((guint)sub < G_N_ELEMENTS (subs), NULL);
    return subs[sub].name;
}

PenaVerdict
pena_sub_indication_verdict (PenaSubIndication sub)
{
    g_return_val_if_fail ((guint)sub < G_N_ELEMENTS (subs), PENA_VERDICT_FAILED);
    return subs[sub].verdict;
}

void
pena_verdict_worsen (PenaVerdict *verdict, PenaSubIndication *sub, PenaSubIndication found)
{
    PenaVerdict worse = pena_sub_indication_verdict (found);

    if (worse == PENA_VERDICT_PASSED || *verdict == PENA_VERDICT_FAILED ||
        (*verdict == PENA_VERDICT_INDETERMINATE && worse == PENA_VERDICT_INDETERMINATE))
        return;
    *verdict = worse;
    *sub = found;
}

static void
finding_free (PenaFinding *self)
{
    g_free (self->text);
    g_free (self);
}

GPtrArray *
pena_findings_new (void)
{
    return g_ptr_array_new_with_free_func ((GDestroyNotify)finding_free);
}

void
pena_findings_add (GPtrArray *self, PenaSubIndication sub, gchar *text)
{
    PenaFinding *finding = g_new0 (PenaFinding, 1);

    finding->sub = sub;
    finding->text = text;
    g_ptr_array_add (self, finding);
}
