/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the drawing of a stamp for tests, as the painter makes one
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

static const gchar pdf_drawing[] =
    "%PDF-1.4\n"
    "1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
    "2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n"
    "3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 50] /Contents 4 0 R "
    "/Resources << >> >>\nendobj\n"
    "4 0 obj\n<< /Length 15 >>\nstream\n0 0 100 50 re f\nendstream\nendobj\n"
    "xref\n0 5\n0000000000 65535 f \n"
    "0000000009 00000 n \n"
    "0000000058 00000 n \n"
    "0000000115 00000 n \n"
    "0000000218 00000 n \n"
    "trailer\n<< /Root 1 0 R /Size 5 >>\nstartxref\n283\n%%EOF\n";
