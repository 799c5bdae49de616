/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: tests of the table of tokens
 * Copyright (C) 2026 the Pena authors */
#include <glib.h>
#include <string.h>

#include "pena-device.h"

/* In order, each id once, names and modules that can be shown and written into a file of udev's. */
static void
test_table (void)
{
    guint32 before = 0;

    for (const PenaDevice *device = pena_devices; device->name != NULL; device++) {
        guint32 id = (guint32)device->vendor << 16 | device->product;
        g_assert_cmpuint (id, >, before);
        before = id;
        g_assert_true (g_str_is_ascii (device->name) && strpbrk (device->name, "\"\n*=") == NULL);
        g_assert_true (device->module == NULL || g_str_has_suffix (device->module, ".so"));
        g_assert_true (pena_device_find (device->vendor, device->product) == device);
    }
    g_assert_cmpuint (before, >, 0);
}

static void
test_unknown (void)
{
    g_assert_null (pena_device_find (0xFFFF, 0xFFFF));
    g_assert_null (pena_device_find (0, 0));
    g_assert_null (pena_device_find (0x1050, 0x0407)->module);
    g_assert_cmpstr (pena_device_find (0x0529, 0x0620)->module, ==, "libeTPkcs11.so");
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/drivers/device/table", test_table);
    g_test_add_func ("/drivers/device/unknown", test_unknown);
    return g_test_run ();
}
