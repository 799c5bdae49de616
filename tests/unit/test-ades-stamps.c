/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what time-stamps and embedded evidence prove for a signature (EN 319 102-1, 5.5 and 5.6)
 * Copyright (C) 2026 the Pena authors */
#include <openssl/ocsp.h>
#include <string.h>

#include "ades-blocks.h"
#include "ades-stamping.h"

/* ---- signature time-stamps ---- */

static void
test_proves_time (Stamping *self, gconstpointer unused)
{
    stamping_add_stamp_at (self, DAYS (1));
    g_autoptr (PenaSignatureReport) report = stamping_judge_at (self, DAYS (2));
    const PenaStampReport *first = stamping_only_stamp (report);

    g_assert_cmpint (report->verdict, ==, PENA_VERDICT_PASSED);
    g_assert_cmpstr (report->level, ==, "B-T");
    g_assert_cmpint (report->proved_time, ==, DAYS (1));
    g_assert_cmpint (first->verdict, ==, PENA_VERDICT_PASSED);
    g_assert_cmpstr (first->kind, ==, "signature");
    g_assert_cmpint (first->time, ==, DAYS (1));
    g_assert_cmpstr (first->info->common_name, ==, "Time-stamp authority");
}

/* Whoever has just signed looks at it at once. */
static void
test_proves_this_second (Stamping *self, gconstpointer unused)
{
    stamping_add_stamp_at (self, DAYS (1));
    g_autoptr (PenaSignatureReport) report = stamping_judge_at (self, DAYS (1));

    g_assert_cmpint (report->verdict, ==, PENA_VERDICT_PASSED);
    g_assert_cmpstr (report->level, ==, "B-T");
    g_assert_cmpint (report->proved_time, ==, DAYS (1));
}

static void
test_outlives_certificate (Stamping *self, gconstpointer unused)
{
    stamping_assert_judged (self, DAYS (10), PENA_VERDICT_INDETERMINATE, PENA_SUB_OUT_OF_BOUNDS_NO_POE,
                            "B-B");
    stamping_add_stamp_at (self, DAYS (6)); /* too late */
    stamping_assert_judged (self, DAYS (10), PENA_VERDICT_INDETERMINATE, PENA_SUB_OUT_OF_BOUNDS_NO_POE,
                            "B-T");
    stamping_add_stamp_at (self, DAYS (4));
    /* nobody tells any more whether it was revoked by then */
    stamping_assert_judged (self, DAYS (10), PENA_VERDICT_INDETERMINATE, PENA_SUB_OUT_OF_BOUNDS_NO_POE,
                            "B-T");
    stamping_add_crls (self, DAYS (4) + 60, NULL);
    stamping_assert_judged (self, DAYS (10), PENA_VERDICT_PASSED, PENA_SUB_NONE, "B-LT");
}

/* Without a time-stamp: it is known at least that it was not revoked. */
static void
test_expired_not_revoked (Stamping *self, gconstpointer unused)
{
    stamping_add_crls (self, DAYS (0), NULL);
    stamping_assert_judged (self, DAYS (10), PENA_VERDICT_INDETERMINATE, PENA_SUB_OUT_OF_BOUNDS_NOT_REVOKED,
                            "B-B");
    /* a list of after its end may have dropped it */
    stamping_sign_anew (self);
    stamping_add_crls (self, DAYS (9), NULL);
    stamping_assert_judged (self, DAYS (10), PENA_VERDICT_INDETERMINATE, PENA_SUB_OUT_OF_BOUNDS_NO_POE,
                            "B-B");
}

/* An anchor counts until the administrator takes it away (RFC 5280, 6.1.1 d). */
static void
test_expired_anchor (Stamping *self, gconstpointer unused)
{
    static const PkiSpec root = {.common_name = "Old root",
                                 .key_usage = "critical,keyCertSign,cRLSign",
                                 .basic_constraints = "critical,CA:TRUE",
                                 .not_after = DAYS (-1)};

    pki_entity_clear (&self->pki->root);
    pki_entity_clear (&self->pki->signer);
    self->pki->root = pki_issue (NULL, "p256", &root);
    static const PkiSpec usual = {.not_after = DAYS (50)};
    self->pki->signer = pki_issue (&self->pki->root, "p256", &usual);
    stamping_sign_anew (self);
    g_ptr_array_add (self->context->anchors, pki_der (self->pki->root.certificate));
    stamping_assert_judged (self, DAYS (1), PENA_VERDICT_PASSED, PENA_SUB_NONE, "B-B");
}

