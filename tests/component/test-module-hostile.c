/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the PKCS#11 module and a card that lies, babbles, or is used by others
 * Copyright (C) 2026 the Pena authors */
#include <openssl/err.h>
#include <openssl/x509.h>
#include <string.h>
#include <zlib.h>

#include "module-world.h"
#include "pena-tlv.h"

enum {
    INS_VERIFY = 0x20,
    INS_GENERAL_AUTHENTICATE = 0x87,
    INS_SELECT = 0xA4,
    INS_GET_DATA = 0xCB,
    INS_GET_METADATA = 0xF7,
};

static CK_RV
sign (CK_SESSION_HANDLE session, CK_BYTE id)
{
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    CK_BYTE signature[512] = {1, 2, 3};
    CK_ULONG length = sizeof signature;
    CK_RV rv = p11->C_SignInit (session, &mechanism, module_world_find (session, CKO_PRIVATE_KEY, id));

    if (rv == CKR_OK && id == 2)
        rv = p11->C_Login (session, CKU_CONTEXT_SPECIFIC, MODULE_PIN, MODULE_PIN_LENGTH);
    return rv == CKR_OK ? p11->C_Sign (session, signature, 32, signature, &length) : rv;
}

static CK_RV
log_in (CK_SESSION_HANDLE session)
{
    return p11->C_Login (session, CKU_USER, MODULE_PIN, MODULE_PIN_LENGTH);
}

/* From plug-in to signature. */
static CK_RV
run (void)
{
    CK_SESSION_HANDLE session;
    CK_RV rv = p11->C_OpenSession (0, CKF_SERIAL_SESSION, NULL, NULL, &session);

    if (rv == CKR_OK)
        rv = log_in (session);
    if (rv == CKR_OK)
        rv = sign (session, 2);
    p11->C_CloseAllSessions (0);
    return rv;
}

static void
plug_in_again (void)
{
    vtoken_world_pull (&module_world);
    vtoken_world_insert (&module_world);
}

static void
set_up (VtokenFilter filter)
{
    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    module_world.filter = filter;
}

/* The card is honest again, and everything works without a try having been lost. */
static void
tear_down (void)
{
    module_world.filter = NULL;
    plug_in_again ();
    g_assert_cmphex (run (), ==, CKR_OK);
    g_assert_cmphex (vtoken_world_send (&module_world, "00A4040009A00000030800001000"), ==, 0x9000);
    g_assert_cmphex (vtoken_world_send (&module_world, "00200080"), ==, 0x63C3);
    g_assert_cmpuint (ERR_peek_error (), ==, 0);
    module_world_tear_down ();
}

/* --- filters --- */

static guint commands; /* that a filter has seen */

static void
honest (VtokenWorld *world, const guint8 *command, gsize command_length, guint8 *answer, gsize *length)
{
    vtoken_transmit (world->card, command, command_length, answer, length);
}

static void
answer_with (guint8 *answer, gsize *length, gconstpointer data, gsize data_length, guint16 sw)
{
    if (data_length > 0)
        memcpy (answer, data, data_length);
    answer[data_length] = (guint8)(sw >> 8);
    answer[data_length + 1] = (guint8)sw;
    *length = data_length + 2;
}

static guint32
object_of (const guint8 *command, gsize length)
{
    const guint8 *data = command + (command[4] == 0 ? 7 : 5);

    if (command[1] != INS_GET_DATA || length < 10 || data[0] != 0x5C || data[1] != 3)
        return 0;
    return (guint32)(data[2] << 16 | data[3] << 8 | data[4]);
}

static void
more_for_ever (VtokenWorld *world, const guint8 *command, gsize command_length, guint8 *answer, gsize *length)
{
    commands++;
    if (command[1] == INS_SELECT)
        honest (world, command, command_length, answer, length);
    else
        answer_with (answer, length, "\x53", 1, 0x6101);
}

static void
wrong_le_for_ever (VtokenWorld *world, const guint8 *command, gsize command_length, guint8 *answer,
                   gsize *length)
{
    commands++;
    answer_with (answer, length, NULL, 0, 0x6C10);
}

static void
huge (VtokenWorld *world, const guint8 *command, gsize command_length, guint8 *answer, gsize *length)
{
    memset (answer, 0x53, VTOKEN_ANSWER_MAX - 2);
    answer_with (answer + VTOKEN_ANSWER_MAX - 2, length, NULL, 0, 0x9000);
    *length = VTOKEN_ANSWER_MAX;
    commands++;
}

