/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of the OpenPGP driver: what it makes of a card's words, and what it writes
 * Copyright (C) 2026 the Pena authors */
#include <openssl/rsa.h>
#include <pena/pena-error.h>
#include <string.h>

#include "openpgp-private.h"
#include "pena-tlv.h"

static GByteArray *
bytes_of (const gchar *text)
{
    GByteArray *bytes = g_byte_array_new ();

    for (; *text != '\0'; text++) {
        if (*text == ' ')
            continue;
        guint8 byte = (guint8)(g_ascii_xdigit_value (text[0]) << 4 | g_ascii_xdigit_value (text[1]));
        g_byte_array_append (bytes, &byte, 1);
        text++;
    }
    return bytes;
}

/* --- application related data --- */

/* What a card said (GnuPG had made Curve 25519 keys on it), without the tag and length of 6E. */
static const gchar application[] =
    "4F10 D27600012401 0304 FFFF 217535C6 0000 5F520A 0031F573C001E0059000 7F6608 0202100002021000 7381D8"
    "C00A 7D000800 0C00 0800 0001 C10A 162B06010401DA470F01 C20B 122B060104019755010501"
    "C30A 162B06010401DA470F01 C407 007F7F7F030203"
    "C53C 1F923FDC84F3C87E7B4D0183723166E2A3682555 6F3AC4D6B3481A60882E70C00E86F2A1D164069E"
    "22DF8EFDBACB228B6B7EF8C0B822E2C0915967FC"
    "C63C 000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "00000000000000000000 0000"
    "CD0C 6B080FF2 6B080FF2 6B080FF2 DE06 010102010302 D602 0020 D702 0120 D802 0320";

static void
test_data (void)
{
    g_autoptr (GByteArray) bytes = bytes_of (application);
    OpenpgpData data = {0};

    g_assert_true (pena_openpgp_parse_data (bytes->data, bytes->len, &data));
    g_assert_cmpuint (data.capabilities, ==, 0x7D);
    g_assert_cmpuint (data.challenge_max, ==, 2048);
    g_assert_cmpuint (data.certificate_max, ==, 3072);
    g_assert_cmpuint (data.life_cycle, ==, 5);
    g_assert_true (data.one_signature);
    g_assert_cmpuint (data.tries[0], ==, 3);
    g_assert_cmpuint (data.tries[1], ==, 2);
    g_assert_cmpuint (data.pin_max[0], ==, 127);
    g_assert_true (data.tells_origin);
    g_assert_cmpuint (data.origin[OPENPGP_AUTHENTICATE], ==, 2);
    g_assert_cmpuint (data.touch[OPENPGP_DECIPHER], ==, 1);
    g_assert_cmpuint (data.fingerprints[20], ==, 0x6F);
    g_assert_cmpint (
        pena_openpgp_parse_attributes (OPENPGP_DECIPHER, data.attributes[1].bytes, data.attributes[1].length),
        ==, PENA_ALGORITHM_X25519);
}

/* Cut off anywhere, or with any byte changed: whatever is made of it stays within its bounds. */
static void
test_data_hostile (void)
{
    g_autoptr (GByteArray) bytes = bytes_of (application);
    guint refused = 0;

    for (guint i = 0; i < bytes->len; i++) {
        OpenpgpData data = {0};
        g_autofree guint8 *copy = g_memdup2 (bytes->data, bytes->len);
        g_autofree guint8 *shorter = g_memdup2 (bytes->data, i);

        refused += !pena_openpgp_parse_data (shorter, i, &data);
        for (guint bit = 0; bit < 8; bit++) {
            copy[i] = bytes->data[i] ^ (guint8)(1 << bit);
            data = (OpenpgpData){0};
            if (!pena_openpgp_parse_data (copy, bytes->len, &data))
                refused++;
            for (guint place = 0; place < OPENPGP_PLACES; place++)
                g_assert_cmpuint (data.attributes[place].length, <=, OPENPGP_ATTRIBUTES_MAX);
            copy[i] = bytes->data[i];
        }
    }
    g_assert_cmpuint (refused, >, 200);
}