static void
test_too_early (Stamping *self, gconstpointer unused)
{
    stamping_add_stamp_at (self, DAYS (-99));
    pki_entity_clear (&self->pki->signer);
    static const PkiSpec recent = {.not_before = DAYS (-1)};
    self->pki->signer = pki_issue (&self->pki->issuing, "p256", &recent);
    stamping_sign_anew (self);
    stamping_add_stamp_at (self, DAYS (-50));
    stamping_assert_judged (self, DAYS (1), PENA_VERDICT_FAILED, PENA_SUB_NOT_YET_VALID, "B-T");
}

/* The list of pki_crl() tells the revocation at the time at which it was made. */
static void
test_revoked (Stamping *self, gconstpointer unused)
{
    GBytes *list = pki_crl (&self->pki->issuing, self->pki->signer.certificate, -1, DAYS (2), DAYS (4));

    g_ptr_array_add (self->context->crls, list);
    stamping_assert_judged (self, DAYS (3), PENA_VERDICT_INDETERMINATE, PENA_SUB_REVOKED_NO_POE, "B-B");
    stamping_add_stamp_at (self, DAYS (1));
    g_autoptr (PenaSignatureReport) report = stamping_judge_at (self, DAYS (3));
    g_assert_cmpint (report->verdict, ==, PENA_VERDICT_PASSED);
    g_assert_cmpint (report->proved_time, ==, DAYS (1));
    stamping_sign_anew (self);
    stamping_add_stamp_at (self, DAYS (3) - 60);
    stamping_assert_judged (self, DAYS (3), PENA_VERDICT_INDETERMINATE, PENA_SUB_REVOKED_NO_POE, "B-T");
}

/* ---- what is wrong in a token, in the words of EN 319 102-1 ---- */

typedef GBytes *(*TokenChange) (const PenaSignedParts *parts, GBytes *content);

/* Another serial number than was signed. */
static GBytes *
change_content (const PenaSignedParts *parts, GBytes *content)
{
    gsize size;
    g_autofree guint8 *data = g_memdup2 (g_bytes_get_data (content, &size), g_bytes_get_size (content));
    guint8 *serial = memmem (data, size, "\x02\x03\x00\xAB\xCD", 5);

    g_assert_nonnull (serial);
    serial[4] ^= 1;
    g_autoptr (GBytes) changed = g_bytes_new (data, size);
    return pena_signed_parts_encode_with (parts, changed);
}

static GBytes *
name_no_digest (const PenaSignedParts *parts, GBytes *content)
{
    static const guint8 unknown[] = {0x30, 0x05, 0x06, 0x03, 0x2A, 0x03, 0x04};
    PenaSignedParts changed = *parts;

    changed.signer.digest_algorithm = g_bytes_new_static (unknown, sizeof unknown);
    GBytes *token = pena_signed_parts_encode_with (&changed, content);
    g_bytes_unref (changed.signer.digest_algorithm);
    return token;
}

static GBytes *
name_another (const PenaSignedParts *parts, GBytes *content)
{
    gsize size;
    PenaSignedParts changed = *parts;
    guint8 *sid =
        g_memdup2 (g_bytes_get_data (parts->signer.sid, &size), g_bytes_get_size (parts->signer.sid));

    sid[size - 1] ^= 1; /* the serial number */
    changed.signer.sid = g_bytes_new_take (sid, size);
    GBytes *token = pena_signed_parts_encode_with (&changed, content);
    g_bytes_unref (changed.signer.sid);
    return token;
}

static GBytes *
sign_no_attributes (const PenaSignedParts *parts, GBytes *content)
{
    PenaSignedParts changed = *parts;

    changed.signer.signed_attributes = NULL;
    return pena_signed_parts_encode_with (&changed, content);
}