static void
lengths_that_lie (VtokenWorld *world, const guint8 *command, gsize command_length, guint8 *answer,
                  gsize *length)
{
    static const guint8 lie[] = {0x53, 0x84, 0xFF, 0xFF, 0xFF, 0xF0, 0x70, 0x01, 0x00};

    commands++;
    if (command[1] == INS_GET_DATA)
        answer_with (answer, length, lie, sizeof lie, 0x9000);
    else
        honest (world, command, command_length, answer, length);
}

static void
any_pin_is_right (VtokenWorld *world, const guint8 *command, gsize command_length, guint8 *answer,
                  gsize *length)
{
    if (command[1] == INS_VERIFY)
        answer_with (answer, length, NULL, 0, 0x9000);
    else
        honest (world, command, command_length, answer, length);
}

static void
other_signature (VtokenWorld *world, const guint8 *command, gsize command_length, guint8 *answer,
                 gsize *length)
{
    honest (world, command, command_length, answer, length);
    if (command[1] == INS_GENERAL_AUTHENTICATE && *length > 8)
        answer[*length - 3] ^= 1;
}

/* --- answers --- */

typedef struct {
    VtokenFilter filter;
    CK_RV rv;
    guint most; /* commands */
} Babble;

static void
test_babble (gconstpointer data)
{
    const Babble *babble = data;
    CK_TOKEN_INFO info;

    set_up (babble->filter);
    commands = 0;
    g_assert_cmphex (p11->C_GetTokenInfo (0, &info), ==, babble->rv);
    g_assert_cmpuint (commands, <=, babble->most);
    module_world.filter = NULL;
    g_assert_cmphex (p11->C_GetTokenInfo (0, &info), ==, CKR_OK);
    tear_down ();
}

static void
test_any_pin (void)
{
    set_up (NULL);
    CK_SESSION_HANDLE session = module_world_open (0);
    module_world.filter = any_pin_is_right;
    g_assert_cmphex (log_in (session), ==, CKR_OK);
    module_world.filter = NULL;
    g_assert_cmphex (sign (session, 1), ==, CKR_USER_NOT_LOGGED_IN);
    /* Who is told this must be able to log in. */
    g_assert_cmphex (log_in (session), ==, CKR_OK);
    g_assert_cmphex (sign (session, 1), ==, CKR_OK);
    tear_down ();
}

static void
test_other_signature (void)
{
    set_up (other_signature);
    g_assert_cmphex (run (), ==, CKR_DEVICE_ERROR);
    module_world.filter = NULL;
    g_assert_cmphex (vtoken_world_send (&module_world, "00200080"), ==, 0x63C3); /* logged out */
    g_assert_cmphex (run (), ==, CKR_OK);
    tear_down ();
}

