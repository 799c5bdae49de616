/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of what older signatures are written in (BER) and carry in attributes (CAdES-X-L, adbe-revocationInfoArchival)
 * Copyright (C) 2026 the Pena authors */
#include <openssl/ocsp.h>
#include <string.h>

#include "ades-trust.h"
#include "pena-ber.h"
#include "pena-carried.h"
#include "pena-der.h"
#include "pena-openssl.h"
#include "pena-profile.h"

/* ---- BER ---- */

static void
test_ber (void)
{
    static const struct {
        const gchar *name;
        gsize length;
        const gchar *ber;
        gssize straight_length; /* -1: refused */
        const gchar *straight;
    } rows[] = {
#define ROW(name, ber, straight) {name, sizeof ber - 1, ber, sizeof straight - 1, straight}
#define BAD(name, ber)                                                                                       \
    {                                                                                                        \
        name, sizeof ber - 1, ber, -1, ""                                                                    \
    }
        ROW ("DER", "\x30\x03\x02\x01\x05", "\x30\x03\x02\x01\x05"),
        ROW ("only the first", "\x02\x01\x05\xFF", "\x02\x01\x05"),
        ROW ("empty", "\x30\x00", "\x30\x00"),
        ROW ("indefinite", "\x30\x80\x02\x01\x05\0\0", "\x30\x03\x02\x01\x05"),
        ROW ("indefinite, empty", "\x30\x80\0\0", "\x30\x00"),
        ROW ("indefinite twice", "\xA0\x80\x30\x80\x05\x00\0\0\0\0", "\xA0\x04\x30\x02\x05\x00"),
        ROW ("a long length", "\x30\x82\x00\x03\x02\x01\x05", "\x30\x03\x02\x01\x05"),
        ROW ("a long length inside", "\x30\x04\x02\x81\x01\x05", "\x30\x03\x02\x01\x05"),
        ROW ("octets in pieces", "\x24\x80\x04\x01\x41\x04\x02\x42\x43\0\0", "\x04\x03\x41\x42\x43"),
        ROW ("pieces in pieces", "\x24\x09\x24\x03\x04\x01\x41\x04\x02\x42\x43", "\x04\x03\x41\x42\x43"),
        ROW ("no pieces", "\x24\x00", "\x04\x00"),
        ROW ("octets that look like an end", "\x04\x02\0\0", "\x04\x02\0\0"),
        BAD ("nothing", ""),
        BAD ("cut off", "\x30\x05\x02\x01\x05"),
        BAD ("no end", "\x30\x80\x02\x01\x05"),
        BAD ("half an end", "\x30\x80\x02\x01\x05\0"),
        BAD ("cut off inside", "\x30\x03\x02\x05\x01"),
        BAD ("an end that nothing asks for", "\x30\x02\0\0"),
        BAD ("a piece cut off", "\x24\x03\x04\x05\x41"),
        BAD ("a piece that is a number", "\x24\x03\x02\x01\x05"),
        BAD ("a number of the tag that follows", "\x30\x04\x1F\x81\x01\x00"),
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr (GBytes) straight = pena_ber_straighten ((const guint8 *)rows[i].ber, rows[i].length);
        if ((straight != NULL) != (rows[i].straight_length >= 0) ||
            (straight != NULL && (g_bytes_get_size (straight) != (gsize)rows[i].straight_length ||
                                  memcmp (g_bytes_get_data (straight, NULL), rows[i].straight,
                                          g_bytes_get_size (straight)) != 0)))
            g_error ("%s", rows[i].name);
    }
}

static void
nest (GByteArray *ber, gboolean indefinite)
{
    g_autoptr (GBytes) inside = g_bytes_new (ber->data, ber->len);
    g_autoptr (GBytes) whole = pena_der_wrap (PENA_DER_SEQUENCE, ber);

    g_byte_array_set_size (ber, 0);
    if (!indefinite) {
        pena_der_append_bytes (ber, whole);
        return;
    }
    g_byte_array_append (ber, (const guint8 *)"\x30\x80", 2);
    pena_der_append_bytes (ber, inside);
    g_byte_array_append (ber, (const guint8 *)"\0\0", 2);
}