static void
change_token (Stamping *self, TokenChange change)
{
    g_autoptr (GPtrArray) tokens =
        pena_signer_parts_dup_values (&self->parts->signer, PENA_ATTRIBUTE_SIGNATURE_TIME_STAMP);
    gsize size;
    const guint8 *data = g_bytes_get_data (tokens->pdata[0], &size);
    g_autoptr (PenaSignedParts) parts = pena_signed_parts_new (data, size, NULL, NULL);
    g_autoptr (GBytes) content = pena_signed_parts_dup_content (parts, data);
    g_autoptr (GBytes) changed = change (parts, content);

    g_ptr_array_set_size (self->parts->signer.unsigned_attributes, 0);
    pena_signer_parts_add_unsigned (&self->parts->signer, PENA_ATTRIBUTE_SIGNATURE_TIME_STAMP, changed);
}

/* Somebody put it there who did not mean well. */
static void
test_broken_stamps (Stamping *self, gconstpointer unused)
{
    static const struct {
        const gchar *name;
        TsaSpec spec;
        TokenChange change;
        PenaSubIndication sub;
    } rows[] = {
        {"over something else", {.other_imprint = TRUE}, NULL, PENA_SUB_HASH_FAILURE},
        {"its content changed", {0}, change_content, PENA_SUB_HASH_FAILURE},
        {"its value changed", {.damaged = TRUE}, NULL, PENA_SUB_SIG_CRYPTO_FAILURE},
        {"no reference", {.no_binding = TRUE}, NULL, PENA_SUB_NO_SIGNING_CERTIFICATE_FOUND},
        {"no certificate", {.no_certificate = TRUE}, NULL, PENA_SUB_NO_SIGNING_CERTIFICATE_FOUND},
        {"another signer named", {0}, name_another, PENA_SUB_NO_SIGNING_CERTIFICATE_FOUND},
        {"an unknown digest", {0}, name_no_digest, PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE},
        {"no signed attributes", {0}, sign_no_attributes, PENA_SUB_FORMAT_FAILURE},
        {"no time-stamp", {.other_type = TRUE}, NULL, PENA_SUB_FORMAT_FAILURE},
        {"a critical extension", {.critical_extension = TRUE}, NULL, PENA_SUB_FORMAT_FAILURE},
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_test_message ("%s", rows[i].name);
        stamping_sign_anew (self);
        stamping_add_stamp (self, &self->tsa, &rows[i].spec);
        if (rows[i].change != NULL)
            change_token (self, rows[i].change);
        stamping_assert_judged (self, DAYS (1), PENA_VERDICT_INDETERMINATE, PENA_SUB_SIG_CONSTRAINTS_FAILURE,
                                "B-B");
        g_autoptr (PenaSignatureReport) report = stamping_judge_at (self, DAYS (1));
        g_assert_cmpstr (pena_sub_indication_name (stamping_only_stamp (report)->sub), ==,
                         pena_sub_indication_name (rows[i].sub));
        g_assert_true (stamping_only_stamp (report)->broken);
        g_assert_cmpint (report->proved_time, ==, G_MININT64);
    }
}

/* As made, by somebody who makes none. */
static void
test_no_authority (Stamping *self, gconstpointer unused)
{
    const TsaSpec spec = {.time = DAYS (1)};

    stamping_add_stamp (self, &self->pki->signer, &spec);
    stamping_assert_judged (self, DAYS (2), PENA_VERDICT_PASSED, PENA_SUB_NONE, "B-T");
    g_autoptr (PenaSignatureReport) report = stamping_judge_at (self, DAYS (10));
    g_assert_cmpint (report->sub, ==, PENA_SUB_OUT_OF_BOUNDS_NO_POE);
    g_assert_cmpint (stamping_only_stamp (report)->sub, ==, PENA_SUB_CHAIN_CONSTRAINTS_FAILURE);
    g_assert_false (stamping_only_stamp (report)->broken);
    g_assert_cmpint (report->proved_time, ==, G_MININT64);
}

