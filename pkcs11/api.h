/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the tables of PKCS#11 entry points
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <pena/pena-pkcs11.h>

/* Not const because C_GetFunctionList gives out pointers that are not; nothing writes to them. */
extern CK_FUNCTION_LIST pena_mod_functions_2_40;
extern CK_FUNCTION_LIST_3_0 pena_mod_functions_3_0;
extern PENA_VENDOR_FUNCTIONS pena_mod_functions_vendor;

/* Entry points of 3.0 that have no prototype in the header of p11-kit 0.24. */
CK_RV pena_mod_login_user (CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin,
                           CK_ULONG pin_length, CK_UTF8CHAR *name, CK_ULONG name_length);
CK_RV pena_mod_session_cancel (CK_SESSION_HANDLE session, CK_FLAGS flags);

CK_RV pena_mod_message_sign_init (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key);
CK_RV pena_mod_sign_message (CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_length,
                             CK_BYTE *data, CK_ULONG length, CK_BYTE *signature, CK_ULONG *signature_length);
CK_RV pena_mod_sign_message_begin (CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_length);
CK_RV pena_mod_sign_message_next (CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_length,
                                  CK_BYTE *data, CK_ULONG length, CK_BYTE *signature,
                                  CK_ULONG *signature_length);
CK_RV pena_mod_message_sign_final (CK_SESSION_HANDLE session);
CK_RV pena_mod_message_verify_init (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key);
CK_RV pena_mod_verify_message (CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_length,
                               CK_BYTE *data, CK_ULONG length, CK_BYTE *signature, CK_ULONG signature_length);
CK_RV pena_mod_verify_message_begin (CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_length);
CK_RV pena_mod_verify_message_next (CK_SESSION_HANDLE session, void *parameter, CK_ULONG parameter_length,
                                    CK_BYTE *data, CK_ULONG length, CK_BYTE *signature,
                                    CK_ULONG signature_length);
CK_RV pena_mod_message_verify_final (CK_SESSION_HANDLE session);
