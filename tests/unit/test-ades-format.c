/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of format checking (EN 319 102-1, 5.2.2)
 * Copyright (C) 2026 the Pena authors */
#include <string.h>

#include "ades-blocks.h"
#include "pena-cms-map.h"
#include "pena-der.h"

static struct {
    Pki *pki;
    PenaValidationContext *context;
} world;

/* ---- changes ---- */

static void
replace (GBytes **part, gconstpointer data, gsize length)
{
    g_bytes_unref (*part);
    *part = g_bytes_new (data, length);
}

static void
turn_round (PenaSignedParts *parts, PenaAttribute unused)
{
    g_autoptr (GPtrArray) list = block_list_attributes (&parts->signer);
    g_autoptr (GPtrArray) turned = g_ptr_array_new ();

    for (guint i = list->len; i-- > 0;)
        g_ptr_array_add (turned, list->pdata[i]);
    block_put_attributes (&parts->signer, turned);
}

static void
add_many_attributes (PenaSignedParts *parts, PenaAttribute attribute)
{
    g_autoptr (GBytes) number = g_bytes_new_static ("\x02\x01\x05", 3);

    for (guint i = 0; i < 65; i++)
        pena_signer_parts_add_unsigned (&parts->signer, attribute, number);
}

static void
add_junk_certificates (PenaSignedParts *parts, guint count, guint8 tag)
{
    for (guint i = 0; i < count; i++) {
        const guint8 junk[] = {tag, 0x03, 0x02, 0x01, (guint8)i};
        g_ptr_array_add (parts->certificates, g_bytes_new (junk, sizeof junk));
    }
}

static void
add_junk_certificate (PenaSignedParts *parts, PenaAttribute unused)
{
    add_junk_certificates (parts, 1, PENA_DER_SEQUENCE);
}

static void
add_odd_certificate (PenaSignedParts *parts, PenaAttribute unused)
{
    add_junk_certificates (parts, 1, PENA_DER_CONTEXT_1);
}

static void
add_many_certificates (PenaSignedParts *parts, PenaAttribute unused)
{
    add_junk_certificates (parts, 65, PENA_DER_SEQUENCE);
}

static void
raise_version (PenaSignedParts *parts, PenaAttribute unused)
{
    replace (&parts->version, "\x02\x01\x02", 3);
}

static void
announce_nothing (PenaSignedParts *parts, PenaAttribute unused)
{
    replace (&parts->digest_algorithms, "\x31\x00", 2);
}

static void
announce_more (PenaSignedParts *parts, PenaAttribute unused)
{
    static const guint8 sha1[] = {0x30, 0x09, 0x06, 0x05, 0x2B, 0x0E, 0x03, 0x02, 0x1A, 0x05, 0x00};
    g_autoptr (GByteArray) inside = g_byte_array_new ();

    g_byte_array_append (inside, sha1, sizeof sha1);
    pena_der_append_bytes (inside, parts->signer.digest_algorithm);
    g_bytes_unref (parts->digest_algorithms);
    parts->digest_algorithms = pena_der_wrap (PENA_DER_SET, inside);
}

/* id-ct-TSTInfo, id-ct-authData: 1.2.840.113549.1.9.16.1.x */
static void
call_content (PenaSignedParts *parts, guint8 kind)
{
    const guint8 oid[] = {0x06, 0x0B, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x01, kind};

    replace (&parts->content_type, oid, sizeof oid);
}

static void
call_time_stamp (PenaSignedParts *parts, PenaAttribute unused)
{
    call_content (parts, 4);
}

static void
call_something_else (PenaSignedParts *parts, PenaAttribute unused)
{
    call_content (parts, 2);
}

static void
call_unsigned_something (PenaSignedParts *parts, PenaAttribute unused)
{
    call_content (parts, 2);
    block_sign_no_attributes (parts, unused);
}

