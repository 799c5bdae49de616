/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: fuzz target: the PKCS#11 module, called in any order with any arguments
 * Copyright (C) 2026 the Pena authors */
#include <pena/pena-pkcs11.h>
#include <string.h>

#include "fuzz-world.h"
#include "fuzz.h"
#include "mechanism.h"
#include "module.h"

#define CALLS_MAX 64
#define BUFFER_MAX 700
#define ATTRIBUTES_MAX 4
#define HANDLES_MAX 16

typedef struct {
    FuzzInput script;
    CK_SESSION_HANDLE sessions[4];
    CK_OBJECT_HANDLE objects[HANDLES_MAX];
    guint n_sessions, n_objects;
    /* Arguments of the call at hand. */
    CK_BYTE in[BUFFER_MAX], out[BUFFER_MAX];
    CK_ATTRIBUTE attributes[ATTRIBUTES_MAX];
    CK_BYTE values[ATTRIBUTES_MAX][64];
    union {
        CK_RSA_PKCS_PSS_PARAMS pss;
        CK_RSA_PKCS_OAEP_PARAMS oaep;
        CK_ECDH1_DERIVE_PARAMS ecdh;
        CK_BYTE raw[64];
    } parameter;
    CK_BYTE extra[80];
} Run;

static VtokenWorld world;
static CK_FUNCTION_LIST *p11;
static CK_FUNCTION_LIST_3_0 *p11_3;

PenaTransport *
pena_mod_new_transport (void)
{
    return vtoken_transport_new (&world);
}

/* --- arguments --- */

static guint8
byte (Run *run)
{
    return fuzz_input_u8 (&run->script);
}

static CK_ULONG
number (Run *run)
{
    static const CK_ULONG odd[] = {0, 1, 2, 0xFF, 0x7FFFFFFF, 0xFFFFFFFF, (CK_ULONG)-1, (CK_ULONG)-1 >> 1};
    guint8 what = byte (run);

    return what < 200   ? what
           : what < 240 ? odd[what % G_N_ELEMENTS (odd)]
                        : (CK_ULONG)what << 24 | byte (run);
}

static CK_SESSION_HANDLE
session (Run *run)
{
    guint8 what = byte (run);
    return what < 240 && run->n_sessions > 0 ? run->sessions[what % run->n_sessions] : number (run);
}

static CK_OBJECT_HANDLE
object (Run *run)
{
    guint8 what = byte (run);
    return what < 240 && run->n_objects > 0 ? run->objects[what % run->n_objects] : number (run);
}

static CK_SLOT_ID
slot (Run *run)
{
    return byte (run) < 250 ? 0 : number (run);
}

/* Input for the module: as long as it says, or not there at all. */
static CK_BYTE *
take (Run *run, CK_ULONG *ret_length)
{
    static const guint16 lengths[] = {0, 1, 6, 8, 20, 32, 48, 51, 64, 65, 97, 128, 256, 257, 512, BUFFER_MAX};
    guint8 what = byte (run);
    gsize got;

    *ret_length = lengths[what % G_N_ELEMENTS (lengths)];
    if (what >= 240)
        return NULL;
    memset (run->in, what, sizeof run->in);
    const guint8 *bytes = fuzz_input_take (&run->script, MIN (*ret_length, 16), &got);
    memcpy (run->in, bytes, got);
    return run->in;
}

static CK_BYTE *
room (Run *run, CK_ULONG *ret_length)
{
    static const guint16 lengths[] = {0, 1, 16, 64, 128, 256, BUFFER_MAX, BUFFER_MAX};
    guint8 what = byte (run);

    *ret_length = lengths[what % G_N_ELEMENTS (lengths)];
    return what < 200 ? run->out : NULL;
}

static CK_UTF8CHAR *
pin (Run *run, CK_ULONG *ret_length)
{
    static CK_UTF8CHAR right[] = VTOKEN_PIN, admin[] = VTOKEN_PUK;
    guint8 what = byte (run);

    if (what >= 200)
        return take (run, ret_length);
    *ret_length = what % 3 == 0 ? sizeof admin - 1 : sizeof right - 1;
    return what % 3 == 0 ? admin : right;
}

