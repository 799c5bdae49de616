/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the PKCS#11 module on the virtual token: logins, signatures, objects, events
 * Copyright (C) 2026 the Pena authors */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "login.h"
#include "mechanism.h"
#include "module-world.h"

static CK_SESSION_HANDLE
open_and_log_in (void)
{
    CK_SESSION_HANDLE session = module_world_open (0);

    g_assert_cmphex (p11->C_Login (session, CKU_USER, MODULE_PIN, MODULE_PIN_LENGTH), ==, CKR_OK);
    return session;
}

static CK_RV
sign_with (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_BYTE id, gboolean context, gsize length)
{
    CK_BYTE data[512] = {0};
    CK_BYTE signature[512];
    CK_ULONG size = sizeof signature;

    memset (data + (length == 256), 0x5A, length - (length == 256));
    CK_RV rv = p11->C_SignInit (session, mechanism, module_world_find (session, CKO_PRIVATE_KEY, id));
    if (rv == CKR_OK && context)
        rv = p11->C_Login (session, CKU_CONTEXT_SPECIFIC, MODULE_PIN, MODULE_PIN_LENGTH);
    if (rv == CKR_OK)
        rv = p11->C_Sign (session, data, length, signature, &size);
    if (rv != CKR_OK)
        return rv;
    g_assert_cmphex (p11->C_VerifyInit (session, mechanism, module_world_find (session, CKO_PUBLIC_KEY, id)),
                     ==, CKR_OK);
    g_assert_cmphex (p11->C_Verify (session, data, length, signature, size), ==, CKR_OK);
    data[length - 1] ^= 1;
    g_assert_cmphex (p11->C_VerifyInit (session, mechanism, module_world_find (session, CKO_PUBLIC_KEY, id)),
                     ==, CKR_OK);
    g_assert_cmphex (p11->C_Verify (session, data, length, signature, size), ==, CKR_SIGNATURE_INVALID);
    return CKR_OK;
}

static CK_RV
sign (CK_SESSION_HANDLE session, CK_BYTE id, gboolean context)
{
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    return sign_with (session, &mechanism, id, context, 32);
}

static void
assert_count (guint expected)
{
    g_assert_cmpuint (vtoken_get_count (module_world.card), ==, expected);
    vtoken_reset_count (module_world.card);
}

/* Every mechanism of the list that signs or decrypts with this kind of key does. */
static void
walk_mechanisms (CK_KEY_TYPE type)
{
    CK_SESSION_HANDLE session = open_and_log_in ();
    guint count;
    const PenaMechanism *rows = pena_mechanisms (&count);

    for (guint i = 0; i < count; i++) {
        CK_RSA_PKCS_PSS_PARAMS pss = {CKM_SHA256, CKG_MGF1_SHA256, 32};
        CK_MECHANISM mechanism = {rows[i].type, NULL, 0};
        CK_MECHANISM_INFO info;
        gsize length = rows[i].scheme == PENA_SCHEME_RSA_RAW ? 256 : 32;
        if (rows[i].key_type != type || (rows[i].flags & CKF_SIGN) == 0)
            continue;
        g_assert_cmphex (p11->C_GetMechanismInfo (0, rows[i].type, &info), ==, CKR_OK);
        g_assert_cmphex (info.flags, ==, rows[i].flags);
        if (rows[i].scheme == PENA_SCHEME_RSA_PSS) {
            mechanism.pParameter = &pss;
            mechanism.ulParameterLen = sizeof pss;
            pss.hashAlg = rows[i].hash != NULL ? rows[i].hash->type : CKM_SHA256;
            pss.mgf = rows[i].hash != NULL ? rows[i].hash->mgf : CKG_MGF1_SHA256;
        }
        g_assert_cmphex (sign_with (session, &mechanism, 1, FALSE, length), ==, CKR_OK);
    }
}