static void
test_status (void)
{
    const guint8 good[] = {0x01, 0xA0, 0x20, 0x20, 3, 0, 3};
    const guint8 other[] = {0x53, 0x05, 0x00, 0x01, 0x30, 0x41, 0x42};
    OpenpgpData data = {0};

    g_assert_true (pena_openpgp_parse_status (good, sizeof good, &data));
    g_assert_false (data.one_signature);
    g_assert_cmpuint (data.pin_max[0], ==, 0x20);
    g_assert_false (pena_openpgp_parse_status (other, sizeof other, &data));
    g_assert_false (pena_openpgp_parse_status (good, 6, &data));
}

/* --- algorithms --- */

static PenaKeyAlgorithm
parse (OpenpgpPlace place, const gchar *attributes)
{
    g_autoptr (GByteArray) bytes = bytes_of (attributes);
    return pena_openpgp_parse_attributes (place, bytes->data, bytes->len);
}

static void
test_attributes (void)
{
    g_assert_cmpint (parse (OPENPGP_SIGN, "01 0800 0020 00"), ==, PENA_ALGORITHM_RSA2048);
    g_assert_cmpint (parse (OPENPGP_DECIPHER, "01 1000 0011 03"), ==, PENA_ALGORITHM_RSA4096);
    g_assert_cmpint (parse (OPENPGP_SIGN, "01 0900"), ==, PENA_ALGORITHM_RSA_OTHER);
    g_assert_cmpint (parse (OPENPGP_SIGN, "01 0010"), ==, PENA_ALGORITHM_UNKNOWN);
    g_assert_cmpint (parse (OPENPGP_SIGN, "13 2A8648CE3D030107"), ==, PENA_ALGORITHM_P256);
    g_assert_cmpint (parse (OPENPGP_SIGN, "13 2A8648CE3D030107 FF"), ==, PENA_ALGORITHM_P256);
    g_assert_cmpint (parse (OPENPGP_SIGN, "13 2A8648CE3D030107 FFFF"), ==, PENA_ALGORITHM_UNKNOWN);
    g_assert_cmpint (parse (OPENPGP_SIGN, "12 2A8648CE3D030107"), ==, PENA_ALGORITHM_UNKNOWN);
    g_assert_cmpint (parse (OPENPGP_DECIPHER, "12 2B81040023"), ==, PENA_ALGORITHM_P521);
    g_assert_cmpint (parse (OPENPGP_DECIPHER, "16 2B06010401DA470F01"), ==, PENA_ALGORITHM_UNKNOWN);
    g_assert_cmpint (parse (OPENPGP_SIGN, "16"), ==, PENA_ALGORITHM_UNKNOWN);
    g_assert_cmpint (parse (OPENPGP_SIGN, ""), ==, PENA_ALGORITHM_UNKNOWN);
}

static void
assert_found (const OpenpgpData *data, OpenpgpPlace place, PenaKeyAlgorithm algorithm, const gchar *expected)
{
    OpenpgpAttributes found = {0};
    g_autoptr (GByteArray) bytes = expected != NULL ? bytes_of (expected) : NULL;

    g_assert_true (pena_openpgp_find_attributes (data, place, algorithm, &found) == (expected != NULL));
    if (expected != NULL)
        g_assert_cmpmem (found.bytes, found.length, bytes->data, bytes->len);
}

