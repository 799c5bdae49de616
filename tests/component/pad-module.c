/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the PKCS#11 module with a virtual token in a reader that has keys for the PIN, for programs that load it
 * Copyright (C) 2026 the Pena authors */
#include "module.h"
#include "vtoken-transport.h"

/* $PAD_TYPED is what somebody types there. Each process has a PIV card as its maker sent it. */
PenaTransport *
pena_mod_new_transport (void)
{
    static VtokenWorld world;

    world = (VtokenWorld){
        .card = vtoken_new_blank (), .has_pad = TRUE, .typed = g_getenv ("PAD_TYPED"), .changed = "864209"};
    return vtoken_transport_new (&world);
}