static void
test_rsa (void)
{
    module_world_set_up (VTOKEN_ALGORITHM_RSA2048, NULL);
    walk_mechanisms (CKK_RSA);
    module_world_tear_down ();
}

static void
test_ec (void)
{
    module_world_set_up (VTOKEN_ALGORITHM_P384, NULL);
    walk_mechanisms (CKK_EC);
    module_world_tear_down ();
}

static void
test_edwards (void)
{
    module_world_set_up (VTOKEN_ALGORITHM_ED25519, NULL);
    walk_mechanisms (CKK_EC_EDWARDS);
    module_world_tear_down ();
}

static void
test_decrypt (void)
{
    CK_MECHANISM mechanism = {CKM_RSA_X_509, NULL, 0};
    CK_BYTE block[256] = {0, 2};
    CK_BYTE sealed[256], plain[256];
    CK_ULONG length = sizeof sealed;

    module_world_set_up (VTOKEN_ALGORITHM_RSA2048, NULL);
    CK_SESSION_HANDLE session = open_and_log_in ();
    CK_OBJECT_HANDLE key = module_world_find (session, CKO_PRIVATE_KEY, 1);
    /* The private operation is its own public one's inverse: what it makes of `sealed` must be padded
     * plaintext, so that nothing but PKCS#1 is asked for here. Wrong padding is told apart from a failing
     * card. */
    memset (block + 2, 0xFF, 200);
    mechanism.mechanism = CKM_RSA_PKCS;
    g_assert_cmphex (p11->C_DecryptInit (session, &mechanism, key), ==, CKR_OK);
    g_assert_cmphex (p11->C_Decrypt (session, block, 256, plain, &length), ==, CKR_ENCRYPTED_DATA_INVALID);
    g_assert_cmphex (p11->C_DecryptInit (session, &mechanism, key), ==, CKR_OK);
    g_assert_cmphex (p11->C_Decrypt (session, block, 255, plain, &length), ==, CKR_ENCRYPTED_DATA_LEN_RANGE);
    mechanism.mechanism = CKM_RSA_X_509;
    g_assert_cmphex (p11->C_DecryptInit (session, &mechanism, key), ==, CKR_OK);
    length = 10;
    g_assert_cmphex (p11->C_Decrypt (session, block, 256, plain, &length), ==, CKR_BUFFER_TOO_SMALL);
    g_assert_cmpuint (length, ==, 256);
    vtoken_reset_count (module_world.card);
    g_assert_cmphex (p11->C_Decrypt (session, block, 256, sealed, &length), ==, CKR_OK);
    assert_count (0); /* the card is not asked twice */
    module_world_tear_down ();
}

/* The figures that the README of the PIV driver and the bench tell. */
static void
test_counts (void)
{
    CK_TOKEN_INFO info;
    CK_SESSION_INFO session_info;

    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    g_assert_cmphex (p11->C_GetTokenInfo (0, &info), ==, CKR_OK);
    CK_SESSION_HANDLE session = module_world_open (0);
    module_world_find (session, CKO_CERTIFICATE, 1);
    assert_count (7); /* SELECT, four certificates, CHUID, tries */
    g_assert_cmphex (p11->C_Login (session, CKU_USER, MODULE_PIN, MODULE_PIN_LENGTH), ==, CKR_OK);
    assert_count (1 + 1);
    module_world_find (session, CKO_PRIVATE_KEY, 2);
    assert_count (4); /* no check: nobody could come between */
    g_assert_cmphex (sign (session, 2, TRUE), ==, CKR_OK);
    assert_count (1 + 1); /* nor here */
    g_assert_cmphex (sign (session, 2, TRUE), ==, CKR_OK);
    assert_count (1 + 1 + 1);
    g_assert_cmphex (sign (session, 1, FALSE), ==, CKR_OK);
    assert_count (1 + 1);
    for (guint i = 0; i < 10; i++) {
        g_assert_cmphex (p11->C_GetSessionInfo (session, &session_info), ==, CKR_OK);
        g_assert_cmphex (p11->C_GetTokenInfo (0, &info), ==, CKR_OK);
    }
    assert_count (0);
    g_assert_cmphex (p11->C_Logout (session), ==, CKR_OK);
    assert_count (1);
    module_world_tear_down ();
}

