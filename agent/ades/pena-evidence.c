/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a signature of level B-LT carries along
 * Copyright (C) 2026 the Pena authors */
#include "pena-evidence.h"

#include <openssl/err.h>
#include <pena/pena-error.h>

#include "pena-certificate.h"
#include "pena-need.h"
#include "pena-ocsp.h"

#define MAX_DEPTH 10
#define MAX_WANTED 256
#define MAX_ROUNDS 16
/* A document can hold any number; each costs a signature check for each certificate. */
#define MAX_KNOWN 64
#define MAX_CERTIFICATES 512

/* Of what is wanted: the newest that there is, whatever is known already. */
#define NOW G_MININT64

/* That one certificate was not revoked; when judging, whatever is known of that. */
typedef struct {
    X509 *certificate;
    gboolean ocsp;
    GBytes *der;
    gint64 this_update;
    gboolean asked; /* it was an answer */
} Proof;

typedef struct {
    X509 *certificate;
    gint64 since;
    gboolean exempt; /* a responder's that the issuer vouches for (id-pkix-ocsp-nocheck) */
} Wanted;

struct _PenaEvidence {
    PenaX509Stack *anchors, *pool;
    PenaX509Stack *anchored; /* of the pool, those that lead to an anchor; found anew with the needs */
    GPtrArray *known_crls, *known_ocsps; /* of GBytes */
    GArray *wanted;                      /* of Wanted */
    GArray *proofs;                      /* of Proof */
    guint rounds;
    gboolean judging;
    gint64 now;              /* when judging */
    PenaX509Stack *given_up; /* when judging: what nobody knows about */
};

static void
proof_clear (Proof *self)
{
    X509_free (self->certificate);
    g_bytes_unref (self->der);
}

static void
wanted_clear (Wanted *self)
{
    X509_free (self->certificate);
}

static GPtrArray *
new_list (void)
{
    return g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
}

PenaEvidence *
pena_evidence_new (GPtrArray *anchors, GPtrArray *certificates)
{
    PenaEvidence *self = g_new0 (PenaEvidence, 1);

    self->anchors = pena_certificates_parse (anchors);
    self->pool = pena_certificates_parse (certificates);
    self->known_crls = new_list ();
    self->known_ocsps = new_list ();
    self->wanted = g_array_new (FALSE, FALSE, sizeof (Wanted));
    g_array_set_clear_func (self->wanted, (GDestroyNotify)wanted_clear);
    self->proofs = g_array_new (FALSE, FALSE, sizeof (Proof));
    g_array_set_clear_func (self->proofs, (GDestroyNotify)proof_clear);
    return self;
}

void
pena_evidence_free (PenaEvidence *self)
{
    if (self == NULL)
        return;
    pena_x509_stack_free (self->anchors);
    pena_x509_stack_free (self->pool);
    pena_x509_stack_free (self->anchored);
    pena_x509_stack_free (self->given_up);
    g_ptr_array_unref (self->known_crls);
    g_ptr_array_unref (self->known_ocsps);
    g_array_unref (self->wanted);
    g_array_unref (self->proofs);
    g_free (self);
}

void
pena_evidence_judge (PenaEvidence *self, gint64 now)
{
    self->judging = TRUE;
    self->now = now;
    self->given_up = sk_X509_new_null ();
}

static void
add_to_pool (PenaEvidence *self, X509 *certificate)
{
    if (sk_X509_num (self->pool) < MAX_CERTIFICATES && !pena_certificates_contain (self->pool, certificate) &&
        X509_up_ref (certificate) == 1 && sk_X509_push (self->pool, certificate) == 0)
        X509_free (certificate);
}

static void
add_some (GPtrArray *to, GPtrArray *from)
{
    for (guint i = 0; from != NULL && i < from->len && to->len < MAX_KNOWN; i++)
        g_ptr_array_add (to, g_bytes_ref (from->pdata[i]));
}

void
pena_evidence_know (PenaEvidence *self, GPtrArray *certificates, GPtrArray *crls, GPtrArray *ocsps)
{
    g_autoptr (PenaX509Stack) parsed = pena_certificates_parse (certificates);

    for (int i = 0; i < sk_X509_num (parsed); i++)
        add_to_pool (self, sk_X509_value (parsed, i));
    add_some (self->known_crls, crls);
    add_some (self->known_ocsps, ocsps);
}

