/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a time-stamp is inside
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <openssl/ts.h>

#include "pena-cms.h"
#include "pena-openssl.h"
#include "pena-tsp.h"

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
    gboolean value_wrong; /* all of it can be read, only the value of the signature does not fit */
};

/* As pena_time_stamp_parse(); *ret_value_wrong tells, when it fails, whether nothing but the value of the signature is wrong:
 * that is no fault of its format (EN 319 102-1, 5.2.7). */
PenaTimeStamp *pena_time_stamp_read (GBytes *token, GPtrArray *certificates, gboolean *ret_value_wrong,
                                     GError **error);

/* Sets TSA_ANSWER_INVALID. Returns FALSE. */
gboolean pena_time_stamp_invalid (GError **error, const gchar *reason);
