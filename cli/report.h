/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a verification report as text
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "telling.h"

/* Where the values begin. */
#define PENA_CLI_REPORT_HANG 18

/* The verdict in one sentence and what to do, then the details of each signature and time-stamp. width: columns to break
 * lines at; 0 for whole lines. Transfer full. */
gchar *pena_cli_render_telling (const PenaCliTelling *telling, gboolean colour, gsize width);
