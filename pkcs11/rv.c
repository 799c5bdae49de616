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
    case PENA_ERROR_READER_SERVICE_DOWN:
        return CKR_DEVICE_REMOVED;
    case PENA_ERROR_TOKEN_UNSUPPORTED:
        return CKR_TOKEN_NOT_RECOGNIZED;
    case PENA_ERROR_TOKEN_FAILED:
    case PENA_ERROR_TOKEN_BUSY:
        return CKR_DEVICE_ERROR;
    case PENA_ERROR_PIN_REQUIRED:
        return CKR_USER_NOT_LOGGED_IN;
    case PENA_ERROR_PIN_WRONG:
        return CKR_PIN_INCORRECT;
    case PENA_ERROR_PIN_BLOCKED:
        return CKR_PIN_LOCKED;
    case PENA_ERROR_PIN_LAST_TRY:
        return CKR_FUNCTION_REJECTED;
    case PENA_ERROR_PIN_INVALID:
        return CKR_PIN_LEN_RANGE;
    case PENA_ERROR_CREDENTIAL_MISSING:
        return CKR_KEY_HANDLE_INVALID;
    case PENA_ERROR_KEY_UNSUPPORTED:
        return CKR_KEY_TYPE_INCONSISTENT;
    default:
        return CKR_GENERAL_ERROR;
    }
}
