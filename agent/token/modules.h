/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the PKCS#11 modules that p11-kit has registered
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>
#include <p11-kit/pkcs11.h>

typedef struct {
    gchar *name; /* p11-kit's */
    CK_FUNCTION_LIST *functions;
} PenaModule;

typedef struct _PenaModules PenaModules;

/* Loads and initialises the modules of these names (NULL or empty: all that may hold keys), Pena's own first.
 * Modules that do not start are passed over with a warning. CONFIG_INVALID when p11-kit is set to log calls:
 * that prints passphrases. */
PenaModules *pena_modules_new (const gchar *const *names, GError **error);
void pena_modules_free (PenaModules *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaModules, pena_modules_free)

/* Of PenaModule; borrowed. */
const GPtrArray *pena_modules_get (const PenaModules *self);
