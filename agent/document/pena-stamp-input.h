/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a stamp as the broker hands it to the worker
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

#include "pena-pdf.h"

/* What there may be of canvases. */
#define PENA_STAMP_INPUT_CANVASES 2

typedef struct {
    PenaPdfStamp stamp;
    PenaPdfCanvas canvases[PENA_STAMP_INPUT_CANVASES];
    GVariant *options; /* what the strings belong to */
} PenaStampInput;

/* From the options of Prepare; *ret_stamp becomes NULL when there is no stamp among them, else points into self. WORKER_FAILED
 * when what a painter said makes no sense. Cleared by pena_stamp_input_clear. */
gboolean pena_stamp_input_read (PenaStampInput *self, GVariant *options, const PenaPdfStamp **ret_stamp,
                                GError **error);
void pena_stamp_input_clear (PenaStampInput *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PenaStampInput, pena_stamp_input_clear)