/* However a length is written. */
static void
test_depth (void)
{
    static const struct {
        guint depth;
        gboolean indefinite, sound;
    } rows[] = {{2, TRUE, TRUE},  {65, TRUE, TRUE},  {66, TRUE, FALSE},  {10000, TRUE, FALSE},
                {2, FALSE, TRUE}, {65, FALSE, TRUE}, {66, FALSE, FALSE}, {1000, FALSE, FALSE}};

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr (GByteArray) ber = g_byte_array_new ();
        for (guint k = 0; k < rows[i].depth; k++)
            nest (ber, rows[i].indefinite);
        g_autoptr (GBytes) straight = pena_ber_straighten (ber->data, ber->len);
        g_assert_cmpint (straight != NULL, ==, rows[i].sound);
    }
}

/* ---- evidence in attributes ---- */

static struct {
    Pki *pki;
    PenaValidationContext *context;
    GBytes *certificate, *other, *list, *answer, *basic, *junk;
} world;

/* An element around one or two others; takes them. */
static GBytes *
around (guint8 tag, GBytes *first, GBytes *second)
{
    g_autoptr (GByteArray) inside = g_byte_array_new ();

    pena_der_append_bytes (inside, first);
    if (second != NULL)
        pena_der_append_bytes (inside, second);
    g_bytes_unref (first);
    g_clear_pointer (&second, g_bytes_unref);
    return pena_der_wrap (tag, inside);
}

#define SEQUENCE(first, second) around (PENA_DER_SEQUENCE, first, second)
#define LISTS(first, second) around (PENA_DER_CONTEXT_0, SEQUENCE (first, second), NULL)
#define ANSWERS(first, second) around (PENA_DER_CONTEXT_1, SEQUENCE (first, second), NULL)
#define CERTIFICATE g_bytes_ref (world.certificate)
#define OTHER g_bytes_ref (world.other)
#define LIST g_bytes_ref (world.list)
#define ANSWER g_bytes_ref (world.answer)
#define BASIC g_bytes_ref (world.basic)
#define JUNK g_bytes_ref (world.junk)

static void
push (PenaAttributes *attributes, PenaAttribute kind, GBytes *value, int type)
{
    sk_X509_ATTRIBUTE_push (attributes, X509_ATTRIBUTE_create_by_OBJ (NULL, pena_attribute_type (kind), type,
                                                                      g_bytes_get_data (value, NULL),
                                                                      (int)g_bytes_get_size (value)));
}

static void
assert_pool (const gchar *name, const PenaPool *pool, int certificates, guint lists, guint answers)
{
    guint found_lists = 0, found_answers = 0;

    for (guint i = 0; i < pool->items->len; i++) {
        const PenaPoolItem *item = pool->items->pdata[i];
        gboolean is_it = g_bytes_equal (item->der, item->is_ocsp ? world.answer : world.list);
        g_assert_true (item->embedded);
        found_lists += is_it && !item->is_ocsp;
        found_answers += is_it && item->is_ocsp;
    }
    if (sk_X509_num (pool->certificates) != certificates || found_lists != lists || found_answers != answers)
        g_error ("%s: %d certificates, %u lists, %u answers", name, sk_X509_num (pool->certificates),
                 found_lists, found_answers);
}

