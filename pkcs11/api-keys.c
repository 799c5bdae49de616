/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: PKCS#11 entry points: making, wrapping and deriving keys, random numbers
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <openssl/rand.h>
#include <string.h>

#include "api.h"
#include "begin.h"
#include "made-objects.h"
#include "provision.h"
#include "software.h"

enum {
    SECRET_MAX = 512, /* of a key that is wrapped or derived */
    RANDOM_MAX = 1 << 20,
    CARD_RANDOM = 32, /* as much as a card adds, however much is asked for */
};

/* --- generating --- */

/* No card makes secret keys, and a program that wants one in memory has better ways. */
CK_RV
C_GenerateKey (CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_ATTRIBUTE *template, CK_ULONG count,
               CK_OBJECT_HANDLE *key)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    CK_RV rv = pena_mod_check_mechanism (mechanism);

    return rv != CKR_OK || key == NULL ? CKR_ARGUMENTS_BAD : CKR_MECHANISM_INVALID;
}

CK_RV
C_GenerateKeyPair (CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_ATTRIBUTE *public_attributes,
                   CK_ULONG public_count, CK_ATTRIBUTE *private_attributes, CK_ULONG private_count,
                   CK_OBJECT_HANDLE *public_key, CK_OBJECT_HANDLE *private_key)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    const PenaModTemplate public = {public_attributes, public_count};
    const PenaModTemplate private = {private_attributes, private_count};
    PenaModParameters parameters = {0};
    const PenaMechanism *row;

    if (public_key == NULL || private_key == NULL)
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = pena_mod_check_mechanism (mechanism);
    if (rv == CKR_OK)
        rv = pena_mod_template_check (&public);
    if (rv == CKR_OK)
        rv = pena_mod_template_check (&private);
    if (rv == CKR_OK)
        rv = pena_mechanism_parse (mechanism, CKF_GENERATE_KEY_PAIR, &row, &parameters);
    return rv == CKR_OK
               ? pena_mod_generate_key_pair (mod, session, row, &public, &private, public_key, private_key)
               : rv;
}

/* --- deriving --- */

/* Bytes of the new key: as many as the template says, or as the secret has, or as the hash gives. */
static CK_RV
derived_length (const PenaModTemplate *template, const PenaModParameters *parameters, gsize secret_length,
                gsize *ret_length)
{
    CK_ULONG fallback =
        parameters->hash != NULL ? (CK_ULONG)EVP_MD_get_size (parameters->hash->md ()) : secret_length;
    CK_ULONG length = 0;
    CK_RV rv = pena_mod_template_get_ulong (template, CKA_VALUE_LEN, fallback, &length);

    if (rv == CKR_OK && (length == 0 || length > SECRET_MAX))
        return CKR_KEY_SIZE_RANGE;
    *ret_length = length;
    return rv;
}

static CK_RV
find_agreeing_key (PenaModSession *session, CK_OBJECT_HANDLE handle, PenaCardKey **ret_key)
{
    PenaModObject *object = pena_mod_find_any_object (session->slot, handle);

    if (object == NULL || object->class != CKO_PRIVATE_KEY)
        return CKR_KEY_HANDLE_INVALID;
    if (session->slot->user != PENA_MOD_USER && pena_mod_object_is (object, CKA_PRIVATE))
        return CKR_USER_NOT_LOGGED_IN;
    if (object->key_type != CKK_EC && object->key_type != CKK_EC_MONTGOMERY)
        return CKR_KEY_TYPE_INCONSISTENT;
    if (!pena_mod_object_is (object, CKA_DERIVE))
        return CKR_KEY_FUNCTION_NOT_PERMITTED;
    *ret_key = pena_card_key_ref (object->key);
    return CKR_OK;
}