/* The card's own list comes first: there, exponents and import formats are as it takes them. */
static void
test_listed (void)
{
    g_autoptr (GByteArray) list = bytes_of ("C106 010800001103 C109 132A8648CE3D030107 C106 160102030405"
                                            "C206 010C00002000 C30A 132A8648CE3D030107FF");
    OpenpgpData data = {.capabilities = OPENPGP_CAN_CHANGE_ATTRIBUTES};

    data.attributes[0] = (OpenpgpAttributes){{0x01, 0x10, 0x00, 0x00, 0x20, 0x00}, 6};
    assert_found (&data, OPENPGP_SIGN, PENA_ALGORITHM_RSA2048, "01 0800 0020 00");
    data.algorithms = g_bytes_new (list->data, list->len);
    assert_found (&data, OPENPGP_SIGN, PENA_ALGORITHM_RSA2048, "01 0800 0011 03");
    assert_found (&data, OPENPGP_SIGN, PENA_ALGORITHM_RSA4096, "01 1000 0020 00"); /* as it is now */
    assert_found (&data, OPENPGP_SIGN, PENA_ALGORITHM_P384, NULL);
    assert_found (&data, OPENPGP_DECIPHER, PENA_ALGORITHM_RSA3072, "01 0C00 0020 00");
    assert_found (&data, OPENPGP_DECIPHER, PENA_ALGORITHM_X25519, "12 2B060104019755010501");
    assert_found (&data, OPENPGP_AUTHENTICATE, PENA_ALGORITHM_P256, "13 2A8648CE3D030107 FF");
    g_assert_cmpuint (pena_openpgp_possible_algorithms (&data), ==,
                      1 << PENA_ALGORITHM_RSA2048 | 1 << PENA_ALGORITHM_RSA3072 |
                          1 << PENA_ALGORITHM_RSA4096 | 1 << PENA_ALGORITHM_P256 |
                          1 << PENA_ALGORITHM_X25519);
    data.capabilities = 0;
    assert_found (&data, OPENPGP_SIGN, PENA_ALGORITHM_RSA2048, NULL);
    g_bytes_unref (data.algorithms);
}

static void
test_public (void)
{
    g_autoptr (GByteArray) off_curve = bytes_of ("8603 040102");
    g_autoptr (GByteArray) no_exponent = bytes_of ("8103 010203");

    g_assert_null (pena_openpgp_parse_public (PENA_ALGORITHM_P256, off_curve->data, off_curve->len));
    g_assert_null (pena_openpgp_parse_public (PENA_ALGORITHM_ED25519, off_curve->data, off_curve->len));
    g_assert_null (pena_openpgp_parse_public (PENA_ALGORITHM_RSA2048, no_exponent->data, no_exponent->len));
    g_assert_null (pena_openpgp_parse_public (PENA_ALGORITHM_UNKNOWN, off_curve->data, off_curve->len));
}

/* --- key derivation --- */

#define SALTS "8408 3031323334353637 8508 4041424344454647 8608 5051525354555657"

static gboolean
parse_kdf (const gchar *text, OpenpgpKdf *ret_kdf)
{
    g_autoptr (GByteArray) bytes = bytes_of (text);
    return pena_openpgp_kdf_parse (bytes->data, bytes->len, ret_kdf);
}

static void
test_kdf_parse (void)
{
    OpenpgpKdf kdf = {.active = TRUE};

    g_assert_true (parse_kdf ("", &kdf));
    g_assert_false (kdf.active);
    g_assert_true (parse_kdf ("8101 00", &kdf));
    g_assert_true (parse_kdf ("8101 03 8201 08 8304 03E00000 " SALTS, &kdf));
    g_assert_true (kdf.active && kdf.count == 65011712 && kdf.salts[2][0] == 0x50);
    g_assert_true (parse_kdf ("8101 03 8201 0A 8304 00000400 8408 3031323334353637", &kdf));
    g_assert_cmpuint (kdf.salts[2][0], ==, 0x30);
    g_assert_false (parse_kdf ("8101 03 8201 08 8304 03E00001 " SALTS, &kdf)); /* more than OpenPGP can say */
    g_assert_false (parse_kdf ("8101 03 8201 08 8304 FFFFFFFF " SALTS, &kdf));
    g_assert_false (parse_kdf ("8101 03 8201 09 8304 00000400 " SALTS, &kdf));
    g_assert_false (parse_kdf ("8101 02 8201 08 8304 00000400 " SALTS, &kdf));
    g_assert_false (parse_kdf ("8101 03 8201 08 8303 000400 " SALTS, &kdf));
    g_assert_false (parse_kdf ("8101 03 8201 08 8304 00000400 8407 30313233343536", &kdf));
    g_assert_false (parse_kdf ("8101 03 8201 08 8304 00000400", &kdf));
    g_assert_false (parse_kdf ("8102 0300", &kdf));
    g_assert_false (parse_kdf ("53", &kdf));
}

static void
assert_derived (const OpenpgpKdf *kdf, GChecksumType type, const gchar *all, gsize length)
{
    g_autoptr (PenaSecret) out = pena_secret_new (64, FALSE, NULL);
    g_autoptr (GChecksum) sum = g_checksum_new (type);
    guint8 expected[64];
    gsize size = sizeof expected;

    g_assert_true (pena_openpgp_kdf_derive (kdf, 0, (const guint8 *)"123456", 6, out, NULL));
    g_checksum_update (sum, (const guint8 *)all, (gssize)length);
    g_checksum_get_digest (sum, expected, &size);
    g_assert_cmpmem (out->data, out->length, expected, size);
}

