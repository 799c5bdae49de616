/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: preparing a signature as an incremental update
 * Copyright (C) 2026 the Pena authors */
#include <pena/pena-error.h>
#include <string.h>

#include "pena-pdf-permission.h"
#include "pena-pdf-seed.h"
#include "pena-pdf-standard.h"
#include "pena-pdf-stamp.h"
#include "pena-pdf-tagging.h"
#include "pena-pdf-text.h"
#include "pena-pdf-transform.h"
#include "pena-pdf-update.h"
#include "pena-text.h"

#define SIGNATURES_EXIST 1
#define APPEND_ONLY 2
#define PRINT_AND_LOCKED 132 /* annotation flags */
#define MAX_OBJECTS 100000000
#define MAX_CAPACITY (64 * 1024 * 1024)
/* Three numbers of 20 digits, the most that 64 bits need, and what stands between them. */
#define BYTE_RANGE_WIDTH 66

/* One signature in the making. */
typedef struct {
    PenaPdf *pdf;
    const PenaPdfSignOptions *options;
    const PenaPdfForm *form;
    const PenaPdfField *field; /* NULL for a new one */
    PenaPdfWriter *writer;
    gchar *lock;         /* entries of the lock dictionary; may be empty */
    PenaPdfSpots *spots; /* NULL: invisible */
    GArray *appearances; /* of PenaPdfRef: one a spot */
    GHashTable *written; /* numbers of arrays of annotations that are written */
    PenaPdfRef signature;
    gsize range_offset; /* in the writer's bytes */
    gsize gap_offset, gap_length;
} Draft;

void
pena_pdf_update_free (PenaPdfUpdate *self)
{
    if (self == NULL)
        return;
    g_clear_pointer (&self->bytes, g_byte_array_unref);
    g_free (self);
}

gboolean
pena_pdf_check_signable (PenaPdf *self, GError **error)
{
    g_autoptr (PenaPdfForm) form = pena_pdf_form_new (self, error);
    return form != NULL && pena_pdf_check_permissions (self, form, error);
}

static gboolean
append_text_entry (GString *out, const gchar *key, const gchar *text, GError **error)
{
    if (text == NULL || *text == '\0')
        return TRUE;
    g_string_append_printf (out, "%s ", key);
    if (!pena_pdf_append_text (out, text))
        return pena_pdf_set_request_invalid (error, _ ("%s is not valid UTF-8"), key + 1);
    g_string_append_c (out, '\n');
    return TRUE;
}

/* All of the signature dictionary that follows /Contents. */
static gchar *
describe_signature (Draft *draft, GError **error)
{
    g_autoptr (GString) out = g_string_new ("\n");

    /* a time-stamp says itself when and by whom */
    if (draft->options->time_stamp)
        return g_strdup ("\n>>");
    g_autofree gchar *date = pena_pdf_date_new (draft->options->time, draft->options->utc_offset);
    g_autofree gchar *reference = pena_pdf_reference_entry (draft->pdf, draft->lock, draft->options);

    if (date == NULL) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "time of signing out of range");
        return NULL;
    }
    g_string_append_printf (out, "/M %s\n", date);
    if (!append_text_entry (out, "/Name", draft->options->name, error) ||
        !append_text_entry (out, "/Reason", draft->options->reason, error) ||
        !append_text_entry (out, "/Location", draft->options->location, error))
        return NULL;
    g_string_append_printf (out, "%s>>", reference);
    return g_string_free (g_steal_pointer (&out), FALSE);
}

/* /ByteRange is room for now; the gap is '<', zeros and '>'. */
static gboolean
put_signature (Draft *draft, GError **error)
{
    PenaPdfWriter *writer = draft->writer;
    g_autofree gchar *rest = describe_signature (draft, error);

    if (rest == NULL)
        return FALSE;
    pena_pdf_writer_begin (writer, draft->signature);
    pena_pdf_writer_put (
        writer, draft->options->time_stamp
                    ? "<< /Type /DocTimeStamp /Filter /Adobe.PPKLite /SubFilter /ETSI.RFC3161\n/ByteRange "
                    : "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached\n/ByteRange ");
    draft->range_offset = writer->bytes->len;
    g_autofree gchar *room = g_strnfill (BYTE_RANGE_WIDTH, ' ');
    pena_pdf_writer_put_raw (writer, room);
    pena_pdf_writer_put (writer, "\n/Contents ");
    draft->gap_offset = writer->bytes->len;
    draft->gap_length = 2 * draft->options->contents_capacity + 2;
    g_autofree gchar *gap = g_strnfill (draft->gap_length, '0');
    gap[0] = '<';
    gap[draft->gap_length - 1] = '>';
    pena_pdf_writer_put_raw (writer, gap);
    pena_pdf_writer_put (writer, rest);
    pena_pdf_writer_end (writer);
    return TRUE;
}

