/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the PKCS#11 module with its cache: what each step sends, and what must not be believed
 * Copyright (C) 2026 the Pena authors */
#include <glib/gstdio.h>
#include <string.h>

#include "module-world.h"
#include "pena-card-cache.h"
#include "pena-card.h"
#include "remove-tree.h"

#define WRONG ((CK_UTF8CHAR *)"654321")
#define FOREIGN_WRONG_PIN "0020008008363534333231FFFF"
#define SELECT_PIV "00A4040009A00000030800001000"

static gchar *folder;

static void
set_up_with (Vtoken *card)
{
    folder = g_dir_make_tmp ("pena-module-cached-XXXXXX", NULL);
    g_setenv ("XDG_CACHE_HOME", folder, TRUE);
    vtoken_reset (card);
    vtoken_reset_count (card);
    module_world_set_up_with (card);
}

static void
set_up (const guint8 *slots)
{
    set_up_with (vtoken_world_make_card (VTOKEN_ALGORITHM_P256, slots));
}

static void
tear_down (void)
{
    module_world_tear_down ();
    remove_tree (folder);
    g_free (folder);
}

/* As another program that starts afterwards. */
static void
start_again (void)
{
    g_assert_cmphex (p11->C_Finalize (NULL), ==, CKR_OK);
    g_assert_cmphex (p11->C_Initialize (NULL), ==, CKR_OK);
    vtoken_reset_count (module_world.card);
}

static void
assert_count (guint expected)
{
    g_assert_cmpuint (vtoken_get_count (module_world.card), ==, expected);
    vtoken_reset_count (module_world.card);
}

static CK_FLAGS
pin_flags (void)
{
    CK_TOKEN_INFO info;

    g_assert_cmphex (p11->C_GetTokenInfo (0, &info), ==, CKR_OK);
    return info.flags & (CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED);
}

static CK_SESSION_HANDLE
list (void)
{
    g_assert_cmphex (pin_flags (), ==, 0);
    CK_SESSION_HANDLE session = module_world_open (0);
    g_assert_cmpuint (module_world_find (session, CKO_CERTIFICATE, 1), !=, CK_INVALID_HANDLE);
    return session;
}

static CK_RV
log_in (CK_SESSION_HANDLE session, CK_UTF8CHAR *pin)
{
    return p11->C_Login (session, CKU_USER, pin, MODULE_PIN_LENGTH);
}

static CK_RV
sign (CK_SESSION_HANDLE session, CK_BYTE id, gboolean context)
{
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    CK_BYTE signature[64] = {1};
    CK_ULONG length = sizeof signature;
    CK_RV rv = p11->C_SignInit (session, &mechanism, module_world_find (session, CKO_PRIVATE_KEY, id));

    if (rv == CKR_OK && context)
        rv = p11->C_Login (session, CKU_CONTEXT_SPECIFIC, MODULE_PIN, MODULE_PIN_LENGTH);
    return rv == CKR_OK ? p11->C_Sign (session, signature, 32, signature, &length) : rv;
}

/* --- what each step sends --- */

/* From plug-in to a signature with a key that wants its PIN each time: 14 commands, 5 the next time. */
static void
test_count_always (void)
{
    set_up (NULL);
    CK_SESSION_HANDLE session = list ();
    assert_count (6); /* SELECT, four certificates, CHUID */
    g_assert_cmphex (log_in (session, MODULE_PIN), ==, CKR_OK);
    assert_count (1 + 1);
    module_world_find (session, CKO_PRIVATE_KEY, 2);
    assert_count (4);
    g_assert_cmphex (sign (session, 2, TRUE), ==, CKR_OK);
    assert_count (1 + 1); /* the card was held */
    start_again ();
    session = list ();
    assert_count (2); /* SELECT, CHUID */
    g_assert_cmphex (log_in (session, MODULE_PIN), ==, CKR_OK);
    assert_count (1 + 1);
    g_assert_cmphex (sign (session, 2, TRUE), ==, CKR_OK);
    assert_count (1);
    g_assert_cmphex (sign (session, 2, TRUE), ==, CKR_OK);
    assert_count (1 + 1 + 1);
    g_assert_cmphex (p11->C_Logout (session), ==, CKR_OK);
    assert_count (1);
    tear_down ();
}

