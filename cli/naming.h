/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: which file belongs to which
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* All paths are in filename encoding; all results are transfer full. */

gboolean pena_cli_is_pdf_name (const gchar *path);
/* ".p7s" or ".p7m". */
gboolean pena_cli_is_signature_name (const gchar *path);

/* A file of Pena's own: its place beside this program as long as that is not installed, else where it is installed. */
gchar *pena_cli_find_own (const gchar *beside, const gchar *installed);

/* Where the signature of a file goes: "surat.pdf" as pades gives "surat-signed.pdf", anything as cades
 * "NAME.p7s", or "NAME.p7m" when the signature holds the document. With folder (may be NULL), in that folder. */
gchar *pena_cli_name_output (const gchar *input, const gchar *format, gboolean attached, const gchar *folder);

/* Where a file goes when its signatures are extended: "surat-signed.pdf" gives "surat-signed-extended.pdf", "laporan.xlsx.p7m"
 * "laporan-extended.xlsx.p7m". */
gchar *pena_cli_name_extended (const gchar *path);

/* What a user who says "verify this" means: a signed PDF (signature NULL), or a document and the detached
 * signature beside it, whichever of the two was named. */
typedef struct {
    gchar *document;
    gchar *signature;
} PenaCliPair;
void pena_cli_pair_clear (PenaCliPair *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PenaCliPair, pena_cli_pair_clear)

/* named_signature may be NULL. FALSE with PENA_ERROR: SIGNATURE_MISSING when a file that is no PDF has no
 * .p7s beside it, DOCUMENT_MISSING when x.p7s is alone. */
gboolean pena_cli_find_pair (const gchar *path, const gchar *named_signature, PenaCliPair *ret_pair,
                             GError **error);