static void
test_carried (void)
{
    const struct {
        const gchar *name;
        PenaAttribute kind;
        GBytes *value; /* transfer full */
        int certificates;
        guint lists, answers;
        gboolean elsewhere; /* among the signed attributes where it is an unsigned one, and the other way */
        gboolean twice;
        int type; /* SEQUENCE when zero */
    } rows[] = {
#define CERTIFICATES PENA_ATTRIBUTE_CERTIFICATE_VALUES
#define REVOCATION PENA_ATTRIBUTE_REVOCATION_VALUES
#define ADOBE PENA_ATTRIBUTE_ADOBE_REVOCATION
        {"certificates", CERTIFICATES, SEQUENCE (CERTIFICATE, OTHER), 2, 0, 0},
        {"one of them junk", CERTIFICATES, SEQUENCE (JUNK, OTHER), 1, 0, 0},
        {"certificates, signed", CERTIFICATES, SEQUENCE (CERTIFICATE, OTHER), 0, 0, 0, .elsewhere = TRUE},
        {"certificates twice", CERTIFICATES, SEQUENCE (CERTIFICATE, OTHER), 0, 0, 0, .twice = TRUE},
        {"certificates in a set", CERTIFICATES, around (PENA_DER_SET, CERTIFICATE, NULL), 0, 0, 0,
         .type = V_ASN1_SET},
        {"a list", REVOCATION, SEQUENCE (LISTS (LIST, NULL), NULL), 0, 1, 0},
        {"two lists", REVOCATION, SEQUENCE (LISTS (LIST, LIST), NULL), 0, 2, 0},
        {"an answer", REVOCATION, SEQUENCE (ANSWERS (BASIC, NULL), NULL), 0, 0, 1},
        {"list and answer", REVOCATION, SEQUENCE (LISTS (LIST, NULL), ANSWERS (BASIC, NULL)), 0, 1, 1},
        {"answer before list", REVOCATION, SEQUENCE (ANSWERS (BASIC, NULL), LISTS (LIST, NULL)), 0, 1, 1},
        {"another kind", REVOCATION, SEQUENCE (around (0xA2, SEQUENCE (LIST, NULL), NULL), NULL), 0, 0, 0},
        {"a response where the basic one belongs", REVOCATION, SEQUENCE (ANSWERS (ANSWER, NULL), NULL), 0, 0,
         0},
        {"nothing in the tag", REVOCATION, SEQUENCE (g_bytes_new_static ("\xA0\x00", 2), LISTS (LIST, NULL)),
         0, 1, 0},
        {"revocation, signed", REVOCATION, SEQUENCE (LISTS (LIST, NULL), NULL), 0, 0, 0, .elsewhere = TRUE},
        {"Adobe, a list", ADOBE, SEQUENCE (LISTS (LIST, NULL), NULL), 0, 1, 0},
        {"Adobe, an answer", ADOBE, SEQUENCE (ANSWERS (ANSWER, NULL), NULL), 0, 0, 1},
        {"Adobe, a basic one", ADOBE, SEQUENCE (ANSWERS (BASIC, NULL), NULL), 0, 0, 0},
        {"Adobe, unsigned", ADOBE, SEQUENCE (LISTS (LIST, NULL), NULL), 0, 0, 0, .elsewhere = TRUE},
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        PenaSignerInfo info = {.signed_attributes = sk_X509_ATTRIBUTE_new_null (),
                               .unsigned_attributes = sk_X509_ATTRIBUTE_new_null ()};
        gboolean is_signed = pena_attribute_rule (rows[i].kind)->is_signed != rows[i].elsewhere;
        g_autoptr (PenaPool) pool = pena_pool_new (world.context);
        for (guint k = 0; k < 1 + (guint)rows[i].twice; k++)
            push (is_signed ? info.signed_attributes : info.unsigned_attributes, rows[i].kind, rows[i].value,
                  rows[i].type != 0 ? rows[i].type : V_ASN1_SEQUENCE);
        pena_carried_take (&info, pool, NULL, 0);
        assert_pool (rows[i].name, pool, rows[i].certificates, rows[i].lists, rows[i].answers);
        sk_X509_ATTRIBUTE_pop_free (info.signed_attributes, X509_ATTRIBUTE_free);
        sk_X509_ATTRIBUTE_pop_free (info.unsigned_attributes, X509_ATTRIBUTE_free);
        g_bytes_unref (rows[i].value);
    }
}

/* What is carried is as old as what covers it. */
static void
test_proofs (void)
{
    g_autoptr (GBytes) value = SEQUENCE (LISTS (LIST, NULL), ANSWERS (BASIC, NULL));
    PenaSignerInfo info = {.unsigned_attributes = sk_X509_ATTRIBUTE_new_null ()};
    g_autoptr (PenaPool) pool = pena_pool_new (world.context);
    g_autoptr (PenaProofs) proofs = pena_proofs_new ();

    push (info.unsigned_attributes, REVOCATION, value, V_ASN1_SEQUENCE);
    pena_carried_take (&info, pool, proofs, PKI_NOW - PKI_DAY);
    g_assert_cmpint (pena_proofs_since (proofs, world.list, PKI_NOW), ==, PKI_NOW - PKI_DAY);
    g_assert_cmpint (pena_proofs_since (proofs, world.answer, PKI_NOW), ==, PKI_NOW - PKI_DAY);
    g_assert_cmpint (pena_proofs_since (proofs, world.certificate, PKI_NOW), ==, PKI_NOW);
    /* proved to be older by somebody else, when it is in the pool already */
    pena_carried_take (&info, NULL, proofs, PKI_NOW - 2 * PKI_DAY);
    g_assert_cmpint (pena_proofs_since (proofs, world.list, PKI_NOW), ==, PKI_NOW - 2 * PKI_DAY);
    g_assert_cmpint (pena_proofs_since (proofs, world.answer, PKI_NOW), ==, PKI_NOW - 2 * PKI_DAY);
    sk_X509_ATTRIBUTE_pop_free (info.unsigned_attributes, X509_ATTRIBUTE_free);
}