static CK_RV
derive (PenaMod *mod, PenaModSession *session, const PenaModParameters *parameters, PenaCardKey *key,
        const PenaModTemplate *template, CK_OBJECT_HANDLE *ret_handle)
{
    g_autoptr (PenaSecret) secret = pena_secret_new (SECRET_MAX, FALSE, NULL);
    g_autoptr (PenaSecret) output = pena_secret_new (SECRET_MAX, FALSE, NULL);
    gsize length = 0;

    if (secret == NULL || output == NULL)
        return CKR_HOST_MEMORY;
    CK_RV rv = derived_length (template, parameters, (key->bits + 7) / 8, &length);
    if (rv == CKR_OK)
        rv = pena_mod_agree (mod, session->slot, key, parameters, secret);
    if (rv == CKR_OK)
        rv = pena_mod_derive (parameters, secret, length, output);
    return rv == CKR_OK
               ? pena_mod_make_secret_key (mod, session, template, output->data, output->length, ret_handle)
               : rv;
}

CK_RV
C_DeriveKey (CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE base,
             CK_ATTRIBUTE *attributes, CK_ULONG count, CK_OBJECT_HANDLE *key)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    const PenaModTemplate template = {attributes, count};
    g_autoptr (PenaCardKey) own = NULL;
    PenaModParameters parameters = {0};
    const PenaMechanism *row;

    if (key == NULL)
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = pena_mod_check_mechanism (mechanism);
    if (rv == CKR_OK)
        rv = pena_mod_template_check (&template);
    if (rv == CKR_OK)
        rv = pena_mechanism_parse (mechanism, CKF_DERIVE, &row, &parameters);
    if (rv == CKR_OK)
        rv = find_agreeing_key (session, base, &own);
    return rv == CKR_OK ? derive (mod, session, &parameters, own, &template, key) : rv;
}

/* --- wrapping --- */

/* The operation that wraps or unwraps, with another name for what goes wrong with its key. */
static CK_RV
begin_wrap (PenaModSession *session, PenaModKind kind, CK_FLAGS use, const CK_MECHANISM *mechanism,
            CK_OBJECT_HANDLE key, PenaModOperation **ret_operation)
{
    gboolean wraps = kind == PENA_MOD_ENCRYPT;
    const PenaMechanism *row;
    PenaModParameters parameters = {0};
    PenaModObject *object = NULL;

    CK_RV rv = pena_mechanism_parse (mechanism, use, &row, &parameters);
    if (rv == CKR_OK)
        rv = pena_mod_find_key (session, kind, row, key, &object);
    if (rv == CKR_OK)
        rv = pena_mod_operation_new (kind, row, &parameters, object, ret_operation);
    if (rv == CKR_KEY_HANDLE_INVALID)
        return wraps ? CKR_WRAPPING_KEY_HANDLE_INVALID : CKR_UNWRAPPING_KEY_HANDLE_INVALID;
    if (rv == CKR_KEY_TYPE_INCONSISTENT)
        return wraps ? CKR_WRAPPING_KEY_TYPE_INCONSISTENT : CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT;
    return rv;
}

static CK_RV
check_wrappable (PenaModSession *session, CK_OBJECT_HANDLE handle, PenaModObject **ret_object)
{
    PenaModObject *object = pena_mod_find_object (session->slot, handle);

    if (object == NULL)
        return CKR_KEY_HANDLE_INVALID;
    if (object->value == NULL)
        return object->class == CKO_PRIVATE_KEY ? CKR_KEY_UNEXTRACTABLE : CKR_KEY_NOT_WRAPPABLE;
    if (!pena_mod_object_is (object, CKA_EXTRACTABLE))
        return CKR_KEY_UNEXTRACTABLE;
    *ret_object = object;
    return CKR_OK;
}

CK_RV
C_WrapKey (CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE wrapping, CK_OBJECT_HANDLE key,
           CK_BYTE *wrapped, CK_ULONG *wrapped_length)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    g_autoptr (PenaModOperation) operation = NULL;
    PenaModObject *object = NULL;

    if (wrapped_length == NULL)
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = pena_mod_check_mechanism (mechanism);
    if (rv == CKR_OK)
        rv = begin_wrap (session, PENA_MOD_ENCRYPT, CKF_WRAP, mechanism, wrapping, &operation);
    if (rv == CKR_OK)
        rv = check_wrappable (session, key, &object);
    if (rv != CKR_OK ||
        pena_mod_tells_size (pena_mod_operation_size (operation), wrapped, wrapped_length, &rv))
        return rv;
    rv = pena_mod_operation_update (operation, object->value->data, object->value->length);
    if (rv == CKR_OK)
        rv = pena_mod_operation_encrypt (operation);
    if (rv != CKR_OK)
        return rv == CKR_DATA_LEN_RANGE ? CKR_KEY_SIZE_RANGE : rv;
    memcpy (wrapped, operation->result->data, operation->result->length);
    return CKR_OK;
}

