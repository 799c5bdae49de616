/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the certificates that the configuration trusts, and the revocation data it keeps
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-config.h"
#include "pena-places.h"

/* Never changed once it was read: several jobs may use it at a time. */
typedef struct {
    gatomicrefcount references;
    PenaPlaces *places;      /* where it was read */
    GPtrArray *anchors;      /* of GBytes, DER */
    GPtrArray *certificates; /* of GBytes, DER: issuing authorities, to build chains; not trusted */
    GPtrArray *crls;         /* of GBytes, DER */
    GPtrArray *ocsps;        /* of GBytes: OCSPResponse, DER */
} PenaTrust;

/* Reads what [trust] names, as it is now: revocation data changes while the agent runs. A path that is not
 * there or holds something else is CONFIG_INVALID; a single file in a folder that cannot be read is passed
 * over. Transfer full. */
PenaTrust *pena_trust_load (const PenaConfig *config, GError **error);
PenaTrust *pena_trust_ref (PenaTrust *self);
void pena_trust_unref (PenaTrust *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaTrust, pena_trust_unref)

/* FALSE when reading it again may give something else. */
gboolean pena_trust_is_current (const PenaTrust *self);

/* Whether both hold the same, in the same order. */
gboolean pena_trust_equal (const PenaTrust *a, const PenaTrust *b);
