/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the PKCS#11 module: names that tokens are given, and those that strangers gave them
 * Copyright (C) 2026 the Pena authors */
#include <string.h>

#include "module-world.h"
#include "remove-tree.h"

#define NAME "Persuratan 2 – Ratna"

static CK_UTF8CHAR piv_officer[] = "010203040506070801020304050607080102030405060708";
static CK_UTF8CHAR openpgp_officer[] = VTOKEN_PUK;

typedef struct {
    const gchar *kind;
    Vtoken *(*make) (void);
    CK_UTF8CHAR *officer;
} Kind;

static Vtoken *
make_piv (void)
{
    return vtoken_world_make_card (VTOKEN_ALGORITHM_P256, NULL);
}

static Vtoken *
make_openpgp (void)
{
    return vtoken_world_make_openpgp (VTOKEN_ALGORITHM_P256);
}

static const Kind piv = {"PIV", make_piv, piv_officer};
static const Kind openpgp = {"OpenPGP", make_openpgp, openpgp_officer};

static CK_TOKEN_INFO
ask (void)
{
    CK_TOKEN_INFO info;

    g_assert_cmphex (p11->C_GetTokenInfo (0, &info), ==, CKR_OK);
    return info;
}

static void
assert_label (const gchar *expected)
{
    g_assert_cmphex (module_world_get_vendor ()->ask_version (0), ==, CKR_OK); /* asks for all there is */
    CK_TOKEN_INFO info = ask ();
    g_autofree gchar *label = g_strndup ((const gchar *)info.label, sizeof info.label);

    g_assert_cmpstr (g_strchomp (label), ==, expected);
}

static void
begin_anew (void)
{
    g_assert_cmphex (p11->C_Finalize (NULL), ==, CKR_OK);
    g_assert_cmphex (p11->C_Initialize (NULL), ==, CKR_OK);
}

static CK_RV
set_label (CK_SESSION_HANDLE session, const gchar *label)
{
    return module_world_get_vendor ()->set_label (session, (CK_UTF8CHAR *)label, strlen (label));
}

static CK_SESSION_HANDLE
begin_as_officer (const Kind *kind)
{
    module_world_set_up_with (kind->make ());
    CK_SESSION_HANDLE session = module_world_open (CKF_RW_SESSION);
    g_assert_cmphex (p11->C_Login (session, CKU_SO, kind->officer, strlen ((const gchar *)kind->officer)), ==,
                     CKR_OK);
    return session;
}

static void
test_set (gconstpointer data)
{
    const Kind *kind = data;

    CK_SESSION_HANDLE session = begin_as_officer (kind);
    CK_TOKEN_INFO before = ask ();
    assert_label (kind->kind);
    g_assert_cmphex (set_label (session, NAME), ==, CKR_OK);
    assert_label (NAME);
    CK_TOKEN_INFO after = ask ();
    g_assert_cmpmem (before.serialNumber, sizeof before.serialNumber, after.serialNumber,
                     sizeof after.serialNumber);
    g_assert_cmphex (set_label (session, "Lain"), ==, CKR_OK);
    begin_anew ();
    assert_label ("Lain");
    session = module_world_open (CKF_RW_SESSION);
    g_assert_cmphex (set_label (session, NAME), ==, CKR_USER_NOT_LOGGED_IN);
    g_assert_cmphex (p11->C_Login (session, CKU_USER, MODULE_PIN, MODULE_PIN_LENGTH), ==, CKR_OK);
    g_assert_cmpuint (module_world_find (session, CKO_PRIVATE_KEY, 1), !=, CK_INVALID_HANDLE);
    assert_label ("Lain");
    module_world_tear_down ();
}

static void
test_init_token (gconstpointer data)
{
    const Kind *kind = data;
    CK_UTF8CHAR label[33] = "Token baru                      ";

    module_world_set_up_with (kind->make ());
    for (guint i = 0; i < 2; i++) {
        g_assert_cmphex (p11->C_InitToken (0, kind->officer, strlen ((const gchar *)kind->officer), label),
                         ==, CKR_OK);
        assert_label ("Token baru");
        begin_anew ();
        assert_label ("Token baru");
    }
    memset (label, ' ', 32);
    g_assert_cmphex (p11->C_InitToken (0, kind->officer, strlen ((const gchar *)kind->officer), label), ==,
                     CKR_OK);
    assert_label (kind->kind);
    memset (label, '\a', 32);
    g_assert_cmphex (p11->C_InitToken (0, kind->officer, strlen ((const gchar *)kind->officer), label), ==,
                     CKR_ARGUMENTS_BAD);
    module_world_tear_down ();
}

/* None of them was sent. */
static void
test_refused_names (void)
{
    static const gchar *const bad[] = {"",         "   ",
                                       "a\nb",     "\x7f",
                                       "\xff\xfe", "abc\xe2\x80\xae",
                                       "\x1b[31m", "123456789012345678901234567890123"};

    CK_SESSION_HANDLE session = begin_as_officer (&piv);
    guint before = vtoken_get_count (module_world.card);
    for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
        g_assert_cmphex (set_label (session, bad[i]), ==, CKR_ARGUMENTS_BAD);
    g_assert_cmphex (module_world_get_vendor ()->set_label (session, NULL, 0), ==, CKR_ARGUMENTS_BAD);
    g_assert_cmpuint (vtoken_get_count (module_world.card), ==, before);
    module_world_tear_down ();
}

