/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: one building block of a judgement at a time, on signatures in which one thing was changed
 * Copyright (C) 2026 the Pena authors */
#include "ades-blocks.h"

#include <string.h>

#include "pena-cms-map.h"
#include "pena-der.h"

/* ---- a judgement between two blocks ---- */

void
block_begin (PenaJudgement *self, const PenaValidationContext *context, PenaAdesFormat format, GBytes *bytes)
{
    *self = (PenaJudgement){.format = format,
                            .padded = format == PADES,
                            .bytes = g_bytes_ref (bytes),
                            .signer_index = -1,
                            .context = *context,
                            .doubts = pena_findings_new (),
                            .report = pena_signature_report_new (format)};
}

void
block_end (PenaJudgement *self)
{
    g_bytes_unref (self->bytes);
    pena_cms_free (self->cms);
    g_clear_pointer (&self->embedded, pena_x509_stack_free);
    X509_free (self->signer);
    g_ptr_array_unref (self->doubts);
    pena_signature_report_free (self->report);
}

static gboolean
says (GPtrArray *texts, const gchar *part)
{
    for (guint i = 0; i < texts->len; i++)
        if (strstr (texts->pdata[i], part) != NULL)
            return TRUE;
    return FALSE;
}

static gboolean
doubts (GPtrArray *findings, const gchar *part)
{
    for (guint i = 0; i < findings->len; i++)
        if (strstr (((PenaFinding *)findings->pdata[i])->text, part) != NULL)
            return TRUE;
    return FALSE;
}

void
block_assert_found (const PenaJudgement *self, const gchar *name, BlockPlace place, PenaSubIndication sub,
                    const gchar *text)
{
    gboolean found = place == NOTHING   ? self->report->notes->len == 0
                     : place == PROBLEM ? says (self->report->problems, text)
                     : place == DOUBT   ? doubts (self->doubts, text)
                                        : says (self->report->notes, text);

    if (!found || (self->report->problems->len > 0) != (place == PROBLEM) ||
        (place != PROBLEM && (self->doubts->len > 0) != (place == DOUBT)) || self->report->sub != sub)
        g_error ("%s: %s, %u problems, %u doubts, %u notes; not found: %s", name,
                 pena_sub_indication_name (self->report->sub), self->report->problems->len, self->doubts->len,
                 self->report->notes->len, text);
}

void
block_forget (PenaJudgement *self)
{
    g_ptr_array_set_size (self->doubts, 0);
    g_ptr_array_set_size (self->report->notes, 0);
}

/* ---- changes ---- */

GPtrArray *
block_list_attributes (const PenaSignerParts *signer)
{
    GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
    gsize size, at = 0;
    const guint8 *data = g_bytes_get_data (signer->signed_attributes, &size);
    PenaPart whole = {0, size}, child;

    while (pena_part_next (data, &whole, &at, &child))
        g_ptr_array_add (list, g_bytes_new (data + child.offset, child.length));
    return list;
}

void
block_put_attributes (PenaSignerParts *signer, GPtrArray *list)
{
    g_autoptr (GByteArray) inside = g_byte_array_new ();

    for (guint i = 0; i < list->len; i++)
        pena_der_append_bytes (inside, list->pdata[i]);
    g_bytes_unref (signer->signed_attributes);
    signer->signed_attributes = pena_der_wrap (PENA_DER_CONTEXT_0, inside);
}

static GBytes *
dup_oid (PenaAttribute attribute)
{
    guint8 *der = NULL;
    int length = i2d_ASN1_OBJECT (pena_attribute_type (attribute), &der);

    return pena_take_der (der, length);
}

/* -1 when there is none. */
static gint
find_attribute (GPtrArray *list, PenaAttribute attribute)
{
    g_autoptr (GBytes) oid = dup_oid (attribute);

    for (guint i = 0; i < list->len; i++)
        if (memmem (g_bytes_get_data (list->pdata[i], NULL), g_bytes_get_size (list->pdata[i]),
                    g_bytes_get_data (oid, NULL), g_bytes_get_size (oid)) != NULL)
            return (gint)i;
    return -1;
}

void
block_drop (PenaSignedParts *parts, PenaAttribute attribute)
{
    g_autoptr (GPtrArray) list = block_list_attributes (&parts->signer);

    g_ptr_array_remove_index (list, (guint)find_attribute (list, attribute));
    block_put_attributes (&parts->signer, list);
}

void
block_double (PenaSignedParts *parts, PenaAttribute attribute)
{
    g_autoptr (GPtrArray) list = block_list_attributes (&parts->signer);

    g_ptr_array_add (list, g_bytes_ref (list->pdata[find_attribute (list, attribute)]));
    block_put_attributes (&parts->signer, list);
}

void
block_set_value (PenaSignedParts *parts, PenaAttribute attribute, GBytes *value)
{
    g_autoptr (GPtrArray) list = block_list_attributes (&parts->signer);
    g_autoptr (GByteArray) inside = g_byte_array_new ();
    g_autoptr (GBytes) oid = dup_oid (attribute);

    pena_der_append_bytes (inside, oid);
    pena_der_append (inside, PENA_DER_SET, g_bytes_get_data (value, NULL), g_bytes_get_size (value));
    gint at = find_attribute (list, attribute);
    if (at >= 0)
        g_ptr_array_remove_index (list, (guint)at);
    g_ptr_array_add (list, pena_der_wrap (PENA_DER_SEQUENCE, inside));
    block_put_attributes (&parts->signer, list);
}

void
block_make_a_number (PenaSignedParts *parts, PenaAttribute attribute)
{
    g_autoptr (GBytes) number = g_bytes_new_static ("\x02\x01\x05", 3);

    block_set_value (parts, attribute, number);
}

void
block_sign_no_attributes (PenaSignedParts *parts, PenaAttribute unused)
{
    g_clear_pointer (&parts->signer.signed_attributes, g_bytes_unref);
}

GBytes *
block_make (const Pki *pki, PenaAdesFormat format, BlockChange change, PenaAttribute attribute)
{
    g_autoptr (GBytes) cms = pki_make_cms (pki, format);
    gsize size;
    const guint8 *data = g_bytes_get_data (cms, &size);
    g_autoptr (PenaSignedParts) parts = pena_signed_parts_new (data, size, NULL, NULL);

    if (change != NULL)
        change (parts, attribute);
    return pena_signed_parts_encode_detached (parts);
}