static void
add_wanted (PenaEvidence *self, X509 *certificate, gint64 since, gboolean exempt)
{
    for (guint i = 0; i < self->wanted->len; i++) {
        Wanted *one = &g_array_index (self->wanted, Wanted, i);
        if (pena_certificate_equal (one->certificate, certificate)) {
            one->since = one->since == NOW || since == NOW ? NOW : MAX (one->since, since);
            one->exempt = one->exempt && exempt;
            return;
        }
    }
    if (self->wanted->len >= MAX_WANTED)
        return;
    Wanted added = {certificate, since, exempt};
    X509_up_ref (certificate);
    g_array_append_val (self->wanted, added);
    add_to_pool (self, certificate);
}

static gboolean
is_valid_now (const PenaEvidence *self, X509 *certificate)
{
    time_t now = (time_t)self->now;

    return X509_cmp_time (X509_get0_notBefore (certificate), &now) < 0 &&
           X509_cmp_time (X509_get0_notAfter (certificate), &now) > 0;
}

gboolean
pena_evidence_want (PenaEvidence *self, GBytes *certificate, gint64 since, GError **error)
{
    g_autoptr (X509) parsed = pena_certificate_parse (certificate, error);

    if (parsed == NULL)
        return FALSE;
    if (self->wanted->len >= MAX_WANTED) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_CERTIFICATE_INVALID, "too many certificates");
        return FALSE;
    }
    add_wanted (self, parsed, self->judging && is_valid_now (self, parsed) ? NOW : since, FALSE);
    return TRUE;
}

/* ---- proofs ---- */

static gboolean
is_end (const PenaEvidence *self, X509 *certificate)
{
    return pena_certificates_contain (self->anchors, certificate) ||
           pena_certificate_self_signed (certificate);
}

/* Anybody can make a certificate with the name and the key of an authority, which then has issued what the authority has:
 * whoever leads to an anchor goes before those that do not. */
static X509 *
find_issuer (const PenaEvidence *self, X509 *certificate)
{
    PenaX509Stack *const stacks[] = {self->anchors, self->anchored, self->pool};

    for (guint k = 0; k < G_N_ELEMENTS (stacks); k++)
        for (int i = 0; i < sk_X509_num (stacks[k]); i++) {
            X509 *candidate = sk_X509_value (stacks[k], i);
            if (candidate != certificate && pena_certificate_issued_by (certificate, candidate))
                return candidate;
        }
    return NULL;
}

static const Proof *
find_proof (const PenaEvidence *self, X509 *certificate)
{
    const Proof *best = NULL;

    for (guint i = 0; i < self->proofs->len; i++) {
        const Proof *proof = &g_array_index (self->proofs, Proof, i);
        if (pena_certificate_equal (proof->certificate, certificate) &&
            (best == NULL || proof->this_update > best->this_update))
            best = proof;
    }
    return best;
}

static void
add_proof (PenaEvidence *self, X509 *certificate, gboolean ocsp, GBytes *der, gint64 this_update)
{
    Proof proof = {certificate, ocsp, g_bytes_ref (der), this_update, FALSE};

    X509_up_ref (certificate);
    g_array_append_val (self->proofs, proof);
}

/* A responder's certificate is proven as of when it answered. */
static gboolean
use_ocsp (PenaEvidence *self, GBytes *der, X509 *certificate, X509 *issuer, GError **error)
{
    g_autoptr (PenaOcspAnswer) answer = pena_ocsp_answer_read (der, certificate, issuer, error);

    if (answer == NULL)
        return FALSE;
    const PenaRevocation *revocation = pena_ocsp_answer_get_revocation (answer);
    if (revocation->state != PENA_REVOCATION_GOOD && !self->judging) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_CERTIFICATE_REVOKED, "not good");
        return FALSE;
    }
    X509 *responder = pena_ocsp_answer_get_responder (answer);
    if (responder != NULL)
        add_wanted (self, responder, pena_ocsp_answer_get_produced_at (answer),
                    !pena_ocsp_answer_needs_responder_check (answer));
    add_proof (self, certificate, TRUE, der, revocation->this_update);
    return TRUE;
}

static gboolean
use_crl (PenaEvidence *self, GBytes *der, X509 *certificate, X509 *issuer, GError **error)
{
    PenaRevocation revocation;

    if (!pena_crl_read (der, certificate, issuer, &revocation, error))
        return FALSE;
    if (revocation.state != PENA_REVOCATION_GOOD && !self->judging) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_CERTIFICATE_REVOKED, "not good");
        return FALSE;
    }
    add_proof (self, certificate, FALSE, der, revocation.this_update);
    return TRUE;
}

/* What the document brought along is looked through once for each certificate. */
static void
use_known (PenaEvidence *self, X509 *certificate, X509 *issuer)
{
    if (find_proof (self, certificate) != NULL)
        return;
    for (guint i = 0; i < self->known_ocsps->len; i++)
        use_ocsp (self, self->known_ocsps->pdata[i], certificate, issuer, NULL);
    for (guint i = 0; i < self->known_crls->len; i++)
        use_crl (self, self->known_crls->pdata[i], certificate, issuer, NULL);
    ERR_clear_error ();
}

