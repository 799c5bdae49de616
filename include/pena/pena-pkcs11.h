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

/* CK_ULONG, of private keys: whether the token wants to be touched for each use. In the template of a new key: what it is
 * to want, CKR_FUNCTION_NOT_SUPPORTED where the token cannot be told; CKA_PENA_TOUCH is not among the attributes of a key
 * of which the token does not tell. */
#define CKA_PENA_TOUCH (CKA_VENDOR_DEFINED | 0x50454E04UL)
#define PENA_TOUCH_NEVER 1UL
#define PENA_TOUCH_ALWAYS 2UL
#define PENA_TOUCH_CACHED 3UL /* one touch holds for some seconds */

/* From C_WaitForSlotEvent with CKF_DONT_BLOCK: nothing has happened, and nothing can, because the smart card
 * service (pcscd) does not run. C_GetSlotList is silent about it: the program may have other modules. */
#define CKR_PENA_READER_SERVICE_DOWN (CKR_VENDOR_DEFINED | 0x50454E03UL)

/* What provisioning needs and Cryptoki has no call for. C_GetInterface() gives it by this name; the structure begins with
 * its version, and later versions only add behind. Calls block as long as the token works (CKR_DEVICE_ERROR when it does not answer in time, as everywhere), may come from any thread after
 * C_Initialize, and answer as Cryptoki's do: CKR_FUNCTION_NOT_SUPPORTED when this kind of token cannot do it and nothing
 * was sent or changed; CKR_PIN_INCORRECT, CKR_PIN_LOCKED, CKR_PIN_LEN_RANGE; CKR_DEVICE_REMOVED leaves open whether it
 * was done. PINs and codes are the bytes that a person types. */
#define PENA_INTERFACE_NAME "Vendor Pena"

/* Whose tries. */
#define PENA_PIN_USER 0UL
#define PENA_PIN_RESET 1UL /* PUK or reset code */
#define PENA_PIN_ADMIN 2UL /* where the administrator has a PIN and not a key */

/* Flags of the calls that take a PIN. */
#define PENA_SPEND_LAST_TRY 1UL /* else CKR_FUNCTION_REJECTED, and nothing was sent, when one is left */

typedef struct {
    CK_VERSION version; /* 1.0 */
    /* Makes the application as new: keys, certificates and PINs are gone, the maker's PINs and management key hold. Asks for
     * nothing: where the card wants its PINs blocked first, that is done. CKR_SESSION_EXISTS while sessions are open. When
     * it fails half way the token may be blocked with everything still on it; calling again goes on. */
    CK_RV (*reset_token) (CK_SLOT_ID slot);
    /* Another PUK. Needs no login. On failure the old one holds. */
    CK_RV (*set_puk)
    (CK_SESSION_HANDLE session, CK_UTF8CHAR *old_puk, CK_ULONG old_length, CK_UTF8CHAR *new_puk,
     CK_ULONG new_length, CK_FLAGS flags);
    /* Gives the user's PIN a new value and all its tries, blocked or not. Needs no login. */
    CK_RV (*unblock_pin)
    (CK_SESSION_HANDLE session, CK_UTF8CHAR *puk, CK_ULONG puk_length, CK_UTF8CHAR *new_pin,
     CK_ULONG new_length, CK_FLAGS flags);
    /* Another management key, after C_Login (CKU_SO): key, or for NULL a random one. protect: the token keeps it as well, to
     * be used with the user's PIN, which must then be `pin` (else NULL). *new_length is the room of new_key and becomes the
     * key's length; both may be NULL with protect. On failure the old one holds. */
    CK_RV (*set_management_key)
    (CK_SESSION_HANDLE session, CK_BYTE *key, CK_ULONG length, CK_BBOOL protect, CK_UTF8CHAR *pin,
     CK_ULONG pin_length, CK_BYTE *new_key, CK_ULONG *new_length);
    /* The token's statement (DER certificate) that the private key was made on it, and the certificate that it is signed
     * with. As with C_GetAttributeValue, NULL asks for the lengths; each
     * statement is signed anew, so that the next may be a few bytes longer: leave room. */
    CK_RV (*attest_key)
    (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, CK_BYTE *statement, CK_ULONG *statement_length,
     CK_BYTE *intermediate, CK_ULONG *intermediate_length);
    /* A reset code for the user, after C_Login (CKU_SO), on tokens whose administrator gives one (OpenPGP); what holds for
     * unblock_pin(). On failure it is as it was. */
    CK_RV (*set_reset_code) (CK_SESSION_HANDLE session, CK_UTF8CHAR *code, CK_ULONG length);
    /* After C_Login (CKU_SO): gives a token that has no serial number a random one. CKR_OK and nothing done where it has one. */
    CK_RV (*give_serial) (CK_SESSION_HANDLE session);
    /* Asks the token for its firmware's version, which C_GetTokenInfo tells once it is known. */
    CK_RV (*ask_version) (CK_SLOT_ID slot);
    /* Tries left, asked of the token; CK_UNAVAILABLE_INFORMATION when it does not tell. */
    CK_RV (*get_tries) (CK_SLOT_ID slot, CK_ULONG whose, CK_ULONG *tries);
    /* After C_Login (CKU_SO): another label, of at most 32 bytes of UTF-8 that can be printed (else CKR_ARGUMENTS_BAD). */
    CK_RV (*set_label) (CK_SESSION_HANDLE session, CK_UTF8CHAR *label, CK_ULONG length);
} PENA_VENDOR_FUNCTIONS;

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
