/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what the broker and the painter of stamps say to each other
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* On the painter's standard input, a file that ends: "template" s, "fields" a{ss} (of the certificate and the request),
 * "own" a{ss} (the caller's, of fields that the template declares), "time" x, "utc-offset" i, "language" s (of errors),
 * "fonts" as (folders). */
#define PENA_STAMP_JOB_TYPE G_VARIANT_TYPE_VARDICT
#define PENA_STAMP_MAX_JOB (4 * 1024 * 1024)

/* On its standard output: the wire name of an error or "", its facts, a PDF with a page a canvas, and of each canvas: footer,
 * width, height (points), page (-1: last), place (index into pena_stamp_places), margin (points), anchor (0: left edges
 * meet, 1: centres). */
#define PENA_STAMP_CANVAS "(bddiudu)"
#define PENA_STAMP_CANVASES "a" PENA_STAMP_CANVAS
#define PENA_STAMP_CANVASES_TYPE G_VARIANT_TYPE (PENA_STAMP_CANVASES)
#define PENA_STAMP_ANSWER_TYPE G_VARIANT_TYPE ("(sa{sv}ay" PENA_STAMP_CANVASES ")")
#define PENA_STAMP_MAX_ANSWER (8 * 1024 * 1024)