/* Over the document, and signed with it: it says nothing of the time of the signature. */
static void
test_content_stamp (Stamping *self, gconstpointer unused)
{
    for (guint i = 0; i < 2; i++) {
        const TsaSpec spec = {.time = DAYS (1), .other_imprint = i == 1};
        g_autoptr (GBytes) imprint = pki_sha256 (PKI_CONTENT, strlen (PKI_CONTENT));
        g_autoptr (GBytes) token = stamping_stamp (&self->tsa, imprint, &spec);
        stamping_sign_anew (self);
        block_set_value (self->parts, PENA_ATTRIBUTE_CONTENT_TIME_STAMP, token);
        g_autoptr (PenaSignatureReport) report = stamping_judge_at (self, DAYS (2));
        g_assert_cmpstr (stamping_only_stamp (report)->kind, ==, "content");
        g_assert_cmpint (stamping_only_stamp (report)->sub, ==,
                         i == 0 ? PENA_SUB_NONE : PENA_SUB_HASH_FAILURE);
        g_assert_cmpint (report->proved_time, ==, G_MININT64);
        g_assert_cmpstr (report->level, ==, "B-B");
    }
}

/* What one token brings counts for the others too. */
static void
test_shared_certificates (Stamping *self, gconstpointer unused)
{
    static const PkiSpec authority = {.common_name = "Authority of authorities",
                                      .key_usage = "critical,keyCertSign,cRLSign",
                                      .basic_constraints = "critical,CA:TRUE"};
    PkiEntity middle = pki_issue (&self->pki->root, "p256", &authority);
    PkiEntity tsa = trust_new_tsa (&middle, "p256");
    const TsaSpec alone = {.time = DAYS (1)}, whole = {.time = DAYS (1), .issuer = &middle};

    stamping_add_stamp (self, &tsa, &alone);
    stamping_add_stamp (self, &tsa, &whole);
    g_autoptr (PenaSignatureReport) report = stamping_judge_at (self, DAYS (2));
    for (guint i = 0; i < 2; i++)
        g_assert_cmpint (((PenaStampReport *)report->stamps->pdata[i])->verdict, ==, PENA_VERDICT_PASSED);
    pki_entity_clear (&tsa);
    pki_entity_clear (&middle);
}

static void
test_untrusted_authority (Stamping *self, gconstpointer unused)
{
    g_autoptr (Pki) other = pki_new ("p256");
    PkiEntity stranger = trust_new_tsa (&other->root, "p256");
    const TsaSpec spec = {.time = DAYS (1)};

    stamping_add_stamp (self, &stranger, &spec);
    stamping_assert_judged (self, DAYS (2), PENA_VERDICT_PASSED, PENA_SUB_NONE, "B-T");
    stamping_assert_judged (self, DAYS (10), PENA_VERDICT_INDETERMINATE, PENA_SUB_OUT_OF_BOUNDS_NO_POE,
                            "B-T");
    pki_entity_clear (&stranger);
}

static void
test_future (Stamping *self, gconstpointer unused)
{
    stamping_add_stamp_at (self, DAYS (4));
    g_autoptr (PenaSignatureReport) report = stamping_judge_at (self, DAYS (1));

    g_assert_cmpint (stamping_only_stamp (report)->verdict, ==, PENA_VERDICT_INDETERMINATE);
    g_assert_cmpint (report->proved_time, ==, G_MININT64);
}

/* The signer was revoked on day 1, the key of one authority stolen and its certificate revoked on day 3. What an honest
 * authority proves, that the signature is of day 2, must not help what the thief says. */
static void
test_stolen_authority (Stamping *self, gconstpointer thief_first)
{
    const TsaSpec honest = {.time = DAYS (2)};

    g_ptr_array_add (self->context->crls,
                     pki_crl (&self->pki->issuing, self->pki->signer.certificate, -1, DAYS (1), DAYS (9)));
    g_ptr_array_add (self->context->crls,
                     pki_crl (&self->pki->issuing, self->tsa.certificate, -1, DAYS (3), DAYS (9)));
    if (thief_first != NULL)
        stamping_add_stamp_at (self, DAYS (0));
    stamping_add_stamp (self, &self->late_tsa, &honest);
    if (thief_first == NULL)
        stamping_add_stamp_at (self, DAYS (0));
    stamping_assert_judged (self, DAYS (4), PENA_VERDICT_INDETERMINATE, PENA_SUB_REVOKED_NO_POE, "B-T");
}