static void
test_login_states (void)
{
    CK_SESSION_INFO info;

    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    CK_SESSION_HANDLE session = module_world_open (CKF_RW_SESSION);
    CK_SESSION_HANDLE other = module_world_open (0);
    g_assert_cmpuint (module_world_find (session, CKO_PRIVATE_KEY, 1), ==, CK_INVALID_HANDLE);
    g_assert_cmphex (p11->C_Login (session, CKU_USER, MODULE_PIN, MODULE_PIN_LENGTH), ==, CKR_OK);
    g_assert_cmphex (p11->C_GetSessionInfo (session, &info), ==, CKR_OK);
    g_assert_cmpuint (info.state, ==, CKS_RW_USER_FUNCTIONS);
    g_assert_cmphex (p11->C_GetSessionInfo (other, &info), ==, CKR_OK);
    g_assert_cmpuint (info.state, ==, CKS_RO_USER_FUNCTIONS);
    g_assert_cmpuint (module_world_find (session, CKO_PRIVATE_KEY, 1), !=, CK_INVALID_HANDLE);
    g_assert_cmphex (p11->C_CloseSession (session), ==, CKR_OK);
    g_assert_cmphex (p11->C_CloseSession (other), ==, CKR_OK);
    /* The last one took the login with it, on the card as well. */
    g_assert_cmphex (vtoken_world_send (&module_world, "00200080"), ==, 0x63C3);
    g_assert_cmphex (sign (module_world_open (0), 1, FALSE), ==, CKR_KEY_HANDLE_INVALID);
    module_world_tear_down ();
}

static void
test_pin_always (void)
{
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};

    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    CK_SESSION_HANDLE session = open_and_log_in ();
    g_assert_cmphex (sign (session, 2, FALSE), ==, CKR_OK); /* right after the login */
    g_assert_cmphex (sign (session, 2, FALSE), ==, CKR_USER_NOT_LOGGED_IN);
    CK_OBJECT_HANDLE key = module_world_find (session, CKO_PRIVATE_KEY, 2);
    g_assert_cmphex (p11->C_SignInit (session, &mechanism, key), ==, CKR_OK);
    g_assert_cmphex (p11->C_Login (session, CKU_CONTEXT_SPECIFIC, (CK_UTF8CHAR *)"654321", 6), ==,
                     CKR_PIN_INCORRECT);
    g_assert_cmphex (p11->C_Login (session, CKU_CONTEXT_SPECIFIC, MODULE_PIN, 6), ==, CKR_OK);
    g_assert_true (module_world.in_transaction); /* nobody comes between */
    CK_BYTE signature[64];
    CK_ULONG length = sizeof signature;
    g_assert_cmphex (p11->C_Sign (session, signature, 32, signature, &length), ==, CKR_OK);
    g_assert_false (module_world.in_transaction);
    module_world_tear_down ();
}

static void
await_end_of_hold (void)
{
    for (guint i = 0; i < 500 && g_atomic_int_get (&module_world.in_transaction); i++)
        g_usleep (20 * 1000);
    g_assert_false (g_atomic_int_get (&module_world.in_transaction));
}

/* A login that nothing follows must not keep others out for good; a signature that comes late verifies again.
 */