/* A list is read once, however many certificates it is asked about, unless it is none. */
static void
test_read_once (void)
{
    g_autoptr (PenaPool) pool = pena_pool_new (world.context);
    g_autoptr (GPtrArray) lists = g_ptr_array_new ();

    g_ptr_array_add (lists, world.list);
    g_ptr_array_add (lists, world.junk);
    g_ptr_array_set_size (pool->items, 0);
    pena_pool_add_crls (pool, lists, TRUE);
    g_autoptr (X509_CRL) first = pena_pool_read_list (pool, pool->items->pdata[0]);
    g_autoptr (X509_CRL) again = pena_pool_read_list (pool, pool->items->pdata[0]);
    g_assert_nonnull (first);
    g_assert_true (first == again);
    g_assert_null (pena_pool_read_list (pool, pool->items->pdata[1]));
    /* without room it is read anew */
    g_ptr_array_set_size (pool->items, 0);
    pena_pool_add_crls (pool, lists, TRUE);
    pool->kept = G_MAXINT;
    g_autoptr (X509_CRL) alone = pena_pool_read_list (pool, pool->items->pdata[0]);
    g_autoptr (X509_CRL) anew = pena_pool_read_list (pool, pool->items->pdata[0]);
    g_assert_nonnull (alone);
    g_assert_nonnull (anew);
    g_assert_true (alone != anew);
}

/* The BasicOCSPResponse in an OCSPResponse. */
static GBytes *
dup_basic (GBytes *response)
{
    const guint8 *at = g_bytes_get_data (response, NULL);
    OCSP_RESPONSE *parsed = d2i_OCSP_RESPONSE (NULL, &at, (long)g_bytes_get_size (response));
    OCSP_BASICRESP *basic = OCSP_response_get1_basic (parsed);
    guint8 *der = NULL;
    int length = i2d_OCSP_BASICRESP (basic, &der);

    OCSP_BASICRESP_free (basic);
    OCSP_RESPONSE_free (parsed);
    return pena_take_der (der, length);
}

static void
set_up (void)
{
    static const OcspSpec spec;

    world.pki = pki_new ("p256");
    world.context = pki_context_new (world.pki);
    world.certificate = pki_der (world.pki->signer.certificate);
    world.other = pki_der (world.pki->issuing.certificate);
    world.list = pki_crl (&world.pki->issuing, NULL, -1, PKI_NOW, PKI_NOW + PKI_DAY);
    world.answer = trust_ocsp_answer (&world.pki->issuing, world.pki->signer.certificate,
                                      world.pki->issuing.certificate, &spec);
    world.basic = dup_basic (world.answer);
    world.junk = g_bytes_new_static ("\x30\x03\x02\x01\x05", 5);
}

static void
tear_down (void)
{
    GBytes *const all[] = {world.certificate, world.other, world.list, world.answer, world.basic, world.junk};

    for (guint i = 0; i < G_N_ELEMENTS (all); i++)
        g_bytes_unref (all[i]);
    pki_context_free (world.context);
    pki_free (world.pki);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    set_up ();
    g_test_add_func ("/ades/forms/ber", test_ber);
    g_test_add_func ("/ades/forms/ber/depth", test_depth);
    g_test_add_func ("/ades/forms/carried", test_carried);
    g_test_add_func ("/ades/forms/carried/proofs", test_proofs);
    g_test_add_func ("/ades/forms/read-once", test_read_once);
    gint result = g_test_run ();
    tear_down ();
    return result;
}
