/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: waiting for readers and cards to come and go
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* All that wait by way of one transport. */
typedef struct _PenaPcscWait PenaPcscWait;

PenaPcscWait *pena_pcsc_wait_new (void);
/* Nobody may be waiting. */
void pena_pcsc_wait_free (PenaPcscWait *self);

/* As PenaTransportOps has them. */
gboolean pena_pcsc_wait (PenaPcscWait *self, GPtrArray *known);
void pena_pcsc_wait_cancel (PenaPcscWait *self);

/* What PenaCardReader calls changes, of a state as pcscd tells it. */
#define PENA_PCSC_CHANGES(event_state) ((guint32)(event_state) >> 16)
