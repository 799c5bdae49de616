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

/* The interface structures of PKCS#11 3.0, which the header of p11-kit 0.24 lacks. */
#ifndef CKF_INTERFACE_FORK_SAFE
#define CKF_INTERFACE_FORK_SAFE 1UL
#define CKF_FIND_OBJECTS 0x40UL /* of C_SessionCancel */

typedef struct {
    CK_UTF8CHAR *pInterfaceName;
    void *pFunctionList;
    CK_FLAGS flags;
} CK_INTERFACE;

typedef CK_INTERFACE *CK_INTERFACE_PTR;
typedef CK_INTERFACE_PTR *CK_INTERFACE_PTR_PTR;

#define PENA_MOD_N_MESSAGE_FUNCTIONS 20

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
    /* One operation each of C_MessageEncryptInit ... C_MessageVerifyFinal, in the order of the standard: 20
     * functions. */
    CK_RV (*C_Message[PENA_MOD_N_MESSAGE_FUNCTIONS]) (CK_SESSION_HANDLE session);
} CK_FUNCTION_LIST_3_0;

CK_RV C_GetInterfaceList (CK_INTERFACE *interfaces, CK_ULONG *count);
CK_RV C_GetInterface (CK_UTF8CHAR *name, CK_VERSION *version, CK_INTERFACE **interface, CK_FLAGS flags);
#endif