/* ---- needs ---- */

static gboolean
has_need (GPtrArray *needs, GBytes *certificate)
{
    for (guint i = 0; i < needs->len; i++)
        if (g_bytes_equal (((PenaNeed *)needs->pdata[i])->certificate, certificate))
            return TRUE;
    return FALSE;
}

static gboolean
is_given_up (const PenaEvidence *self, X509 *certificate)
{
    return self->judging && pena_certificates_contain (self->given_up, certificate);
}

static gboolean
is_proven (const PenaEvidence *self, X509 *certificate, gint64 since)
{
    const Proof *proof = find_proof (self, certificate);

    return proof != NULL && (since == NOW ? proof->asked : proof->this_update >= since);
}

/* FALSE when the chain does not go on. */
static gboolean
look_at (PenaEvidence *self, X509 *certificate, gint64 since, gboolean exempt, GPtrArray *needs)
{
    X509 *issuer = find_issuer (self, certificate);
    g_autoptr (GBytes) der = pena_certificate_encode (certificate);

    if (issuer == NULL) {
        if (!has_need (needs, der) && !is_given_up (self, certificate))
            g_ptr_array_add (needs, pena_need_issuer_new (der));
        return FALSE;
    }
    if (exempt)
        return TRUE;
    use_known (self, certificate, issuer);
    if (!is_proven (self, certificate, since) && !has_need (needs, der) && !is_given_up (self, certificate)) {
        g_autoptr (GBytes) issuer_der = pena_certificate_encode (issuer);
        PenaNeed *need = pena_need_revocation_new (der, issuer_der);
        need->since = since;
        g_ptr_array_add (needs, need);
    }
    return TRUE;
}

/* Where the chain of a certificate breaks off, its issuer is needed. TRUE when it leads to an anchor. */
static gboolean
is_anchored (PenaEvidence *self, X509 *certificate, GPtrArray *needs)
{
    X509 *at = certificate;

    for (guint depth = 0; depth < MAX_DEPTH && !is_end (self, at); depth++) {
        X509 *issuer = find_issuer (self, at);
        if (issuer == NULL)
            return look_at (self, at, NOW, TRUE, needs);
        at = issuer;
    }
    return pena_certificates_contain (self->anchors, at);
}

static void
walk (PenaEvidence *self, const Wanted *wanted, GPtrArray *needs)
{
    X509 *at = wanted->certificate;
    gint64 since = wanted->since;
    gboolean exempt = wanted->exempt;

    for (guint depth = 0; depth < MAX_DEPTH && at != NULL && !is_end (self, at); depth++) {
        if (!look_at (self, at, since, exempt, needs))
            return;
        at = find_issuer (self, at);
        exempt = FALSE;
    }
}

/* One step further from the anchors; FALSE when there is none. */
static gboolean
find_more_anchored (PenaEvidence *self)
{
    gboolean more = FALSE;

    for (int i = 0; i < sk_X509_num (self->pool); i++) {
        X509 *candidate = sk_X509_value (self->pool, i);
        if (X509_check_ca (candidate) == 0 || sk_X509_find (self->anchored, candidate) >= 0 ||
            (pena_certificates_find_issuer (self->anchors, candidate) == NULL &&
             pena_certificates_find_issuer (self->anchored, candidate) == NULL))
            continue;
        X509_add_cert (self->anchored, candidate, X509_ADD_FLAG_UP_REF);
        more = TRUE;
    }
    return more;
}

static void
find_anchored (PenaEvidence *self)
{
    g_clear_pointer (&self->anchored, pena_x509_stack_free);
    self->anchored = sk_X509_new_null ();
    for (guint depth = 0; depth < MAX_DEPTH && find_more_anchored (self); depth++)
        continue;
}

GPtrArray *
pena_evidence_dup_needs (PenaEvidence *self, GError **error)
{
    g_autoptr (GPtrArray) needs = pena_needs_new ();

    find_anchored (self);
    /* looking at what is known can add responders */
    for (guint i = 0; i < self->wanted->len; i++) {
        Wanted copy = g_array_index (self->wanted, Wanted, i);
        if (!self->judging || is_anchored (self, copy.certificate, needs))
            walk (self, &copy, needs);
    }
    if (needs->len > 0 && self->rounds++ >= MAX_ROUNDS) {
        g_set_error_literal (error, PENA_ERROR, PENA_ERROR_INTERNAL, "validation data without end");
        return NULL;
    }
    return g_steal_pointer (&needs);
}