static void
add_signer (PenaSignedParts *parts, PenaAttribute unused)
{
    g_autoptr (GBytes) cms = pki_make_cms (world.pki, CADES);
    gsize size;
    const guint8 *data = g_bytes_get_data (cms, &size);
    PenaCmsMap map;

    g_assert_true (pena_cms_map (data, size, &map, NULL));
    g_autoptr (GBytes) info = g_bytes_new_from_bytes (cms, map.signer_info.offset, map.signer_info.length);
    g_ptr_array_add (parts->further, pena_signer_parts_new (info));
}

/* ---- rows ---- */

static void
test_format (void)
{
    static const struct {
        const gchar *name;
        PenaAdesFormat format;
        BlockChange change;
        PenaAttribute attribute;
        gboolean goes_on;
        BlockPlace place;
        PenaSubIndication sub;
        const gchar *text;
    } rows[] = {
#define PASS(name, format) {name, format, NULL, 0, TRUE, NOTHING, PENA_SUB_NONE, ""}
#define BAD(name, format, change, attribute, text)                                                           \
    {                                                                                                        \
        name, format, change, attribute, FALSE, PROBLEM, PENA_SUB_FORMAT_FAILURE, text                       \
    }
#define ODD(name, format, change, goes_on, place, text)                                                      \
    {                                                                                                        \
        name, format, change, 0, goes_on, place, PENA_SUB_NONE, text                                         \
    }
        PASS ("CAdES", CADES),
        PASS ("PAdES", PADES),
        BAD ("two signers in a PDF", PADES, add_signer, 0, "More than one signer"),
        ODD ("two signers", CADES, add_signer, FALSE, DOUBT, "More than one signer"),
        BAD ("attributes without end", CADES, add_many_attributes, PENA_ATTRIBUTE_SIGNATURE_TIME_STAMP,
             "too many attributes"),
        ODD ("a time-stamp", PADES, call_time_stamp, FALSE, DOUBT, "This is a time-stamp"),
        BAD ("another content, no attributes", PADES, call_unsigned_something, 0, "not over a document"),
        BAD ("another content", PADES, call_something_else, 0, "content type is not that of the content"),
        ODD ("version", CADES, raise_version, TRUE, DOUBT, "version numbers"),
        BAD ("no digest announced", CADES, announce_nothing, 0, "does not announce the digest"),
        ODD ("more digests announced", CADES, announce_more, TRUE, NOTE, "digests that it does not use"),
        ODD ("no attributes", CADES, block_sign_no_attributes, TRUE, DOUBT, "signs no attributes"),
        ODD ("no attributes in a PDF", PADES, block_sign_no_attributes, TRUE, NOTHING, ""),
        BAD ("no content-type", PADES, block_drop, PENA_ATTRIBUTE_CONTENT_TYPE, "lack the content type"),
        BAD ("no message-digest", PADES, block_drop, PENA_ATTRIBUTE_MESSAGE_DIGEST, "or the message digest"),
        BAD ("content-type, a number", PADES, block_make_a_number, PENA_ATTRIBUTE_CONTENT_TYPE,
             "lack the content type"),
        BAD ("message-digest, a number", PADES, block_make_a_number, PENA_ATTRIBUTE_MESSAGE_DIGEST,
             "or the message digest"),
        BAD ("content-type twice", CADES, block_double, PENA_ATTRIBUTE_CONTENT_TYPE, "there twice"),
        BAD ("message-digest twice", CADES, block_double, PENA_ATTRIBUTE_MESSAGE_DIGEST, "there twice"),
        BAD ("signing-time twice", CADES, block_double, PENA_ATTRIBUTE_SIGNING_TIME, "there twice"),
        BAD ("reference twice", CADES, block_double, PENA_ATTRIBUTE_SIGNING_CERTIFICATE_V2, "there twice"),
        BAD ("algorithms twice", CADES, block_double, PENA_ATTRIBUTE_ALGORITHM_PROTECTION, "there twice"),
        ODD ("attributes unsorted", CADES, turn_round, TRUE, DOUBT, "not in the order in which"),
        ODD ("certificate of junk", CADES, add_junk_certificate, TRUE, DOUBT, "cannot be read"),
        ODD ("certificate of another kind", CADES, add_odd_certificate, TRUE, DOUBT, "of a kind that"),
        BAD ("certificates without end", CADES, add_many_certificates, 0, "too many certificates"),
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr (GBytes) cms = block_make (world.pki, rows[i].format, rows[i].change, rows[i].attribute);
        g_auto (PenaJudgement) judgement;
        block_begin (&judgement, world.context, rows[i].format, cms);
        g_assert_cmpint (pena_block_format (&judgement), ==, rows[i].goes_on);
        block_assert_found (&judgement, rows[i].name, rows[i].place, rows[i].sub, rows[i].text);
    }
}

