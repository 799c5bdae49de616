/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of raising signatures to higher levels, with authorities that live in the test
 * Copyright (C) 2026 the Pena authors */
#include <pena/pena-error.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ades-trust.h"
#include "pdf-builder.h"
#include "pena-archive.h"
#include "pena-certificate.h"
#include "pena-need.h"
#include "pena-ocsp.h"
#include "pena-pdf-store.h"
#include "pena-raise.h"
#include "pena-tsp.h"

#define CAPACITY 8192

/* What stands around a signature: authorities that answer honestly, unless a test says otherwise. */
typedef struct {
    Pki *pki;
    PkiEntity tsa, responder;
    GPtrArray *anchors, *nothing;
    OcspSpec ocsp;
    gboolean no_crl; /* the root is silent */
    guint n_asked;
} World;

static World *
world_new (const gchar *key_kind)
{
    World *self = g_new0 (World, 1);

    self->pki = pki_new (key_kind);
    self->tsa = trust_new_tsa (&self->pki->issuing, key_kind);
    self->responder = trust_new_responder (&self->pki->issuing, key_kind, TRUE);
    self->anchors = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
    self->nothing = g_ptr_array_new ();
    g_ptr_array_add (self->anchors, pki_der (self->pki->root.certificate));
    return self;
}

static void
world_free (World *self)
{
    pki_entity_clear (&self->tsa);
    pki_entity_clear (&self->responder);
    pki_free (self->pki);
    g_ptr_array_unref (self->anchors);
    g_ptr_array_unref (self->nothing);
    g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (World, world_free)

/* ---- answers ---- */

static GBytes *
stamp (World *self, const gchar *digest, GBytes *imprint)
{
    static const TsaSpec honest = {0};
    g_autoptr (GError) error = NULL;
    g_autoptr (PenaTimeStampQuery) query = pena_time_stamp_query_new (digest, imprint, NULL, &error);

    g_assert_no_error (error);
    return trust_tsa_token (&self->tsa, pena_time_stamp_query_get_der (query), &honest);
}

static void
answer_revocation (World *self, PenaNeed *need)
{
    g_autoptr (X509) certificate = pena_certificate_parse (need->certificate, NULL);
    g_autoptr (X509) issuer = pena_certificate_parse (need->issuer, NULL);
    g_autoptr (GBytes) answer = NULL;

    if (pena_certificate_equal (issuer, self->pki->root.certificate)) {
        if (self->no_crl) {
            pena_need_fail (need,
                            g_error_new_literal (PENA_ERROR, PENA_ERROR_REVOCATION_UNAVAILABLE, "silent"));
            return;
        }
        answer = pki_crl (&self->pki->root, NULL, -1, PKI_NOW, PKI_NOW + PKI_DAY);
        pena_need_answer (need, PENA_ANSWER_CRL, answer);
        return;
    }
    answer = trust_ocsp_answer (&self->responder, certificate, issuer, &self->ocsp);
    pena_need_answer (need, PENA_ANSWER_OCSP, answer);
}

static void
answer (World *self, GPtrArray *needs)
{
    for (guint i = 0; i < needs->len; i++) {
        PenaNeed *need = needs->pdata[i];
        self->n_asked++;
        if (need->kind == PENA_NEED_REVOCATION) {
            answer_revocation (self, need);
        } else {
            g_autoptr (GBytes) issuer = pki_der (self->pki->issuing.certificate);
            g_assert_cmpint (need->kind, ==, PENA_NEED_ISSUER);
            pena_need_answer (need, PENA_ANSWER_ISSUER, issuer);
        }
    }
}

/* Asks and answers until nothing is missing. */
static gboolean
satisfy (World *self, PenaRaise *raise, GError **error)
{
    g_autoptr (GPtrArray) certificates = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);

    if (!pena_raise_gather (raise, self->anchors, certificates, error))
        return FALSE;
    for (;;) {
        g_autoptr (GPtrArray) needs = pena_raise_dup_needs (raise, error);
        if (needs == NULL || needs->len == 0)
            return needs != NULL;
        answer (self, needs);
        if (!pena_raise_offer (raise, needs, error))
            return FALSE;
    }
}

