/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a development CA over HTTP
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "devca-answer.h"

/* Answers on 127.0.0.1 until SIGTERM or SIGINT comes. port 0: one that is free. Prints the address when it listens, and
 * writes the port to port_file (NULL for none) at once and whole. CA_MISSING, OUTPUT_FAILED. */
gboolean devca_serve (const gchar *path, guint port, const gchar *port_file, GError **error);