static void
test_hold_ends (void)
{
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    CK_BYTE signature[64] = {0};
    CK_ULONG length = sizeof signature;

    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    CK_SESSION_HANDLE session = open_and_log_in ();
    CK_OBJECT_HANDLE key = module_world_find (session, CKO_PRIVATE_KEY, 2);
    g_assert_cmphex (p11->C_SignInit (session, &mechanism, key), ==, CKR_OK);
    g_assert_cmphex (p11->C_Login (session, CKU_CONTEXT_SPECIFIC, MODULE_PIN, 6), ==, CKR_OK);
    await_end_of_hold ();
    g_assert_cmphex (p11->C_Sign (session, signature, 32, signature, &length), ==, CKR_OK);
    g_assert_cmphex (sign (session, 2, FALSE), ==, CKR_USER_NOT_LOGGED_IN);
    module_world_tear_down ();
}

/* Its answers come when a hold that was begun before has run out. */
static void
answer_late (VtokenWorld *world, const guint8 *command, gsize command_length, guint8 *answer, gsize *length)
{
    g_usleep (PENA_MOD_HOLD_MICROSECONDS * 3 / 2);
    world->filter = NULL;
    vtoken_transmit (world->card, command, command_length, answer, length);
}

/* Nor one that runs out while the card is at work, which leaves it as it is. */
static void
test_hold_ends_after_work (void)
{
    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    CK_SESSION_HANDLE session = open_and_log_in ();
    module_world.filter = answer_late;
    g_assert_cmpuint (module_world_find (session, CKO_PRIVATE_KEY, 2), !=, CK_INVALID_HANDLE);
    g_assert_null (module_world.filter);
    await_end_of_hold ();
    module_world_tear_down ();
}

static CK_ULONG
tries_left (CK_SESSION_HANDLE session)
{
    CK_OBJECT_CLASS class = CKO_HW_FEATURE;
    CK_ULONG type = CKH_PENA_PIN;
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class}, {CKA_HW_FEATURE_TYPE, &type, sizeof type}};
    CK_OBJECT_HANDLE object;
    CK_ULONG count, left;
    CK_ATTRIBUTE wanted = {CKA_PENA_PIN_TRIES_LEFT, &left, sizeof left};

    g_assert_cmphex (p11->C_FindObjectsInit (session, template, 2), ==, CKR_OK);
    g_assert_cmphex (p11->C_FindObjects (session, &object, 1, &count), ==, CKR_OK);
    g_assert_cmphex (p11->C_FindObjectsFinal (session), ==, CKR_OK);
    g_assert_cmpuint (count, ==, 1);
    g_assert_cmphex (p11->C_GetAttributeValue (session, object, &wanted, 1), ==, CKR_OK);
    return left;
}

static CK_FLAGS
token_flags (void)
{
    CK_TOKEN_INFO info;

    g_assert_cmphex (p11->C_GetTokenInfo (0, &info), ==, CKR_OK);
    return info.flags & (CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED);
}

static void
test_tries (void)
{
    CK_UTF8CHAR wrong[] = "654321";

    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    CK_SESSION_HANDLE session = module_world_open (0);
    g_assert_cmpuint (tries_left (session), ==, 3);
    g_assert_cmphex (token_flags (), ==, 0);
    g_assert_cmphex (p11->C_Login (session, CKU_USER, wrong, 6), ==, CKR_PIN_INCORRECT);
    g_assert_cmpuint (tries_left (session), ==, 2);
    g_assert_cmphex (token_flags (), ==, CKF_USER_PIN_COUNT_LOW);
    g_assert_cmphex (p11->C_Login (session, CKU_USER, wrong, 6), ==, CKR_PIN_INCORRECT);
    /* The last try is for those who have seen that it is the last. */
    g_assert_cmphex (p11->C_Login (session, CKU_USER, wrong, 6), ==, CKR_FUNCTION_REJECTED);
    g_assert_cmpuint (tries_left (session), ==, 1);
    g_assert_cmphex (token_flags (), ==, CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY);
    g_assert_cmphex (p11->C_Login (session, CKU_USER, wrong, 6), ==, CKR_PIN_LOCKED);
    g_assert_cmphex (token_flags (), ==, CKF_USER_PIN_LOCKED);
    g_assert_cmphex (p11->C_Login (session, CKU_USER, MODULE_PIN, 6), ==, CKR_PIN_LOCKED);
    module_world_tear_down ();
}