static gchar *
format_ref (PenaPdfRef ref)
{
    return g_strdup_printf ("%d %d R", ref.number, ref.generation);
}

/* The lock stands in the field too, as an object of its own (table 235), so that readers show it. */
static void
append_lock (Draft *draft, GString *out)
{
    if (*draft->lock == '\0')
        return;
    PenaPdfRef ref = pena_pdf_writer_reserve (draft->writer);
    g_autofree gchar *text = g_strdup_printf ("<< /Type /SigFieldLock %s >>", draft->lock);
    pena_pdf_writer_add (draft->writer, ref, text);
    g_string_append_printf (out, " /Lock %d 0 R", ref.number);
}

static gboolean
is_seen (const Draft *draft)
{
    return draft->spots != NULL && draft->spots->widget >= 0;
}

static const PenaPdfPage *
page_of (const Draft *draft, guint spot)
{
    return &g_array_index (draft->spots->pages, PenaPdfPage,
                           g_array_index (draft->spots->spots, PenaPdfSpot, spot).page);
}

/* What a screen reader says of the stamp (ISO 32000-1, 12.7.3.1; ISO 14289-1, 7.18.1). */
static void
append_spoken_name (const Draft *draft, GString *out)
{
    const gchar *signer = draft->options->name != NULL ? draft->options->name : "";
    g_autofree gchar *text = g_strdup_printf (_ ("Electronic signature of %s"), signer);
    g_autoptr (GString) encoded = g_string_new (" /TU ");

    if (pena_pdf_append_text (encoded, text))
        g_string_append (out, encoded->str);
}

/* What can be seen has a place in the structure of a tagged document. That structure is part of what was signed, if somebody did: then
 * it stays as it is, because to others a change of it breaks their signature. */
static void
append_structure (const Draft *draft, PenaPdfRef field, GString *out)
{
    PenaPdfRef page = page_of (draft, (guint)draft->spots->widget)->ref;
    gint64 key;

    if (pena_pdf_is_tagged (draft->pdf) && pena_pdf_form_count_signed (draft->pdf, draft->form) == 0 &&
        pena_pdf_tag_widget (draft->writer, field, page, &key))
        g_string_append_printf (out, " /StructParent %" G_GINT64_FORMAT, key);
}

static void
put_new_field (Draft *draft, PenaPdfRef field, const gchar *name)
{
    PenaPdfRef page = draft->pdf->first_page;
    g_autofree gchar *value = format_ref (draft->signature);
    g_autoptr (GString) out = g_string_new ("<< /Type /Annot /Subtype /Widget /FT /Sig /T ");

    pena_pdf_append_text (out, name);
    append_lock (draft, out);
    g_string_append_printf (out, " /V %s /F %d ", value, PRINT_AND_LOCKED);
    if (is_seen (draft)) {
        append_spoken_name (draft, out);
        append_structure (draft, field, out);
        pena_pdf_append_place (out, draft->spots, draft->appearances);
    } else {
        pena_pdf_append_invisible (draft->writer, out);
        if (page.number != 0)
            g_string_append_printf (out, " /P %d %d R", page.number, page.generation);
    }
    g_string_append (out, " >>");
    pena_pdf_writer_add (draft->writer, field, out->str);
}

static void
put_existing_field (Draft *draft)
{
    g_autofree gchar *value = format_ref (draft->signature);
    g_autoptr (GString) lock = g_string_new (NULL);
    g_autofree gchar *look = NULL;
    PenaPdfChange changes[3] = {{"/V", value}};
    gsize n = 1;

    if (draft->options->lock != NULL) {
        append_lock (draft, lock);
        changes[n++] = (PenaPdfChange){"/Lock", lock->str + strlen (" /Lock ")};
    }
    if (is_seen (draft)) {
        g_autofree gchar *normal =
            format_ref (g_array_index (draft->appearances, PenaPdfRef, draft->spots->widget));
        look = g_strdup_printf ("<< /N %s >>", normal);
        changes[n++] = (PenaPdfChange){"/AP", look};
    }
    g_autofree gchar *text = pena_pdf_dict_with (draft->pdf, draft->field->object, changes, n);
    pena_pdf_writer_add (draft->writer, draft->field->ref, text);
}

/* The widget (or NULL) joins the page's /Annots: in the array where that is an object of its own, else in the page, which may have
 * more to say. A page may stand in the tree twice. */
