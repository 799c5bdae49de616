/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the tables of PKCS#11 entry points, and those that only say that there is no such thing here
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include "api.h"
#include "module.h"
#include "session.h"

#define ANSWERS(name, arguments, answer)                                                                     \
    CK_RV name arguments                                                                                     \
    {                                                                                                        \
        PENA_MOD_ENTER (mod);                                                                                \
        return answer;                                                                                       \
    }

ANSWERS (C_InitToken, (CK_SLOT_ID slot_id, CK_BYTE *pin, CK_ULONG pin_len, CK_BYTE *label),
         CKR_FUNCTION_NOT_SUPPORTED)
ANSWERS (C_InitPIN, (CK_SESSION_HANDLE session, CK_BYTE *pin, CK_ULONG pin_len), CKR_FUNCTION_NOT_SUPPORTED)
ANSWERS (C_GetOperationState,
         (CK_SESSION_HANDLE session, CK_BYTE *operation_state, CK_ULONG *operation_state_len),
         CKR_FUNCTION_NOT_SUPPORTED)
ANSWERS (C_SetOperationState,
         (CK_SESSION_HANDLE session, CK_BYTE *operation_state, CK_ULONG operation_state_len,
          CK_OBJECT_HANDLE encryption_key, CK_OBJECT_HANDLE authentiation_key),
         CKR_FUNCTION_NOT_SUPPORTED)
ANSWERS (C_CreateObject,
         (CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *object),
         CKR_FUNCTION_NOT_SUPPORTED)
ANSWERS (C_CopyObject,
         (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *template, CK_ULONG count,
          CK_OBJECT_HANDLE *new_object),
         CKR_FUNCTION_NOT_SUPPORTED)
ANSWERS (C_DestroyObject, (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object), CKR_FUNCTION_NOT_SUPPORTED)
ANSWERS (C_GetObjectSize, (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ULONG *size),
         CKR_FUNCTION_NOT_SUPPORTED)
ANSWERS (C_SetAttributeValue,
         (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *template, CK_ULONG count),
         CKR_FUNCTION_NOT_SUPPORTED)
ANSWERS (C_EncryptInit, (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key),
         CKR_FUNCTION_NOT_SUPPORTED)
ANSWERS (C_Encrypt,
         (CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG data_len, CK_BYTE *encrypted_data,
          CK_ULONG *encrypted_data_len),
         CKR_FUNCTION_NOT_SUPPORTED)
ANSWERS (C_EncryptUpdate,
         (CK_SESSION_HANDLE session, CK_BYTE *part, CK_ULONG part_len, CK_BYTE *encrypted_part,
          CK_ULONG *encrypted_part_len),
         CKR_FUNCTION_NOT_SUPPORTED)
ANSWERS (C_EncryptFinal,
         (CK_SESSION_HANDLE session, CK_BYTE *last_encrypted_part, CK_ULONG *last_encrypted_part_len),
         CKR_FUNCTION_NOT_SUPPORTED)
ANSWERS (C_DecryptUpdate,
         (CK_SESSION_HANDLE session, CK_BYTE *encrypted_part, CK_ULONG encrypted_part_len, CK_BYTE *part,
          CK_ULONG *part_len),
         CKR_FUNCTION_NOT_SUPPORTED)
ANSWERS (C_DecryptFinal, (CK_SESSION_HANDLE session, CK_BYTE *last_part, CK_ULONG *last_part_len),
         CKR_FUNCTION_NOT_SUPPORTED)
ANSWERS (C_DigestKey, (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key), CKR_FUNCTION_NOT_SUPPORTED)
ANSWERS (C_SignRecoverInit, (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key),
         CKR_FUNCTION_NOT_SUPPORTED)
ANSWERS (C_SignRecover,
         (CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG data_len, CK_BYTE *signature,
          CK_ULONG *signature_len),
         CKR_FUNCTION_NOT_SUPPORTED)
ANSWERS (C_VerifyRecoverInit, (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key),
         CKR_FUNCTION_NOT_SUPPORTED)
ANSWERS (C_VerifyRecover,
         (CK_SESSION_HANDLE session, CK_BYTE *signature, CK_ULONG signature_len, CK_BYTE *data,
          CK_ULONG *data_len),
         CKR_FUNCTION_NOT_SUPPORTED)
ANSWERS (C_DigestEncryptUpdate,
         (CK_SESSION_HANDLE session, CK_BYTE *part, CK_ULONG part_len, CK_BYTE *encrypted_part,
          CK_ULONG *encrypted_part_len),
         CKR_FUNCTION_NOT_SUPPORTED)
ANSWERS (C_DecryptDigestUpdate,
         (CK_SESSION_HANDLE session, CK_BYTE *encrypted_part, CK_ULONG encrypted_part_len, CK_BYTE *part,
          CK_ULONG *part_len),
         CKR_FUNCTION_NOT_SUPPORTED)
ANSWERS (C_SignEncryptUpdate,
         (CK_SESSION_HANDLE session, CK_BYTE *part, CK_ULONG part_len, CK_BYTE *encrypted_part,
          CK_ULONG *encrypted_part_len),
         CKR_FUNCTION_NOT_SUPPORTED)
