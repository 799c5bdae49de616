/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: files that nobody writes while they are read
 * Copyright (C) 2026 the Pena authors */
#include "pena-lease.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include "pena-local.h"

gboolean
pena_lease_take (gint fd)
{
    struct stat status;

    /* Elsewhere a lease may be granted and bind nobody but this machine. Its end is told by a signal; by one that nobody minds, for it is
     * asked for instead. */
    return fstat (fd, &status) == 0 && S_ISREG (status.st_mode) && pena_local_is (fd) &&
           fcntl (fd, F_SETSIG, SIGURG) == 0 && fcntl (fd, F_SETLEASE, F_RDLCK) == 0;
}

gboolean
pena_lease_holds (gint fd)
{
    return fcntl (fd, F_GETLEASE) == F_RDLCK;
}

void
pena_lease_release (gint fd)
{
    fcntl (fd, F_SETLEASE, F_UNLCK);
}