static void
test_attributes (void)
{
    CK_BBOOL truth[3];
    CK_BYTE small[1];
    CK_ATTRIBUTE template[] = {
        {CKA_ALWAYS_AUTHENTICATE, &truth[0], 1}, {CKA_SIGN, &truth[1], 1}, {CKA_EXTRACTABLE, &truth[2], 1}};
    CK_ATTRIBUTE secret = {CKA_VALUE, NULL, 0};
    CK_ATTRIBUTE unknown = {CKA_VENDOR_DEFINED, NULL, 0};
    CK_ATTRIBUTE cramped = {CKA_SUBJECT, small, 1};

    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    CK_SESSION_HANDLE session = open_and_log_in ();
    CK_OBJECT_HANDLE key = module_world_find (session, CKO_PRIVATE_KEY, 2);
    g_assert_cmphex (p11->C_GetAttributeValue (session, key, template, 3), ==, CKR_OK);
    g_assert_true (truth[0] && truth[1] && !truth[2]);
    g_assert_cmphex (p11->C_GetAttributeValue (session, key, &secret, 1), ==, CKR_ATTRIBUTE_SENSITIVE);
    g_assert_cmpuint (secret.ulValueLen, ==, CK_UNAVAILABLE_INFORMATION);
    g_assert_cmphex (p11->C_GetAttributeValue (session, key, &unknown, 1), ==, CKR_ATTRIBUTE_TYPE_INVALID);
    g_assert_cmphex (p11->C_GetAttributeValue (session, key, &cramped, 1), ==, CKR_BUFFER_TOO_SMALL);
    CK_OBJECT_HANDLE certificate = module_world_find (session, CKO_CERTIFICATE, 2);
    CK_ATTRIBUTE value = {CKA_VALUE, NULL, 0};
    g_assert_cmphex (p11->C_GetAttributeValue (session, certificate, &value, 1), ==, CKR_OK);
    g_assert_cmpuint (value.ulValueLen, >, 200);
    module_world_tear_down ();
}

static void
test_events (void)
{
    CK_SLOT_ID id = 7;
    CK_SLOT_INFO info;
    CK_TOKEN_INFO token;
    CK_SESSION_INFO session_info;

    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    CK_SESSION_HANDLE session = module_world_open (0);
    g_assert_cmphex (p11->C_WaitForSlotEvent (CKF_DONT_BLOCK, &id, NULL), ==, CKR_NO_EVENT);
    vtoken_world_pull (&module_world);
    g_assert_cmphex (p11->C_WaitForSlotEvent (CKF_DONT_BLOCK, &id, NULL), ==, CKR_OK);
    g_assert_cmpuint (id, ==, 0);
    g_assert_cmphex (p11->C_WaitForSlotEvent (CKF_DONT_BLOCK, &id, NULL), ==, CKR_NO_EVENT);
    g_assert_cmphex (p11->C_GetSlotInfo (0, &info), ==, CKR_OK);
    g_assert_false (info.flags & CKF_TOKEN_PRESENT);
    g_assert_cmphex (p11->C_GetTokenInfo (0, &token), ==, CKR_TOKEN_NOT_PRESENT);
    g_assert_cmphex (p11->C_GetSessionInfo (session, &session_info), ==, CKR_SESSION_HANDLE_INVALID);
    vtoken_world_insert (&module_world);
    g_assert_cmphex (p11->C_WaitForSlotEvent (CKF_DONT_BLOCK, &id, NULL), ==, CKR_OK);
    g_assert_cmphex (p11->C_GetTokenInfo (0, &token), ==, CKR_OK);
    module_world_tear_down ();
}

typedef struct {
    CK_SLOT_ID id;
    CK_RV rv;
    gint ended;
} Wait;

