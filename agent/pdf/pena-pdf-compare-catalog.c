/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: comparing two revisions of a PDF: trailer, catalog, validation data and metadata
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-compare.h"

/* DSS, its arrays and VRI, its entries, their arrays: none lies deeper. */
#define STORE_DEPTH 5

static const gchar *const store_keys[] = {"/Type", "/Certs", "/CRLs", "/OCSPs", "/VRI", NULL};

/* Lists of the store that are written anew in their place and serve nothing else, down to the streams. */
static void
explain_store (PenaPdfStep *self, qpdf_oh object, const PenaPdfHolder *holder, guint depth)
{
    PenaPdf *now = self->now;
    gint number = pena_pdf_ref (now, object).number, n = pena_pdf_n_items (now, object);
    const PenaPdfHolder within = {holder, number};

    pena_pdf_step_explain_added (self, object);
    if (depth == STORE_DEPTH || !pena_pdf_step_may_look (self, 1) || qpdf_oh_is_stream (now->qpdf, object))
        return;
    if (pena_pdf_step_is_own_within (self, number, holder))
        pena_pdf_step_explain (self, number);
    for (gint i = 0; i < n; i++)
        explain_store (self, qpdf_oh_get_array_item (now->qpdf, object, i), &within, depth + 1);
    if (!pena_pdf_is_dict (now, object))
        return;
    g_autoptr (GPtrArray) keys = pena_pdf_keys (now, object);
    for (guint i = 0; i < keys->len; i++)
        explain_store (self, pena_pdf_get (now, object, g_ptr_array_index (keys, i)), &within, depth + 1);
}

static gboolean
is_store (PenaPdf *pdf, qpdf_oh object)
{
    return pena_pdf_is_dict (pdf, object) && pena_pdf_has_only_keys (pdf, object, store_keys);
}

/* Certificates may leave it again when they are of no use any more. */
static void
compare_store (PenaPdfStep *self)
{
    qpdf_oh old = pena_pdf_get (self->old, self->old->root, "/DSS");
    qpdf_oh now = pena_pdf_get (self->now, self->now->root, "/DSS");
    gboolean touched = !pena_pdf_step_same_text (self, old, now) ||
                       pena_pdf_step_has (self->modified, pena_pdf_ref (self->now, now).number);
    gboolean fine =
        is_store (self->now, now) && (pena_pdf_is_null (self->old, old) || is_store (self->old, old));
    guint before = g_hash_table_size (self->explained);

    if (fine) {
        explain_store (self, now, NULL, 0);
        pena_pdf_step_explain_same (self, old, now);
        touched = touched || g_hash_table_size (self->explained) > before;
    }
    if (touched)
        pena_pdf_step_note (self, (PenaPdfDone){.deed = fine ? PENA_PDF_DID_ADD_VALIDATION_DATA
                                                             : PENA_PDF_DID_CHANGE_VALIDATION_DATA});
}

/* Entries that parts of their own look after. */
static gboolean
has_own_judge (const gchar *key)
{
    static const gchar *const keys[] = {"/AcroForm", "/DSS", "/Metadata", "/Names", NULL};
    return g_strv_contains (keys, key);
}

/* A version or extensions, which hold no more than names and numbers. */
static gboolean
is_version (PenaPdfStep *self, const gchar *key, qpdf_oh now)
{
    if (g_str_equal (key, "/Version"))
        return qpdf_oh_is_name (self->now->qpdf, now) != QPDF_FALSE;
    return pena_pdf_is_dict (self->now, now);
}

static void
compare_entry (PenaPdfStep *self, gchar *key)
{
    qpdf_oh now = pena_pdf_get (self->now, self->now->root, key);
    PenaPdfDeed deed = pena_pdf_deed_on_catalog (key);

    if (deed == PENA_PDF_DID_RAISE_VERSION && !is_version (self, key, now))
        deed = PENA_PDF_DID_CHANGE_CATALOG;
    pena_pdf_step_note (self, (PenaPdfDone){.deed = deed, .detail = key});
    pena_pdf_step_explain_added (self, now);
}

/* Extensions that are an object of their own. */
static void
compare_extensions (PenaPdfStep *self)
{
    qpdf_oh old = pena_pdf_get (self->old, self->old->root, "/Extensions");
    qpdf_oh now = pena_pdf_get (self->now, self->now->root, "/Extensions");
    gint number = pena_pdf_ref (self->now, now).number;

    if (!pena_pdf_step_same_text (self, old, now) || !pena_pdf_is_dict (self->now, now) ||
        !pena_pdf_step_is_own (self, number))
        return;
    pena_pdf_step_explain (self, number);
    pena_pdf_step_note (self, (PenaPdfDone){.deed = PENA_PDF_DID_RAISE_VERSION,
                                            .object = number,
                                            .detail = (gchar *)"/Extensions"});
}

/* Entry by entry: embedded files and scripts are named there too. */
static void
compare_names (PenaPdfStep *self)
{
    qpdf_oh old = pena_pdf_get (self->old, self->old->root, "/Names");
    qpdf_oh now = pena_pdf_get (self->now, self->now->root, "/Names");

    if (pena_pdf_step_same_text (self, old, now) &&
        !pena_pdf_step_has (self->modified, pena_pdf_ref (self->now, now).number))
        return;
    if (!pena_pdf_is_dict (self->old, old))
        old = qpdf_oh_new_dictionary (self->old->qpdf);
    if (!pena_pdf_is_dict (self->now, now)) {
        pena_pdf_step_note (self, (PenaPdfDone){.deed = PENA_PDF_DID_CHANGE_NAMES});
        return;
    }
    g_autoptr (GPtrArray) changed = pena_pdf_step_changed_keys (self, old, now);
    for (guint i = 0; i < changed->len; i++) {
        g_autofree gchar *path = g_strconcat ("/Names", g_ptr_array_index (changed, i), NULL);
        pena_pdf_step_note (self, (PenaPdfDone){.deed = pena_pdf_deed_on_catalog (path), .detail = path});
    }
    pena_pdf_step_explain_same (self, old, now);
    pena_pdf_step_explain_added (self, now);
}

