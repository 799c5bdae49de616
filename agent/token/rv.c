/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what PKCS#11 modules answer, as errors of ours
 * Copyright (C) 2026 the Pena authors */
#include "rv.h"

#include <p11-kit/p11-kit.h>
#include <pena/pena-pkcs11.h>

static const struct {
    CK_RV rv;
    PenaErrorCode code;
} rows[] = {
    {CKR_OK, PENA_ERROR_INTERNAL},

    {CKR_PIN_INCORRECT, PENA_ERROR_PIN_WRONG},
    {CKR_PIN_LOCKED, PENA_ERROR_PIN_BLOCKED},
    {CKR_PIN_EXPIRED, PENA_ERROR_PIN_BLOCKED},
    {CKR_PIN_INVALID, PENA_ERROR_PIN_INVALID},
    {CKR_PIN_LEN_RANGE, PENA_ERROR_PIN_INVALID},
    {CKR_FUNCTION_CANCELED, PENA_ERROR_USER_CANCELLED}, /* on the keypad of the reader */
    {CKR_CANCEL, PENA_ERROR_USER_CANCELLED},

    {CKR_FUNCTION_REJECTED,
     PENA_ERROR_PIN_LAST_TRY}, /* Pena's module: one try was left without our knowing */

    {CKR_DEVICE_REMOVED, PENA_ERROR_TOKEN_REMOVED},
    {CKR_TOKEN_NOT_PRESENT, PENA_ERROR_TOKEN_REMOVED},
    {CKR_SLOT_ID_INVALID, PENA_ERROR_TOKEN_REMOVED},
    {CKR_SESSION_HANDLE_INVALID, PENA_ERROR_TOKEN_REMOVED},
    {CKR_SESSION_CLOSED, PENA_ERROR_TOKEN_REMOVED},
    {CKR_OBJECT_HANDLE_INVALID, PENA_ERROR_TOKEN_REMOVED},
    {CKR_KEY_HANDLE_INVALID, PENA_ERROR_TOKEN_REMOVED},
    {CKR_TOKEN_NOT_RECOGNIZED, PENA_ERROR_TOKEN_UNSUPPORTED},

    {CKR_KEY_TYPE_INCONSISTENT, PENA_ERROR_KEY_UNSUPPORTED},
    {CKR_KEY_SIZE_RANGE, PENA_ERROR_KEY_UNSUPPORTED},
    {CKR_KEY_FUNCTION_NOT_PERMITTED, PENA_ERROR_KEY_UNSUPPORTED},
    {CKR_MECHANISM_INVALID, PENA_ERROR_KEY_UNSUPPORTED},
    {CKR_MECHANISM_PARAM_INVALID, PENA_ERROR_KEY_UNSUPPORTED},

    {CKR_ARGUMENTS_BAD, PENA_ERROR_INTERNAL},
    {CKR_HOST_MEMORY, PENA_ERROR_INTERNAL},
    {CKR_CRYPTOKI_NOT_INITIALIZED, PENA_ERROR_INTERNAL},
    {CKR_BUFFER_TOO_SMALL, PENA_ERROR_INTERNAL},

    {CKR_PENA_READER_SERVICE_DOWN, PENA_ERROR_READER_SERVICE_DOWN},
};

PenaErrorCode
pena_rv_code (CK_RV rv)
{
    for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
        if (rows[i].rv == rv)
            return rows[i].code;
    return PENA_ERROR_TOKEN_FAILED;
}

gboolean
pena_rv_check (CK_RV rv, const gchar *doing, GError **error)
{
    if (rv == CKR_OK)
        return TRUE;
    g_set_error (error, PENA_ERROR, (gint)pena_rv_code (rv), "%s: %s (0x%lX)", doing, p11_kit_strerror (rv),
                 rv);
    return FALSE;
}