/* The same beside an archive time-stamp, which does not know of it. */
static void
test_stolen_authority_later (Stamping *self, gconstpointer unused)
{
    stamping_add_archive (self, &self->late_tsa, DAYS (2));
    g_ptr_array_add (self->context->crls,
                     pki_crl (&self->pki->issuing, self->pki->signer.certificate, -1, DAYS (1), DAYS (9)));
    g_ptr_array_add (self->context->crls,
                     pki_crl (&self->pki->issuing, self->tsa.certificate, -1, DAYS (3), DAYS (9)));
    stamping_add_stamp_at (self, DAYS (0));
    g_autoptr (PenaSignatureReport) report = stamping_judge_at (self, DAYS (4));

    g_assert_cmpint (report->verdict, ==, PENA_VERDICT_INDETERMINATE);
    g_assert_cmpint (report->sub, ==, PENA_SUB_REVOKED_NO_POE);
    g_assert_cmpint (report->proved_time, ==, DAYS (2));
}

/* ---- evidence ---- */

static void
test_need_revocation (Stamping *self, gconstpointer unused)
{
    self->context->need_revocation = TRUE;
    stamping_assert_judged (self, DAYS (1), PENA_VERDICT_INDETERMINATE, PENA_SUB_TRY_LATER, "B-B");
    stamping_add_crls (self, DAYS (0), NULL);
    stamping_assert_judged (self, DAYS (1), PENA_VERDICT_PASSED, PENA_SUB_NONE, "B-B");
    /* the lists have run out, and nothing proves that the signature is of their time */
    stamping_assert_judged (self, DAYS (4), PENA_VERDICT_INDETERMINATE, PENA_SUB_TRY_LATER, "B-B");
}

static void
test_long_term (Stamping *self, gconstpointer unused)
{
    self->context->need_revocation = TRUE;
    stamping_add_stamp_at (self, DAYS (1));
    stamping_add_crls (self, DAYS (0), NULL);
    /* the lists know the time of the signature, but not that of the time-stamp's authority now */
    stamping_assert_judged (self, DAYS (1) + 60, PENA_VERDICT_PASSED, PENA_SUB_NONE, "B-LT");
    g_autoptr (PenaSignatureReport) report = stamping_judge_at (self, DAYS (15));
    g_assert_cmpint (report->verdict, ==, PENA_VERDICT_INDETERMINATE);
    stamping_add_archive (self, &self->late_tsa, DAYS (1) + 600);
    stamping_add_crls (self, DAYS (15) - 60, NULL);
    stamping_assert_judged (self, DAYS (15), PENA_VERDICT_PASSED, PENA_SUB_NONE, "B-LTA");
}

/* The certificates of the signer and of the first time-stamp's authority have ended; the archive time-stamp knew both. */
static void
test_archive (Stamping *self, gconstpointer unused)
{
    stamping_add_stamp_at (self, DAYS (1));
    stamping_assert_judged (self, DAYS (30), PENA_VERDICT_INDETERMINATE, PENA_SUB_OUT_OF_BOUNDS_NO_POE,
                            "B-T");
    stamping_add_crls (self, DAYS (0), NULL);
    stamping_add_archive (self, &self->late_tsa, DAYS (2));
    stamping_assert_judged (self, DAYS (30), PENA_VERDICT_PASSED, PENA_SUB_NONE, "B-LTA");
    g_autoptr (PenaSignatureReport) report = stamping_judge_at (self, DAYS (30));
    g_assert_cmpint (report->proved_time, ==, DAYS (1));
    g_assert_cmpuint (report->stamps->len, ==, 2);
}

static void
test_archive_of_less (Stamping *self, gconstpointer unused)
{
    stamping_add_stamp_at (self, DAYS (1));
    stamping_add_crls (self, DAYS (0), NULL);
    stamping_add_archive (self, &self->late_tsa, DAYS (2));
    g_ptr_array_remove_index (self->parts->crls, 0);
    g_autoptr (PenaSignatureReport) report = stamping_judge_at (self, DAYS (3));
    const PenaStampReport *archive = report->stamps->pdata[0];

    g_assert_cmpstr (archive->kind, ==, "archive");
    g_assert_cmpint (archive->verdict, ==, PENA_VERDICT_FAILED);
    g_assert_cmpint (report->verdict, ==, PENA_VERDICT_INDETERMINATE);
    g_assert_cmpint (report->sub, ==, PENA_SUB_SIG_CONSTRAINTS_FAILURE);
}

