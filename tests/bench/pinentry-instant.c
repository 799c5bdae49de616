/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a pinentry that answers at once, so that figures are not those of a prompt
 * Copyright (C) 2026 the Pena authors */
#include <stdio.h>
#include <string.h>

int
main (void)
{
    char line[2048];

    setvbuf (stdout, NULL, _IOLBF, 0);
    puts ("OK ready");
    while (fgets (line, sizeof line, stdin) != NULL) {
        if (strncmp (line, "GETPIN", 6) == 0)
            puts ("D 123456");
        puts ("OK");
        if (strncmp (line, "BYE", 3) == 0)
            break;
    }
    return 0;
}