static gpointer
wait_for_event (gpointer data)
{
    Wait *wait = data;

    wait->rv = p11->C_WaitForSlotEvent (0, &wait->id, NULL);
    g_atomic_int_set (&wait->ended, TRUE);
    return NULL;
}

/* Who waits sends nothing, keeps nobody out, and hears of the card that comes and of the end. */
static void
test_wait (void)
{
    Wait wait = {.id = 7};
    CK_SLOT_INFO info;

    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    CK_SESSION_HANDLE session = open_and_log_in ();
    g_assert_cmphex (sign (session, 2, FALSE), ==, CKR_OK); /* the login is no longer held */
    vtoken_reset_count (module_world.card);
    GThread *thread = g_thread_new ("waiter", wait_for_event, &wait);
    g_usleep (50 * 1000);
    g_assert_cmphex (p11->C_GetSlotInfo (0, &info), ==, CKR_OK);
    g_assert_false (g_atomic_int_get (&wait.ended));
    assert_count (0);
    vtoken_world_pull (&module_world);
    g_thread_join (thread);
    g_assert_cmphex (wait.rv, ==, CKR_OK);
    g_assert_cmpuint (wait.id, ==, 0);
    wait.ended = FALSE;
    thread = g_thread_new ("waiter", wait_for_event, &wait);
    g_usleep (20 * 1000);
    g_assert_cmphex (p11->C_Finalize (NULL), ==, CKR_OK);
    g_thread_join (thread);
    g_assert_cmphex (wait.rv, ==, CKR_CRYPTOKI_NOT_INITIALIZED);
    vtoken_free (module_world.card);
}

/* A login that is held for its key outlives that what is known of another token is looked at, and no more: who needs that
 * token's card has it to himself. */
static void
test_hold_beside (void)
{
    VtokenWorld beside = {.card = vtoken_world_make_card (VTOKEN_ALGORITHM_P256, NULL)};
    CK_SESSION_HANDLE session, other;
    CK_TOKEN_INFO info;

    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    module_world.beside = &beside;
    g_assert_cmphex (p11->C_GetTokenInfo (1, &info), ==, CKR_OK);
    g_assert_cmphex (p11->C_OpenSession (1, CKF_SERIAL_SESSION, NULL, NULL, &other), ==, CKR_OK);
    g_assert_cmpuint (module_world_find (other, CKO_PUBLIC_KEY, 1), !=, CK_INVALID_HANDLE);
    session = module_world_open (0);
    g_assert_cmphex (p11->C_Login (session, CKU_USER, MODULE_PIN, MODULE_PIN_LENGTH), ==, CKR_OK);
    g_assert_cmpuint (module_world_find (other, CKO_PUBLIC_KEY, 2), !=, CK_INVALID_HANDLE);
    g_assert_cmpuint (module_world_find (other, CKO_CERTIFICATE, 2), !=, CK_INVALID_HANDLE);
    g_assert_cmphex (p11->C_GetTokenInfo (1, &info), ==, CKR_OK);
    g_assert_true (module_world.in_transaction);
    g_assert_cmphex (sign (session, 2, FALSE), ==, CKR_OK);
    g_assert_cmphex (p11->C_Logout (session), ==, CKR_OK);
    g_assert_cmphex (p11->C_Login (session, CKU_USER, MODULE_PIN, MODULE_PIN_LENGTH), ==, CKR_OK);
    g_assert_cmphex (p11->C_Login (other, CKU_USER, MODULE_PIN, MODULE_PIN_LENGTH), ==, CKR_OK);
    g_assert_false (module_world.in_transaction);
    module_world_tear_down ();
    vtoken_free (beside.card);
}

static gpointer
sign_slowly (gpointer data)
{
    CK_BYTE signature[64] = {1};
    CK_ULONG length = sizeof signature;

    g_assert_cmphex (p11->C_Sign (*(CK_SESSION_HANDLE *)data, signature, 32, signature, &length), ==, CKR_OK);
    return NULL;
}

