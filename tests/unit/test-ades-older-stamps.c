/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what the time-stamps of older forms prove (ETSI TS 101 733, 6.3.5, 6.3.6 and 6.4.1)
 * Copyright (C) 2026 the Pena authors */
#include <string.h>

#include "ades-stamping.h"
#include "pena-cms-map.h"
#include "pena-der.h"
#include "pena-digest.h"

static GBytes *front_cms; /* what front_digest() is about */

static void
feed (PenaDigest *state, GBytes *bytes)
{
    if (bytes != NULL)
        pena_digest_update (state, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

static void
feed_set (PenaDigest *state, guint8 tag, const GPtrArray *list)
{
    g_autoptr (GByteArray) set = g_byte_array_new ();

    for (guint i = 0; i < list->len; i++)
        pena_der_append_bytes (set, list->pdata[i]);
    g_autoptr (GBytes) whole = list->len > 0 ? pena_der_wrap (tag, set) : NULL;
    feed (state, whole);
}

static PenaDigest *
front_digest (const gchar *algorithm, gpointer content, GError **error)
{
    static const guint8 data_type[] = {0x30, 0x0B, 0x06, 0x09, 0x2A, 0x86, 0x48,
                                       0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01};
    PenaDigest *state = pena_digest_new (algorithm, NULL);
    gsize size;
    const guint8 *data = g_bytes_get_data (front_cms, &size);
    g_autoptr (PenaSignedParts) parts = pena_signed_parts_new (data, size, NULL, NULL);

    pena_digest_update (state, data_type, sizeof data_type);
    feed (state, content);
    feed_set (state, PENA_DER_CONTEXT_0, parts->certificates);
    feed_set (state, PENA_DER_CONTEXT_1, parts->crls);
    return state;
}

static void
take_front (Stamping *self)
{
    g_clear_pointer (&front_cms, g_bytes_unref);
    front_cms = pena_signed_parts_encode_detached (self->parts);
    self->context->front_digest = front_digest;
}

/* Over all that is there now. */
static void
add_archive_v2 (Stamping *self, const PkiEntity *tsa, const TsaSpec *spec, gboolean bare)
{
    const PenaSignerParts *signer = &self->parts->signer;
    g_autoptr (GBytes) content = g_bytes_new_static (PKI_CONTENT, strlen (PKI_CONTENT));
    GBytes *const pieces[] = {signer->version,
                              signer->sid,
                              signer->digest_algorithm,
                              signer->signed_attributes,
                              signer->signature_algorithm,
                              signer->signature};

    take_front (self);
    g_autoptr (PenaDigest) state = front_digest ("sha256", content, NULL);
    for (guint i = 0; i < G_N_ELEMENTS (pieces); i++)
        feed (state, pieces[i]);
    for (guint i = 0; bare && i < signer->unsigned_attributes->len; i++)
        feed (state, signer->unsigned_attributes->pdata[i]);
    if (!bare)
        feed_set (state, PENA_DER_CONTEXT_1, signer->unsigned_attributes);
    g_autoptr (GBytes) imprint = pena_digest_get (state);
    g_autoptr (GBytes) token = stamping_stamp (tsa, imprint, spec);
    pena_signer_parts_add_unsigned (&self->parts->signer, PENA_ATTRIBUTE_ARCHIVE_TIME_STAMP_V2, token);
}

static void
add_junk (Stamping *self, PenaAttribute attribute)
{
    g_autoptr (GBytes) value = g_bytes_new_static ("\x30\x03\x02\x01\x05", 5);

    pena_signer_parts_add_unsigned (&self->parts->signer, attribute, value);
}

static const PenaStampReport *
find_stamp (const PenaSignatureReport *report, const gchar *kind)
{
    for (guint i = 0; i < report->stamps->len; i++)
        if (g_str_equal (((PenaStampReport *)report->stamps->pdata[i])->kind, kind))
            return report->stamps->pdata[i];
    g_assert_not_reached ();
}

/* The certificates of the signer and of the first time-stamp's authority have ended by day 30. */
static void
test_archive_v2 (Stamping *self, gconstpointer unused)
{
    static const struct {
        const gchar *name;
        gboolean bare, again, newer, no_front;
        gboolean beside;       /* the certificate of the authority is not in the first one */
        gboolean no_authority; /* the first one is from somebody who makes none */
        enum { AS_MADE, LIST_TAKEN, LIST_ADDED, ATTRIBUTE_ADDED, ATTRIBUTE_TAKEN } change;
        PenaSubIndication sub;
    } rows[] = {
        {.name = "as made"},
        {.name = "as older editions have it", .bare = TRUE},
        {.name = "two", .again = TRUE},
        {.name = "two, a certificate beside the first", .again = TRUE, .beside = TRUE},
        {.name = "two, the first from no authority", .again = TRUE, .no_authority = TRUE},
        {.name = "one of the third version over it", .newer = TRUE},
        {.name = "a list taken away", .change = LIST_TAKEN, .sub = PENA_SUB_HASH_FAILURE},
        {.name = "a list added", .change = LIST_ADDED, .sub = PENA_SUB_HASH_FAILURE},
        {.name = "an attribute added", .change = ATTRIBUTE_ADDED, .sub = PENA_SUB_HASH_FAILURE},
        {.name = "an attribute taken away", .change = ATTRIBUTE_TAKEN, .sub = PENA_SUB_HASH_FAILURE},
        {.name = "over what is not to be had", .no_front = TRUE, .sub = PENA_SUB_SIGNED_DATA_NOT_FOUND},
    };

    g_autoptr (GBytes) late_tsa = pki_der (self->late_tsa.certificate);
    const TsaSpec second = {.time = DAYS (2)};

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        const TsaSpec first = {.time = DAYS (2) - 60, .no_certificate = rows[i].beside};
        g_test_message ("%s", rows[i].name);
        stamping_sign_anew (self);
        stamping_add_stamp_at (self, DAYS (1));
        add_junk (self, PENA_ATTRIBUTE_CERTIFICATE_REFERENCES);
        stamping_add_crls (self, DAYS (0), NULL);
        if (rows[i].beside)
            pena_signed_parts_add_certificate (self->parts, late_tsa);
        add_archive_v2 (self, rows[i].no_authority ? &self->pki->signer : &self->late_tsa, &first,
                        rows[i].bare);
        if (rows[i].again)
            add_archive_v2 (self, &self->late_tsa, &second, FALSE);
        if (rows[i].newer)
            stamping_add_archive (self, &self->late_tsa, DAYS (3));
        if (rows[i].change == LIST_TAKEN)
            g_ptr_array_remove_index (self->parts->crls, 0);
        if (rows[i].change == LIST_ADDED)
            stamping_add_crls (self, DAYS (3), NULL);
        if (rows[i].change == ATTRIBUTE_ADDED)
            add_junk (self, PENA_ATTRIBUTE_REVOCATION_REFERENCES);
        if (rows[i].change == ATTRIBUTE_TAKEN)
            g_ptr_array_remove_index (self->parts->signer.unsigned_attributes, 1);
        take_front (self);
        if (rows[i].no_front)
            self->context->front_digest = NULL;
        g_autoptr (PenaSignatureReport) report = stamping_judge_at (self, DAYS (30));
        g_assert_cmpstr (pena_sub_indication_name (find_stamp (report, "archive")->sub), ==,
                         pena_sub_indication_name (rows[i].sub));
        g_assert_cmpint (find_stamp (report, "archive")->broken, ==, rows[i].sub == PENA_SUB_HASH_FAILURE);
        g_assert_cmpint (report->verdict, ==,
                         rows[i].sub == PENA_SUB_NONE ? PENA_VERDICT_PASSED : PENA_VERDICT_INDETERMINATE);
        g_assert_cmpint (report->proved_time, ==, rows[i].sub == PENA_SUB_NONE ? DAYS (1) : G_MININT64);
        g_assert_cmpstr (report->form, ==, "A");
    }
    g_clear_pointer (&front_cms, g_bytes_unref);
}

static void
feed_inside (PenaDigest *state, GBytes *attribute)
{
    PenaPart whole = {0, g_bytes_get_size (attribute)};
    PenaPart inside = pena_part_inside (g_bytes_get_data (attribute, NULL), &whole);

    pena_digest_update (state, (const guint8 *)g_bytes_get_data (attribute, NULL) + inside.offset,
                        inside.length);
}

/* The unsigned attributes are a time-stamp, and the two kinds of references. */
static void
add_over_references (Stamping *self, gboolean complete, gint64 time)
{
    const GPtrArray *attributes = self->parts->signer.unsigned_attributes;
    const TsaSpec spec = {.time = time};
    g_autoptr (PenaDigest) state = pena_digest_new ("sha256", NULL);

    if (complete)
        feed_inside (state, self->parts->signer.signature);
    for (guint i = complete ? 0 : 1; i < 3; i++)
        feed_inside (state, attributes->pdata[i]);
    g_autoptr (GBytes) imprint = pena_digest_get (state);
    g_autoptr (GBytes) token = stamping_stamp (&self->late_tsa, imprint, &spec);
    pena_signer_parts_add_unsigned (
        &self->parts->signer,
        complete ? PENA_ATTRIBUTE_COMPLETE_TIME_STAMP : PENA_ATTRIBUTE_REFERENCES_TIME_STAMP, token);
}

/* The certificate of the first time-stamp's authority has ended by day 30; only what is over that time-stamp helps it. */
static void
test_references (Stamping *self, gconstpointer unused)
{
    static const struct {
        gboolean complete;
        guint changed; /* attribute that gets another value; 9: none */
        PenaSubIndication sub;
        gint64 proved;
    } rows[] = {
        {TRUE, 9, PENA_SUB_NONE, DAYS (1)},
        {TRUE, 0, PENA_SUB_HASH_FAILURE, G_MININT64},
        {TRUE, 1, PENA_SUB_HASH_FAILURE, G_MININT64},
        {TRUE, 2, PENA_SUB_HASH_FAILURE, G_MININT64},
        {FALSE, 9, PENA_SUB_NONE, G_MININT64},
        {FALSE, 0, PENA_SUB_NONE, G_MININT64},
        {FALSE, 1, PENA_SUB_HASH_FAILURE, G_MININT64},
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        stamping_sign_anew (self);
        stamping_add_crls (self, DAYS (0), NULL);
        stamping_add_stamp_at (self, DAYS (1));
        add_junk (self, PENA_ATTRIBUTE_CERTIFICATE_REFERENCES);
        add_junk (self, PENA_ATTRIBUTE_REVOCATION_REFERENCES);
        add_over_references (self, rows[i].complete, DAYS (2));
        if (rows[i].changed < 3) {
            GBytes **changed = (GBytes **)&self->parts->signer.unsigned_attributes->pdata[rows[i].changed];
            gsize size;
            guint8 *data = g_bytes_unref_to_data (*changed, &size);
            data[size - 1] ^= 1;
            *changed = g_bytes_new_take (data, size);
        }
        g_autoptr (PenaSignatureReport) report = stamping_judge_at (self, DAYS (30));
        g_test_message ("row %u", i);
        g_assert_cmpstr (pena_sub_indication_name (find_stamp (report, "references")->sub), ==,
                         pena_sub_indication_name (rows[i].sub));
        g_assert_cmpint (report->proved_time, ==, rows[i].proved);
        g_assert_cmpstr (report->form, ==, "X");
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add ("/ades/older-stamps/archive", Stamping, NULL, stamping_set_up, test_archive_v2,
                stamping_tear_down);
    g_test_add ("/ades/older-stamps/references", Stamping, NULL, stamping_set_up, test_references,
                stamping_tear_down);
    return g_test_run ();
}
