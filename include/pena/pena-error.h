/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the errors that every layer, the socket API and the programs share
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>
#include <pena/pena-api.h>

G_BEGIN_DECLS

/* One domain for everything. Each code has one row in drivers/base/pena-error.c that gives its stable wire name
 * ("pin-wrong"), the CSC API error, the HTTP status, the exit status and the texts. Values are not stable, names are. */
#define PENA_ERROR (pena_error_quark ())
#ifndef __GI_SCANNER__ /* bindings compare the domain with "pena-error-quark"; the codes are not named after it */
PENA_API GQuark pena_error_quark (void);
#endif

typedef enum {
    PENA_ERROR_INTERNAL,

    PENA_ERROR_TOKEN_MISSING,
    PENA_ERROR_TOKEN_AMBIGUOUS,
    PENA_ERROR_TOKENS_SEVERAL,
    PENA_ERROR_TOKEN_UNKNOWN,
    PENA_ERROR_TOKEN_REMOVED,
    PENA_ERROR_TOKEN_UNSUPPORTED,
    PENA_ERROR_TOKEN_FAILED,
    PENA_ERROR_TOKEN_BUSY,
    PENA_ERROR_TOKEN_CHANGED,
    PENA_ERROR_TOKEN_FULL,
    PENA_ERROR_TOKEN_UNTOUCHED,
    PENA_ERROR_TOKEN_OPERATION_UNSUPPORTED,
    PENA_ERROR_READER_SERVICE_DOWN,
    PENA_ERROR_PIN_REQUIRED,
    PENA_ERROR_PIN_WRONG,
    PENA_ERROR_PIN_BLOCKED,
    PENA_ERROR_PIN_LAST_TRY,
    PENA_ERROR_PIN_INVALID,
    PENA_ERROR_PUK_WRONG,
    PENA_ERROR_PUK_BLOCKED,
    PENA_ERROR_PASSPHRASE_WEAK,
    PENA_ERROR_ADMIN_REQUIRED,
    PENA_ERROR_ADMIN_WRONG,
    PENA_ERROR_ADMIN_BLOCKED,
    PENA_ERROR_CREDENTIAL_MISSING,
    PENA_ERROR_CREDENTIAL_UNKNOWN,
    PENA_ERROR_KEY_UNSUPPORTED,
    PENA_ERROR_KEY_PLACE_TAKEN,
    PENA_ERROR_CERTIFICATE_MISMATCH,

    PENA_ERROR_CERTIFICATE_EXPIRED,
    PENA_ERROR_CERTIFICATE_NOT_YET_VALID,
    PENA_ERROR_CERTIFICATE_USAGE,
    PENA_ERROR_CERTIFICATE_REVOKED,
    PENA_ERROR_CERTIFICATE_INVALID,

    PENA_ERROR_USER_CANCELLED,
    PENA_ERROR_NOT_CONFIRMED,
    PENA_ERROR_PROMPT_UNAVAILABLE,
    PENA_ERROR_PROMPT_TIMEOUT,
    PENA_ERROR_CLIENT_REFUSED,
    PENA_ERROR_POLICY_REFUSED,
    PENA_ERROR_BUSY,

    PENA_ERROR_DOCUMENT_MISSING,
    PENA_ERROR_DOCUMENT_EMPTY,
    PENA_ERROR_DOCUMENT_TOO_LARGE,
    PENA_ERROR_DOCUMENT_NOT_PDF,
    PENA_ERROR_DOCUMENT_DAMAGED,
    PENA_ERROR_DOCUMENT_CHANGED,
    PENA_ERROR_DOCUMENT_UNREPAIRABLE,
    PENA_ERROR_DOCUMENT_ENCRYPTED,
    PENA_ERROR_DOCUMENT_PASSWORD_NEEDED,
    PENA_ERROR_DOCUMENT_PASSWORD_WRONG,
    PENA_ERROR_DOCUMENT_RESTRICTED,
    PENA_ERROR_DOCUMENT_NO_PAGES,
    PENA_ERROR_DOCUMENT_CERTIFIED,
    PENA_ERROR_DOCUMENT_LOCKED,
    PENA_ERROR_DOCUMENT_XFA,
    PENA_ERROR_DOCUMENT_UNSUPPORTED,
    PENA_ERROR_STAMP_UNKNOWN,
    PENA_ERROR_STAMP_INVALID,
    PENA_ERROR_ANCHOR_MISSING,
    PENA_ERROR_ANCHOR_AMBIGUOUS,
    PENA_ERROR_SIGNATURE_MISSING,
    PENA_ERROR_SIGNATURE_DAMAGED,
    PENA_ERROR_SIGNATURE_BROKEN,
    PENA_ERROR_OUTPUT_EXISTS,
    PENA_ERROR_OUTPUT_FAILED,
    PENA_ERROR_DISK_FULL,

    PENA_ERROR_AGENT_UNREACHABLE,
    PENA_ERROR_REQUEST_INVALID,
    PENA_ERROR_REQUEST_TIMEOUT,
    PENA_ERROR_RESOURCE_UNKNOWN,
    PENA_ERROR_METHOD_UNSUPPORTED,
    PENA_ERROR_LEVEL_UNSUPPORTED,
    PENA_ERROR_CANCELLED,
    PENA_ERROR_WORKER_FAILED,
    PENA_ERROR_SELF_CHECK_FAILED,
    PENA_ERROR_CONFIG_INVALID,

    PENA_ERROR_CA_EXISTS,
    PENA_ERROR_CA_MISSING,
    PENA_ERROR_CSR_INVALID,
    PENA_ERROR_CERTIFICATE_UNKNOWN,

    PENA_ERROR_NETWORK_UNREACHABLE,
    PENA_ERROR_NETWORK_TIMEOUT,
    PENA_ERROR_NETWORK_TOO_LARGE,
    PENA_ERROR_NETWORK_ANSWER_INVALID,
    PENA_ERROR_NETWORK_ADDRESS_REFUSED,
    PENA_ERROR_TSA_MISSING,
    PENA_ERROR_TSA_UNREACHABLE,
    PENA_ERROR_TSA_REFUSED,
    PENA_ERROR_TSA_ANSWER_INVALID,
    PENA_ERROR_TSA_UNTRUSTED,
    PENA_ERROR_OCSP_REFUSED,
    PENA_ERROR_OCSP_ANSWER_INVALID,
    PENA_ERROR_CRL_INVALID,
    PENA_ERROR_REVOCATION_UNAVAILABLE,
    PENA_ERROR_ISSUER_UNAVAILABLE,

    PENA_N_ERRORS
} PenaErrorCode;

