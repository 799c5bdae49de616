/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a revision of a PDF can do to the one before, and what a signature allows of it
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-edit.h"

#include "pena-text.h"

/* Who allows it: an approval signature, a certification with /P 1, 2 or 3. */
#define NOBODY 0
#define APPROVAL (1 << PENA_PDF_ALLOWS_APPROVAL)
#define P1 (1 << PENA_PDF_ALLOWS_NOTHING)
#define P2 (1 << PENA_PDF_ALLOWS_FORMS)
#define P3 (1 << PENA_PDF_ALLOWS_COMMENTS)
#define ALL (APPROVAL | P1 | P2 | P3)

/* ISO 32000-2, 12.8.2.2 and table 257, and what common sense adds; docs/validation-changes.md says why. Whatever
 * is not found here under another name is one of the last rows. */
static const struct {
    const gchar *code;
    PenaPdfPurpose purpose;
    guint by;
    const gchar *text;
} deeds[PENA_PDF_N_DEEDS] = {
    [PENA_PDF_DID_SIGN] = {"signature-added", PENA_PDF_FOR_SIGNING, APPROVAL | P2 | P3,
                           N_ ("a further signature was added")},
    [PENA_PDF_DID_TIME_STAMP] = {"time-stamp-added", PENA_PDF_FOR_SIGNING, ALL,
                                 N_ ("a time-stamp of the document was added")},
    [PENA_PDF_DID_ADD_SIGNATURE_FIELD] = {"signature-field-added", PENA_PDF_FOR_COMPANY, APPROVAL | P2 | P3,
                                          N_ ("an empty signature field was added")},
    [PENA_PDF_DID_ADD_VALIDATION_DATA] = {"validation-data-added", PENA_PDF_FOR_SIGNING, ALL,
                                          N_ ("validation data was added")},
    [PENA_PDF_DID_RAISE_VERSION] = {"version-raised", PENA_PDF_FOR_COMPANY, ALL,
                                    N_ ("the version of the file format was set")},
    [PENA_PDF_DID_SET_UP_FORM] = {"form-set-up", PENA_PDF_FOR_COMPANY, ALL,
                                  N_ ("the form was set up for signatures")},
    [PENA_PDF_DID_NOTE_DATES] = {"dates-noted", PENA_PDF_FOR_COMPANY, ALL,
                                 N_ ("when and with what the file was saved was noted")},
    [PENA_PDF_DID_WRITE_METADATA] = {"metadata-written", PENA_PDF_FOR_COMPANY, ALL,
                                     N_ ("the metadata was written anew")},
    [PENA_PDF_DID_LEAVE_BEHIND] = {"object-left-behind", PENA_PDF_FOR_COMPANY, ALL,
                                   N_ ("an object was added that nothing refers to")},
    [PENA_PDF_DID_FILL_FIELD] = {"field-filled", PENA_PDF_FOR_FILLING, APPROVAL | P2 | P3,
                                 N_ ("an empty field was filled in")},
    [PENA_PDF_DID_REPLACE_VALUE] = {"field-value-replaced", PENA_PDF_FOR_FILLING, P2 | P3,
                                    N_ ("what stood in a field was replaced")},
    [PENA_PDF_DID_REDRAW_FIELD] = {"field-redrawn", PENA_PDF_FOR_FILLING, P2 | P3,
                                   N_ ("a field looks different with the same value")},
    [PENA_PDF_DID_ADD_COMMENT] = {"comment-added", PENA_PDF_FOR_COMMENTING, P3,
                                  N_ ("a comment was put over signed content")},
    [PENA_PDF_DID_CHANGE_COMMENT] = {"comment-changed", PENA_PDF_FOR_COMMENTING, P3,
                                     N_ ("a comment over signed content was changed")},
    [PENA_PDF_DID_REMOVE_COMMENT] = {"comment-removed", PENA_PDF_FOR_COMMENTING, P3,
                                     N_ ("a comment was removed")},
    [PENA_PDF_DID_COVER_CONTENT] = {"annotation-over-content", PENA_PDF_FOR_NOTHING, NOBODY,
                                    N_ ("an annotation that can hide or replace it was put over signed "
                                        "content")},
    [PENA_PDF_DID_CHANGE_ANNOTATION] = {"annotation-changed", PENA_PDF_FOR_NOTHING, NOBODY,
                                        N_ ("an annotation was changed")},
    [PENA_PDF_DID_REMOVE_ANNOTATION] = {"annotation-removed", PENA_PDF_FOR_NOTHING, NOBODY,
                                        N_ ("an annotation was removed")},
    [PENA_PDF_DID_REORDER_ANNOTATIONS] = {"annotations-reordered", PENA_PDF_FOR_NOTHING, NOBODY,
                                          N_ ("annotations lie over each other in another order")},
    [PENA_PDF_DID_ADD_UNSOUND_SIGNATURE] = {"unsound-signature-added", PENA_PDF_FOR_NOTHING, NOBODY,
                                            N_ ("something was added that is no sound signature")},
    [PENA_PDF_DID_SHOW_EMPTY_FIELD] = {"visible-field-added", PENA_PDF_FOR_NOTHING, NOBODY,
                                       N_ ("a signature field that nobody signed shows something")},
    [PENA_PDF_DID_ADD_MORE_THAN_FIELD] = {"signature-field-misused", PENA_PDF_FOR_NOTHING, NOBODY,
                                          N_ ("a new signature field is not only that")},
    [PENA_PDF_DID_CHANGE_SIGNATURE] = {"signature-changed", PENA_PDF_FOR_NOTHING, NOBODY,
                                       N_ ("the field of a signature was changed")},
    [PENA_PDF_DID_REDRAW_SIGNATURE] = {"signature-appearance-changed", PENA_PDF_FOR_NOTHING, NOBODY,
                                       N_ ("the appearance of a signature was changed")},
    [PENA_PDF_DID_REMOVE_SIGNATURE] = {"signature-removed", PENA_PDF_FOR_NOTHING, NOBODY,
                                       N_ ("a signature was removed")},
    [PENA_PDF_DID_ADD_FIELD] = {"field-added", PENA_PDF_FOR_NOTHING, NOBODY,
                                N_ ("a field was added to the form")},
    [PENA_PDF_DID_REMOVE_FIELD] = {"field-removed", PENA_PDF_FOR_NOTHING, NOBODY,
                                   N_ ("a field was removed from the form")},
    [PENA_PDF_DID_CHANGE_FIELD] = {"field-changed", PENA_PDF_FOR_NOTHING, NOBODY,
                                   N_ ("more of a field than its value was changed")},
    [PENA_PDF_DID_TOUCH_LOCKED_FIELD] = {"field-locked", PENA_PDF_FOR_NOTHING, NOBODY,
                                         N_ ("a field was changed that the signature locks")},
    [PENA_PDF_DID_CHANGE_FORM] = {"form-changed", PENA_PDF_FOR_NOTHING, NOBODY, N_ ("the form was changed")},
    [PENA_PDF_DID_CHANGE_XFA] = {"xfa-changed", PENA_PDF_FOR_NOTHING, NOBODY,
                                 N_ ("the XML of the form (XFA) was changed")},
    [PENA_PDF_DID_CHANGE_CONTENT] = {"page-content", PENA_PDF_FOR_NOTHING, NOBODY,
                                     N_ ("the content of a page was changed")},
    [PENA_PDF_DID_CHANGE_RESOURCES] = {"page-resources", PENA_PDF_FOR_NOTHING, NOBODY,
                                       N_ ("a font, a picture or another resource of a page was changed")},
    [PENA_PDF_DID_CHANGE_PAGE] = {"page-changed", PENA_PDF_FOR_NOTHING, NOBODY,
                                  N_ ("the setting of a page was changed")},
    [PENA_PDF_DID_CHANGE_PAGE_TREE] = {"page-tree", PENA_PDF_FOR_NOTHING, NOBODY,
                                       N_ ("pages were added, removed or moved")},
    [PENA_PDF_DID_CHANGE_CATALOG] = {"catalog-changed", PENA_PDF_FOR_NOTHING, NOBODY,
                                     N_ ("an entry of the catalog was changed")},
    [PENA_PDF_DID_ADD_ACTION] = {"action", PENA_PDF_FOR_NOTHING, NOBODY,
                                 N_ ("an action or a script was added or changed")},
    [PENA_PDF_DID_CHANGE_NAMES] = {"names", PENA_PDF_FOR_NOTHING, NOBODY,
                                   N_ ("the list of names was changed")},
    [PENA_PDF_DID_CHANGE_ATTACHMENTS] = {"embedded-files", PENA_PDF_FOR_NOTHING, NOBODY,
                                         N_ ("embedded files were added or changed")},
    [PENA_PDF_DID_CHANGE_LAYERS] = {"layers", PENA_PDF_FOR_NOTHING, NOBODY,
                                    N_ ("layers were changed, so that other content shows")},
    [PENA_PDF_DID_CHANGE_STRUCTURE] = {"structure", PENA_PDF_FOR_NOTHING, NOBODY,
                                       N_ ("the structure tree was changed")},
    [PENA_PDF_DID_CHANGE_OUTPUT_INTENTS] = {"output-intents", PENA_PDF_FOR_NOTHING, NOBODY,
                                            N_ ("the meaning of colours was changed")},
    [PENA_PDF_DID_CHANGE_PERMISSIONS] = {"permissions", PENA_PDF_FOR_NOTHING, NOBODY,
                                         N_ ("what the document permits was changed")},
    [PENA_PDF_DID_CHANGE_VALIDATION_DATA] = {"validation-data-changed", PENA_PDF_FOR_NOTHING, NOBODY,
                                             N_ ("the validation data was changed into something else")},
    [PENA_PDF_DID_CHANGE_METADATA] = {"metadata-changed", PENA_PDF_FOR_NOTHING, NOBODY,
                                      N_ ("the metadata was changed into something else")},
    [PENA_PDF_DID_CHANGE_INFO] = {"info", PENA_PDF_FOR_NOTHING, NOBODY,
                                  N_ ("the description of the document (/Info) was changed")},
    [PENA_PDF_DID_CHANGE_ENCRYPTION] = {"encryption", PENA_PDF_FOR_NOTHING, NOBODY,
                                        N_ ("the encryption was changed")},
    [PENA_PDF_DID_REPLACE_CATALOG] = {"catalog-replaced", PENA_PDF_FOR_NOTHING, NOBODY,
                                      N_ ("another catalog took the place of the signed one")},
    [PENA_PDF_DID_CHANGE_UNUSED_OBJECT] = {"unused-object-replaced", PENA_PDF_FOR_NOTHING, NOBODY,
                                           N_ ("an object was replaced that nothing referred to when it was "
                                               "signed")},
    [PENA_PDF_DID_SHOW_HIDDEN_OBJECT] =
        {"hidden-object-shown", PENA_PDF_FOR_NOTHING, NOBODY,
         N_ ("something that lay hidden in the signed file was made to show")},
    [PENA_PDF_DID_ADD_MISSING_OBJECT] =
        {"missing-object-added", PENA_PDF_FOR_NOTHING, NOBODY,
         N_ ("an object was added that the signed file refers to but lacked")},
    [PENA_PDF_DID_REMOVE_OBJECT] = {"object-removed", PENA_PDF_FOR_NOTHING, NOBODY,
                                    N_ ("an object was removed")},
    [PENA_PDF_DID_REPLACE_OBJECT] = {"object-replaced", PENA_PDF_FOR_NOTHING, NOBODY,
                                     N_ ("an object was replaced by one of another generation")},
    [PENA_PDF_DID_ADD_UNUSED_OBJECT] = {"unused-object-added", PENA_PDF_FOR_NOTHING, NOBODY,
                                        N_ ("an object was added that serves no purpose known here")},
    [PENA_PDF_DID_SHADOW_ENTRY] = {"shadowed-entry", PENA_PDF_FOR_NOTHING, NOBODY,
                                   N_ ("a later cross-reference entry gives other signed bytes the number of "
                                       "an object")},
    [PENA_PDF_DID_LIST_TWICE] =
        {"entry-listed-twice", PENA_PDF_FOR_NOTHING, NOBODY,
         N_ ("a cross-reference section lists one object twice, and readers may differ "
             "on it")},
    [PENA_PDF_DID_APPEND_HYBRID] = {"hybrid-update", PENA_PDF_FOR_NOTHING, NOBODY,
                                    N_ ("readers may differ on what was added")},
    [PENA_PDF_DID_APPEND_BYTES] = {"bytes-after-end", PENA_PDF_FOR_NOTHING, NOBODY,
                                   N_ ("bytes follow the end of the last revision")},
    [PENA_PDF_DID_APPEND_NOTHING] = {"empty-update", PENA_PDF_FOR_NOTHING, NOBODY,
                                     N_ ("bytes were appended that change nothing and that nobody signed")},
    [PENA_PDF_DID_LEAVE_END_UNCOVERED] = {"end-not-covered", PENA_PDF_FOR_NOTHING, NOBODY,
                                          N_ ("the end of the file is not covered")},
    [PENA_PDF_DID_END_ELSEWHERE] = {"range-ends-elsewhere", PENA_PDF_FOR_NOTHING, NOBODY,
                                    N_ ("the signed range does not end where a revision ends")},
    [PENA_PDF_DID_BECOME_UNREADABLE] = {"revision-unreadable", PENA_PDF_FOR_NOTHING, NOBODY,
                                        N_ ("a revision cannot be read on its own")},
    [PENA_PDF_DID_TOO_MUCH] = {"too-much-to-compare", PENA_PDF_FOR_NOTHING, NOBODY,
                               N_ ("too many revisions and objects to compare")},
};

