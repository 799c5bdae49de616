/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: unit tests of one use of a card, with a PKCS#11 module that only notes what is called
 * Copyright (C) 2026 the Pena authors */
#include "card-use.h"
#include "locked-heap.h"

#include <pena/pena-error.h>
#include <string.h>

static struct {
    GString *calls;
    CK_RV user_login, key_login, init, sign; /* what they answer; user_login only once */
    CK_SESSION_HANDLE last_session;
} module;

static CK_RV
fake_login (CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG length)
{
    CK_RV rv = user == CKU_USER ? module.user_login : module.key_login;

    g_assert_cmpmem (pin, length, "123456", 6);
    g_string_append (module.calls, user == CKU_USER ? "login " : "login-key ");
    if (user == CKU_USER)
        module.user_login = CKR_OK;
    return rv;
}

static CK_RV
fake_logout (CK_SESSION_HANDLE session)
{
    g_string_append (module.calls, "logout ");
    return CKR_OK;
}

static CK_RV
fake_sign_init (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    CK_RV rv = module.init;

    g_assert_cmpuint (key, ==, 7);
    g_string_append (module.calls, "init ");
    module.init = CKR_OK;
    return rv;
}

static CK_RV
fake_sign (CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG length, CK_BYTE *signature, CK_ULONG *room)
{
    g_string_append (module.calls, "sign ");
    memset (signature, 1, 64);
    *room = 64;
    return module.sign;
}

static CK_RV
fake_open (CK_SLOT_ID slot, CK_FLAGS flags, void *application, CK_NOTIFY notify, CK_SESSION_HANDLE *session)
{
    *session = ++module.last_session;
    g_string_append (module.calls, "open ");
    return CKR_OK;
}

static CK_RV
fake_close (CK_SESSION_HANDLE session)
{
    g_assert_cmpuint (session, <, module.last_session); /* the new one is opened first */
    g_string_append (module.calls, "close ");
    return CKR_OK;
}

static CK_RV
fake_session_info (CK_SESSION_HANDLE session, CK_SESSION_INFO *info)
{
    return CKR_OK;
}

static CK_RV
fake_find_init (CK_SESSION_HANDLE session, CK_ATTRIBUTE *wanted, CK_ULONG count)
{
    return CKR_OK;
}

static CK_RV
fake_find (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *objects, CK_ULONG room, CK_ULONG *count)
{
    g_string_append (module.calls, "find ");
    objects[0] = 7;
    *count = 1;
    return CKR_OK;
}

static CK_RV
fake_find_final (CK_SESSION_HANDLE session)
{
    return CKR_OK;
}

/* The hidden key, once seen, wants the passphrase each time. */
static CK_RV
fake_attribute (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *attribute, CK_ULONG count)
{
    g_assert_cmpuint (attribute->type, ==, CKA_ALWAYS_AUTHENTICATE);
    *(CK_BBOOL *)attribute->pValue = CK_TRUE;
    return CKR_OK;
}

static CK_FUNCTION_LIST functions = {
    .C_OpenSession = fake_open,
    .C_CloseSession = fake_close,
    .C_GetSessionInfo = fake_session_info,
    .C_Login = fake_login,
    .C_Logout = fake_logout,
    .C_FindObjectsInit = fake_find_init,
    .C_FindObjects = fake_find,
    .C_FindObjectsFinal = fake_find_final,
    .C_GetAttributeValue = fake_attribute,
    .C_SignInit = fake_sign_init,
    .C_Sign = fake_sign,
};

static void
note_progress (const gchar *stage, gpointer data)
{
    g_string_append_printf (module.calls, "(%s) ", stage);
}

/* The error's code, or PENA_N_ERRORS when it signed. */
static PenaErrorCode
use_key (gboolean visible, gboolean always)
{
    static const PenaModule named = {.name = (gchar *)"palsu", .functions = &functions};
    g_autoptr (PenaSecret) passphrase = pena_secret_new (16, FALSE, NULL);
    g_autoptr (GBytes) text = g_bytes_new_static ("x", 1);
    g_autoptr (GBytes) id = g_bytes_new_static ("\1", 1);
    g_autoptr (GError) error = NULL;
    PenaToken token = {.module = &named, .session = {&functions, 1}};
    PenaCredential credential = {.key = (gchar *)"p256",
                                 .key_id = id,
                                 .private_key = visible ? 7 : CK_INVALID_HANDLE,
                                 .always_authenticate = always};
    PenaCardUse use = {&token, &credential, pena_signing_scheme_by_name ("ecdsa-sha256"),
                       text,   passphrase,  note_progress,
                       NULL};

    module.calls = g_string_new (NULL);
    module.last_session = 1;
    pena_secret_append (passphrase, "123456", 6);
    g_autoptr (GBytes) signature = pena_card_use (&use, &error);
    g_assert_true ((signature == NULL) == (error != NULL));
    g_assert_cmpuint (credential.private_key, ==, visible ? 7 : CK_INVALID_HANDLE);
    return error != NULL ? pena_error_code (error) : PENA_N_ERRORS;
}