static void
compare_entries (PenaPdfStep *self)
{
    g_autoptr (GPtrArray) changed = pena_pdf_step_changed_keys (self, self->old->root, self->now->root);

    for (guint i = 0; i < changed->len; i++)
        if (!has_own_judge (g_ptr_array_index (changed, i)))
            compare_entry (self, g_ptr_array_index (changed, i));
    pena_pdf_step_explain (self, pena_pdf_ref (self->now, self->now->root).number);
}

/* When and with what a document was last changed is said anew by programs that save it; nothing else may be. */
static void
compare_info (PenaPdfStep *self)
{
    static const gchar *const changing[] = {"/ModDate", "/Producer", NULL};
    qpdf_oh old = pena_pdf_get (self->old, self->old->trailer, "/Info");
    qpdf_oh now = pena_pdf_get (self->now, self->now->trailer, "/Info");
    gint number = pena_pdf_ref (self->now, now).number;
    gboolean known =
        number == pena_pdf_ref (self->old, old).number || pena_pdf_step_has (self->added, number);

    if (pena_pdf_step_same_text (self, old, now) && !pena_pdf_step_has (self->modified, number))
        return;
    if (!pena_pdf_is_dict (self->old, old))
        old = qpdf_oh_new_dictionary (self->old->qpdf);
    g_autofree gchar *other = pena_pdf_is_dict (self->now, now)
                                  ? pena_pdf_step_other_key (self, old, now, changing)
                                  : g_strdup ("/Info");
    gboolean fine = other == NULL && known;
    if (known)
        pena_pdf_step_explain (self, number);
    pena_pdf_step_note (self, (PenaPdfDone){.deed = fine ? PENA_PDF_DID_NOTE_DATES : PENA_PDF_DID_CHANGE_INFO,
                                            .detail = other});
}

static gboolean
is_xmp (PenaPdf *pdf, qpdf_oh object)
{
    static const gchar *const keys[] = {"/Type", "/Subtype", "/Length", "/Filter", "/DecodeParms", NULL};

    if (!qpdf_oh_is_stream (pdf->qpdf, object))
        return FALSE;
    qpdf_oh dict = qpdf_oh_get_dict (pdf->qpdf, object);
    return pena_pdf_has_only_keys (pdf, dict, keys) &&
           pena_pdf_name_is (pdf, pena_pdf_get (pdf, dict, "/Type"), "/Metadata") &&
           pena_pdf_name_is (pdf, pena_pdf_get (pdf, dict, "/Subtype"), "/XML");
}

/* XMP, written anew as a whole. What looks like XMP can be a page's content at the same time, so that nothing but the
 * catalog may refer to it. */
static void
compare_metadata (PenaPdfStep *self)
{
    qpdf_oh old = pena_pdf_get (self->old, self->old->root, "/Metadata");
    qpdf_oh now = pena_pdf_get (self->now, self->now->root, "/Metadata");
    gint number = pena_pdf_ref (self->now, now).number;
    gboolean rewritten = pena_pdf_step_has (self->modified, number);

    if (pena_pdf_step_same_text (self, old, now) && !rewritten)
        return;
    gboolean in_place = pena_pdf_step_is_own (self, number) &&
                        number == pena_pdf_ref (self->old, old).number && is_xmp (self->old, old);
    gboolean fine = is_xmp (self->now, now) && (in_place || pena_pdf_step_has (self->added, number));
    if (fine)
        pena_pdf_step_explain (self, number);
    else if (pena_pdf_step_same_text (self, old, now))
        return; /* what it was besides says what it comes to */
    pena_pdf_step_note (
        self, (PenaPdfDone){.deed = fine ? PENA_PDF_DID_WRITE_METADATA : PENA_PDF_DID_CHANGE_METADATA});
}

static void
compare_trailer (PenaPdfStep *self)
{
    if (!pena_pdf_step_same_text (self, pena_pdf_get (self->old, self->old->trailer, "/Root"),
                                  pena_pdf_get (self->now, self->now->trailer, "/Root")))
        pena_pdf_step_note (self, (PenaPdfDone){.deed = PENA_PDF_DID_REPLACE_CATALOG});
    if (!pena_pdf_step_same_text (self, pena_pdf_get (self->old, self->old->trailer, "/Encrypt"),
                                  pena_pdf_get (self->now, self->now->trailer, "/Encrypt")))
        pena_pdf_step_note (self, (PenaPdfDone){.deed = PENA_PDF_DID_CHANGE_ENCRYPTION});
}

void
pena_pdf_step_compare_catalog (PenaPdfStep *self)
{
    compare_trailer (self);
    compare_entries (self);
    compare_extensions (self);
    compare_names (self);
    compare_info (self);
    compare_metadata (self);
    compare_store (self);
    if (self->old->n_pages != self->now->n_pages)
        pena_pdf_step_note (self, (PenaPdfDone){.deed = PENA_PDF_DID_CHANGE_PAGE_TREE});
}