/* Key and certificate are renewed by another program while the card stays where it is. */
static void
test_renewed (gconstpointer algorithm)
{
    g_autoptr (GError) error = NULL;

    set_up (NULL);
    g_assert_cmphex (run (), ==, CKR_OK);
    vtoken_personalise (module_world.card, (VtokenAlgorithm)GPOINTER_TO_UINT (algorithm), 0x9C,
                        vtoken_issue_test, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmphex (run (), !=, CKR_OK);
    CK_SESSION_HANDLE session = module_world_open (0);
    CK_ULONG bits = 0;
    CK_ATTRIBUTE wanted = {CKA_MODULUS_BITS, &bits, sizeof bits};
    CK_RV rv = p11->C_GetAttributeValue (session, module_world_find (session, CKO_PUBLIC_KEY, 2), &wanted, 1);
    gboolean rsa = GPOINTER_TO_UINT (algorithm) == VTOKEN_ALGORITHM_RSA2048;
    g_assert_cmphex (rv, ==, rsa ? CKR_OK : CKR_ATTRIBUTE_TYPE_INVALID);
    g_assert_cmphex (log_in (session), ==, CKR_OK);
    g_assert_cmphex (sign (session, 2), ==, rsa ? CKR_KEY_TYPE_INCONSISTENT : CKR_OK);
    vtoken_personalise (module_world.card, VTOKEN_ALGORITHM_P256, 0x9C, vtoken_issue_test, NULL, &error);
    g_assert_no_error (error);
    tear_down ();
}

/* --- the tries --- */

static guint foreign_tries, foreign_pins, told_tries;
static gboolean foreign_selected;

/* Another application is selected whose PIN has the same reference, and as many tries. */
static void
foreign_application (VtokenWorld *world, const guint8 *command, gsize command_length, guint8 *answer,
                     gsize *length)
{
    if (command[1] == INS_SELECT)
        foreign_selected = FALSE;
    if (!foreign_selected) {
        honest (world, command, command_length, answer, length);
        return;
    }
    if (command[1] == INS_VERIFY && command_length > 4) {
        foreign_tries--;
        foreign_pins++;
    }
    answer_with (answer, length, NULL, 0,
                 (guint16)(command[1] == INS_VERIFY ? 0x63C0 | foreign_tries : 0x6D00));
}

static void
test_foreign_application (void)
{
    set_up (foreign_application);
    CK_SESSION_HANDLE session = module_world_open (0);
    foreign_selected = TRUE;
    foreign_tries = 3;
    foreign_pins = 0;
    g_assert_cmphex (log_in (session), ==, CKR_OK);
    g_assert_cmphex (p11->C_Logout (session), ==, CKR_OK);
    foreign_selected = TRUE;
    g_assert_cmphex (log_in (session), ==, CKR_OK);
    g_assert_cmpuint (foreign_pins, ==, 0);
    tear_down ();
}

static void
lies_about_tries (VtokenWorld *world, const guint8 *command, gsize command_length, guint8 *answer,
                  gsize *length)
{
    if (command[1] == INS_VERIFY && command_length > 4)
        commands++;
    if (command[1] == INS_VERIFY)
        answer_with (answer, length, NULL, 0, (guint16)(0x63C0 | told_tries));
    else if (command[1] == INS_GET_METADATA)
        answer_with (answer, length, NULL, 0, 0x6D00);
    else
        honest (world, command, command_length, answer, length);
}

/* Whatever the card said before: what it says now decides whether a PIN is sent. */
static void
test_tries_jump (void)
{
    set_up (lies_about_tries);
    told_tries = 9;
    commands = 0;
    CK_SESSION_HANDLE session = module_world_open (0);
    told_tries = 1;
    g_assert_cmphex (log_in (session), ==, CKR_FUNCTION_REJECTED);
    told_tries = 0;
    g_assert_cmphex (log_in (session), ==, CKR_PIN_LOCKED);
    told_tries = 1;
    g_assert_cmphex (log_in (session), ==, CKR_FUNCTION_REJECTED);
    g_assert_cmpuint (commands, ==, 0);
    told_tries = 15;
    g_assert_cmphex (log_in (session), ==, CKR_PIN_INCORRECT);
    g_assert_cmpuint (commands, ==, 1);
    tear_down ();
}

static void
test_reset_by_others (void)
{
    set_up (NULL);
    CK_SESSION_HANDLE session = module_world_open (0);
    g_assert_cmphex (log_in (session), ==, CKR_OK);
    g_assert_cmphex (sign (session, 1), ==, CKR_OK);
    vtoken_world_reset (&module_world);
    g_assert_cmphex (sign (session, 1), ==, CKR_USER_NOT_LOGGED_IN);
    g_assert_cmphex (log_in (session), ==, CKR_OK);
    g_assert_cmphex (sign (session, 1), ==, CKR_OK);
    tear_down ();
}

/* --- certificates --- */

static GByteArray *planted; /* what 9C's certificate object holds */
static guint retired_asked;

static void
plants (VtokenWorld *world, const guint8 *command, gsize command_length, guint8 *answer, gsize *length)
{
    guint32 object = object_of (command, command_length);
    guint8 copy[64];

    if (object == 0x5FC10A) {
        answer_with (answer, length, planted->data, planted->len, 0x9000);
        return;
    }
    if (object == 0x5FC10C) { /* 255 retired keys */
        answer_with (answer, length, "\x53\x03\xC1\x01\xFF", 5, 0x9000);
        return;
    }
    if ((object == 0x5FC10B || (object >= 0x5FC10D && object <= 0x5FC120)) &&
        command_length <= sizeof copy) { /* the key management key and what it was before */
        retired_asked += object != 0x5FC10B;
        memcpy (copy, command, command_length);
        copy[(copy[4] == 0 ? 7 : 5) + 4] = 0x05; /* 9A's certificate */
        honest (world, copy, command_length, answer, length);
        return;
    }
    honest (world, command, command_length, answer, length);
}

static void
plant (gconstpointer certificate, gsize length, guint8 info)
{
    const guint8 head[] = {0x53, 0x82, (guint8)((length + 7) >> 8), (guint8)(length + 7),
                           0x70, 0x82, (guint8)(length >> 8),       (guint8)length};
    const guint8 tail[] = {0x71, 0x01, info};

    planted = g_byte_array_new ();
    g_byte_array_append (planted, head, sizeof head);
    g_byte_array_append (planted, certificate, (guint)length);
    g_byte_array_append (planted, tail, sizeof tail);
}

static void
test_retired (void)
{
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_ATTRIBUTE template = {CKA_CLASS, &class, sizeof class};
    CK_OBJECT_HANDLE objects[64];
    CK_ULONG count;

    plant ("", 0, 0);
    retired_asked = 0;
    set_up (plants);
    CK_SESSION_HANDLE session = module_world_open (0);
    g_assert_cmpuint (retired_asked, ==, 20);
    g_assert_cmphex (p11->C_FindObjectsInit (session, &template, 1), ==, CKR_OK);
    g_assert_cmphex (p11->C_FindObjects (session, objects, 64, &count), ==, CKR_OK);
    g_assert_cmpuint (count, ==, 22);
    tear_down ();
    g_byte_array_unref (planted);
}

static GByteArray *
squeeze (const guint8 *data, gsize length)
{
    uLongf size = compressBound (length);
    GByteArray *out = g_byte_array_new ();

    g_byte_array_set_size (out, (guint)size);
    g_assert_cmpint (compress (out->data, &size, data, length), ==, Z_OK);
    g_byte_array_set_size (out, (guint)size);
    return out;
}

/* INTEGER; hex may begin with '-'. */
static void
append_integer (GByteArray *out, const gchar *hex)
{
    BIGNUM *number = NULL;
    guint8 *der = NULL;

    g_assert_cmpint (BN_hex2bn (&number, hex), >, 0);
    ASN1_INTEGER *integer = BN_to_ASN1_INTEGER (number, NULL);
    int length = i2d_ASN1_INTEGER (integer, &der);
    g_byte_array_append (out, der, (guint)length);
    OPENSSL_free (der);
    ASN1_INTEGER_free (integer);
    BN_free (number);
}

/* A certificate that holds this RSA key, which nobody has made. */
static GBytes *
certificate_with_rsa (const gchar *modulus, const gchar *exponent)
{
    g_autoptr (GByteArray) numbers = g_byte_array_new ();
    g_autoptr (GByteArray) key = g_byte_array_new ();
    EVP_PKEY *signer = EVP_EC_gen ("P-256");
    X509 *certificate = X509_new ();
    guint8 *der = NULL;

    append_integer (numbers, modulus);
    append_integer (numbers, exponent);
    pena_tlv_append (key, 0x30, numbers->data, numbers->len);
    guint8 *owned = OPENSSL_memdup (key->data, key->len);
    X509_gmtime_adj (X509_getm_notBefore (certificate), 0);
    X509_gmtime_adj (X509_getm_notAfter (certificate), 3600);
    g_assert_cmpint (X509_PUBKEY_set0_param (X509_get_X509_PUBKEY (certificate),
                                             OBJ_nid2obj (NID_rsaEncryption), V_ASN1_NULL, NULL, owned,
                                             (int)key->len),
                     ==, 1);
    g_assert_cmpint (X509_sign (certificate, signer, EVP_sha256 ()), >, 0);
    int length = i2d_X509 (certificate, &der);
    GBytes *result = g_bytes_new (der, (gsize)length);
    OPENSSL_free (der);
    X509_free (certificate);
    EVP_PKEY_free (signer);
    return result;
}

/* Every use of the planted certificate's key that there is: none may end well, hang or crash. */
static void
use_planted (void)
{
    static const CK_MECHANISM_TYPE types[] = {CKM_RSA_PKCS, CKM_RSA_X_509, CKM_SHA256_RSA_PKCS,
                                              CKM_SHA256_RSA_PKCS_PSS};
    CK_RSA_PKCS_PSS_PARAMS pss = {CKM_SHA256, CKG_MGF1_SHA256, 32};
    CK_BYTE bytes[1024];

    memset (bytes, 0x5A, sizeof bytes);
    CK_SESSION_HANDLE session = module_world_open (0);
    g_assert_cmphex (log_in (session), ==, CKR_OK);
    CK_OBJECT_HANDLE private_key = module_world_find (session, CKO_PRIVATE_KEY, 2);
    CK_OBJECT_HANDLE public_key = module_world_find (session, CKO_PUBLIC_KEY, 2);
    for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
        CK_MECHANISM mechanism = {types[i], i == 3 ? &pss : NULL, i == 3 ? sizeof pss : 0};
        CK_ULONG length = sizeof bytes;
        if (p11->C_SignInit (session, &mechanism, private_key) == CKR_OK)
            g_assert_cmphex (p11->C_Sign (session, bytes, 32, bytes, &length), !=, CKR_OK);
        for (gsize size = 1; size <= 512; size += size < 256 ? 255 : 128)
            if (p11->C_VerifyInit (session, &mechanism, public_key) == CKR_OK)
                g_assert_cmphex (p11->C_Verify (session, bytes, 32, bytes, size), !=, CKR_OK);
    }
    p11->C_CloseAllSessions (0);
}

