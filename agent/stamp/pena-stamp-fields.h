/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what stands in a stamp's {fields}
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-stamp-template.h"

/* {name} and the like are filled in, "{{" is a brace; a line all of whose fields are empty is left out. STAMP_INVALID
 * for a field that neither `values` (gchar* -> gchar*) nor the template knows. Transfer full. */
gchar *pena_stamp_expand (const PenaStampTemplate *self, const PenaStampElement *element, const gchar *text,
                          GHashTable *values, GError **error);
/* STAMP_INVALID for a value of the caller's (gchar* -> gchar*) that is not of a field of the template's own. */
gboolean pena_stamp_check_own (const PenaStampTemplate *self, GHashTable *own, GError **error);

/* Puts "date" ("31 Januari 2026") and "time" ("09.30 WIB") into values; language as in PenaStampCanvas. */
void pena_stamp_put_time (GHashTable *values, gint64 time, gint utc_offset, guint language);
