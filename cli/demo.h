/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: how other programs' verdicts are read
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* pdfsig exits with 0 for a broken signature too, so its text (C locale) is judged: TRUE when every signature
 * that it names is valid and the last one covers the whole file. */
gboolean pena_demo_judge_pdfsig (const gchar *text);
/* Whether 'openssl cms -verify -cades' (3.0) says that both CMS and CAdES rules are met. */
gboolean pena_demo_judge_openssl (const gchar *text);
/* Certificates (GBytes, DER) as PEM. Transfer full. */
gchar *pena_demo_to_pem (GPtrArray *certificates);
