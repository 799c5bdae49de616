/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what Pena's PKCS#11 module offers beyond the standard
 * Copyright (C) 2026 the Pena authors */
#pragma once

/* Values of the vendor-defined ranges, so that a header of PKCS#11 (there are several, and they clash) need
 * not be read first. Other modules answer CKR_ATTRIBUTE_TYPE_INVALID, or never return the code. */

/* CK_ULONG, readable on every object of a token without login: tries of the user PIN that are left as far as
 * known without asking the card; CK_UNAVAILABLE_INFORMATION when nothing is known. */
#define PENA_CKA_PIN_TRIES_LEFT 0xD0454E01UL

<<<<<<< HEAD
/* CK_ULONG: tries that are left before the user PIN is blocked, CK_UNAVAILABLE_INFORMATION when the token has
 * not told. Reading it sends nothing to the token; it is fresh after C_GetTokenInfo on a new token and after
 * each C_Login. */
#define CKA_PENA_PIN_TRIES_LEFT (CKA_VENDOR_DEFINED | 0x50454E02UL)

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
=======
/* From C_WaitForSlotEvent with CKF_DONT_BLOCK: there are no readers because the smart card service (pcscd)
 * does not run. C_GetSlotList is silent about it, so that programs that load many modules are not disturbed.
 */
#define PENA_CKR_READER_SERVICE_DOWN 0xD0454E01UL
>>>>>>> 47902a2 (token: the helper process: p11-kit modules, tokens, prompt, one signature)
