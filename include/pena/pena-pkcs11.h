/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what pena-pkcs11.so tells beyond PKCS#11 2.40
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <p11-kit/pkcs11.h>

/* Each token has one object of class CKO_HW_FEATURE and this CKA_HW_FEATURE_TYPE that tells about its PIN. As
 * for every hardware feature (PKCS#11 2.40, 4.3.1), C_FindObjects returns it only to a template that asks for
 * CKO_HW_FEATURE. */
#define CKH_PENA_PIN (CKH_VENDOR_DEFINED | 0x50454E01UL)

/* CK_ULONG: tries that are left before the user PIN is blocked, CK_UNAVAILABLE_INFORMATION when the token has
 * not told. Reading it sends nothing to the token; it is fresh after C_GetTokenInfo on a new token and after
 * each C_Login. */
#define CKA_PENA_PIN_TRIES_LEFT (CKA_VENDOR_DEFINED | 0x50454E02UL)

/* From C_WaitForSlotEvent with CKF_DONT_BLOCK: nothing has happened, and nothing can, because the smart card
 * service (pcscd) does not run. C_GetSlotList is silent about it: the program may have other modules. */
#define CKR_PENA_READER_SERVICE_DOWN (CKR_VENDOR_DEFINED | 0x50454E03UL)

/* What of PKCS#11 3.0 the header of p11-kit 0.24 lacks. */
#ifndef CKF_INTERFACE_FORK_SAFE
#define CKF_INTERFACE_FORK_SAFE 1UL

#define CKO_PROFILE 9UL
#define CKA_UNIQUE_ID 4UL
#define CKA_PROFILE_ID 0x601UL
#define CKP_BASELINE_PROVIDER 1UL
#define CKP_EXTENDED_PROVIDER 2UL
#define CKP_AUTHENTICATION_TOKEN 3UL
#define CKP_PUBLIC_CERTIFICATES_TOKEN 4UL

#define CKK_EC_MONTGOMERY 0x41UL
#define CKM_EC_MONTGOMERY_KEY_PAIR_GEN 0x1056UL

#define CKF_MESSAGE_ENCRYPT 0x02UL /* of mechanisms, and of C_SessionCancel */
#define CKF_MESSAGE_DECRYPT 0x04UL
#define CKF_MESSAGE_SIGN 0x08UL
#define CKF_MESSAGE_VERIFY 0x10UL
#define CKF_FIND_OBJECTS 0x40UL
#define CKF_END_OF_MESSAGE 1UL

#define CKR_OPERATION_CANCEL_FAILED 0x202UL

typedef struct {
    CK_BBOOL phFlag;
    CK_ULONG ulContextDataLen;
    CK_BYTE *pContextData;
} CK_EDDSA_PARAMS;

typedef struct {
    CK_UTF8CHAR *pInterfaceName;
    void *pFunctionList;
    CK_FLAGS flags;
} CK_INTERFACE;

typedef CK_INTERFACE *CK_INTERFACE_PTR;
typedef CK_INTERFACE_PTR *CK_INTERFACE_PTR_PTR;

/* Shapes of the functions for messages: which begin the use of a key, begin a message, go on with one, do one
 * at once, and end the use of the key. */
typedef CK_RV (*CK_MESSAGE_INIT) (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key);
typedef CK_RV (*CK_MESSAGE_FINAL) (CK_SESSION_HANDLE session);
typedef CK_RV (*CK_CRYPT_MESSAGE) (CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_length,
                                   CK_BYTE *associated, CK_ULONG associated_length, CK_BYTE *input,
                                   CK_ULONG input_length, CK_BYTE *output, CK_ULONG *output_length);
typedef CK_RV (*CK_CRYPT_MESSAGE_BEGIN) (CK_SESSION_HANDLE session, void *parameter,
                                         CK_ULONG parameter_length, CK_BYTE *associated,
                                         CK_ULONG associated_length);
typedef CK_RV (*CK_CRYPT_MESSAGE_NEXT) (CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_length,
                                        CK_BYTE *input, CK_ULONG input_length, CK_BYTE *output,
                                        CK_ULONG *output_length, CK_FLAGS flags);
typedef CK_RV (*CK_MESSAGE_BEGIN) (CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_length);
typedef CK_RV (*CK_SIGN_MESSAGE) (CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_length,
                                  CK_BYTE *data, CK_ULONG length, CK_BYTE *signature,
                                  CK_ULONG *signature_length);
typedef CK_RV (*CK_VERIFY_MESSAGE) (CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_length,
                                    CK_BYTE *data, CK_ULONG length, CK_BYTE *signature,
                                    CK_ULONG signature_length);

/* The list of 3.0 is that of 2.40, functions in the same places, with these behind. */
typedef struct {
    CK_FUNCTION_LIST base;
    CK_RV (*C_GetInterfaceList) (CK_INTERFACE *interfaces, CK_ULONG *count);
    CK_RV (*C_GetInterface)
    (CK_UTF8CHAR *name, CK_VERSION *version, CK_INTERFACE **interface, CK_FLAGS flags);
    CK_RV (*C_LoginUser)
    (CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG pin_length, CK_UTF8CHAR *name,
     CK_ULONG name_length);
    CK_RV (*C_SessionCancel) (CK_SESSION_HANDLE session, CK_FLAGS flags);
    CK_MESSAGE_INIT C_MessageEncryptInit;
    CK_CRYPT_MESSAGE C_EncryptMessage;
    CK_CRYPT_MESSAGE_BEGIN C_EncryptMessageBegin;
    CK_CRYPT_MESSAGE_NEXT C_EncryptMessageNext;
    CK_MESSAGE_FINAL C_MessageEncryptFinal;
    CK_MESSAGE_INIT C_MessageDecryptInit;
    CK_CRYPT_MESSAGE C_DecryptMessage;
    CK_CRYPT_MESSAGE_BEGIN C_DecryptMessageBegin;
    CK_CRYPT_MESSAGE_NEXT C_DecryptMessageNext;
    CK_MESSAGE_FINAL C_MessageDecryptFinal;
    CK_MESSAGE_INIT C_MessageSignInit;
    CK_SIGN_MESSAGE C_SignMessage;
    CK_MESSAGE_BEGIN C_SignMessageBegin;
    CK_SIGN_MESSAGE C_SignMessageNext;
    CK_MESSAGE_FINAL C_MessageSignFinal;
    CK_MESSAGE_INIT C_MessageVerifyInit;
    CK_VERIFY_MESSAGE C_VerifyMessage;
    CK_MESSAGE_BEGIN C_VerifyMessageBegin;
    CK_VERIFY_MESSAGE C_VerifyMessageNext;
    CK_MESSAGE_FINAL C_MessageVerifyFinal;
} CK_FUNCTION_LIST_3_0;

CK_RV C_GetInterfaceList (CK_INTERFACE *interfaces, CK_ULONG *count);
CK_RV C_GetInterface (CK_UTF8CHAR *name, CK_VERSION *version, CK_INTERFACE **interface, CK_FLAGS flags);
#endif