/* The same with a key that wants it once: 13 commands, 5 the next time. */
static void
test_count_once (void)
{
    CK_SESSION_INFO info;

    set_up (NULL);
    CK_SESSION_HANDLE session = list ();
    assert_count (6);
    g_assert_cmphex (log_in (session, MODULE_PIN), ==, CKR_OK);
    assert_count (1 + 1);
    g_assert_cmphex (sign (session, 1, FALSE), ==, CKR_OK);
    assert_count (4 + 1);
    g_assert_cmphex (sign (session, 1, FALSE), ==, CKR_OK);
    assert_count (1 + 1);
    start_again ();
    session = list ();
    assert_count (2);
    g_assert_cmphex (log_in (session, MODULE_PIN), ==, CKR_OK);
    assert_count (1 + 1);
    g_assert_cmphex (sign (session, 1, FALSE), ==, CKR_OK);
    assert_count (1); /* the card was held for whatever might come */
    g_assert_cmphex (sign (session, 1, FALSE), ==, CKR_OK);
    assert_count (1 + 1); /* the certificate in place of the usual check */
    g_assert_cmphex (sign (session, 1, FALSE), ==, CKR_OK);
    assert_count (1 + 1);
    g_assert_cmphex (p11->C_GetSessionInfo (session, &info), ==, CKR_OK);
    g_assert_cmphex (pin_flags (), ==, 0);
    assert_count (0);
    tear_down ();
}

static Vtoken *
make_openpgp (void)
{
    return vtoken_world_make_openpgp (VTOKEN_ALGORITHM_P256);
}

static Vtoken *
make_pkcs15 (void)
{
    return vtoken_world_make_pkcs15 ("pkcs15", VTOKEN_ALGORITHM_P256);
}

typedef struct {
    const gchar *path;
    Vtoken *(*make) (void);
    CK_BYTE key; /* wants its PIN each time */
    guint list, login, find, sign;
    guint list_cached, login_cached, sign_cached;
} Kind;

static const Kind kinds[] = {
    /* 4F in vain, SELECT, 6E, three times SELECT DATA and GET DATA; C4, F9, 82, 81; FA, three keys; C4, 81, signature */
    {"/module/cached/count/openpgp", make_openpgp, 1, 3 + 3 * 2, 2 + 2, 1 + 3, 1 + 1 + 1, 1 + 1, 2 + 2, 1},
    /* Two other kinds, then the files; SELECT, tries, VERIFY; MSE, signature */
    {"/module/cached/count/pkcs15", make_pkcs15, 2, 2 + 15, 2 + 1, 0, 1 + 1, 2 + 3, 2 + 1, 1 + 1},
};

/* The same on cards of other kinds. */
static void
test_count_kind (gconstpointer data)
{
    const Kind *kind = data;

    set_up_with (kind->make ());
    CK_SESSION_HANDLE session = list ();
    assert_count (kind->list);
    g_assert_cmphex (log_in (session, MODULE_PIN), ==, CKR_OK);
    assert_count (kind->login);
    module_world_find (session, CKO_PRIVATE_KEY, kind->key);
    assert_count (kind->find);
    g_assert_cmphex (sign (session, kind->key, TRUE), ==, CKR_OK);
    assert_count (kind->sign);
    start_again ();
    session = list ();
    assert_count (kind->list_cached);
    g_assert_cmphex (log_in (session, MODULE_PIN), ==, CKR_OK);
    assert_count (kind->login_cached);
    g_assert_cmphex (sign (session, kind->key, TRUE), ==, CKR_OK);
    assert_count (kind->sign_cached);
    tear_down ();
}

/* --- what must not be believed --- */

/* Another program renews key and certificate and leaves no other sign. */
static void
test_renewed (void)
{
    set_up (NULL);
    CK_SESSION_HANDLE session = list ();
    module_world_find (session, CKO_PUBLIC_KEY, 2);
    start_again ();
    session = list ();
    assert_count (2);
    g_assert_true (
        vtoken_personalise (module_world.card, VTOKEN_ALGORITHM_P256, 0x9C, vtoken_issue_test, NULL, NULL));
    module_world.reset = TRUE;
    g_assert_cmphex (log_in (session, MODULE_PIN), ==, CKR_OK);
    g_assert_cmphex (sign (session, 2, TRUE), ==, CKR_DEVICE_ERROR);
    session = list ();
    g_assert_cmphex (log_in (session, MODULE_PIN), ==, CKR_OK);
    g_assert_cmphex (sign (session, 2, TRUE), ==, CKR_OK);
    tear_down ();
}