/* While a card is at work others get their answers, and C_Finalize waits for it. */
static void
test_busy (void)
{
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    CK_SESSION_INFO info;
    CK_ULONG count;

    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    CK_SESSION_HANDLE session = open_and_log_in ();
    g_assert_cmphex (sign (session, 2, FALSE), ==, CKR_OK);
    g_assert_cmphex (p11->C_SignInit (session, &mechanism, module_world_find (session, CKO_PRIVATE_KEY, 1)),
                     ==, CKR_OK);
    vtoken_fault_at (module_world.card, VTOKEN_FAULT_SLOW, 2, 400);
    GThread *thread = g_thread_new ("signer", sign_slowly, &session);
    while (!g_atomic_int_get (&module_world.in_transaction))
        g_usleep (500);
    g_assert_cmphex (p11->C_GetSlotList (CK_TRUE, NULL, &count), ==, CKR_OK);
    g_assert_cmpuint (count, ==, 1);
    g_assert_cmphex (p11->C_GetSessionInfo (session, &info), ==, CKR_OK);
    g_assert_true (g_atomic_int_get (&module_world.in_transaction)); /* it still is */
    g_assert_cmphex (p11->C_Finalize (NULL), ==, CKR_OK);
    g_assert_false (g_atomic_int_get (&module_world.in_transaction));
    g_thread_join (thread);
    vtoken_free (module_world.card);
}

/* --- locks of the application --- */

static guint made, ended, depth;
static CK_RV lock_rv;

static CK_RV
make_lock (void **lock)
{
    made++;
    *lock = &depth;
    return lock_rv;
}

static CK_RV
end_lock (void *lock)
{
    g_assert_true (lock == &depth && depth == 0);
    ended++;
    return CKR_OK;
}

static CK_RV
take_lock (void *lock)
{
    g_assert_true (lock == &depth);
    g_assert_cmpuint (depth++, ==, 0);
    return CKR_OK;
}

static CK_RV
give_lock (void *lock)
{
    g_assert_true (lock == &depth);
    g_assert_cmpuint (--depth, ==, 0);
    return CKR_OK;
}

static void
test_application_locks (void)
{
    CK_C_INITIALIZE_ARGS args = {
        .CreateMutex = make_lock, .DestroyMutex = end_lock, .LockMutex = take_lock, .UnlockMutex = give_lock};

    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    p11->C_Finalize (NULL);
    made = ended = depth = 0;
    lock_rv = CKR_GENERAL_ERROR;
    g_assert_cmphex (p11->C_Initialize (&args), ==, CKR_CANT_LOCK);
    lock_rv = CKR_OK;
    g_assert_cmphex (p11->C_Initialize (&args), ==, CKR_OK);
    g_assert_cmphex (sign (open_and_log_in (), 1, FALSE), ==, CKR_OK);
    g_assert_cmpuint (depth, ==, 0);
    g_assert_cmphex (p11->C_Finalize (NULL), ==, CKR_OK);
    g_assert_cmpuint (made, ==, 2);
    g_assert_cmpuint (ended, ==, 1);
    args.flags = CKF_OS_LOCKING_OK; /* ours are good enough */
    g_assert_cmphex (p11->C_Initialize (&args), ==, CKR_OK);
    g_assert_cmpuint (made, ==, 2);
    module_world_tear_down ();
}