static void
put_page (Draft *draft, PenaPdfRef page_ref, const gchar *widget, const PenaPdfPageChange *more)
{
    qpdf_oh page = pena_pdf_object (draft->pdf, page_ref);
    qpdf_oh annots = pena_pdf_get (draft->pdf, page, "/Annots");
    PenaPdfRef ref = pena_pdf_ref (draft->pdf, annots);
    g_autofree gchar *array = widget != NULL ? pena_pdf_array_with (draft->pdf, annots, widget) : NULL;
    PenaPdfChange changes[4];
    gsize n = 0;

    if (more->contents != NULL) {
        changes[n++] = (PenaPdfChange){"/Contents", more->contents};
        changes[n++] = (PenaPdfChange){"/Resources", more->resources};
    }
    if (array != NULL && ref.number != 0 && qpdf_oh_is_array (draft->pdf->qpdf, annots)) {
        pena_pdf_writer_add (draft->writer, ref, array);
        g_hash_table_add (draft->written, GINT_TO_POINTER (ref.number));
    } else if (array != NULL)
        changes[n++] = (PenaPdfChange){"/Annots", array};
    /* Where there are annotations, a tagged page has this order of going through them (ISO 14289-1, 7.18.3). */
    if (n > 0 && array != NULL && pena_pdf_is_tagged (draft->pdf) &&
        pena_pdf_is_null (draft->pdf, pena_pdf_get (draft->pdf, page, "/Tabs")))
        changes[n++] = (PenaPdfChange){"/Tabs", "/S"};
    if (n == 0 || !g_hash_table_add (draft->written, GINT_TO_POINTER (page_ref.number)))
        return;
    g_autofree gchar *text = pena_pdf_dict_with (draft->pdf, page, changes, n);
    pena_pdf_writer_add (draft->writer, page_ref, text);
}

/* Spots stand in the order of their pages, so that each page is written once. widget: NULL when it is on its page already. */
static void
put_pages (Draft *draft, const gchar *widget)
{
    g_auto (PenaPdfPageStreams) streams = {0};
    PenaPdfRef home =
        is_seen (draft) ? page_of (draft, (guint)draft->spots->widget)->ref : draft->pdf->first_page;
    guint n = draft->spots != NULL ? draft->spots->spots->len : 0;

    for (guint first = 0, end = 0; first < n; first = end) {
        g_auto (PenaPdfPageChange) change = {0};
        PenaPdfRef page = page_of (draft, first)->ref;
        gboolean here = page.number == home.number;
        while (end < n && page_of (draft, end) == page_of (draft, first))
            end++;
        pena_pdf_change_page (draft->pdf, draft->spots, first, end, draft->appearances, draft->writer,
                              &streams, &change);
        put_page (draft, page, here ? widget : NULL, &change);
        if (here)
            widget = NULL;
    }
    if (widget != NULL && home.number != 0) /* a document without pages has the field in its form alone */
        put_page (draft, home, widget, &(PenaPdfPageChange){0});
}

/* The form's dictionary with the new field in it. Where /Fields is an object of its own, that is written here
 * (unless the page shares it and has written it already) and the dictionary keeps its reference. */
static gchar *
form_text (Draft *draft, const gchar *widget)
{
    PenaPdf *pdf = draft->pdf;
    PenaPdfChange changes[3];
    gsize n = 0;
    PenaPdfRef fields = pena_pdf_ref (pdf, draft->form->fields);
    gint64 flags = pena_pdf_get_int (pdf, draft->form->form, "/SigFlags", 0) | SIGNATURES_EXIST | APPEND_ONLY;
    g_autofree gchar *flags_text = g_strdup_printf ("%" G_GINT64_FORMAT, flags);
    g_autofree gchar *array = widget != NULL ? pena_pdf_array_with (pdf, draft->form->fields, widget) : NULL;

    changes[n++] = (PenaPdfChange){"/SigFlags", flags_text};
    if (pena_pdf_get_bool (pdf, draft->form->form, "/NeedAppearances", FALSE))
        changes[n++] = (PenaPdfChange){"/NeedAppearances", NULL};
    if (array != NULL && fields.number != 0 && qpdf_oh_is_array (pdf->qpdf, draft->form->fields)) {
        if (!g_hash_table_contains (draft->written, GINT_TO_POINTER (fields.number)))
            pena_pdf_writer_add (draft->writer, fields, array);
    } else if (array != NULL)
        changes[n++] = (PenaPdfChange){"/Fields", array};
    qpdf_oh form =
        pena_pdf_is_dict (pdf, draft->form->form) ? draft->form->form : qpdf_oh_new_dictionary (pdf->qpdf);
    return pena_pdf_dict_with (pdf, form, changes, n);
}