static void
test_kdf_derive (void)
{
    OpenpgpKdf kdf;

    g_assert_true (parse_kdf ("8101 03 8201 08 8304 00000014 " SALTS, &kdf));
    assert_derived (&kdf, G_CHECKSUM_SHA256, "01234567123456012345", 20); /* the second time in part */
    g_assert_true (parse_kdf ("8101 03 8201 0A 8304 00000001 " SALTS, &kdf));
    assert_derived (&kdf, G_CHECKSUM_SHA512, "01234567123456", 14); /* once at least */
}

/* --- fingerprints, as GnuPG 2.2 wrote them for these keys --- */

static const struct {
    PenaKeyAlgorithm algorithm;
    OpenpgpPlace place;
    guint32 date;
    const gchar *public_key, *fingerprint;
} made_by_gnupg[] = {
    {PENA_ALGORITHM_ED25519, OPENPGP_SIGN, 0x6B080FF2,
     "8620 3F80DA74523263B347EAE56BCA676B06C389BC380CBDFA4EECDDBC8B93D59BE7",
     "1F923FDC84F3C87E7B4D0183723166E2A3682555"},
    {PENA_ALGORITHM_X25519, OPENPGP_DECIPHER, 0x6B080FF2,
     "8620 9FCAB9D7B7711596F020D7614632E8DA985A550330E61D38DEAF9A554E6ECC62",
     "6F3AC4D6B3481A60882E70C00E86F2A1D164069E"},
    {PENA_ALGORITHM_P256, OPENPGP_SIGN, 0x6B080FF4,
     "8641 "
     "04B42C7C6806DEF6DA35869401D60CF30647B20B6A28C193CAD53EE186CFACD9D254060F00924CEF78C87DCDE7622616AB8D"
     "40A352EB6AF793EAE3DBED64D20F72",
     "C04A6CE5D9E400F798864FD328CD1C91E68A2D3E"},
    {PENA_ALGORITHM_P256, OPENPGP_DECIPHER, 0x6B080FF4,
     "8641 "
     "0473DCA4D27A6158BF2BE5F1A03963383AF897C16ED6A59897FB4C65DB587E5D9C1D0123A8A0FFB986A1EF01E99483653B01"
     "53361A6745925E2E9E9BA22C415DAA",
     "6A84F247FE6BFA2B85943BB3C4E38F8825ADD76A"},
    {PENA_ALGORITHM_P384, OPENPGP_SIGN, 0x6B080FF5,
     "8661 047313DBADD1C51FECFD6DE66AE0E77189990AF8BAED644C7F8F318C454CAAA4FD88068BCB8E76C78169DE154698219"
     "2B8C42943BD002A54CA09D98EEEEC1D52D7DA0CE39634C57C1CED6BAB1DBB01A43FFC729441B8B18644911A0964533804AE",
     "8D13E891EAF4AF2CFF53EFA9C82D5BD08724BA96"},
    {PENA_ALGORITHM_P384, OPENPGP_DECIPHER, 0x6B080FF5,
     "8661 04080A3ECCEEEE58C56D75766FFADF04909916867B8459C36573DEF9A78D746D93A930E69E5A0735AF9EA3995E6D0AAC"
     "BF4009889D7A794200B11F8E39ECA804231A8F988B2F8E1308014CEA9E37194224D7F05DEBB32DA37D386583C71072A1FC",
     "5DA8302334D339C063BE96C696D59ED3F0EFC3F8"},
};

static void
test_fingerprints (void)
{
    for (guint i = 0; i < G_N_ELEMENTS (made_by_gnupg); i++) {
        g_autoptr (GByteArray) bytes = bytes_of (made_by_gnupg[i].public_key);
        g_autoptr (GByteArray) expected = bytes_of (made_by_gnupg[i].fingerprint);
        EVP_PKEY *key = pena_openpgp_parse_public (made_by_gnupg[i].algorithm, bytes->data, bytes->len);
        guint8 fingerprint[20];

        g_assert_nonnull (key);
        g_assert_true (
            pena_openpgp_fingerprint (key, made_by_gnupg[i].place, made_by_gnupg[i].date, fingerprint));
        g_assert_cmpmem (fingerprint, sizeof fingerprint, expected->data, expected->len);
        EVP_PKEY_free (key);
    }
}