/* ---- CAdES ---- */

static gint
content_file (void)
{
    gint fd = memfd_create ("content", MFD_CLOEXEC);

    g_assert_cmpint (write (fd, PKI_CONTENT, strlen (PKI_CONTENT)), ==, (gssize)strlen (PKI_CONTENT));
    return fd;
}

static PenaRaise *
raise_cms (gint fd, GBytes *cms)
{
    const PenaRaiseInput input = {.fd = fd, .signature = cms};
    g_autoptr (GError) error = NULL;
    PenaRaise *raise = pena_raise_new (&input, &error);

    g_assert_no_error (error);
    return raise;
}

static GBytes *
put_cms_stamp (World *self, PenaRaise *raise, const gchar *digest, gboolean archive)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) imprint = pena_raise_prepare_stamp (raise, digest, archive, &error);
    g_assert_no_error (error);
    g_autoptr (GBytes) token = stamp (self, digest, imprint);
    GBytes *cms = pena_raise_put_stamp (raise, token, &error);
    g_assert_no_error (error);
    return cms;
}

static PenaSignedParts *
take_apart (GBytes *cms)
{
    g_autoptr (GError) error = NULL;
    gsize length, taken = 0;
    const guint8 *data = g_bytes_get_data (cms, &length);
    PenaSignedParts *parts = pena_signed_parts_new (data, length, &taken, &error);

    g_assert_no_error (error);
    g_assert_cmpuint (taken, ==, length);
    return parts;
}

static void
assert_same_signature (GBytes *before, GBytes *after)
{
    g_autoptr (PenaSignedParts) old = take_apart (before);
    g_autoptr (PenaSignedParts) now = take_apart (after);

    g_assert_true (g_bytes_equal (old->signer.signed_attributes, now->signer.signed_attributes));
    g_assert_true (g_bytes_equal (old->signer.signature, now->signer.signature));
    g_assert_true (g_bytes_equal (old->signer.sid, now->signer.sid));
    g_assert_cmpuint (now->signer.unsigned_attributes->len, >=, old->signer.unsigned_attributes->len);
    for (guint i = 0; i < old->signer.unsigned_attributes->len; i++)
        g_assert_true (g_bytes_equal (old->signer.unsigned_attributes->pdata[i],
                                      now->signer.unsigned_attributes->pdata[i]));
    for (guint i = 0; i < old->certificates->len; i++)
        g_assert_true (g_bytes_equal (old->certificates->pdata[i], now->certificates->pdata[i]));
    for (guint i = 0; i < old->crls->len; i++)
        g_assert_true (g_bytes_equal (old->crls->pdata[i], now->crls->pdata[i]));
}

/* The last archive time-stamp is over all that its hash index names, and that is all there was before it. */
static void
assert_archived (GBytes *cms, GBytes *before, const gchar *digest)
{
    g_autoptr (PenaSignedParts) now = take_apart (cms);
    g_autoptr (PenaSignedParts) old = take_apart (before);
    g_autoptr (GPtrArray) stamps =
        pena_signer_parts_dup_values (&now->signer, PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP);
    g_autoptr (GError) error = NULL;

    g_assert_cmpuint (stamps->len, >, 0);
    GBytes *token = stamps->pdata[stamps->len - 1];
    g_autoptr (GBytes) index = pena_archive_token_dup_hash_index (token);
    g_autoptr (GBytes) expected = pena_hash_index_new (old, &old->signer, digest);
    g_assert_nonnull (index);
    g_assert_true (g_bytes_equal (index, expected));
    g_autoptr (GBytes) content = g_bytes_new_static (PKI_CONTENT, strlen (PKI_CONTENT));
    g_autoptr (GBytes) content_digest = pki_content_digest (digest, content, NULL);
    g_autoptr (GBytes) imprint = pena_archive_imprint (now, &now->signer, digest, content_digest, index);
    g_autoptr (PenaTimeStamp) read = pena_time_stamp_parse (token, NULL, &error);
    g_assert_no_error (error);
    g_assert_true (pena_time_stamp_is_over (read, imprint));
}