/* form: the new value of /AcroForm, or NULL when that stays. */
static void
put_catalog (Draft *draft, const gchar *form)
{
    PenaPdf *pdf = draft->pdf;
    PenaPdfChange changes[2];
    gsize n = 0;
    g_autofree gchar *permissions =
        draft->options->certify != 0 ? pena_pdf_put_permissions (draft->writer, draft->signature) : NULL;

    if (form != NULL)
        changes[n++] = (PenaPdfChange){"/AcroForm", form};
    if (permissions != NULL)
        changes[n++] = (PenaPdfChange){"/Perms", permissions};
    if (n == 0)
        return;
    g_autofree gchar *catalog = pena_pdf_dict_with (pdf, pdf->root, changes, n);
    pena_pdf_writer_add (draft->writer, pena_pdf_ref (pdf, pdf->root), catalog);
}

/* The form is an object of its own, or stands in the catalog, or is new. */
static void
put_form (Draft *draft, const gchar *widget)
{
    PenaPdf *pdf = draft->pdf;
    g_autofree gchar *text = form_text (draft, widget);
    g_autofree gchar *reference = NULL;
    PenaPdfRef ref = pena_pdf_ref (pdf, draft->form->form);
    gboolean exists = pena_pdf_is_dict (pdf, draft->form->form);

    if (exists && ref.number != 0) {
        pena_pdf_writer_add (draft->writer, ref, text);
        put_catalog (draft, NULL);
        return;
    }
    if (!exists) {
        ref = pena_pdf_writer_reserve (draft->writer);
        pena_pdf_writer_add (draft->writer, ref, text);
        reference = format_ref (ref);
    }
    put_catalog (draft, exists ? text : reference);
}

static void
put_field (Draft *draft)
{
    if (draft->field != NULL) {
        put_existing_field (draft);
        put_pages (draft, NULL);
        put_form (draft, NULL);
        return;
    }
    g_autofree gchar *name = pena_pdf_form_free_name (draft->form);
    PenaPdfRef ref = pena_pdf_writer_reserve (draft->writer);
    g_autofree gchar *field = format_ref (ref);
    put_new_field (draft, ref, name);
    put_pages (draft, field);
    put_form (draft, field);
}

/* Everything but the gap, now that all sizes are known. */
static void
fill_byte_range (Draft *draft)
{
    guint64 base = draft->pdf->size;
    guint64 before = base + draft->gap_offset;
    guint64 after = before + draft->gap_length;
    guint64 rest = pena_pdf_writer_position (draft->writer) - after;
    g_autofree gchar *range = g_strdup_printf (
        "[0 %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, before, after, rest);
    guint8 *room = draft->writer->bytes->data + draft->range_offset;

    memcpy (room, range, strlen (range));
    room[BYTE_RANGE_WIDTH - 1] = ']';
}

static gboolean
choose_field (Draft *draft, GError **error)
{
    const gchar *name = draft->options->field;

    if (!pena_pdf_check_rights (draft->pdf, name == NULL, error))
        return FALSE;
    /* ISO 32000-2, 12.8.2.2.2: neither certification nor a lock forbids a document time-stamp */
    if (draft->options->time_stamp)
        return TRUE;
    if (name == NULL) {
        g_autofree gchar *fresh = pena_pdf_form_free_name (draft->form);
        return pena_pdf_check_lock (draft->pdf, draft->form, fresh, error);
    }
    draft->field = pena_pdf_form_find (draft->form, name);
    if (draft->field == NULL || !pena_pdf_is_null (draft->pdf, draft->field->value))
        return pena_pdf_set_request_invalid (error, _ ("there is no empty signature field '%s'"), name);
    if (draft->field->ref.number == 0) {
        pena_pdf_set_unsupported (error, _ ("a signature field that is not an object of its own"));
        return FALSE;
    }
    return pena_pdf_check_lock (draft->pdf, draft->form, name, error) &&
           pena_pdf_check_seed (draft->pdf, draft->field, draft->options, error);
}

/* Such a signature would be encrypted with the form that it stands in. */
static gboolean
has_direct_signature (const Draft *draft)
{
    for (guint i = 0; i < draft->form->signatures->len; i++) {
        const PenaPdfField *field = g_ptr_array_index (draft->form->signatures, i);
        if (pena_pdf_field_is_signed (draft->pdf, field) &&
            pena_pdf_ref (draft->pdf, field->value).number == 0)
            return TRUE;
    }
    return FALSE;
}

static gboolean
check_bounds (Draft *draft, GError **error)
{
    if (draft->options->contents_capacity == 0 || draft->options->contents_capacity > MAX_CAPACITY) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL, "no sensible room for the signature");
        return FALSE;
    }
    guint more = draft->options->archived ? 2 : 1;
    if (pena_pdf_form_count_signed (draft->pdf, draft->form) + more > PENA_PDF_MAX_SIGNATURES) {
        pena_pdf_set_unsupported (error, _ ("too many signatures"));
        return FALSE;
    }
    if (draft->pdf->encryption != NULL && has_direct_signature (draft)) {
        pena_pdf_set_unsupported (error,
                                  _ ("an encrypted file with a signature that is not an object of its own"));
        return FALSE;
    }
    if (pena_pdf_get_int (draft->pdf, draft->pdf->trailer, "/Size", 1) > MAX_OBJECTS) {
        pena_pdf_set_unsupported (error, _ ("too many objects"));
        return FALSE;
    }
    return TRUE;
}