/* --- what the card says in its place --- */

static const gchar *said; /* for the object that holds the name */
static gsize said_length;
static guint asked;

static gboolean
is_about_label (const guint8 *command, gsize length)
{
    static const guint8 piv_name[] = {0x5F, 0xFF, 0x50};

    return (command[1] == 0xCB && memmem (command, length, piv_name, 3) != NULL) ||
           (command[1] == 0xCA && command[2] == 0x01 && command[3] == 0x02);
}

static void
say (VtokenWorld *world, const guint8 *command, gsize command_length, guint8 *answer, gsize *length)
{
    if (!is_about_label (command, command_length)) {
        vtoken_transmit (world->card, command, command_length, answer, length);
        return;
    }
    asked++;
    gsize at = 0;
    if (command[1] == 0xCB) {
        answer[at++] = 0x53;
        answer[at++] = (guint8)(said_length + 2);
        answer[at++] = 0x50;
        answer[at++] = (guint8)said_length;
    }
    memcpy (answer + at, said, said_length);
    memcpy (answer + at + said_length, "\x90\x00", 2);
    *length = at + said_length + 2;
}

static void
assert_said (const gchar *text, gsize length, const gchar *shown)
{
    said = text;
    said_length = length;
    asked = 0;
    begin_anew ();
    assert_label (shown);
    g_assert_cmpuint (asked, ==, 1);
}

static void
test_hostile (gconstpointer data)
{
    static const gchar long_one[100] = {'a'};
    const Kind *kind = data;

    CK_SESSION_HANDLE session = begin_as_officer (kind);
    g_assert_cmphex (set_label (session, NAME), ==, CKR_OK);
    module_world.filter = say;
    assert_said ("Baik", 4, "Baik");
    assert_said ("", 0, kind->kind);
    assert_said ("a\nb", 3, kind->kind);
    assert_said ("a\0b", 3, kind->kind);
    assert_said ("\xc3\x28", 2, kind->kind);
    assert_said ("\xe2\x80\xae"
                 "abc",
                 6, kind->kind);
    assert_said (long_one, sizeof long_one, kind->kind);
    module_world.filter = NULL;
    module_world_tear_down ();
}

static void
refuse (VtokenWorld *world, const guint8 *command, gsize command_length, guint8 *answer, gsize *length)
{
    if (!is_about_label (command, command_length)) {
        vtoken_transmit (world->card, command, command_length, answer, length);
        return;
    }
    memcpy (answer, "\x6F\x00", 2);
    *length = 2;
}

/* A name that the card keeps to itself does not keep anybody from the token. */
static void
test_untold (gconstpointer data)
{
    const Kind *kind = data;
    CK_SESSION_HANDLE session = begin_as_officer (kind);

    g_assert_cmphex (set_label (session, NAME), ==, CKR_OK);
    module_world.filter = refuse;
    begin_anew ();
    assert_label (kind->kind);
    module_world.filter = NULL;
    module_world_tear_down ();
}

/* --- what the name leaves as it was --- */

/* The GUID is empty, and so the serial is the end of the FASC-N; until somebody writes another CHUID. */
static void
empty_guid (VtokenWorld *world, const guint8 *command, gsize command_length, guint8 *answer, gsize *length)
{
    static const guint8 name[] = {0x5F, 0xC1, 0x02};
    static const guint8 head[] = {0x53, 0x31, 0x30, 0x19}, guid[] = {0x34, 0x10};
    static const guint8 tail[] = {0x3E, 0, 0xFE, 0, 0x90, 0};
    gboolean about = memmem (command, command_length, name, sizeof name) != NULL;

    vtoken_transmit (world->card, command, command_length, answer, length);
    if (about && command[1] == 0xDB)
        world->filter = NULL;
    if (!about || command[1] != 0xCB)
        return;
    gsize at = 0;
    memcpy (answer, head, sizeof head);
    at += sizeof head;
    memset (answer + at, 0xA5, 25);
    at += 25;
    memcpy (answer + at, guid, sizeof guid);
    at += sizeof guid;
    memset (answer + at, 0, 16);
    at += 16;
    memcpy (answer + at, tail, sizeof tail);
    *length = at + sizeof tail;
}

static void
test_serial_of_fasc_n (void)
{
    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    module_world.filter = empty_guid;
    CK_TOKEN_INFO before = ask ();
    g_assert_cmpmem (before.serialNumber, sizeof before.serialNumber, "a5a5a5a5a5a5a5a5", 16);
    CK_SESSION_HANDLE session = module_world_open (CKF_RW_SESSION);
    g_assert_cmphex (p11->C_Login (session, CKU_SO, piv_officer, sizeof piv_officer - 1), ==, CKR_OK);
    g_assert_cmphex (set_label (session, NAME), ==, CKR_OK);
    g_assert_null (module_world.filter);
    begin_anew ();
    assert_label (NAME);
    CK_TOKEN_INFO after = ask ();
    g_assert_cmpmem (before.serialNumber, sizeof before.serialNumber, after.serialNumber,
                     sizeof after.serialNumber);
    module_world_tear_down ();
}