const gchar *
pena_pdf_deed_code (PenaPdfDeed deed)
{
    return deeds[deed].code;
}

PenaPdfPurpose
pena_pdf_deed_purpose (PenaPdfDeed deed)
{
    return deeds[deed].purpose;
}

gboolean
pena_pdf_deed_is_allowed (PenaPdfDeed deed, PenaPdfAllowance by)
{
    return (deeds[deed].by & (1u << by)) != 0;
}

void
pena_pdf_done_free (PenaPdfDone *self)
{
    g_free (self->field);
    g_free (self->detail);
    g_free (self);
}

/* "the content of a page was changed (page 2, object 9)" */
static gchar *
dup_text (const PenaPdfDone *done, PenaPdfDeed as)
{
    GString *out = g_string_new (_ (deeds[as].text));
    gsize start = out->len;

    if (done->page != 0)
        g_string_append_printf (out, ", %s %u", _ ("page"), done->page);
    if (done->field != NULL)
        g_string_append_printf (out, ", %s '%s'", _ ("field"), done->field);
    if (done->detail != NULL)
        g_string_append_printf (out, ", %s", done->detail);
    if (done->object != 0)
        g_string_append_printf (out, ", %s %d", _ ("object"), done->object);
    if (out->len > start) {
        g_string_overwrite_len (out, start, " (", 2);
        g_string_append_c (out, ')');
    }
    return g_string_free (out, FALSE);
}

