/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a verification report in words for a citizen
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <json-glib/json-glib.h>

/* Whether a VerifyReport says that every signature is valid and there is at least one. */
gboolean pena_cli_report_is_valid (JsonObject *report);

/* Where the values begin. */
#define PENA_CLI_REPORT_HANG 18

/* What a VerifyReport says, in the language in force: for each signature the verdict first, then the details.
 * Members that are missing or of a wrong type are passed over; what strangers wrote is made safe for a
 * terminal. Times are shown in the local time zone. Transfer full. */
gchar *pena_cli_render_report (JsonObject *report, gboolean colour);