/* More may come after it. */
static void
test_archive_of_more (Stamping *self, gconstpointer unused)
{
    stamping_add_stamp_at (self, DAYS (1));
    stamping_add_crls (self, DAYS (0), NULL);
    stamping_add_archive (self, &self->tsa, DAYS (2));
    stamping_add_crls (self, DAYS (10), NULL);
    stamping_add_archive (self, &self->late_tsa, DAYS (11));
    stamping_assert_judged (self, DAYS (30), PENA_VERDICT_PASSED, PENA_SUB_NONE, "B-LTA");
}

/* A list that its authority signed after the end of its own certificate proves nothing; one that is proved to be older
 * does. */
static void
test_list_needs_proof (Stamping *self, gconstpointer unused)
{
    static const PkiSpec authority = {.common_name = "Issuing CA",
                                      .key_usage = "critical,keyCertSign,cRLSign",
                                      .basic_constraints = "critical,CA:TRUE,pathlen:0",
                                      .not_after = DAYS (8)};
    static const PkiSpec usual = {.not_after = DAYS (5)};
    PkiEntity tsa = trust_new_tsa (&self->pki->root, "p256");
    const TsaSpec spec = {.time = DAYS (1)};

    pki_entity_clear (&self->pki->issuing);
    pki_entity_clear (&self->pki->signer);
    self->pki->issuing = pki_issue (&self->pki->root, "p256", &authority);
    self->pki->signer = pki_issue (&self->pki->issuing, "p256", &usual);
    stamping_sign_anew (self);
    self->context->need_revocation = TRUE;
    stamping_add_stamp (self, &tsa, &spec);
    stamping_add_crls (self, DAYS (0), NULL);
    g_ptr_array_add (self->context->crls, pki_crl (&self->pki->root, NULL, -1, DAYS (29), DAYS (31)));
    stamping_assert_judged (self, DAYS (30), PENA_VERDICT_INDETERMINATE, PENA_SUB_OUT_OF_BOUNDS_NO_POE,
                            "B-LT");
    stamping_add_archive (self, &tsa, DAYS (2));
    stamping_assert_judged (self, DAYS (30), PENA_VERDICT_PASSED, PENA_SUB_NONE, "B-LTA");
    pki_entity_clear (&tsa);
}

/* What a responder says counts unless it was itself revoked when it said so; one whose key was stolen may claim any time. One
 * that the issuer has exempted is not looked up (RFC 6960, 4.2.2.2.1). */
static void
test_revoked_responder (Stamping *self, gconstpointer unused)
{
    static const struct {
        gboolean nocheck;
        int reason; /* of the responder's revocation, at day 2 */
        gint64 answered;
        PenaSubIndication sub;
    } rows[] = {
        {FALSE, 4, DAYS (1), PENA_SUB_REVOKED_NO_POE},
        {FALSE, 4, DAYS (3), PENA_SUB_NONE},
        {FALSE, 1, DAYS (1), PENA_SUB_NONE},
        {TRUE, 1, DAYS (1), PENA_SUB_REVOKED_NO_POE},
    };

    self->context->ocsps = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        PkiEntity responder = trust_new_responder (&self->pki->issuing, "p256", rows[i].nocheck);
        const OcspSpec lie = {.status = V_OCSP_CERTSTATUS_REVOKED,
                              .reason = 3,
                              .since = DAYS (0),
                              .this_update = rows[i].answered,
                              .produced_at = rows[i].answered,
                              .next_update = DAYS (5)};
        g_ptr_array_set_size (self->context->ocsps, 0);
        g_ptr_array_set_size (self->context->crls, 0);
        g_ptr_array_add (self->context->ocsps, trust_ocsp_answer (&responder, self->pki->signer.certificate,
                                                                  self->pki->issuing.certificate, &lie));
        g_ptr_array_add (self->context->crls, pki_crl (&self->pki->issuing, responder.certificate,
                                                       rows[i].reason, DAYS (2), DAYS (5)));
        stamping_assert_judged (self, DAYS (4), pena_sub_indication_verdict (rows[i].sub), rows[i].sub,
                                "B-B");
        pki_entity_clear (&responder);
    }
    g_clear_pointer (&self->context->ocsps, g_ptr_array_unref);
}