/* --- what it costs --- */

static guint
count_plug_in (void)
{
    begin_anew ();
    vtoken_reset_count (module_world.card);
    ask ();
    return vtoken_get_count (module_world.card);
}

/* A PIV token without a name is not asked for one; with a name it is once, and then the cache has it. */
static void
test_cost (void)
{
    g_autofree gchar *cache = g_dir_make_tmp ("pena-label.XXXXXX", NULL);
    g_autofree gchar *before = g_strdup (g_getenv ("XDG_CACHE_HOME"));

    CK_SESSION_HANDLE session = begin_as_officer (&piv);
    guint bare = count_plug_in ();
    session = module_world_open (CKF_RW_SESSION);
    g_assert_cmphex (p11->C_Login (session, CKU_SO, piv_officer, sizeof piv_officer - 1), ==, CKR_OK);
    g_assert_cmphex (set_label (session, NAME), ==, CKR_OK);
    g_assert_cmpuint (count_plug_in (), ==, bare + 1);
    g_setenv ("XDG_CACHE_HOME", cache, TRUE);
    g_assert_cmpuint (count_plug_in (), <=, bare + 1); /* what is known of lost tries may save one */
    guint cached = count_plug_in ();
    g_assert_cmpuint (cached, <=, 3);
    assert_label (NAME);
    g_setenv ("XDG_CACHE_HOME", before != NULL ? before : "/dev/null", TRUE);
    module_world_tear_down ();
    remove_tree (cache);
}

/* --- cards that do not take one --- */

/* The CHUID has a signature of its issuer's. */
static void
sign_chuid (VtokenWorld *world, const guint8 *command, gsize command_length, guint8 *answer, gsize *length)
{
    static const guint8 name[] = {0x5F, 0xC1, 0x02};
    static const guint8 chuid[] = {0x53, 0x18, 0x34, 0x10, 1,  2,  3,    4, 5, 6, 7,    8, 9,    10,
                                   11,   12,   13,   14,   15, 16, 0x3E, 2, 1, 2, 0xFE, 0, 0x90, 0};

    vtoken_transmit (world->card, command, command_length, answer, length);
    if (command[1] != 0xCB || memmem (command, command_length, name, sizeof name) == NULL)
        return;
    memcpy (answer, chuid, sizeof chuid);
    *length = sizeof chuid;
}

static void
test_signed_chuid (void)
{
    CK_SESSION_HANDLE session = begin_as_officer (&piv);

    module_world.filter = sign_chuid;
    g_assert_cmphex (set_label (session, NAME), ==, CKR_FUNCTION_NOT_SUPPORTED);
    module_world.filter = NULL;
    begin_anew ();
    assert_label ("PIV");
    module_world_tear_down ();
}

/* No version: no YubiKey, nor what behaves like one. */
static void
no_vendor (VtokenWorld *world, const guint8 *command, gsize command_length, guint8 *answer, gsize *length)
{
    g_assert_cmphex (command[1], !=, 0xDB);
    if (command[1] == 0xFD || command[1] == 0xF7 || command[1] == 0xF8) {
        memcpy (answer, "\x6D\x00", 2);
        *length = 2;
        return;
    }
    vtoken_transmit (world->card, command, command_length, answer, length);
}

static void
test_no_place (void)
{
    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    module_world.filter = no_vendor;
    CK_SESSION_HANDLE session = module_world_open (CKF_RW_SESSION);
    g_assert_cmphex (p11->C_Login (session, CKU_SO, piv_officer, sizeof piv_officer - 1), ==, CKR_OK);
    g_assert_cmphex (set_label (session, NAME), ==, CKR_FUNCTION_NOT_SUPPORTED);
    module_world.filter = NULL;
    module_world_tear_down ();
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_data_func ("/module/label/set/piv", &piv, test_set);
    g_test_add_data_func ("/module/label/set/openpgp", &openpgp, test_set);
    g_test_add_data_func ("/module/label/init-token/piv", &piv, test_init_token);
    g_test_add_data_func ("/module/label/init-token/openpgp", &openpgp, test_init_token);
    g_test_add_func ("/module/label/refused-names", test_refused_names);
    g_test_add_data_func ("/module/label/hostile/piv", &piv, test_hostile);
    g_test_add_data_func ("/module/label/hostile/openpgp", &openpgp, test_hostile);
    g_test_add_data_func ("/module/label/untold/piv", &piv, test_untold);
    g_test_add_data_func ("/module/label/untold/openpgp", &openpgp, test_untold);
    g_test_add_func ("/module/label/serial-of-fasc-n", test_serial_of_fasc_n);
    g_test_add_func ("/module/label/cost", test_cost);
    g_test_add_func ("/module/label/signed-chuid", test_signed_chuid);
    g_test_add_func ("/module/label/no-place", test_no_place);
    return g_test_run ();
}