static void
test_cades (gconstpointer key_kind)
{
    g_autoptr (World) world = world_new (key_kind);
    g_autoptr (GBytes) bb = pki_make_cms (world->pki, PENA_ADES_CADES);
    g_autoptr (GError) error = NULL;
    gint fd = content_file ();

    g_autoptr (PenaRaise) raise = raise_cms (fd, bb);
    g_assert_true (pena_raise_check_sound (raise, PKI_NOW, &error));
    g_assert_true (pena_raise_gather (raise, world->anchors, world->nothing, &error));
    g_assert_false (pena_raise_is_time_stamped (raise));
    g_autoptr (GBytes) bt = put_cms_stamp (world, raise, "sha256", FALSE);
    assert_same_signature (bb, bt);
    g_assert_true (satisfy (world, raise, &error));
    g_assert_true (pena_raise_is_time_stamped (raise));
    g_autoptr (GBytes) blt = pena_raise_keep (raise, &error);
    g_assert_no_error (error);
    assert_same_signature (bt, blt);
    g_autoptr (PenaSignedParts) parts = take_apart (blt);
    g_autoptr (GPtrArray) ocsps = pena_signed_parts_dup_ocsps (parts);
    g_autoptr (GPtrArray) crls = pena_signed_parts_dup_crls (parts);
    g_assert_cmpuint (ocsps->len, ==, 2); /* signer and TSA */
    g_assert_cmpuint (crls->len, ==, 1);  /* the issuing CA */
    g_assert_cmpmem (g_bytes_get_data (parts->version, NULL), 3, "\x02\x01\x05", 3);
    g_autoptr (GBytes) blta = put_cms_stamp (world, raise, "sha512", TRUE);
    assert_same_signature (blt, blta);
    assert_archived (blta, blt, "sha512");
    g_assert_true (pena_raise_check_sound (raise, PKI_NOW, &error));
    close (fd);
}

/* Years later: another program opens what was archived, and archives it again. */
static void
test_cades_again (void)
{
    g_autoptr (World) world = world_new ("p256");
    g_autoptr (GBytes) bb = pki_make_cms (world->pki, PENA_ADES_CADES);
    g_autoptr (GError) error = NULL;
    gint fd = content_file ();
    g_autoptr (PenaRaise) first = raise_cms (fd, bb);
    g_autoptr (GBytes) bt = put_cms_stamp (world, first, "sha256", FALSE);
    g_assert_true (satisfy (world, first, &error));
    g_autoptr (GBytes) blt = pena_raise_keep (first, &error);
    g_autoptr (GBytes) blta = put_cms_stamp (world, first, "sha256", TRUE);

    g_autoptr (PenaRaise) again = raise_cms (fd, blta);
    world->n_asked = 0;
    g_assert_true (satisfy (world, again, &error));
    g_assert_cmpuint (world->n_asked, ==, 0); /* it carries all that it needs */
    g_autoptr (GBytes) kept = pena_raise_keep (again, &error);
    g_assert_true (g_bytes_equal (kept, blta));
    g_autoptr (GBytes) twice = put_cms_stamp (world, again, "sha256", TRUE);
    assert_same_signature (blta, twice);
    assert_archived (twice, blta, "sha256");
    close (fd);
}