static CK_MECHANISM
mechanism (Run *run)
{
    guint count;
    const PenaMechanism *rows = pena_mechanisms (&count);
    guint8 what = byte (run);
    CK_MECHANISM one = {what < 240 ? rows[what % count].type : number (run), &run->parameter, 0};
    guint8 how = byte (run);
    const guint8 *taken;
    gsize got;

    for (guint i = 0; i < sizeof run->parameter.raw; i++)
        run->parameter.raw[i] = how;
    switch (how % 8) {
    case 0:
        run->parameter.pss = (CK_RSA_PKCS_PSS_PARAMS){CKM_SHA256, CKG_MGF1_SHA256, number (run)};
        one.ulParameterLen = sizeof run->parameter.pss;
        break;
    case 1:
        run->parameter.oaep = (CK_RSA_PKCS_OAEP_PARAMS){CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED,
                                                        run->extra, byte (run) % sizeof run->extra};
        one.ulParameterLen = sizeof run->parameter.oaep;
        break;
    case 2:
        run->parameter.ecdh = (CK_ECDH1_DERIVE_PARAMS){CKD_NULL, 0, NULL, 65, run->extra};
        taken = fuzz_input_take (&run->script, 65, &got);
        memcpy (run->extra, taken, got);
        one.ulParameterLen = sizeof run->parameter.ecdh;
        break;
    case 3:
        one.ulParameterLen = byte (run) % sizeof run->parameter.raw;
        break;
    default:
        one.pParameter = NULL;
        one.ulParameterLen = how % 8 == 4 ? number (run) : 0;
        break;
    }
    return one;
}

static const CK_ATTRIBUTE_TYPE types[] = {
    CKA_CLASS,
    CKA_TOKEN,
    CKA_PRIVATE,
    CKA_LABEL,
    CKA_VALUE,
    CKA_ID,
    CKA_KEY_TYPE,
    CKA_SIGN,
    CKA_DECRYPT,
    CKA_DERIVE,
    CKA_MODULUS,
    CKA_MODULUS_BITS,
    CKA_EC_PARAMS,
    CKA_EC_POINT,
    CKA_SUBJECT,
    CKA_ISSUER,
    CKA_SERIAL_NUMBER,
    CKA_CERTIFICATE_TYPE,
    CKA_HW_FEATURE_TYPE,
    CKA_PENA_PIN_TRIES_LEFT,
    CKA_ALWAYS_AUTHENTICATE,
    CKA_VALUE_LEN,
    CKA_PUBLIC_EXPONENT,
    CKA_ALLOWED_MECHANISMS,
    CKA_UNIQUE_ID,
    CKA_PRIVATE_EXPONENT,
    CKA_SENSITIVE,
    CKA_EXTRACTABLE,
};

static void
set_value (Run *run, guint i)
{
    static const guint8 curve[] = {0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};
    CK_ATTRIBUTE *one = &run->attributes[i];
    guint8 how = byte (run);
    CK_ULONG value = number (run);
    const guint8 *taken;
    gsize got;

    one->pValue = run->values[i];
    switch (how % 6) {
    case 0: /* a truth */
        run->values[i][0] = (CK_BYTE)value;
        one->ulValueLen = 1;
        break;
    case 1:
    case 2:
        memcpy (run->values[i], &value, sizeof value);
        one->ulValueLen = sizeof value;
        break;
    case 3:
        taken = fuzz_input_take (&run->script, how % 64, &got);
        memcpy (run->values[i], taken, got);
        one->ulValueLen = got;
        break;
    case 4:
        memcpy (run->values[i], curve, sizeof curve);
        one->ulValueLen = sizeof curve;
        break;
    default:
        one->pValue = NULL;
        one->ulValueLen = how < 128 ? 0 : value;
        break;
    }
}

static CK_ATTRIBUTE *
attributes (Run *run, CK_ULONG *ret_count)
{
    guint8 what = byte (run);

    *ret_count = what % (ATTRIBUTES_MAX + 1);
    for (guint i = 0; i < *ret_count; i++) {
        guint8 type = byte (run);
        run->attributes[i].type = type < 240 ? types[type % G_N_ELEMENTS (types)] : number (run);
        set_value (run, i);
    }
    return what < 245 ? run->attributes : NULL;
}

/* --- calls --- */

static void
note_objects (Run *run, const CK_OBJECT_HANDLE *found, CK_ULONG count)
{
    for (CK_ULONG i = 0; i < count; i++)
        run->objects[run->n_objects < HANDLES_MAX ? run->n_objects++ : found[i] % HANDLES_MAX] = found[i];
}

