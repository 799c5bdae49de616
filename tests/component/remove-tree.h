/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a folder of a test goes with all that is in it
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* Links are not followed; what is not there is no error. */
void remove_tree (const gchar *path);