static gboolean
put_stamp (Draft *draft, GError **error)
{
    if (draft->spots != NULL)
        draft->appearances =
            pena_pdf_put_appearances (draft->pdf, draft->options->stamp, draft->spots, draft->writer, error);
    return draft->spots == NULL || draft->appearances != NULL;
}

/* Nobody is asked for a signature that cannot become what was wanted: the document time-stamp is tried here, and thrown away. */
static gboolean
check_archivable (PenaPdf *self, const PenaPdfSignOptions *options, GError **error)
{
    const PenaPdfSignOptions stamp = {.contents_capacity = options->contents_capacity, .time_stamp = TRUE};

    if (!options->archived)
        return TRUE;
    g_autoptr (PenaPdfUpdate) update = pena_pdf_prepare (self, &stamp, error);
    return update != NULL;
}

PenaPdfUpdate *
pena_pdf_prepare (PenaPdf *self, const PenaPdfSignOptions *options, GError **error)
{
    g_autoptr (PenaPdfForm) form = pena_pdf_form_new (self, error);
    g_autoptr (PenaPdfWriter) writer = NULL;
    g_autoptr (PenaPdfSpots) spots = NULL;
    g_autoptr (GArray) appearances = NULL;
    g_autoptr (GHashTable) written = g_hash_table_new (NULL, NULL);
    Draft draft = {.pdf = self, .options = options, .form = form, .written = written};

    if (form == NULL || (!options->time_stamp && !pena_pdf_check_permissions (self, form, error)) ||
        !check_bounds (&draft, error) || !choose_field (&draft, error) ||
        !pena_pdf_check_certify (self, form, options, error) || !check_archivable (self, options, error))
        return NULL;
    g_autofree gchar *lock = draft.lock = pena_pdf_lock_entries (self, form, draft.field, options, error);
    if (lock == NULL)
        return NULL;
    if (options->stamp != NULL) {
        spots = draft.spots = pena_pdf_spots_new (self, form, draft.field, options->stamp, error);
        if (spots == NULL)
            return NULL;
    }
    writer = draft.writer = pena_pdf_writer_new (self);
    draft.signature = pena_pdf_writer_reserve (writer);
    if (!put_signature (&draft, error) || !put_stamp (&draft, error))
        return NULL;
    appearances = draft.appearances;
    put_field (&draft);
    if (!pena_pdf_check (self, error) || !pena_pdf_writer_finish (writer, self, error))
        return NULL;
    fill_byte_range (&draft);

    PenaPdfUpdate *update = g_new0 (PenaPdfUpdate, 1);
    update->bytes = g_byte_array_ref (writer->bytes);
    update->gap_offset = draft.gap_offset;
    update->gap_length = draft.gap_length;
    update->covers = spots != NULL && spots->covers;
    return update;
}

gboolean
pena_pdf_update_set_contents (PenaPdfUpdate *self, gconstpointer der, gsize length, GError **error)
{
    static const gchar digits[] = "0123456789abcdef";
    const guint8 *bytes = der;
    guint8 *out = self->bytes->data + self->gap_offset + 1;
    gsize room = (self->gap_length - 2) / 2;

    if (length > room) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_INTERNAL,
                     "signature of %" G_GSIZE_FORMAT " bytes in room for %" G_GSIZE_FORMAT, length, room);
        return FALSE;
    }
    memset (out, '0', 2 * room);
    for (gsize i = 0; i < length; i++) {
        out[2 * i] = (guint8)digits[bytes[i] >> 4];
        out[2 * i + 1] = (guint8)digits[bytes[i] & 15];
    }
    return TRUE;
}