static void
test_odd_rsa (void)
{
    g_autofree gchar *large = g_strnfill (30000, 'F'); /* 120,000 bits */
    g_autofree gchar *largest = g_strnfill (1024, 'F');
    g_autofree gchar *even = g_strdup_printf ("%.*s0", 511, largest);
    g_autofree gchar *odd_size = g_strdup_printf ("1%.*s", 512, largest);
    const gchar *const keys[][2] = {
        {"0", "3"},      {"1", "1"},         {"F", "0"},       {"-7", "3"},
        {even, "10001"}, {even, "1"},        {largest, "1"},   {largest, "0"},
        {odd_size, "3"}, {largest, largest}, {large, "10001"}, {largest, "-3"},
    };

    set_up (plants);
    for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
        g_autoptr (GBytes) certificate = certificate_with_rsa (keys[i][0], keys[i][1]);
        gsize length;
        gconstpointer data = g_bytes_get_data (certificate, &length);
        plant (data, length, 0);
        /* More than an answer holds: in pieces, by a card that cannot do more. */
        if (planted->len < 4000) {
            plug_in_again ();
            use_planted ();
        }
        g_byte_array_unref (planted);
    }
    tear_down ();
}

static void
test_odd_certificates (void)
{
    g_autofree guint8 *zeros = g_malloc0 (1024 * 1024);
    g_autoptr (GByteArray) bomb = squeeze (zeros, 1024 * 1024);
    guint8 nested[1500];
    const struct {
        gconstpointer data;
        gsize length;
        guint8 info;
    } odd[] = {
        {bomb->data, bomb->len, 1}, {bomb->data, bomb->len / 2, 1},     {bomb->data, 0, 1}, {zeros, 3000, 0},
        {nested, sizeof nested, 0}, {"\x30\x84\xFF\xFF\xFF\xFF", 6, 0}, {"\x30\x80", 2, 0}, {"", 0, 0},
    };

    for (gsize i = 0; i < sizeof nested; i += 2)
        memcpy (nested + i, "\x30\x80", 2);
    set_up (plants);
    for (guint i = 0; i < G_N_ELEMENTS (odd); i++) {
        plant (odd[i].data, odd[i].length, odd[i].info);
        plug_in_again ();
        CK_SESSION_HANDLE session = module_world_open (0);
        g_assert_cmphex (log_in (session), ==, CKR_OK);
        g_assert_cmpuint (module_world_find (session, CKO_CERTIFICATE, 2), ==, CK_INVALID_HANDLE);
        g_assert_cmphex (sign (session, 1), ==, CKR_OK); /* the rest of the card works */
        p11->C_CloseAllSessions (0);
        g_byte_array_unref (planted);
    }
    tear_down ();
}