/* --- import --- */

/* The tags in 7F48, and that 5F48 is as long as they say; the private parts in order. */
static void
assert_list (EVP_PKEY *key, OpenpgpPlace place, const gchar *attributes, const gchar *tags)
{
    g_autoptr (GByteArray) bytes = bytes_of (attributes);
    g_autoptr (GByteArray) wanted = bytes_of (tags);
    OpenpgpAttributes of_card = {.length = bytes->len};
    PenaTlv outer, lengths, values;
    gsize total = 0;
    guint found = 0;

    memcpy (of_card.bytes, bytes->data, bytes->len);
    g_autoptr (PenaSecret) list = pena_openpgp_import_list (place, &of_card, key, NULL);
    g_assert_nonnull (list);
    g_assert_true (pena_tlv_find (list->data, list->length, 0x4D, &outer));
    g_assert_true (pena_tlv_find (outer.value, outer.length, 0x7F48, &lengths));
    g_assert_true (pena_tlv_find (outer.value, outer.length, 0x5F48, &values));
    for (gsize at = 0; at < lengths.length; found++) {
        g_assert_cmpuint (lengths.value[at], ==, wanted->data[found]);
        guint8 first = lengths.value[at + 1];
        total += first < 0x80    ? first
                 : first == 0x81 ? lengths.value[at + 2]
                                 : (gsize)lengths.value[at + 2] << 8 | lengths.value[at + 3];
        at += 2 + (first < 0x80 ? 0 : first & 0x0F);
    }
    g_assert_cmpuint (found, ==, wanted->len);
    g_assert_cmpuint (total, ==, values.length);
}

static void
test_import (void)
{
    EVP_PKEY *rsa = EVP_RSA_gen (2048);
    EVP_PKEY *curve = EVP_EC_gen ("P-256");
    EVP_PKEY *edwards = EVP_PKEY_Q_keygen (NULL, NULL, "ED25519");
    const OpenpgpAttributes small = {{0x01, 0x04, 0x00, 0x00, 0x20, 0x00}, 6};

    assert_list (rsa, OPENPGP_SIGN, "01 0800 0020 00", "91 92 93");
    assert_list (rsa, OPENPGP_SIGN, "01 0800 0011 01", "91 92 93 97");
    assert_list (rsa, OPENPGP_DECIPHER, "01 0800 0020 02", "91 92 93 94 95 96");
    assert_list (rsa, OPENPGP_DECIPHER, "01 0800 0020 03", "91 92 93 94 95 96 97");
    assert_list (curve, OPENPGP_SIGN, "13 2A8648CE3D030107", "92");
    assert_list (curve, OPENPGP_SIGN, "13 2A8648CE3D030107 FF", "92 99");
    assert_list (edwards, OPENPGP_SIGN, "16 2B06010401DA470F01", "92");
    g_assert_null (pena_openpgp_import_list (OPENPGP_SIGN, &small, rsa, NULL)); /* does not fit */
    EVP_PKEY_free (rsa);
    EVP_PKEY_free (curve);
    EVP_PKEY_free (edwards);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/drivers/openpgp/data", test_data);
    g_test_add_func ("/drivers/openpgp/data/hostile", test_data_hostile);
    g_test_add_func ("/drivers/openpgp/status", test_status);
    g_test_add_func ("/drivers/openpgp/attributes", test_attributes);
    g_test_add_func ("/drivers/openpgp/listed", test_listed);
    g_test_add_func ("/drivers/openpgp/public", test_public);
    g_test_add_func ("/drivers/openpgp/kdf/parse", test_kdf_parse);
    g_test_add_func ("/drivers/openpgp/kdf/derive", test_kdf_derive);
    g_test_add_func ("/drivers/openpgp/fingerprints", test_fingerprints);
    g_test_add_func ("/drivers/openpgp/import", test_import);
    return g_test_run ();
}
