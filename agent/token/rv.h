/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what PKCS#11 modules answer, as errors of ours
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <p11-kit/pkcs11.h>
#include <pena/pena-error.h>

/* TOKEN_FAILED for codes that nobody here knows. CKR_OK has no error: INTERNAL. */
PenaErrorCode pena_rv_code (CK_RV rv);

/* TRUE for CKR_OK; else an error whose message says what was being done. */
gboolean pena_rv_check (CK_RV rv, const gchar *doing, GError **error);
