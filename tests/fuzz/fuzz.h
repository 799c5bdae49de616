/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what fuzz targets share
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-pdf.h"

/* libFuzzer's entry: each target defines it. A broken promise ends the process. */
int LLVMFuzzerTestOneInput (const guint8 *data, size_t size);

/* An opened document in a file of its own, as the worker gets it. */
typedef struct {
    int fd;
    PenaPdfBytes *bytes;
    PenaPdf *pdf; /* NULL when it was refused */
} FuzzDocument;

FuzzDocument *fuzz_document_new (const guint8 *data, size_t size);
/* Takes the descriptor. */
FuzzDocument *fuzz_document_open (int fd);
void fuzz_document_free (FuzzDocument *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FuzzDocument, fuzz_document_free)

/* An error that a person is told needs a code of ours and all of its facts. */
void fuzz_check_error (const GError *error);