static void
call_open (Run *run)
{
    CK_SESSION_HANDLE made;
    guint8 what = byte (run);
    CK_FLAGS flags = what < 200 ? CKF_SERIAL_SESSION | (what & 1 ? CKF_RW_SESSION : 0) : number (run);

    if (p11->C_OpenSession (slot (run), flags, NULL, NULL, what == 255 ? NULL : &made) == CKR_OK)
        run->sessions[run->n_sessions < 4 ? run->n_sessions++ : what % 4] = made;
}

static void
call_close (Run *run)
{
    if (byte (run) < 200)
        p11->C_CloseSession (session (run));
    else
        p11->C_CloseAllSessions (slot (run));
}

static void
call_info (Run *run)
{
    union {
        CK_INFO info;
        CK_SLOT_INFO slot;
        CK_TOKEN_INFO token;
        CK_SESSION_INFO session;
        CK_MECHANISM_INFO mechanism;
        CK_ULONG list[200];
    } out;
    CK_ULONG count = number (run) % 200;
    guint8 what = byte (run);
    gboolean null = byte (run) >= 240;

    switch (what % 8) {
    case 0:
        p11->C_GetInfo (null ? NULL : &out.info);
        break;
    case 1:
        p11->C_GetSlotInfo (slot (run), null ? NULL : &out.slot);
        break;
    case 2:
        p11->C_GetTokenInfo (slot (run), null ? NULL : &out.token);
        break;
    case 3:
        p11->C_GetSessionInfo (session (run), null ? NULL : &out.session);
        break;
    case 4:
        p11->C_GetMechanismInfo (slot (run), mechanism (run).mechanism, null ? NULL : &out.mechanism);
        break;
    case 5:
        p11->C_GetMechanismList (slot (run), null ? NULL : out.list, &count);
        break;
    case 6:
        p11->C_GetSlotList (what & 1, null ? NULL : out.list, &count);
        break;
    default:
        p11->C_WaitForSlotEvent (CKF_DONT_BLOCK | (number (run) & ~1ul), out.list, null ? out.list : NULL);
    }
}

static void
call_login (Run *run)
{
    CK_ULONG length, new_length;
    guint8 what = byte (run);
    CK_USER_TYPE user = what < 240 ? what % 3 : number (run);
    CK_UTF8CHAR *secret = pin (run, &length);

    switch (byte (run) % 6) {
    case 0:
        p11->C_Logout (session (run));
        break;
    case 1:
        p11->C_SetPIN (session (run), secret, length, (CK_UTF8CHAR *)VTOKEN_PIN, 6);
        break;
    case 2:
        p11->C_InitPIN (session (run), secret, length);
        break;
    case 3: {
        CK_BYTE *label = room (run, &new_length);
        memset (run->out, ' ', 32);
        p11->C_InitToken (slot (run), secret, length, label);
        break;
    }
    default:
        p11->C_Login (session (run), user, secret, length);
    }
}

static void
call_find (Run *run)
{
    CK_OBJECT_HANDLE found[HANDLES_MAX];
    CK_ULONG count, wanted = number (run) % (HANDLES_MAX + 1);
    CK_SESSION_HANDLE in = session (run);
    guint8 what = byte (run);

    if (what < 220) {
        CK_ATTRIBUTE *template = attributes (run, &count);
        p11->C_FindObjectsInit (in, what % 2 == 0 ? NULL : template, what % 2 == 0 ? 0 : count);
    }
    if (p11->C_FindObjects (in, found, wanted, what == 255 ? NULL : &count) == CKR_OK)
        note_objects (run, found, count);
    if (what < 200)
        p11->C_FindObjectsFinal (in);
}

static void
call_object (Run *run)
{
    CK_OBJECT_HANDLE made;
    CK_ULONG count, size;
    CK_ATTRIBUTE *template = attributes (run, &count);
    guint8 what = byte (run);

    switch (what % 6) {
    case 0:
    case 1:
        p11->C_GetAttributeValue (session (run), object (run), template, count);
        break;
    case 2:
        if (p11->C_CreateObject (session (run), template, count, &made) == CKR_OK)
            note_objects (run, &made, 1);
        break;
    case 3:
        if (p11->C_CopyObject (session (run), object (run), template, count, &made) == CKR_OK)
            note_objects (run, &made, 1);
        break;
    case 4:
        p11->C_SetAttributeValue (session (run), object (run), template, count);
        break;
    default:
        if (what < 200)
            p11->C_GetObjectSize (session (run), object (run), &size);
        else
            p11->C_DestroyObject (session (run), object (run));
    }
}

