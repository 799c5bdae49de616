/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a widget's place in the structure of a tagged document
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pdf-update.h"

/* A structure element Form that holds the widget, as PDF/UA wants it (ISO 14289-1, 7.18.1 and 7.18.4), is added to the structure tree.
 * *ret_key is the widget's /StructParent. FALSE, with nothing written, when the document has no such tree or it is none that could be
 * added to. */
gboolean pena_pdf_tag_widget (PenaPdfWriter *writer, PenaPdfRef widget, PenaPdfRef page, gint64 *ret_key);