int
main (int argc, char **argv)
{
    static const Babble more = {more_for_ever, CKR_DEVICE_ERROR, 600};
    static const Babble wrong_le = {wrong_le_for_ever, CKR_DEVICE_ERROR, 4};
    static const Babble too_much = {huge, CKR_DEVICE_ERROR, 2};
    static const Babble lies = {lengths_that_lie, CKR_OK, 20};

    g_test_init (&argc, &argv, NULL);
    g_test_add_data_func ("/module/hostile/more-for-ever", &more, test_babble);
    g_test_add_data_func ("/module/hostile/wrong-le-for-ever", &wrong_le, test_babble);
    g_test_add_data_func ("/module/hostile/huge", &too_much, test_babble);
    g_test_add_data_func ("/module/hostile/lengths-that-lie", &lies, test_babble);
    g_test_add_func ("/module/hostile/any-pin-is-right", test_any_pin);
    g_test_add_func ("/module/hostile/other-signature", test_other_signature);
    g_test_add_data_func ("/module/hostile/renewed/same-kind", GUINT_TO_POINTER (VTOKEN_ALGORITHM_P256),
                          test_renewed);
    g_test_add_data_func ("/module/hostile/renewed/other-kind", GUINT_TO_POINTER (VTOKEN_ALGORITHM_RSA2048),
                          test_renewed);
    g_test_add_func ("/module/hostile/foreign-application", test_foreign_application);
    g_test_add_func ("/module/hostile/tries-jump", test_tries_jump);
    g_test_add_func ("/module/hostile/reset-by-others", test_reset_by_others);
    g_test_add_func ("/module/hostile/retired-keys", test_retired);
    g_test_add_func ("/module/hostile/odd-rsa", test_odd_rsa);
    g_test_add_func ("/module/hostile/odd-certificates", test_odd_certificates);
    return g_test_run ();
}
