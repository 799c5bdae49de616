/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a signature forbids those who come after it
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-transform.h"

#include <string.h>

#include "pena-pdf-text.h"
#include "pena-text.h"

#define MAX_LOCKED_FIELDS 1000

/* " /Fields [(A) (B)]". A name that is not there is most likely a mistake, and would leave a field open that was to be locked. */
static gboolean
append_names (GString *out, const PenaPdfForm *form, const gchar *list, GError **error)
{
    g_auto (GStrv) names = g_strsplit (list, ",", MAX_LOCKED_FIELDS);

    g_string_append (out, " /Fields [");
    for (guint i = 0; names[i] != NULL; i++) {
        if (*names[i] == '\0' || !g_hash_table_contains (form->full_names, names[i]))
            return pena_pdf_set_request_invalid (error, _ ("there is no field '%s' to lock"), names[i]);
        g_string_append_c (out, ' ');
        pena_pdf_append_text (out, names[i]);
    }
    g_string_append (out, " ]");
    if (names[0] == NULL)
        pena_pdf_set_request_invalid (error, _ ("a lock without fields"));
    return names[0] != NULL;
}

static gchar *
wanted_entries (const PenaPdfForm *form, const gchar *lock, GError **error)
{
    static const struct {
        const gchar *prefix, *action;
    } kinds[] = {{"include:", "/Action /Include"}, {"exclude:", "/Action /Exclude"}};
    g_autoptr (GString) out = g_string_new (NULL);

    if (g_str_equal (lock, "all"))
        return g_strdup ("/Action /All");
    for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
        if (!g_str_has_prefix (lock, kinds[i].prefix))
            continue;
        g_string_append (out, kinds[i].action);
        return append_names (out, form, lock + strlen (kinds[i].prefix), error)
                   ? g_string_free (g_steal_pointer (&out), FALSE)
                   : NULL;
    }
    pena_pdf_set_request_invalid (error, _ ("a lock is all, include:FIELD,… or exclude:FIELD,…"));
    return NULL;
}

static gchar *
author_entries (PenaPdf *pdf, qpdf_oh lock, GError **error)
{
    gint64 level = pena_pdf_get_int (pdf, lock, "/P", 0);
    g_autofree gchar *action = pena_pdf_get_name (pdf, lock, "/Action");
    gboolean all = g_strcmp0 (action, "All") == 0;

    if (!all && g_strcmp0 (action, "Include") != 0 && g_strcmp0 (action, "Exclude") != 0) {
        pena_pdf_set_unsupported (error, _ ("a field with a lock of an unknown kind"));
        return NULL;
    }
    GString *out = g_string_new (NULL);
    g_string_append_printf (out, "/Action /%s", action);
    if (!all) {
        g_autofree gchar *list = pena_pdf_unparse_resolved (pdf, pena_pdf_get (pdf, lock, "/Fields"));
        g_string_append_printf (out, " /Fields %s", list);
    }
    if (level >= 1 && level <= 3)
        g_string_append_printf (out, " /P %d", (gint)level);
    return g_string_free (out, FALSE);
}

gchar *
pena_pdf_lock_entries (PenaPdf *pdf, const PenaPdfForm *form, const PenaPdfField *field,
                       const PenaPdfSignOptions *options, GError **error)
{
    qpdf_oh lock = field != NULL ? pena_pdf_get (pdf, field->object, "/Lock") : qpdf_oh_new_null (pdf->qpdf);

    if (!pena_pdf_is_dict (pdf, lock))
        return options->lock != NULL ? wanted_entries (form, options->lock, error) : g_strdup ("");
    if (options->lock == NULL)
        return author_entries (pdf, lock, error);
    pena_pdf_set_request_invalid (error, _ ("the field has a lock of its own"));
    return NULL;
}

gboolean
pena_pdf_check_certify (PenaPdf *pdf, const PenaPdfForm *form, const PenaPdfSignOptions *options,
                        GError **error)
{
    qpdf_oh permissions = pena_pdf_get (pdf, pdf->root, "/Perms");

    if (options->certify == 0)
        return TRUE;
    if (options->certify > 3)
        return pena_pdf_set_request_invalid (error, _ ("a certification has level 1, 2 or 3"));
    if (pena_pdf_form_count_signed (pdf, form) > 0 ||
        pena_pdf_is_dict (pdf, pena_pdf_get (pdf, permissions, "/DocMDP")))
        return pena_pdf_set_request_invalid (error, _ ("only the first signature can certify a document"));
    return pena_pdf_check (pdf, error);
}

/* Parameters are direct objects: some readers look for nothing else. */
gchar *
pena_pdf_reference_entry (PenaPdf *pdf, const gchar *lock_entries, const PenaPdfSignOptions *options)
{
    GString *out = g_string_new (NULL);

    if (options->certify != 0)
        g_string_append_printf (out,
                                " << /Type /SigRef /TransformMethod /DocMDP /TransformParams "
                                "<< /Type /TransformParams /V /1.2 /P %u >> >>",
                                options->certify);
    if (*lock_entries != '\0')
        g_string_append_printf (out,
                                " << /Type /SigRef /TransformMethod /FieldMDP /TransformParams "
                                "<< /Type /TransformParams /V /1.2 %s >> /Data %s >>",
                                lock_entries, qpdf_oh_unparse (pdf->qpdf, pdf->root));
    if (out->len > 0) {
        g_string_prepend (out, "/Reference [");
        g_string_append (out, " ]\n");
    }
    return g_string_free (out, FALSE);
}

gchar *
pena_pdf_put_permissions (PenaPdfWriter *writer, PenaPdfRef signature)
{
    PenaPdf *pdf = writer->pdf;
    qpdf_oh permissions = pena_pdf_get (pdf, pdf->root, "/Perms");
    PenaPdfRef ref = pena_pdf_ref (pdf, permissions);
    g_autofree gchar *value = g_strdup_printf ("%d %d R", signature.number, signature.generation);
    const PenaPdfChange change = {"/DocMDP", value};

    if (!pena_pdf_is_dict (pdf, permissions))
        return g_strdup_printf ("<< /DocMDP %s >>", value);
    g_autofree gchar *text = pena_pdf_dict_with (pdf, permissions, &change, 1);
    if (ref.number == 0)
        return g_steal_pointer (&text);
    pena_pdf_writer_add (writer, ref, text);
    return NULL;
}
