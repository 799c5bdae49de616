/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: no change of any byte of a signature that Pena made may pass
 * Copyright (C) 2026 the Pena authors */
#include <string.h>

#include "ades-pki.h"

#define PADDING 16

typedef struct {
    PenaAdesFormat format;
    guint8 *data;
    gsize size; /* with padding */
    GBytes *content;
    PenaValidationContext *context;
} Subject;

static PenaSignatureReport *
judge (const Subject *subject)
{
    g_autoptr (GBytes) bytes = g_bytes_new_static (subject->data, subject->size);
    return pena_validate_cms (bytes, subject->format, subject->format == PENA_ADES_PADES, pki_content_digest,
                              subject->content, subject->context);
}

static void
assert_not_passed (const Subject *subject, gsize at, guint8 was)
{
    g_autoptr (PenaSignatureReport) report = judge (subject);
    if (report->verdict == PENA_VERDICT_PASSED)
        g_error ("byte %" G_GSIZE_FORMAT " changed from %02x to %02x passes", at, was, subject->data[at]);
    g_assert_cmpuint (report->problems->len, >, 0);
    g_assert_nonnull (pena_sub_indication_name (report->sub));
}

/* PAdES: every bit by itself. CAdES, whose bytes are the same but for signing-time: one bit of every byte,
 * another one from byte to byte. With -m slow all of both, and every byte into values that mean something in
 * DER. */
static void
mutate (const Subject *subject)
{
    gboolean all = subject->format == PENA_ADES_PADES || g_test_slow ();

    static const guint8 telling[] = {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0C, 0x13, 0x16,
                                     0x30, 0x31, 0x7F, 0x80, 0x81, 0x82, 0xA0, 0xA1, 0xA3, 0xFF};

    for (gsize at = 0; at < subject->size; at++) {
        guint8 was = subject->data[at];
        for (guint bit = all ? 0 : at % 8; bit < (all ? 8 : at % 8 + 1); bit++) {
            subject->data[at] = was ^ (guint8)(1u << bit);
            assert_not_passed (subject, at, was);
        }
        for (guint i = 0; i < G_N_ELEMENTS (telling) && g_test_slow (); i++) {
            subject->data[at] = telling[i];
            if (telling[i] != was)
                assert_not_passed (subject, at, was);
        }
        subject->data[at] = was;
    }
}

static void
test_every_byte (PenaAdesFormat format, const gchar *key_kind)
{
    g_autoptr (Pki) pki = pki_new (key_kind);
    g_autoptr (GBytes) der = pki_make_cms (pki, format);
    g_autoptr (GBytes) content = g_bytes_new_static (PKI_CONTENT, strlen (PKI_CONTENT));
    g_autoptr (PenaValidationContext) context = pki_context_new (pki);
    gsize padding = format == PENA_ADES_PADES ? PADDING : 0;
    Subject subject = {format, g_malloc0 (g_bytes_get_size (der) + padding), g_bytes_get_size (der) + padding,
                       content, context};

    /* the chain can be built without the certificates of the signature too: that must not hide a change in
     * them */
    g_ptr_array_add (context->certificates, pki_der (pki->issuing.certificate));
    memcpy (subject.data, g_bytes_get_data (der, NULL), g_bytes_get_size (der));
    g_autoptr (PenaSignatureReport) report = judge (&subject);
    g_assert_cmpstr (pena_verdict_name (report->verdict), ==, "TOTAL-PASSED");
    mutate (&subject);
    g_free (subject.data);
}

static void
test_pades_rsa (void)
{
    test_every_byte (PENA_ADES_PADES, "rsa");
}

static void
test_pades_p256 (void)
{
    test_every_byte (PENA_ADES_PADES, "p256");
}

static void
test_cades_rsa (void)
{
    test_every_byte (PENA_ADES_CADES, "rsa");
}

static void
test_cades_p256 (void)
{
    test_every_byte (PENA_ADES_CADES, "p256");
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/ades/mutation/pades/rsa", test_pades_rsa);
    g_test_add_func ("/ades/mutation/pades/p256", test_pades_p256);
    g_test_add_func ("/ades/mutation/cades/rsa", test_cades_rsa);
    g_test_add_func ("/ades/mutation/cades/p256", test_cades_p256);
    return g_test_run ();
}
