/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the virtual token: pulling it and arming faults from outside
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "vpcd.h"

/* Serves a Unix socket at path from the main loop. A client sends lines and gets one line for each: "ok", "ok
 * NUMBER" or "error TEXT". The lines: pull, insert, reset, count, clear, and pull-at N, sw-at N XXXX, slow-at
 * N MS, garbage-at N, short-at N, one-byte-at N, empty-at N, reset-at N, where N counts the commands from
 * now, 1 being the next. */
GSocketService *control_new (const gchar *path, Vtoken *card, Vpcd *reader, GError **error);

/* What one line does; the answer without its line end, transfer full. reader may be NULL: then the card alone
 * is moved. */
gchar *control_run (const gchar *line, Vtoken *card, Vpcd *reader);
