/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a time-stamp is inside
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <openssl/ts.h>

#include "pena-cms.h"
#include "pena-openssl.h"
#include "pena-tsp.h"
#include "pena-validate.h"

struct _PenaTimeStamp {
    GBytes *der;
    PenaCms *cms;
    PenaSignerInfo *signer_info; /* of cms */
    PenaX509Stack *embedded;
    X509 *signer;
    const PenaDigestAlgorithm *digest;       /* of the signature */
    const PenaDigestAlgorithm *value_digest; /* of its value, where the signature algorithm names its own */
    TS_TST_INFO *info;
    gint64 time;
    gboolean is_strict;
};

/* As pena_time_stamp_parse(), but whether the certificate is for time-stamps is not asked. *ret_sub tells, when it fails, what is
 * wrong in the words of EN 319 102-1. */
PenaTimeStamp *pena_time_stamp_read (GBytes *token, GPtrArray *certificates, PenaSubIndication *ret_sub,
                                     GError **error);
/* Its key usage is signing only, its only extended usage timeStamping, which is critical (RFC 3161, 2.3). TSA_ANSWER_INVALID with
 * a reason. */
gboolean pena_time_stamp_check_purpose (const PenaTimeStamp *self, GError **error);

/* Sets TSA_ANSWER_INVALID. Returns FALSE. */
gboolean pena_time_stamp_invalid (GError **error, const gchar *reason);
