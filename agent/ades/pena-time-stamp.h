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
};

/* Sets TSA_ANSWER_INVALID. Returns FALSE. */
gboolean pena_time_stamp_invalid (GError **error, const gchar *reason);
