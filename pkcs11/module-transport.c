/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the module reaches cards by PC/SC; tests put another file in the place of this one
 * Copyright (C) 2026 the Pena authors */
#include "module.h"

#include "pena-pcsc.h"

PenaTransport *
pena_mod_new_transport (void)
{
    return pena_pcsc_new ();
}