/* Who must act; the programs' exit status follows from it. */
typedef enum {
    PENA_EXIT_DONE = 0,
    PENA_EXIT_NOT_VALID = 1,
    PENA_EXIT_USAGE = 2,
    PENA_EXIT_REFUSED = 3,
    PENA_EXIT_TOKEN = 4,
    PENA_EXIT_DOCUMENT = 5,
    PENA_EXIT_NETWORK = 6,
    PENA_EXIT_BUG = 70,
} PenaExitStatus;

/* The wire name of a code, such as "pin-wrong". Static; never NULL for a code below PENA_N_ERRORS. */
PENA_API const gchar *pena_error_name (PenaErrorCode code);

/**
 * pena_error_from_name:
 * @name: (nullable): a wire name
 * @ret_code: (out): its code; untouched when no row has that name
 *
 * Returns: whether there is such a name
 */
PENA_API gboolean pena_error_from_name (const gchar *name, PenaErrorCode *ret_code);

/* The CSC API error ("invalid_request", "access_denied", ...), HTTP status and exit status of a code. */
PENA_API const gchar *pena_error_csc (PenaErrorCode code);
PENA_API guint pena_error_http_status (PenaErrorCode code);
PENA_API PenaExitStatus pena_error_exit_status (PenaErrorCode code);

/* Facts that go with an error: whole numbers and strings, by kebab-case or snake_case key as in the wire format
 * ("attempts_left", "revoked_at"). They travel with the GError through g_error_copy and g_propagate_error.
 * The setters do nothing when error is NULL. Strings are copied. */
PENA_API void pena_error_set_int (GError *error, const gchar *key, gint64 value);
PENA_API void pena_error_set_string (GError *error, const gchar *key, const gchar *value);
/**
 * pena_error_get_int:
 * @error: an error
 * @key: name of the fact
 * @ret_value: (out): untouched when there is no such fact or @error is not of PENA_ERROR
 *
 * Returns: whether there is such a fact
 */
PENA_API gboolean pena_error_get_int (const GError *error, const gchar *key, gint64 *ret_value);
/* All facts as an a{sv} dictionary of x and s values; an empty one when there are none. Transfer full, not floating. */
PENA_API GVariant *pena_error_dup_facts (const GError *error);
/* Sets every fact of an a{sv} dictionary (values of type x or s; others are passed over). */
PENA_API void pena_error_set_facts (GError *error, GVariant *facts);

/* What a person reads, in the language set by pena_text_set_language(): what happened, and what to do next ("" when
 * there is nothing to do). Facts fill {attempts_left} and the like. An error of another domain reads as "internal".
 * Transfer full. Never holds personal data beyond what the facts hold. */
PENA_API gchar *pena_error_describe (const GError *error);
PENA_API gchar *pena_error_next_step (const GError *error);

/* The code of any GError: INTERNAL when it is of another domain. */
PENA_API PenaErrorCode pena_error_code (const GError *error);

G_END_DECLS
