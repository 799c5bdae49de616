/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the map of a SignedData names the bytes that its decoder has read
 * Copyright (C) 2026 the Pena authors */
#include <openssl/cms.h>
#include <string.h>

#include "ades-pki.h"
#include "pena-cms-map.h"
#include "pena-cms.h"

static const guint8 *
map_all (GBytes *cms, PenaCmsMap *map)
{
    gsize size, taken = 0;
    const guint8 *data = g_bytes_get_data (cms, &size);

    g_assert_true (pena_cms_map (data, size, map, &taken));
    g_assert_cmpuint (taken, ==, size);
    return data;
}

static void
assert_part (const guint8 *data, const PenaPart *part, guint8 tag, gconstpointer inside, gsize length)
{
    PenaPart content = pena_part_inside (data, part);

    g_assert_cmphex (data[part->offset], ==, tag);
    g_assert_cmpmem (data + content.offset, content.length, inside, length);
}

static void
test_der (gconstpointer kind)
{
    g_autoptr (Pki) pki = pki_new (kind);
    g_autoptr (GBytes) der = pki_make_cms (pki, PENA_ADES_CADES);
    PenaCmsMap map;
    const guint8 *data = map_all (der, &map);
    g_autoptr (PenaCms) cms = pena_cms_parse (data, g_bytes_get_size (der), &(gsize){0});
    const PenaSignerInfo *info = sk_PenaSignerInfo_value (cms->signed_data->signer_infos, 0);
    g_autoptr (GBytes) attributes = pena_attributes_encode (info->signed_attributes);
    g_autoptr (GBytes) signer = pki_der (pki->signer.certificate);
    gsize at = 0, count = 0;
    PenaPart child;

    assert_part (data, &map.signature, V_ASN1_OCTET_STRING, ASN1_STRING_get0_data (info->signature),
                 (gsize)ASN1_STRING_length (info->signature));
    g_assert_cmpuint (map.content.length, ==, 0);
    g_assert_cmpuint (map.crls.length, ==, 0);
    g_assert_cmpuint (map.unsigned_attributes.length, ==, 0);
    /* only the tag differs from what is signed */
    g_assert_cmphex (data[map.signed_attributes.offset], ==, 0xA0);
    g_assert_cmpmem (data + map.signed_attributes.offset + 1, map.signed_attributes.length - 1,
                     (const guint8 *)g_bytes_get_data (attributes, NULL) + 1,
                     g_bytes_get_size (attributes) - 1);
    while (pena_part_next (data, &map.certificates, &at, &child))
        count += child.length == g_bytes_get_size (signer) &&
                 memcmp (data + child.offset, g_bytes_get_data (signer, NULL), child.length) == 0;
    g_assert_cmpuint (count, ==, 1);
}

/* What `openssl cms -sign -nodetach -stream` makes: indefinite lengths all the way down. */
static void
test_ber (void)
{
    g_autoptr (Pki) pki = pki_new ("p256");
    BIO *content = BIO_new_mem_buf (PKI_CONTENT, -1), *out = BIO_new (BIO_s_mem ());
    guint flags = CMS_BINARY | CMS_STREAM;
    CMS_ContentInfo *made = CMS_sign (pki->signer.certificate, pki->signer.key, NULL, content, flags);
    char *ber = NULL;
    PenaCmsMap map;

    g_assert_cmpint (i2d_CMS_bio_stream (out, made, content, (int)flags), ==, 1);
    long length = BIO_get_mem_data (out, &ber);
    g_autoptr (GBytes) bytes = g_bytes_new (ber, (gsize)length);
    const guint8 *data = map_all (bytes, &map);
    g_assert_cmphex (data[map.content.offset], ==, V_ASN1_OCTET_STRING | V_ASN1_CONSTRUCTED);
    PenaPart chunk;
    gsize at = 0;
    g_assert_true (pena_part_next (data, &map.content, &at, &chunk));
    assert_part (data, &chunk, V_ASN1_OCTET_STRING, PKI_CONTENT, strlen (PKI_CONTENT));
    g_assert_false (pena_part_next (data, &map.content, &at, &chunk));
    g_assert_cmpuint (map.signature.length, >, 0);
    BIO_free (content);
    BIO_free (out);
    CMS_ContentInfo_free (made);
}

static void
test_hostile (void)
{
    g_autoptr (Pki) pki = pki_new ("p256");
    g_autoptr (GBytes) der = pki_make_cms (pki, PENA_ADES_CADES);
    gsize size;
    const guint8 *data = g_bytes_get_data (der, &size);
    guint8 deep[4096];
    PenaCmsMap map;

    for (gsize length = 0; length < size; length++) {
        g_autofree guint8 *part = g_memdup2 (data, length); /* so that a sanitizer sees the end */
        g_assert_false (pena_cms_map (part, length, &map, NULL));
    }
    for (gsize i = 0; i < sizeof deep; i += 2) {
        deep[i] = V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED;
        deep[i + 1] = 0x80;
    }
    g_assert_false (pena_cms_map (deep, sizeof deep, &map, NULL));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_data_func ("/ades/cms-map/der/rsa", "rsa", test_der);
    g_test_add_data_func ("/ades/cms-map/der/p256", "p256", test_der);
    g_test_add_func ("/ades/cms-map/ber", test_ber);
    g_test_add_func ("/ades/cms-map/hostile", test_hostile);
    return g_test_run ();
}
