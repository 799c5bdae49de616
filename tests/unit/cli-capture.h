/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what the command line tool prints, for unit tests of it
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* What the tool prints on `fd` for these arguments. Transfer full. */
gchar *cli_capture (gint fd, gint *ret_status, const gchar *const *arguments);
#define CLI_CAPTURE(fd, status, ...)                                                                         \
    cli_capture (fd, status, (const gchar *const[]){"pena", __VA_ARGS__, NULL})

/* No line of it is wider than 80 columns. */
void cli_assert_narrow (const gchar *text);