PenaPdfEdit *
pena_pdf_edit_new (const PenaPdfDone *done, PenaPdfDeed as, gboolean allowed)
{
    PenaPdfEdit *self = g_new0 (PenaPdfEdit, 1);

    self->code = deeds[as].code;
    self->allowed = allowed;
    self->revision = done->revision;
    self->page = done->page;
    self->object = done->object;
    self->field = g_strdup (done->field);
    self->detail = g_strdup (done->detail);
    self->text = dup_text (done, as);
    return self;
}

void
pena_pdf_edit_free (PenaPdfEdit *self)
{
    g_free (self->field);
    g_free (self->detail);
    g_free (self->text);
    g_free (self);
}

PenaPdfDeed
pena_pdf_deed_on_catalog (const gchar *key)
{
    static const struct {
        const gchar *key;
        PenaPdfDeed deed;
    } rows[] = {
        {"/AcroForm", PENA_PDF_DID_CHANGE_FORM},
        {"/Pages", PENA_PDF_DID_CHANGE_PAGE_TREE},
        {"/DSS", PENA_PDF_DID_CHANGE_VALIDATION_DATA},
        {"/Metadata", PENA_PDF_DID_CHANGE_METADATA},
        {"/Version", PENA_PDF_DID_RAISE_VERSION},
        {"/Extensions", PENA_PDF_DID_RAISE_VERSION},
        {"/OpenAction", PENA_PDF_DID_ADD_ACTION},
        {"/AA", PENA_PDF_DID_ADD_ACTION},
        {"/URI", PENA_PDF_DID_ADD_ACTION},
        {"/Names", PENA_PDF_DID_CHANGE_NAMES},
        {"/Names/JavaScript", PENA_PDF_DID_ADD_ACTION},
        {"/Names/EmbeddedFiles", PENA_PDF_DID_CHANGE_ATTACHMENTS},
        {"/Dests", PENA_PDF_DID_CHANGE_NAMES},
        {"/AF", PENA_PDF_DID_CHANGE_ATTACHMENTS},
        {"/Collection", PENA_PDF_DID_CHANGE_ATTACHMENTS},
        {"/OCProperties", PENA_PDF_DID_CHANGE_LAYERS},
        {"/StructTreeRoot", PENA_PDF_DID_CHANGE_STRUCTURE},
        {"/MarkInfo", PENA_PDF_DID_CHANGE_STRUCTURE},
        {"/Lang", PENA_PDF_DID_CHANGE_STRUCTURE},
        {"/OutputIntents", PENA_PDF_DID_CHANGE_OUTPUT_INTENTS},
        {"/Perms", PENA_PDF_DID_CHANGE_PERMISSIONS},
        {"/Legal", PENA_PDF_DID_CHANGE_PERMISSIONS},
    };

    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
        if (g_str_equal (rows[i].key, key))
            return rows[i].deed;
    return g_str_has_prefix (key, "/Names/") ? PENA_PDF_DID_CHANGE_NAMES : PENA_PDF_DID_CHANGE_CATALOG;
}