/* ---- what the signature is wrapped in ---- */

static GBytes *
make_attached (PenaAdesFormat format)
{
    g_autoptr (GBytes) cms = pki_make_cms (world.pki, format);
    g_autoptr (GBytes) content = g_bytes_new_static (PKI_CONTENT, strlen (PKI_CONTENT));
    gsize size;
    const guint8 *data = g_bytes_get_data (cms, &size);
    g_autoptr (PenaSignedParts) parts = pena_signed_parts_new (data, size, NULL, NULL);

    return pena_signed_parts_encode_with (parts, content);
}

static GBytes *
make_unsigned (void)
{
    CMS_ContentInfo *cms = CMS_sign (NULL, NULL, NULL, NULL, CMS_DETACHED | CMS_PARTIAL);
    guint8 *der = NULL;
    int length = i2d_CMS_ContentInfo (cms, &der);

    CMS_ContentInfo_free (cms);
    return pena_take_der (der, length);
}

static GBytes *
make_followed (PenaAdesFormat format, guint8 last)
{
    g_autoptr (GBytes) cms = pki_make_cms (world.pki, format);
    GByteArray *bytes = g_byte_array_new ();

    pena_der_append_bytes (bytes, cms);
    g_byte_array_append (bytes, (const guint8[]){0, last}, 2);
    return g_byte_array_free_to_bytes (bytes);
}

static void
test_wrapping (void)
{
    const struct {
        const gchar *name;
        PenaAdesFormat format;
        GBytes *cms; /* transfer full */
        gboolean goes_on;
        BlockPlace place;
        PenaSubIndication sub;
        const gchar *text;
    } rows[] = {
        {"junk", CADES, g_bytes_new_static ("junk", 4), FALSE, PROBLEM, PENA_SUB_FORMAT_FAILURE, "not a CMS"},
        {"nothing", CADES, g_bytes_new_static ("", 0), FALSE, PROBLEM, PENA_SUB_FORMAT_FAILURE, "not a CMS"},
        {"nobody", CADES, make_unsigned (), FALSE, PROBLEM, PENA_SUB_FORMAT_FAILURE, "Nobody has signed"},
        {"followed", CADES, make_followed (CADES, 0), FALSE, PROBLEM, PENA_SUB_FORMAT_FAILURE,
         "Something follows"},
        {"padded", PADES, make_followed (PADES, 0), TRUE, NOTHING, PENA_SUB_NONE, ""},
        {"padded with something", PADES, make_followed (PADES, 1), FALSE, PROBLEM, PENA_SUB_FORMAT_FAILURE,
         "padding after the signature"},
        {"attached", CADES, make_attached (CADES), FALSE, PROBLEM, PENA_SUB_SIGNED_DATA_NOT_FOUND,
         "holds its document inside"},
        {"attached in a PDF", PADES, make_attached (PADES), FALSE, PROBLEM, PENA_SUB_FORMAT_FAILURE,
         "content of its own"},
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_auto (PenaJudgement) judgement;
        block_begin (&judgement, world.context, rows[i].format, rows[i].cms);
        g_assert_cmpint (pena_block_format (&judgement), ==, rows[i].goes_on);
        block_assert_found (&judgement, rows[i].name, rows[i].place, rows[i].sub, rows[i].text);
        g_bytes_unref (rows[i].cms);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    world.pki = pki_new ("p256");
    world.context = pki_context_new (world.pki);
    g_test_add_func ("/ades/format/rules", test_format);
    g_test_add_func ("/ades/format/wrapping", test_wrapping);
    gint result = g_test_run ();
    pki_context_free (world.context);
    pki_free (world.pki);
    return result;
}