/* Another program changes some card: whoever is logged in stays so and can log out, and the card is read anew then. */
static void
test_changed_elsewhere (void)
{
    CK_SESSION_INFO info;

    set_up (NULL);
    CK_SESSION_HANDLE session = list ();
    g_assert_cmphex (log_in (session, MODULE_PIN), ==, CKR_OK);
    g_assert_cmphex (sign (session, 1, FALSE), ==, CKR_OK);
    g_assert_cmphex (sign (session, 1, FALSE), ==, CKR_OK); /* nothing is held any more */
    pena_card_cache_tell_change ();
    g_assert_cmphex (pin_flags (), ==, 0);
    g_assert_cmphex (sign (session, 1, FALSE), ==, CKR_OK);
    g_assert_cmphex (p11->C_Logout (session), ==, CKR_OK);
    g_assert_cmphex (vtoken_world_send (&module_world, "00200080"), ==, 0x63C3);
    g_assert_cmphex (pin_flags (), ==, 0);
    g_assert_cmphex (p11->C_GetSessionInfo (session, &info), ==, CKR_SESSION_HANDLE_INVALID);
    tear_down ();
}

/* With a certificate, though of another key: retired keys are looked for where there is one. */
static void
make_key (PenaCard *card, const gchar *name, PenaKeyPin pin)
{
    static const guint8 admin_key[24] = {1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4,
                                         5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8};
    const PenaCardPlace *place = pena_card_get_contents (card)->places;
    const PenaCardCertificate *certificate = pena_card_get_contents (card)->certificates->pdata[0];
    g_autoptr (GBytes) der = g_bytes_ref (certificate->der);
    EVP_PKEY *made = NULL;

    while (!g_str_equal (place->name, name))
        place++;
    const PenaKeySpec spec = {place, PENA_ALGORITHM_P256, pin, PENA_KEY_TOUCH_DEFAULT};
    g_assert_true (pena_card_authenticate (card, admin_key, 24, PENA_VERIFY_NORMAL, NULL));
    g_assert_true (pena_card_generate_key (card, &spec, &made, NULL));
    g_assert_true (pena_card_put_certificate (card, place, der, NULL));
    EVP_PKEY_free (made);
}

/* Keys of other policies than their places have, which another program has made. */
static void
make_keys (void)
{
    PenaTransport *transport = vtoken_transport_new (&module_world);
    g_autofree gchar *nowhere = g_build_filename (folder, "no", "such", "place", NULL);

    g_setenv ("XDG_CACHE_HOME", nowhere, TRUE);
    PenaCard *card = pena_card_open (transport, "Virtual reader 00 00", NULL);
    make_key (card, "9a", PENA_KEY_PIN_ALWAYS);
    make_key (card, "9c", PENA_KEY_PIN_ONCE);
    make_key (card, "9e", PENA_KEY_PIN_ONCE);
    make_key (card, "82", PENA_KEY_PIN_ALWAYS);
    pena_card_free (card);
    pena_transport_free (transport);
    g_setenv ("XDG_CACHE_HOME", folder, TRUE);
}

static gboolean
is_true (CK_SESSION_HANDLE session, CK_BYTE id, CK_ATTRIBUTE_TYPE type)
{
    CK_BBOOL value = 9;
    CK_ATTRIBUTE wanted = {type, &value, sizeof value};
    CK_OBJECT_HANDLE key = module_world_find (session, CKO_PRIVATE_KEY, id);

    g_assert_cmphex (p11->C_GetAttributeValue (session, key, &wanted, 1), ==, CKR_OK);
    g_assert_cmpuint (value, <=, 1);
    return value;
}

static const guint8 all_slots[] = {0x9A, 0x9C, 0x9D, 0x9E, 0};

/* Read from the card, and from the cache. */
static void
test_policies (void)
{
    static const struct {
        CK_BYTE id;
        gboolean always, private;
    } expected[] = {{1, TRUE, TRUE}, {2, FALSE, TRUE}, {3, FALSE, TRUE}, {4, FALSE, TRUE}, {5, TRUE, TRUE}};

    set_up (all_slots);
    make_keys ();
    for (guint round = 0; round < 2; round++) {
        CK_SESSION_HANDLE session = list ();
        g_assert_cmphex (log_in (session, MODULE_PIN), ==, CKR_OK);
        for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
            g_assert_cmpint (is_true (session, expected[i].id, CKA_ALWAYS_AUTHENTICATE), ==,
                             expected[i].always);
            g_assert_cmpint (is_true (session, expected[i].id, CKA_PRIVATE), ==, expected[i].private);
        }
        start_again ();
    }
    tear_down ();
}

/* What is assumed at a login is put right before a key is used: one login is good for one use of a key that wants
 * its PIN each time, and for many of one that does not. */