static CK_RV
unwrap (PenaMod *mod, PenaModSession *session, PenaModOperation *operation, const guint8 *wrapped,
        gsize length, const PenaModTemplate *template, CK_OBJECT_HANDLE *ret_handle)
{
    CK_RV rv = pena_mod_operation_update (operation, wrapped, length);

    if (rv == CKR_OK)
        rv = pena_mod_operation_decrypt (operation, mod, session->slot);
    if (rv == CKR_OK)
        return pena_mod_make_secret_key (mod, session, template, operation->result->data,
                                         operation->result->length, ret_handle);
    if (rv == CKR_ENCRYPTED_DATA_INVALID)
        return CKR_WRAPPED_KEY_INVALID;
    return rv == CKR_ENCRYPTED_DATA_LEN_RANGE || rv == CKR_DATA_LEN_RANGE ? CKR_WRAPPED_KEY_LEN_RANGE : rv;
}

CK_RV
C_UnwrapKey (CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE unwrapping, CK_BYTE *wrapped,
             CK_ULONG wrapped_length, CK_ATTRIBUTE *attributes, CK_ULONG count, CK_OBJECT_HANDLE *key)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);
    const PenaModTemplate template = {attributes, count};
    g_autoptr (PenaModOperation) operation = NULL;

    if (key == NULL || wrapped == NULL)
        return CKR_ARGUMENTS_BAD;
    CK_RV rv = pena_mod_check_mechanism (mechanism);
    if (rv == CKR_OK)
        rv = pena_mod_template_check (&template);
    if (rv == CKR_OK)
        rv = begin_wrap (session, PENA_MOD_DECRYPT, CKF_UNWRAP, mechanism, unwrapping, &operation);
    return rv == CKR_OK ? unwrap (mod, session, operation, wrapped, wrapped_length, &template, key) : rv;
}

/* --- random numbers --- */

CK_RV
C_SeedRandom (CK_SESSION_HANDLE handle, CK_BYTE *seed, CK_ULONG length)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);

    if (seed == NULL && length > 0)
        return CKR_ARGUMENTS_BAD;
    if (length > RANDOM_MAX)
        return CKR_DATA_LEN_RANGE;
    RAND_add (seed, (int)length, 0); /* welcome, but worth nothing: who knows where it comes from */
    return CKR_OK;
}

/* What the card draws goes on top of what the system has drawn, and can only make it better. */
static CK_RV
add_card_random (PenaMod *mod, PenaModSlot *slot, guint8 *bytes, gsize length)
{
    g_autoptr (GError) error = NULL;
    guint8 drawn[CARD_RANDOM] = {0};

    if ((pena_card_get_contents (slot->card)->abilities & PENA_CARD_RANDOM) == 0)
        return CKR_OK;
    pena_mod_before_card (mod, slot);
    pena_card_random (slot->card, drawn, sizeof drawn, &error);
    CK_RV rv = pena_mod_after_card (mod, slot, error);
    for (gsize i = 0; rv == CKR_OK && i < MIN (length, sizeof drawn); i++)
        bytes[i] ^= drawn[i];
    pena_wipe (drawn, sizeof drawn);
    return rv;
}

CK_RV
C_GenerateRandom (CK_SESSION_HANDLE handle, CK_BYTE *bytes, CK_ULONG length)
{
    PENA_MOD_ENTER_SESSION (mod, session, handle);

    if (length == 0)
        return CKR_OK; /* a NULL, too, is enough for that: remote programs have nothing else */
    if (bytes == NULL)
        return CKR_ARGUMENTS_BAD;
    if (length > RANDOM_MAX)
        return CKR_DATA_LEN_RANGE;
    if (RAND_bytes (bytes, (int)length) != 1)
        return CKR_FUNCTION_FAILED;
    return add_card_random (mod, session->slot, bytes, length);
}