static void
call_generate (Run *run)
{
    CK_OBJECT_HANDLE made[2];
    CK_ULONG count;
    CK_MECHANISM how = mechanism (run);
    CK_ATTRIBUTE *template = attributes (run, &count);

    switch (byte (run) % 4) {
    case 0:
        if (p11->C_GenerateKeyPair (session (run), &how, template, count, template, count, &made[0],
                                    &made[1]) == CKR_OK)
            note_objects (run, made, 2);
        break;
    case 1:
        if (p11->C_DeriveKey (session (run), &how, object (run), template, count, made) == CKR_OK)
            note_objects (run, made, 1);
        break;
    case 2:
        p11->C_GenerateKey (session (run), &how, template, count, made);
        break;
    default: {
        CK_BYTE *out = room (run, &count);
        p11->C_GenerateRandom (session (run), out, count);
    }
    }
}

static void
call_init (Run *run)
{
    typedef CK_RV (*Init) (CK_SESSION_HANDLE, CK_MECHANISM *, CK_OBJECT_HANDLE);
    const Init inits[] = {p11->C_SignInit,    p11->C_VerifyInit,      p11->C_DecryptInit,
                          p11->C_EncryptInit, p11->C_SignRecoverInit, p11->C_VerifyRecoverInit};
    CK_MECHANISM how = mechanism (run);
    guint8 what = byte (run);

    if (what >= 220)
        p11->C_DigestInit (session (run), what == 255 ? NULL : &how);
    else
        inits[what % G_N_ELEMENTS (inits)](session (run), what == 219 ? NULL : &how, object (run));
}

static void
call_update (Run *run)
{
    typedef CK_RV (*Update) (CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG);
    const Update updates[] = {p11->C_SignUpdate, p11->C_VerifyUpdate, p11->C_DigestUpdate, p11->C_SeedRandom};
    CK_ULONG length;
    CK_BYTE *data = take (run, &length);
    guint8 what = byte (run);

    if (what >= 240)
        p11->C_DigestKey (session (run), object (run));
    else
        updates[what % G_N_ELEMENTS (updates)](session (run), data, length);
}

static void
call_final (Run *run)
{
    typedef CK_RV (*Final) (CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG *);
    const Final finals[] = {p11->C_SignFinal, p11->C_DigestFinal, p11->C_DecryptFinal, p11->C_EncryptFinal};
    CK_ULONG length;
    CK_BYTE *out = room (run, &length);
    guint8 what = byte (run);

    if (what >= 220)
        p11->C_VerifyFinal (session (run), out, length);
    else
        finals[what % G_N_ELEMENTS (finals)](session (run), out, what == 219 ? NULL : &length);
}

static void
call_at_once (Run *run)
{
    typedef CK_RV (*AtOnce) (CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG *);
    const AtOnce calls[] = {p11->C_Sign,          p11->C_Decrypt,       p11->C_Encrypt,
                            p11->C_Digest,        p11->C_SignRecover,   p11->C_VerifyRecover,
                            p11->C_DecryptUpdate, p11->C_EncryptUpdate, p11->C_DigestEncryptUpdate};
    CK_ULONG length, out_length;
    CK_BYTE *data = take (run, &length);
    CK_BYTE *out = room (run, &out_length);
    guint8 what = byte (run);

    if (what >= 220)
        p11->C_Verify (session (run), data, length, out, out_length);
    else
        calls[what % G_N_ELEMENTS (calls)](session (run), data, length, out,
                                           what == 219 ? NULL : &out_length);
}

static void
call_wrap (Run *run)
{
    CK_MECHANISM how = mechanism (run);
    CK_OBJECT_HANDLE made;
    CK_ULONG length, count;
    CK_BYTE *data = take (run, &length);

    if (byte (run) < 128) {
        CK_BYTE *out = room (run, &count);
        p11->C_WrapKey (session (run), &how, object (run), object (run), out, &count);
    } else {
        CK_ATTRIBUTE *template = attributes (run, &count);
        if (p11->C_UnwrapKey (session (run), &how, object (run), data, length, template, count, &made) ==
            CKR_OK)
            note_objects (run, &made, 1);
    }
}