/* No pcscd is no reader, not a failure; a slot keeps its number over it. */
static void
test_service_down (void)
{
    CK_ULONG count = 9;

    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    module_world.service_down = TRUE;
    g_assert_cmphex (p11->C_GetSlotList (CK_FALSE, NULL, &count), ==, CKR_OK);
    g_assert_cmpuint (count, ==, 0);
    module_world.service_down = FALSE;
    CK_SESSION_HANDLE session = open_and_log_in ();
    module_world.service_down = TRUE;
    g_assert_cmphex (p11->C_GetSlotList (CK_TRUE, NULL, &count), ==, CKR_OK);
    g_assert_cmpuint (count, ==, 0);
    g_assert_cmphex (p11->C_Logout (session), ==, CKR_SESSION_HANDLE_INVALID);
    module_world.service_down = FALSE;
    open_and_log_in ();
    module_world_tear_down ();
}

static void
test_set_pin (void)
{
    CK_UTF8CHAR fresh[] = "11223344";

    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    CK_SESSION_HANDLE session = module_world_open (CKF_RW_SESSION);
    g_assert_cmphex (p11->C_SetPIN (session, fresh, 8, fresh, 8), ==, CKR_PIN_INCORRECT);
    g_assert_cmphex (p11->C_SetPIN (session, MODULE_PIN, 6, fresh, 8), ==, CKR_OK);
    g_assert_cmphex (p11->C_Login (session, CKU_USER, fresh, 8), ==, CKR_OK);
    module_world_tear_down ();
}

/* A child has nothing of its parent's, and can begin anew; the parent does not notice. */
static void
test_fork (void)
{
    int status = 0;

    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    CK_SESSION_HANDLE session = open_and_log_in ();
    CK_SESSION_INFO info;
    pid_t child = fork ();
    if (child == 0) {
        gboolean right = p11->C_GetSessionInfo (session, &info) == CKR_CRYPTOKI_NOT_INITIALIZED &&
                         p11->C_Initialize (NULL) == CKR_OK && p11->C_Finalize (NULL) == CKR_OK;
        _exit (right ? 0 : 1);
    }
    g_assert_cmpint (waitpid (child, &status, 0), ==, child);
    g_assert_cmpint (status, ==, 0);
    g_assert_cmphex (sign (session, 1, FALSE), ==, CKR_OK);
    module_world_tear_down ();
}

static gpointer
sign_often (gpointer data)
{
    CK_SESSION_HANDLE session = module_world_open (0);

    for (guint i = 0; i < 50; i++)
        g_assert_cmphex (sign (session, 1, FALSE), ==, CKR_OK);
    return NULL;
}

static void
test_threads (void)
{
    GThread *threads[4];

    module_world_set_up (VTOKEN_ALGORITHM_P256, NULL);
    open_and_log_in ();
    for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        threads[i] = g_thread_new ("signer", sign_often, NULL);
    for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        g_thread_join (threads[i]);
    module_world_tear_down ();
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/module/mechanisms/rsa", test_rsa);
    g_test_add_func ("/module/mechanisms/ec", test_ec);
    g_test_add_func ("/module/mechanisms/edwards", test_edwards);
    g_test_add_func ("/module/decrypt", test_decrypt);
    g_test_add_func ("/module/counts", test_counts);
    g_test_add_func ("/module/login/states", test_login_states);
    g_test_add_func ("/module/login/pin-always", test_pin_always);
    g_test_add_func ("/module/login/hold-ends", test_hold_ends);
    g_test_add_func ("/module/login/hold-ends-after-work", test_hold_ends_after_work);
    g_test_add_func ("/module/login/hold-beside", test_hold_beside);
    g_test_add_func ("/module/login/tries", test_tries);
    g_test_add_func ("/module/objects/attributes", test_attributes);
    g_test_add_func ("/module/slots/events", test_events);
    g_test_add_func ("/module/slots/wait", test_wait);
    g_test_add_func ("/module/slots/busy", test_busy);
    g_test_add_func ("/module/application-locks", test_application_locks);
    g_test_add_func ("/module/slots/service-down", test_service_down);
    g_test_add_func ("/module/set-pin", test_set_pin);
    g_test_add_func ("/module/fork", test_fork);
    g_test_add_func ("/module/threads", test_threads);
    return g_test_run ();
}