static void
test_cades_changed_content (void)
{
    g_autoptr (World) world = world_new ("p256");
    g_autoptr (GBytes) bb = pki_make_cms (world->pki, PENA_ADES_CADES);
    g_autoptr (GError) error = NULL;
    gint fd = memfd_create ("other", MFD_CLOEXEC);

    g_assert_cmpint (write (fd, "x", 1), ==, 1);
    g_autoptr (PenaRaise) raise = raise_cms (fd, bb);
    g_assert_false (pena_raise_check_sound (raise, PKI_NOW, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_SIGNATURE_BROKEN);
    close (fd);
}

/* ---- what authorities say ---- */

static void
assert_not_satisfied (World *world, gint code)
{
    g_autoptr (GBytes) bb = pki_make_cms (world->pki, PENA_ADES_CADES);
    g_autoptr (GError) error = NULL;
    gint fd = content_file ();
    g_autoptr (PenaRaise) raise = raise_cms (fd, bb);

    g_assert_false (satisfy (world, raise, &error));
    g_assert_error (error, PENA_ERROR, code);
    close (fd);
}

static void
test_revoked (void)
{
    g_autoptr (World) world = world_new ("p256");
    world->ocsp = (OcspSpec){.status = 1 /* revoked */, .reason = 1};
    assert_not_satisfied (world, PENA_ERROR_CERTIFICATE_REVOKED);
}

static void
test_answer_about_another (void)
{
    g_autoptr (World) world = world_new ("p256");
    world->ocsp.about = world->tsa.certificate;
    assert_not_satisfied (world, PENA_ERROR_OCSP_ANSWER_INVALID);
}

static void
test_damaged_answer (void)
{
    g_autoptr (World) world = world_new ("p256");
    world->ocsp.damaged = TRUE;
    assert_not_satisfied (world, PENA_ERROR_OCSP_ANSWER_INVALID);
}

static void
test_silence (void)
{
    g_autoptr (World) world = world_new ("p256");
    world->no_crl = TRUE;
    assert_not_satisfied (world, PENA_ERROR_REVOCATION_UNAVAILABLE);
}

/* ---- PAdES ---- */

static GBytes *
digest_with (const PdfBuilder *letter, GByteArray *tail, const PenaPdfUpdate *update)
{
    gsize after = update->gap_offset + update->gap_length;
    g_autoptr (GByteArray) all = g_byte_array_new ();

    g_byte_array_append (all, letter->bytes->data, letter->bytes->len);
    g_byte_array_append (all, tail->data, tail->len);
    g_byte_array_append (all, update->bytes->data, (guint)update->gap_offset);
    g_byte_array_append (all, update->bytes->data + after, update->bytes->len - (guint)after);
    return pki_sha256 (all->data, all->len);
}

static void
append (GByteArray *tail, GBytes *bytes)
{
    g_byte_array_append (tail, g_bytes_get_data (bytes, NULL), (guint)g_bytes_get_size (bytes));
}

/* The bytes that a signature of level B-B appends. */
static GByteArray *
sign_letter (World *world, const PdfBuilder *letter)
{
    g_autoptr (PdfDocument) document = pdf_builder_open (letter);
    g_autoptr (GPtrArray) chain = pki_chain (world->pki);
    g_autoptr (GByteArray) none = g_byte_array_new ();
    const PenaAdesOptions ades = {
        .format = PENA_ADES_PADES, .chain = chain, .digest = "sha256", .time = PKI_NOW};
    g_autoptr (GError) error = NULL;
    g_autoptr (PenaAdesDraft) draft = pena_ades_draft_new (&ades, &error);
    g_assert_no_error (error);
    const PenaPdfSignOptions options = {.time = PKI_NOW,
                                        .contents_capacity = pena_ades_draft_get_capacity (draft)};
    g_autoptr (PenaPdfUpdate) update = pena_pdf_prepare (document->pdf, &options, &error);
    g_assert_no_error (error);
    g_autoptr (GBytes) digest = digest_with (letter, none, update);
    g_autoptr (GBytes) attributes = pena_ades_draft_get_to_be_signed (draft, digest, &error);
    g_autoptr (GBytes) value = pki_sign_value (world->pki->signer.key, attributes);
    g_autoptr (GBytes) cms = pena_ades_draft_finish (draft, value, &error);
    g_assert_no_error (error);
    g_assert_true (
        pena_pdf_update_set_contents (update, g_bytes_get_data (cms, NULL), g_bytes_get_size (cms), NULL));
    return g_byte_array_ref (update->bytes);
}

static PenaRaise *
raise_pdf (const PdfDocument *document, GByteArray *tail)
{
    g_autoptr (GBytes) bytes = g_bytes_new (tail->data, tail->len);
    const PenaRaiseInput input = {.fd = document->fd, .pdf = TRUE, .tail = bytes};
    g_autoptr (GError) error = NULL;
    PenaRaise *raise = pena_raise_new (&input, &error);

    g_assert_no_error (error);
    return raise;
}

static void
put_document_stamp (World *world, PenaRaise *raise, const PdfBuilder *letter, GByteArray *tail)
{
    g_autoptr (GError) error = NULL;
    PenaPdfUpdate *update = pena_raise_prepare_document_stamp (raise, CAPACITY, &error);
    g_assert_no_error (error);
    g_autoptr (GBytes) digest = digest_with (letter, tail, update);
    g_autoptr (GByteArray) filled = g_byte_array_new ();
    g_autoptr (GBytes) token = stamp (world, "sha256", digest);
    g_assert_true (pena_pdf_update_set_contents (update, g_bytes_get_data (token, NULL),
                                                 g_bytes_get_size (token), NULL));
    g_byte_array_append (filled, update->bytes->data, update->bytes->len);
    g_autoptr (GBytes) put = pena_raise_put_stamp (raise, token, &error);
    g_assert_no_error (error);
    g_assert_nonnull (put);
    g_byte_array_append (tail, filled->data, filled->len);
}

static void
assert_store (const PdfDocument *document, GByteArray *tail, guint n_ocsps, guint n_crls)
{
    g_autoptr (GBytes) bytes = g_bytes_new (tail->data, tail->len);
    g_autoptr (GError) error = NULL;
    g_autoptr (PenaPdfBytes) all = pena_pdf_bytes_new (document->fd, bytes, &error);
    g_autoptr (PenaPdf) pdf = pena_pdf_open (all, &error);
    g_assert_no_error (error);
    g_autoptr (PenaPdfStore) store = pena_pdf_store_read (pdf);

    g_assert_cmpuint (store->ocsps->len, ==, n_ocsps);
    g_assert_cmpuint (store->crls->len, ==, n_crls);
    g_assert_cmpuint (store->certificates->len, >=, 3);
}

static void
raise_letter (World *world, const PdfBuilder *letter)
{
    g_autoptr (PdfDocument) document = pdf_builder_open (letter);
    g_autoptr (GByteArray) tail = sign_letter (world, letter);
    g_autoptr (PenaRaise) raise = raise_pdf (document, tail);
    g_autoptr (GError) error = NULL;

    g_assert_true (pena_raise_check_sound (raise, PKI_NOW, &error));
    g_assert_true (pena_raise_gather (raise, world->anchors, world->nothing, &error));
    g_assert_cmpuint (pena_raise_get_n_signatures (raise), ==, 1);
    g_assert_false (pena_raise_is_time_stamped (raise));
    put_document_stamp (world, raise, letter, tail);
    g_assert_true (satisfy (world, raise, &error));
    g_assert_true (pena_raise_is_time_stamped (raise));
    g_autoptr (GBytes) update = pena_raise_keep (raise, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (g_bytes_get_size (update), >, 0);
    append (tail, update);
    assert_store (document, tail, 2, 1);

    world->n_asked = 0;
    g_assert_true (satisfy (world, raise, &error));
    g_assert_cmpuint (world->n_asked, ==, 0);
    g_autoptr (GBytes) again = pena_raise_keep (raise, &error);
    g_assert_cmpuint (g_bytes_get_size (again), ==, 0); /* nothing is missing */
    put_document_stamp (world, raise, letter, tail);

    /* and once more, opened anew: the store grows, nothing that was in it is lost */
    g_autoptr (PenaRaise) later = raise_pdf (document, tail);
    g_assert_true (pena_raise_check_sound (later, PKI_NOW, &error));
    g_assert_true (satisfy (world, later, &error));
    g_autoptr (GBytes) more = pena_raise_keep (later, &error);
    append (tail, more);
    put_document_stamp (world, later, letter, tail);
    assert_store (document, tail, 2, 1);
}

static void
test_pades (gconstpointer key_kind)
{
    g_autoptr (World) world = world_new (key_kind);
    g_autoptr (PdfBuilder) table = pdf_builder_new ("%PDF-1.7\n");
    g_autoptr (PdfBuilder) stream = pdf_builder_new ("%PDF-1.7\n");
    g_autoptr (PdfBuilder) store = pdf_builder_new ("%PDF-1.7\n");

    pdf_builder_letter (table, "", "");
    pdf_builder_table (table, "");
    raise_letter (world, table);
    pdf_builder_letter (stream, "/Extensions << /ADBE << /BaseVersion /1.7 /ExtensionLevel 8 >> >>", "");
    pdf_builder_stream (stream, "");
    raise_letter (world, stream);
    pdf_builder_letter (store, "/DSS << /Certs [] /VRI << /AB << >> >> >>", "");
    pdf_builder_table (store, "");
    raise_letter (world, store);
}

static void
test_pades_without_pages (void)
{
    g_autoptr (World) world = world_new ("p256");
    g_autoptr (PdfBuilder) letter = pdf_builder_new ("%PDF-1.7\n");

    pdf_builder_pageless (letter);
    pdf_builder_table (letter, "");
    raise_letter (world, letter);
}

static void
test_pades_without_signature (void)
{
    g_autoptr (World) world = world_new ("p256");
    g_autoptr (PdfBuilder) letter = pdf_builder_new ("%PDF-1.7\n");
    g_autoptr (GByteArray) none = g_byte_array_new ();
    g_autoptr (GError) error = NULL;

    pdf_builder_letter (letter, "", "");
    pdf_builder_table (letter, "");
    g_autoptr (PdfDocument) document = pdf_builder_open (letter);
    g_autoptr (PenaRaise) raise = raise_pdf (document, none);
    g_assert_false (pena_raise_gather (raise, world->anchors, world->nothing, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_SIGNATURE_MISSING);
}

/* A token over something else, such as one that was kept from another document. */
static void
test_pades_foreign_stamp (void)
{
    g_autoptr (World) world = world_new ("p256");
    g_autoptr (PdfBuilder) letter = pdf_builder_new ("%PDF-1.7\n");
    g_autoptr (GError) error = NULL;

    pdf_builder_letter (letter, "", "");
    pdf_builder_table (letter, "");
    g_autoptr (PdfDocument) document = pdf_builder_open (letter);
    g_autoptr (GByteArray) tail = sign_letter (world, letter);
    g_autoptr (PenaRaise) raise = raise_pdf (document, tail);
    g_assert_nonnull (pena_raise_prepare_document_stamp (raise, CAPACITY, &error));
    g_autoptr (GBytes) other = pki_sha256 ("other", 5);
    g_autoptr (GBytes) token = stamp (world, "sha256", other);
    g_assert_null (pena_raise_put_stamp (raise, token, &error));
    g_assert_error (error, PENA_ERROR, PENA_ERROR_SELF_CHECK_FAILED);
}

int
main (int argc, char **argv)
{
    static const gchar *const kinds[] = {"rsa", "p256", "p384"};

    g_test_init (&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
        g_autofree gchar *cades = g_strconcat ("/document/raise/cades/", kinds[i], NULL);
        g_autofree gchar *pades = g_strconcat ("/document/raise/pades/", kinds[i], NULL);
        g_test_add_data_func (cades, kinds[i], test_cades);
        g_test_add_data_func (pades, kinds[i], test_pades);
    }
    g_test_add_func ("/document/raise/cades/again", test_cades_again);
    g_test_add_func ("/document/raise/cades/changed-content", test_cades_changed_content);
    g_test_add_func ("/document/raise/revoked", test_revoked);
    g_test_add_func ("/document/raise/answer-about-another", test_answer_about_another);
    g_test_add_func ("/document/raise/damaged-answer", test_damaged_answer);
    g_test_add_func ("/document/raise/silence", test_silence);
    g_test_add_func ("/document/raise/pades/without-pages", test_pades_without_pages);
    g_test_add_func ("/document/raise/pades/without-signature", test_pades_without_signature);
    g_test_add_func ("/document/raise/pades/foreign-stamp", test_pades_foreign_stamp);
    return g_test_run ();
}
