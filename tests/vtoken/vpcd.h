/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token behind vpcd, pcscd's virtual reader driver
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "vtoken.h"

/* Connects the card to the reader that listens at a TCP port of 127.0.0.1 and serves it from the main loop.
 */
typedef struct Vpcd Vpcd;

/* Called from the main loop when the reader has closed the connection; not after vpcd_pull(). */
typedef void (*VpcdClosed) (Vpcd *self, gpointer data);

/* card is borrowed. */
Vpcd *vpcd_new (Vtoken *card, guint16 port, VpcdClosed closed, gpointer data);
void vpcd_free (Vpcd *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Vpcd, vpcd_free)

/* Puts the card in, powered off; goes on trying for as long as nobody listens there. */
void vpcd_insert (Vpcd *self);
/* Takes it out. */
void vpcd_pull (Vpcd *self);