static void
assert_calls (const gchar *wanted)
{
    g_assert_cmpstr (module.calls->str, ==, wanted);
    g_string_free (module.calls, TRUE);
    memset (&module, 0, sizeof module);
}

static void
test_visible_key (void)
{
    g_assert_cmpint (use_key (TRUE, FALSE), ==, PENA_N_ERRORS);
    assert_calls ("login init (signing) sign logout ");
}

static void
test_hidden_key (void)
{
    g_assert_cmpint (use_key (FALSE, FALSE), ==, PENA_N_ERRORS);
    assert_calls ("login find init login-key (signing) sign logout ");
}

static void
test_visible_key_that_wants_its_own_login (void)
{
    g_assert_cmpint (use_key (TRUE, TRUE), ==, PENA_N_ERRORS);
    assert_calls ("init login-key (signing) sign logout ");
}

static void
test_module_that_wants_both_logins (void)
{
    module.init = CKR_USER_NOT_LOGGED_IN;
    g_assert_cmpint (use_key (TRUE, TRUE), ==, PENA_N_ERRORS);
    assert_calls ("init login init login-key (signing) sign logout ");
}

static void
test_somebody_else_is_logged_in (void)
{
    module.user_login = CKR_USER_ALREADY_LOGGED_IN;
    g_assert_cmpint (use_key (TRUE, FALSE), ==, PENA_N_ERRORS);
    assert_calls ("login logout login init (signing) sign logout ");
}

static void
test_wrong_passphrase_is_sent_once (void)
{
    module.user_login = CKR_PIN_INCORRECT;
    g_assert_cmpint (use_key (TRUE, FALSE), ==, PENA_ERROR_PIN_WRONG);
    assert_calls ("login logout open close ");
    module.key_login = CKR_PIN_INCORRECT;
    g_assert_cmpint (use_key (TRUE, TRUE), ==, PENA_ERROR_PIN_WRONG);
    assert_calls ("init login-key logout open close ");
}

static void
test_pulled_while_signing (void)
{
    module.sign = CKR_DEVICE_REMOVED;
    g_assert_cmpint (use_key (TRUE, FALSE), ==, PENA_ERROR_TOKEN_REMOVED);
    assert_calls ("login init (signing) sign logout open close ");
}

static void
test_ecdsa_to_der (void)
{
    static const guint8 raw[] = {0x00, 0x01, 0x80, 0x00};
    static const guint8 der[] = {0x30, 0x08, 0x02, 0x01, 0x01, 0x02, 0x03, 0x00, 0x80, 0x00};
    g_autoptr (GBytes) result = pena_ecdsa_to_der (raw, sizeof raw);

    g_assert_cmpmem (g_bytes_get_data (result, NULL), g_bytes_get_size (result), der, sizeof der);
    g_assert_null (pena_ecdsa_to_der (raw, 3));
    g_assert_null (pena_ecdsa_to_der (raw, 0));
}

static void
test_locked_heap (void)
{
    guint8 *memory = pena_locked_malloc (100);

    g_assert_nonnull (memory);
    g_assert_cmpuint ((guintptr)memory % 16, ==, 0);
    memset (memory, 'x', 100);
    memory = pena_locked_realloc (memory, 5000);
    g_assert_cmpint (memory[99], ==, 'x');
    memory[4999] = 'y';
    pena_locked_free (memory);
    pena_locked_free (NULL);
    g_assert_null (pena_locked_malloc (1024 * 1024));
}

gint
main (gint argc, gchar **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/token/card-use/visible-key", test_visible_key);
    g_test_add_func ("/token/card-use/hidden-key", test_hidden_key);
    g_test_add_func ("/token/card-use/own-login", test_visible_key_that_wants_its_own_login);
    g_test_add_func ("/token/card-use/both-logins", test_module_that_wants_both_logins);
    g_test_add_func ("/token/card-use/already-logged-in", test_somebody_else_is_logged_in);
    g_test_add_func ("/token/card-use/wrong-passphrase", test_wrong_passphrase_is_sent_once);
    g_test_add_func ("/token/card-use/pulled", test_pulled_while_signing);
    g_test_add_func ("/token/card-use/ecdsa-to-der", test_ecdsa_to_der);
    g_test_add_func ("/token/locked-heap", test_locked_heap);
    return g_test_run ();
}
