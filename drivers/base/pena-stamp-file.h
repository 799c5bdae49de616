/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: stamp templates as files: the agent and its clients read them in the same way
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* Reads a template (pena-stamp(5)) and puts the images that it names (file=logo.png in [image ...], beside the template) into
 * it as data=, line by line, so that one text says all. STAMP_UNKNOWN with fact "name" when there is no such file,
 * STAMP_INVALID when it or an image cannot be read or all is larger than 2 MiB. Blocks on reading. Transfer full. */
gchar *pena_stamp_file_read (const gchar *path, GError **error);