/* What is told first when several things are wrong (5.2.6.4). */
static void
test_order (Stamping *self, gconstpointer unused)
{
    GBytes *list = pki_crl (&self->pki->issuing, self->pki->signer.certificate, -1, DAYS (2), DAYS (4));

    self->context->need_revocation = TRUE;
    stamping_assert_judged (self, DAYS (10), PENA_VERDICT_INDETERMINATE, PENA_SUB_OUT_OF_BOUNDS_NO_POE,
                            "B-B");
    g_ptr_array_add (self->context->crls, list);
    stamping_assert_judged (self, DAYS (10), PENA_VERDICT_INDETERMINATE, PENA_SUB_REVOKED_NO_POE, "B-B");
}

/* ---- algorithms that wear out ---- */

static void
test_policy_dates (Stamping *self, gconstpointer unused)
{
    g_autoptr (PenaCryptoPolicy) policy =
        pena_crypto_policy_parse ("[digest]\nsha256=open\n[key]\nec-256=2026-01-03\n", NULL);

    g_assert_nonnull (policy);
    self->context->policy = policy;
    stamping_assert_judged (self, DAYS (1), PENA_VERDICT_PASSED, PENA_SUB_NONE, "B-B");
    stamping_assert_judged (self, DAYS (3), PENA_VERDICT_INDETERMINATE,
                            PENA_SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE, "B-B");
    self->context->policy = NULL;
}

static void
test_policy_file (void)
{
    static const gchar *const wrong[] = {"[digest]\nsha256=yesterday\n", "[key]\nrsa=open\n",
                                         "[key]\nrsa-x=open\n", "not a key file"};
    const PenaCryptoPolicy *usual = pena_crypto_policy_default ();

    for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
        g_autoptr (GError) error = NULL;
        g_assert_null (pena_crypto_policy_parse (wrong[i], &error));
        g_assert_nonnull (error);
    }
    g_assert_cmpint (pena_crypto_policy_digest_until (usual, "sha256"), ==, G_MAXINT64);
    g_assert_cmpint (pena_crypto_policy_digest_until (usual, "sha1"), <, PKI_NOW);
    g_assert_cmpint (pena_crypto_policy_digest_until (usual, "no-such"), ==, G_MININT64);
}

#define TEST(path, function)                                                                                 \
    g_test_add ("/ades/stamps/" path, Stamping, NULL, stamping_set_up, function, stamping_tear_down)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    TEST ("proves-time", test_proves_time);
    TEST ("proves-time/now", test_proves_this_second);
    TEST ("outlives-certificate", test_outlives_certificate);
    TEST ("expired-not-revoked", test_expired_not_revoked);
    TEST ("expired-anchor", test_expired_anchor);
    TEST ("too-early", test_too_early);
    TEST ("revoked", test_revoked);
    TEST ("broken", test_broken_stamps);
    TEST ("no-authority", test_no_authority);
    TEST ("content", test_content_stamp);
    TEST ("shared-certificates", test_shared_certificates);
    TEST ("untrusted-authority", test_untrusted_authority);
    TEST ("future", test_future);
    TEST ("stolen-authority/last", test_stolen_authority);
    g_test_add ("/ades/stamps/stolen-authority/first", Stamping, "first", stamping_set_up,
                test_stolen_authority, stamping_tear_down);
    TEST ("stolen-authority/archive", test_stolen_authority_later);
    TEST ("need-revocation", test_need_revocation);
    TEST ("long-term", test_long_term);
    TEST ("archive/passed", test_archive);
    TEST ("archive/less", test_archive_of_less);
    TEST ("archive/more", test_archive_of_more);
    TEST ("list-needs-proof", test_list_needs_proof);
    TEST ("revoked-responder", test_revoked_responder);
    TEST ("order", test_order);
    TEST ("policy/dates", test_policy_dates);
    g_test_add_func ("/ades/stamps/policy/file", test_policy_file);
    return g_test_run ();
}