/* An authority that answers with what it prepared an hour ago does so for good reasons: whatever it says when asked is
 * the newest there is. */
static void
accept_age (PenaEvidence *self, X509 *certificate)
{
    for (guint i = 0; i < self->proofs->len; i++) {
        Proof *proof = &g_array_index (self->proofs, Proof, i);
        if (pena_certificate_equal (proof->certificate, certificate)) {
            proof->this_update = G_MAXINT64;
            proof->asked = TRUE;
        }
    }
}

static gboolean
offer_revocation (PenaEvidence *self, const PenaNeed *need, GError **error)
{
    g_autoptr (X509) certificate = pena_certificate_parse (need->certificate, error);
    g_autoptr (X509) issuer = certificate != NULL ? pena_certificate_parse (need->issuer, error) : NULL;

    if (issuer == NULL)
        return FALSE;
    if (need->answer_kind == PENA_ANSWER_NONE && find_proof (self, certificate) == NULL) {
        g_propagate_error (error, need->error != NULL ? g_error_copy (need->error)
                                                      : g_error_new_literal (PENA_ERROR, PENA_ERROR_INTERNAL,
                                                                             "a need was not answered"));
        return FALSE;
    }
    if (need->answer_kind == PENA_ANSWER_OCSP && !use_ocsp (self, need->answer, certificate, issuer, error))
        return FALSE;
    if (need->answer_kind == PENA_ANSWER_CRL && !use_crl (self, need->answer, certificate, issuer, error))
        return FALSE;
    accept_age (self, certificate);
    return TRUE;
}

static gboolean
offer_issuer (PenaEvidence *self, const PenaNeed *need, GError **error)
{
    if (need->answer_kind != PENA_ANSWER_ISSUER) {
        g_propagate_error (error, need->error != NULL ? g_error_copy (need->error)
                                                      : g_error_new_literal (PENA_ERROR, PENA_ERROR_INTERNAL,
                                                                             "a need was not answered"));
        return FALSE;
    }
    g_autoptr (X509) issuer = pena_certificate_parse (need->answer, error);
    if (issuer == NULL)
        return FALSE;
    add_to_pool (self, issuer);
    return TRUE;
}

static void
give_up (PenaEvidence *self, const PenaNeed *need)
{
    X509 *certificate = pena_certificate_parse (need->certificate, NULL);

    if (certificate != NULL && sk_X509_push (self->given_up, certificate) == 0)
        X509_free (certificate);
}

gboolean
pena_evidence_offer (PenaEvidence *self, GPtrArray *needs, GError **error)
{
    for (guint i = 0; i < needs->len; i++) {
        const PenaNeed *need = needs->pdata[i];
        g_autoptr (GError) failed = NULL;
        gboolean taken = need->kind == PENA_NEED_REVOCATION ? offer_revocation (self, need, &failed)
                                                            : offer_issuer (self, need, &failed);
        if (!taken && !self->judging) {
            g_propagate_error (error, g_steal_pointer (&failed));
            return FALSE;
        }
        if (!taken)
            give_up (self, need);
    }
    return TRUE;
}

/* ---- what came of it ---- */

static void
add_once (GPtrArray *list, GBytes *bytes)
{
    for (guint i = 0; i < list->len; i++)
        if (g_bytes_equal (list->pdata[i], bytes))
            return;
    g_ptr_array_add (list, g_bytes_ref (bytes));
}

GPtrArray *
pena_evidence_dup_certificates (const PenaEvidence *self)
{
    GPtrArray *list = new_list ();

    for (guint i = 0; i < self->wanted->len; i++) {
        X509 *at = g_array_index (self->wanted, Wanted, i).certificate;
        for (guint depth = 0; depth < MAX_DEPTH && at != NULL && !is_end (self, at); depth++) {
            g_autoptr (GBytes) der = pena_certificate_encode (at);
            add_once (list, der);
            at = find_issuer (self, at);
        }
    }
    return list;
}

static GPtrArray *
dup_proofs (const PenaEvidence *self, gboolean ocsp)
{
    GPtrArray *list = new_list ();

    for (guint i = 0; i < self->proofs->len; i++) {
        const Proof *proof = &g_array_index (self->proofs, Proof, i);
        if (proof->ocsp == ocsp)
            add_once (list, proof->der);
    }
    return list;
}

GPtrArray *
pena_evidence_dup_crls (const PenaEvidence *self)
{
    return dup_proofs (self, FALSE);
}

GPtrArray *
pena_evidence_dup_ocsps (const PenaEvidence *self)
{
    return dup_proofs (self, TRUE);
}
