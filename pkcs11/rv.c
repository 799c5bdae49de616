/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: errors of the layers below as PKCS#11 tells them
 * Copyright (C) 2026 the Pena authors */
#include "config.h"

#include <pena/pena-error.h>

#include "module.h"

CK_RV
pena_mod_rv (const GError *error)
{
    switch (pena_error_code (error)) {
    case PENA_ERROR_TOKEN_MISSING:
        return CKR_TOKEN_NOT_PRESENT;
    case PENA_ERROR_TOKEN_REMOVED:
    case PENA_ERROR_TOKEN_CHANGED:
    case PENA_ERROR_READER_SERVICE_DOWN:
        return CKR_DEVICE_REMOVED;
    case PENA_ERROR_TOKEN_UNSUPPORTED:
        return CKR_TOKEN_NOT_RECOGNIZED;
    case PENA_ERROR_TOKEN_FAILED:
    case PENA_ERROR_TOKEN_BUSY:
        return CKR_DEVICE_ERROR;
    case PENA_ERROR_TOKEN_FULL:
        return CKR_DEVICE_MEMORY;
    case PENA_ERROR_TOKEN_OPERATION_UNSUPPORTED:
        return CKR_FUNCTION_NOT_SUPPORTED;
    case PENA_ERROR_PIN_REQUIRED:
    case PENA_ERROR_ADMIN_REQUIRED:
        return CKR_USER_NOT_LOGGED_IN;
    case PENA_ERROR_PIN_WRONG:
    case PENA_ERROR_ADMIN_WRONG:
        return CKR_PIN_INCORRECT;
    case PENA_ERROR_PIN_BLOCKED:
    case PENA_ERROR_ADMIN_BLOCKED:
        return CKR_PIN_LOCKED;
    case PENA_ERROR_PIN_LAST_TRY:
        return CKR_FUNCTION_REJECTED;
    case PENA_ERROR_PIN_INVALID:
        return CKR_PIN_LEN_RANGE;
    case PENA_ERROR_USER_CANCELLED:
    case PENA_ERROR_PROMPT_TIMEOUT:
        return CKR_FUNCTION_CANCELED; /* at the reader's pin pad */
    case PENA_ERROR_CREDENTIAL_MISSING:
        return CKR_KEY_HANDLE_INVALID;
    case PENA_ERROR_KEY_UNSUPPORTED:
        return CKR_KEY_TYPE_INCONSISTENT;
    default:
        return CKR_GENERAL_ERROR;
    }
}