/* The functions that 3.0 has added. */
static void
call_message (Run *run)
{
    CK_MECHANISM how = mechanism (run);
    CK_ULONG length, out_length;
    CK_BYTE *data = take (run, &length);
    CK_BYTE *out = room (run, &out_length);
    CK_FLAGS flags = number (run);

    switch (byte (run) % 12) {
    case 0:
        p11_3->C_MessageSignInit (session (run), &how, object (run));
        break;
    case 1:
        p11_3->C_SignMessage (session (run), NULL, 0, data, length, out, &out_length);
        break;
    case 2:
        p11_3->C_SignMessageBegin (session (run), NULL, 0);
        break;
    case 3:
        p11_3->C_SignMessageNext (session (run), NULL, 0, data, length, out, flags & 1 ? NULL : &out_length);
        break;
    case 4:
        p11_3->C_MessageSignFinal (session (run));
        break;
    case 5:
        p11_3->C_MessageVerifyInit (session (run), &how, object (run));
        break;
    case 6:
        p11_3->C_VerifyMessage (session (run), NULL, 0, data, length, out, out_length);
        break;
    case 7:
        p11_3->C_VerifyMessageBegin (session (run), NULL, 0);
        break;
    case 8:
        p11_3->C_VerifyMessageNext (session (run), NULL, 0, data, length, out, out_length);
        break;
    case 9:
        p11_3->C_MessageVerifyFinal (session (run));
        break;
    case 10:
        p11_3->C_SessionCancel (session (run), flags);
        break;
    default:
        p11_3->C_LoginUser (session (run), flags % 3, (CK_UTF8CHAR *)VTOKEN_PIN, 6, data, length);
    }
}

/* What happens around the module. */
static void
call_world (Run *run)
{
    switch (byte (run) % 6) {
    case 0:
        vtoken_world_pull (&world);
        break;
    case 1:
    case 2:
        vtoken_world_insert (&world);
        break;
    case 3:
        world.service_down = !world.service_down;
        break;
    default:
        vtoken_world_reset (&world);
    }
}

/* A good start: a session, logged in, with the objects known. */
static void
call_start (Run *run)
{
    CK_OBJECT_HANDLE found[HANDLES_MAX];
    CK_SESSION_HANDLE made;
    CK_ULONG count = 0;

    if (p11->C_OpenSession (0, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &made) != CKR_OK)
        return;
    run->sessions[run->n_sessions < 4 ? run->n_sessions++ : 0] = made;
    p11->C_Login (made, CKU_USER, (CK_UTF8CHAR *)VTOKEN_PIN, 6);
    p11->C_FindObjectsInit (made, NULL, 0);
    if (p11->C_FindObjects (made, found, HANDLES_MAX, &count) == CKR_OK)
        note_objects (run, found, count);
    p11->C_FindObjectsFinal (made);
}

static void (*const calls[]) (Run *run) = {call_start, call_open,    call_close,  call_info,     call_login,
                                           call_find,  call_object,  call_object, call_generate, call_init,
                                           call_init,  call_update,  call_final,  call_at_once,  call_at_once,
                                           call_wrap,  call_message, call_world};

int
LLVMFuzzerTestOneInput (const guint8 *data, size_t size)
{
    FuzzInput input = {data, size, 0};
    guint8 kind = fuzz_input_u8 (&input);
    gsize spoiled = fuzz_input_u8 (&input);
    FuzzInput spoiling = fuzz_input_split (&input, spoiled);
    g_autofree Run *run = g_new0 (Run, 1);
    CK_INTERFACE *interface;

    run->script = input;
    fuzz_world_set_up (&world, kind, &spoiling);
    g_assert_cmphex (C_GetFunctionList (&p11), ==, CKR_OK);
    g_assert_cmphex (C_GetInterface ((CK_UTF8CHAR *)"PKCS 11", NULL, &interface, 0), ==, CKR_OK);
    p11_3 = interface->pFunctionList;
    g_assert_cmphex (p11->C_Initialize (NULL), ==, CKR_OK);
    for (guint i = 0; i < CALLS_MAX && run->script.at < run->script.size; i++)
        calls[byte (run) % G_N_ELEMENTS (calls)](run);
    g_assert_cmphex (p11->C_Finalize (NULL), ==, CKR_OK);
    fuzz_world_tear_down (&world);
    return 0;
}