static void
test_policies_used (void)
{
    set_up (all_slots);
    make_keys ();
    for (guint round = 0; round < 2; round++) {
        CK_SESSION_HANDLE session = list ();
        g_assert_cmphex (log_in (session, MODULE_PIN), ==, CKR_OK);
        g_assert_cmphex (sign (session, 1, FALSE), ==, CKR_OK);
        g_assert_cmphex (sign (session, 1, FALSE), ==, CKR_USER_NOT_LOGGED_IN);
        g_assert_cmphex (sign (session, 1, TRUE), ==, CKR_OK);
        g_assert_cmphex (sign (session, 2, FALSE), ==, CKR_OK);
        g_assert_cmphex (sign (session, 2, FALSE), ==, CKR_OK);
        start_again ();
    }
    g_assert_cmphex (vtoken_world_send (&module_world, "00200080"), ==, 0x63C3);
    tear_down ();
}

/* --- tries --- */

/* Whoever comes after a wrong PIN is told, until a right one. */
static void
test_tries_lost (void)
{
    set_up (NULL);
    CK_SESSION_HANDLE session = list ();
    g_assert_cmphex (log_in (session, WRONG), ==, CKR_PIN_INCORRECT);
    for (guint round = 0; round < 2; round++) {
        start_again ();
        g_assert_cmphex (pin_flags (), ==, CKF_USER_PIN_COUNT_LOW);
        g_assert_cmpuint (vtoken_get_count (module_world.card), >, 2);
    }
    session = module_world_open (0);
    g_assert_cmphex (log_in (session, MODULE_PIN), ==, CKR_OK);
    start_again ();
    list ();
    assert_count (2);
    tear_down ();
}

/* All but the marks, as time does. */
static void
forget_entries (void)
{
    g_autofree gchar *cards = g_build_filename (folder, "pena", "cards", NULL);
    g_autoptr (GDir) dir = g_dir_open (cards, 0, NULL);
    const gchar *name;

    while ((name = g_dir_read_name (dir)) != NULL) {
        g_autofree gchar *path = g_build_filename (cards, name, NULL);
        if (!g_str_has_suffix (name, ".tries"))
            g_assert_cmpint (g_remove (path), ==, 0);
    }
}

/* Nobody here has seen others lose them: the last is not sent, and from then on everybody is warned, whether or not
 * what is on the card is still in the cache. */
static void
test_tries_lost_elsewhere (void)
{
    set_up (NULL);
    list ();
    start_again ();
    vtoken_world_send (&module_world, SELECT_PIV);
    for (guint i = 0; i < 2; i++)
        vtoken_world_send (&module_world, FOREIGN_WRONG_PIN);
    g_assert_cmphex (log_in (list (), MODULE_PIN), ==, CKR_FUNCTION_REJECTED);
    g_assert_cmphex (vtoken_world_send (&module_world, "00200080"), ==, 0x63C1);
    for (guint round = 0; round < 2; round++) {
        start_again ();
        g_assert_cmphex (pin_flags (), ==, CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY);
        if (round == 0)
            forget_entries ();
    }
    g_assert_cmphex (log_in (module_world_open (0), MODULE_PIN), ==, CKR_OK);
    start_again ();
    list ();
    tear_down ();
}

/* PUK in place of the old PIN is for one that is blocked: that is asked, known or not. */
static void
test_blocked_elsewhere (void)
{
    set_up (NULL);
    list ();
    start_again ();
    vtoken_world_send (&module_world, SELECT_PIV);
    for (guint i = 0; i < 3; i++)
        vtoken_world_send (&module_world, FOREIGN_WRONG_PIN);
    CK_SESSION_HANDLE session = module_world_open (CKF_RW_SESSION);
    g_assert_cmphex (p11->C_SetPIN (session, (CK_UTF8CHAR *)VTOKEN_PUK, 8, MODULE_PIN, MODULE_PIN_LENGTH), ==,
                     CKR_OK);
    g_assert_cmphex (log_in (session, MODULE_PIN), ==, CKR_OK);
    tear_down ();
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/module/cached/count/pin-always", test_count_always);
    g_test_add_func ("/module/cached/count/pin-once", test_count_once);
    for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
        g_test_add_data_func (kinds[i].path, &kinds[i], test_count_kind);
    g_test_add_func ("/module/cached/renewed", test_renewed);
    g_test_add_func ("/module/cached/changed-elsewhere", test_changed_elsewhere);
    g_test_add_func ("/module/cached/policies", test_policies);
    g_test_add_func ("/module/cached/policies-used", test_policies_used);
    g_test_add_func ("/module/cached/tries-lost", test_tries_lost);
    g_test_add_func ("/module/cached/tries-lost-elsewhere", test_tries_lost_elsewhere);
    g_test_add_func ("/module/cached/blocked-elsewhere", test_blocked_elsewhere);
    return g_test_run ();
}