ANSWERS (C_DecryptVerifyUpdate,
         (CK_SESSION_HANDLE session, CK_BYTE *encrypted_part, CK_ULONG encrypted_part_len, CK_BYTE *part,
          CK_ULONG *part_len),
         CKR_FUNCTION_NOT_SUPPORTED)
ANSWERS (C_GenerateKey,
         (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_ATTRIBUTE *template, CK_ULONG count,
          CK_OBJECT_HANDLE *key),
         CKR_FUNCTION_NOT_SUPPORTED)
ANSWERS (C_GenerateKeyPair,
         (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_ATTRIBUTE *public_key_template,
          CK_ULONG public_key_attribute_count, CK_ATTRIBUTE *private_key_template,
          CK_ULONG private_key_attribute_count, CK_OBJECT_HANDLE *public_key, CK_OBJECT_HANDLE *private_key),
         CKR_FUNCTION_NOT_SUPPORTED)
ANSWERS (C_WrapKey,
         (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE wrapping_key,
          CK_OBJECT_HANDLE key, CK_BYTE *wrapped_key, CK_ULONG *wrapped_key_len),
         CKR_FUNCTION_NOT_SUPPORTED)
ANSWERS (C_UnwrapKey,
         (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE unwrapping_key,
          CK_BYTE *wrapped_key, CK_ULONG wrapped_key_len, CK_ATTRIBUTE *template, CK_ULONG attribute_count,
          CK_OBJECT_HANDLE *key),
         CKR_FUNCTION_NOT_SUPPORTED)
ANSWERS (C_DeriveKey,
         (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE base_key,
          CK_ATTRIBUTE *template, CK_ULONG attribute_count, CK_OBJECT_HANDLE *key),
         CKR_FUNCTION_NOT_SUPPORTED)

/* Random numbers of the token itself are not to be had; good software ones every program has without us. */
ANSWERS (C_SeedRandom, (CK_SESSION_HANDLE session, CK_BYTE *seed, CK_ULONG seed_len), CKR_RANDOM_NO_RNG)
ANSWERS (C_GenerateRandom, (CK_SESSION_HANDLE session, CK_BYTE *random_data, CK_ULONG random_len),
         CKR_RANDOM_NO_RNG)

/* Left over from parallel sessions, which PKCS#11 has given up. */
ANSWERS (C_GetFunctionStatus, (CK_SESSION_HANDLE session), CKR_FUNCTION_NOT_PARALLEL)
ANSWERS (C_CancelFunction, (CK_SESSION_HANDLE session), CKR_FUNCTION_NOT_PARALLEL)

static CK_RV
message_unsupported (CK_SESSION_HANDLE session)
{
    PENA_MOD_ENTER (mod);
    return CKR_FUNCTION_NOT_SUPPORTED;
}

#define FUNCTIONS_2_40                                                                                       \
    C_Initialize, C_Finalize, C_GetInfo, C_GetFunctionList, C_GetSlotList, C_GetSlotInfo, C_GetTokenInfo,    \
        C_GetMechanismList, C_GetMechanismInfo, C_InitToken, C_InitPIN, C_SetPIN, C_OpenSession,             \
        C_CloseSession, C_CloseAllSessions, C_GetSessionInfo, C_GetOperationState, C_SetOperationState,      \
        C_Login, C_Logout, C_CreateObject, C_CopyObject, C_DestroyObject, C_GetObjectSize,                   \
        C_GetAttributeValue, C_SetAttributeValue, C_FindObjectsInit, C_FindObjects, C_FindObjectsFinal,      \
        C_EncryptInit, C_Encrypt, C_EncryptUpdate, C_EncryptFinal, C_DecryptInit, C_Decrypt,                 \
        C_DecryptUpdate, C_DecryptFinal, C_DigestInit, C_Digest, C_DigestUpdate, C_DigestKey, C_DigestFinal, \
        C_SignInit, C_Sign, C_SignUpdate, C_SignFinal, C_SignRecoverInit, C_SignRecover, C_VerifyInit,       \
        C_Verify, C_VerifyUpdate, C_VerifyFinal, C_VerifyRecoverInit, C_VerifyRecover,                       \
        C_DigestEncryptUpdate, C_DecryptDigestUpdate, C_SignEncryptUpdate, C_DecryptVerifyUpdate,            \
        C_GenerateKey, C_GenerateKeyPair, C_WrapKey, C_UnwrapKey, C_DeriveKey, C_SeedRandom,                 \
        C_GenerateRandom, C_GetFunctionStatus, C_CancelFunction, C_WaitForSlotEvent

CK_FUNCTION_LIST pena_mod_functions_2_40 = {{2, 40}, FUNCTIONS_2_40};

CK_FUNCTION_LIST_3_0 pena_mod_functions_3_0 = {
    .base = {{3, 0}, FUNCTIONS_2_40},
    .C_GetInterfaceList = C_GetInterfaceList,
    .C_GetInterface = C_GetInterface,
    .C_LoginUser = pena_mod_login_user,
    .C_SessionCancel = pena_mod_session_cancel,
    .C_Message = {[0 ... PENA_MOD_N_MESSAGE_FUNCTIONS - 1] = message_unsupported},
};
