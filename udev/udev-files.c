/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: writes the udev rules and the hwdb from the table of tokens
 * Copyright (C) 2026 the Pena authors */
#include <stdio.h>
#include <string.h>

#include "pena-device.h"

/* udev-files rules|hwdb: to standard output. The files in the tree are what this wrote. */

static void
write_hwdb (void)
{
    printf ("# Signing tokens that Pena knows, made by udev-files from drivers/base/pena-device.c.\n"
            "# The name is all that is said: devices stay with pcscd, nobody gets access to them by this.\n");
    for (const PenaDevice *device = pena_devices; device->name != NULL; device++)
        printf ("\nusb:v%04Xp%04X*\n ID_PENA_TOKEN=%s\n", device->vendor, device->product, device->name);
}

static void
write_rules (void)
{
    printf ("# Signing tokens that Pena knows, made by udev-files from drivers/base/pena-device.c.\n"
            "# A token that is suspended loses what was verified on it, in the middle of a day's work.\n"
            "ACTION!=\"add\", GOTO=\"pena_end\"\n"
            "SUBSYSTEM!=\"usb\", GOTO=\"pena_end\"\n"
            "ENV{DEVTYPE}!=\"usb_device\", GOTO=\"pena_end\"\n");
    for (const PenaDevice *device = pena_devices; device->name != NULL; device++)
        printf ("ATTR{idVendor}==\"%04x\", ATTR{idProduct}==\"%04x\", ATTR{power/control}=\"on\"\n",
                device->vendor, device->product);
    printf ("LABEL=\"pena_end\"\n");
}

int
main (int argc, char **argv)
{
    if (argc == 2 && strcmp (argv[1], "hwdb") == 0)
        write_hwdb ();
    else if (argc == 2 && strcmp (argv[1], "rules") == 0)
        write_rules ();
    else
        return 2;
    return fflush (stdout) == 0 && !ferror (stdout) ? 0 : 1;
}
