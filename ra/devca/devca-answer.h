/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a development CA answers when it is asked
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "devca-store.h"

/* The authorities of a folder, loaded once; the index is read anew for every question. */
typedef struct _DevcaDesk DevcaDesk;

/* CA_MISSING. Transfer full. */
DevcaDesk *devca_desk_new (const gchar *path, GError **error);
void devca_desk_free (DevcaDesk *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DevcaDesk, devca_desk_free)

/* Each gives DER, transfer full. What is asked may be anything: what cannot be understood has its answer in the protocol
 * (malformedRequest, badDataFormat). NULL with an error only when the folder or libcrypto fails. */
GBytes *devca_answer_ocsp (DevcaDesk *self, GBytes *request, GError **error);
GBytes *devca_answer_time_stamp (DevcaDesk *self, GBytes *request, GError **error);
/* Of DEVCA_ROOT or DEVCA_ISSUING. */
GBytes *devca_answer_certificate (DevcaDesk *self, DevcaRole role, GError **error);
/* The current list: a new one when the index has changed or the last one is an hour old. */
GBytes *devca_answer_list (DevcaDesk *self, DevcaRole role, GError **error);