PenaPdfDeed
pena_pdf_deed_on (const PenaPdfRole *role)
{
    static const PenaPdfDeed rows[] = {
        [PENA_PDF_AREA_NONE] = PENA_PDF_DID_CHANGE_UNUSED_OBJECT,
        [PENA_PDF_AREA_PAGE_TREE] = PENA_PDF_DID_CHANGE_PAGE_TREE,
        [PENA_PDF_AREA_PAGE] = PENA_PDF_DID_CHANGE_PAGE,
        [PENA_PDF_AREA_CONTENT] = PENA_PDF_DID_CHANGE_CONTENT,
        [PENA_PDF_AREA_RESOURCES] = PENA_PDF_DID_CHANGE_RESOURCES,
        [PENA_PDF_AREA_ANNOTATION] = PENA_PDF_DID_CHANGE_ANNOTATION,
        [PENA_PDF_AREA_FIELD_LOOK] = PENA_PDF_DID_CHANGE_FIELD,
        [PENA_PDF_AREA_SIGNATURE_LOOK] = PENA_PDF_DID_REDRAW_SIGNATURE,
        [PENA_PDF_AREA_SIGNATURE] = PENA_PDF_DID_CHANGE_SIGNATURE,
        [PENA_PDF_AREA_FORM] = PENA_PDF_DID_CHANGE_FORM,
        [PENA_PDF_AREA_CATALOG] = PENA_PDF_DID_CHANGE_CATALOG,
        [PENA_PDF_AREA_INFO] = PENA_PDF_DID_CHANGE_INFO,
        [PENA_PDF_AREA_ENCRYPTION] = PENA_PDF_DID_CHANGE_ENCRYPTION,
        [PENA_PDF_AREA_CONTAINER] = PENA_PDF_DID_CHANGE_UNUSED_OBJECT,
    };
    PenaPdfDeed deed =
        role->area == PENA_PDF_AREA_CATALOG ? pena_pdf_deed_on_catalog (role->key) : rows[role->area];

    /* An object that was not explained is never among what is allowed. */
    return pena_pdf_deed_purpose (deed) == PENA_PDF_FOR_NOTHING ? deed : PENA_PDF_DID_CHANGE_CATALOG;
}
