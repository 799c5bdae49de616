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

#define STATIC_ANSWERS(name, arguments, answer) static ANSWERS (name, arguments, answer)

ANSWERS (C_GetOperationState,
         (CK_SESSION_HANDLE session, CK_BYTE *operation_state, CK_ULONG *operation_state_len),
         CKR_FUNCTION_NOT_SUPPORTED)
ANSWERS (C_SetOperationState,
         (CK_SESSION_HANDLE session, CK_BYTE *operation_state, CK_ULONG operation_state_len,
          CK_OBJECT_HANDLE encryption_key, CK_OBJECT_HANDLE authentiation_key),
         CKR_FUNCTION_NOT_SUPPORTED)

/* Two operations at once make sense for ciphers, which no card has. */
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

/* Messages can only be encrypted with ciphers that authenticate (PKCS#11 3.0, 5.9 and 5.11). */
#define PARAMETER void *parameter, CK_ULONG parameter_length
#define INIT (CK_SESSION_HANDLE session, CK_MECHANISM * mechanism, CK_OBJECT_HANDLE key)
#define AT_ONCE                                                                                              \
    (CK_SESSION_HANDLE session, PARAMETER, CK_BYTE * associated, CK_ULONG associated_length,                 \
     CK_BYTE * input, CK_ULONG input_length, CK_BYTE * output, CK_ULONG * output_length)
#define BEGIN (CK_SESSION_HANDLE session, PARAMETER, CK_BYTE * associated, CK_ULONG associated_length)
#define NEXT                                                                                                 \
    (CK_SESSION_HANDLE session, PARAMETER, CK_BYTE * input, CK_ULONG input_length, CK_BYTE * output,         \
     CK_ULONG * output_length, CK_FLAGS flags)
STATIC_ANSWERS (message_crypt_init, INIT, CKR_FUNCTION_NOT_SUPPORTED)
STATIC_ANSWERS (crypt_message, AT_ONCE, CKR_FUNCTION_NOT_SUPPORTED)
STATIC_ANSWERS (crypt_message_begin, BEGIN, CKR_FUNCTION_NOT_SUPPORTED)
STATIC_ANSWERS (crypt_message_next, NEXT, CKR_FUNCTION_NOT_SUPPORTED)
STATIC_ANSWERS (message_crypt_final, (CK_SESSION_HANDLE session), CKR_FUNCTION_NOT_SUPPORTED)

/* Left over from parallel sessions, which PKCS#11 has given up. */
ANSWERS (C_GetFunctionStatus, (CK_SESSION_HANDLE session), CKR_FUNCTION_NOT_PARALLEL)
ANSWERS (C_CancelFunction, (CK_SESSION_HANDLE session), CKR_FUNCTION_NOT_PARALLEL)

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
    .C_MessageEncryptInit = message_crypt_init,
    .C_EncryptMessage = crypt_message,
    .C_EncryptMessageBegin = crypt_message_begin,
    .C_EncryptMessageNext = crypt_message_next,
    .C_MessageEncryptFinal = message_crypt_final,
    .C_MessageDecryptInit = message_crypt_init,
    .C_DecryptMessage = crypt_message,
    .C_DecryptMessageBegin = crypt_message_begin,
    .C_DecryptMessageNext = crypt_message_next,
    .C_MessageDecryptFinal = message_crypt_final,
    .C_MessageSignInit = pena_mod_message_sign_init,
    .C_SignMessage = pena_mod_sign_message,
    .C_SignMessageBegin = pena_mod_sign_message_begin,
    .C_SignMessageNext = pena_mod_sign_message_next,
    .C_MessageSignFinal = pena_mod_message_sign_final,
    .C_MessageVerifyInit = pena_mod_message_verify_init,
    .C_VerifyMessage = pena_mod_verify_message,
    .C_VerifyMessageBegin = pena_mod_verify_message_begin,
    .C_VerifyMessageNext = pena_mod_verify_message_next,
    .C_MessageVerifyFinal = pena_mod_message_verify_final,
};
