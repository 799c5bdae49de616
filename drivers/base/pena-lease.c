/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: files that nobody writes while they are read
 * Copyright (C) 2026 the Pena authors */
#include "pena-lease.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define XFS_MAGIC 0x58465342

/* Elsewhere a lease may be granted and bind nobody but this machine. */
static gboolean
is_local (gint fd)
{
    static const guint32 kinds[] = {EXT4_SUPER_MAGIC, XFS_MAGIC, BTRFS_SUPER_MAGIC, F2FS_SUPER_MAGIC,
                                    TMPFS_MAGIC};
    struct statfs status;

    if (fstatfs (fd, &status) != 0)
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
        if ((guint32)status.f_type == kinds[i])
            return TRUE;
    return FALSE;
}

gboolean
pena_lease_take (gint fd)
{
    struct stat status;

    /* The lease's end is told by a signal; by one that nobody minds, for it is asked for instead. */
    return fstat (fd, &status) == 0 && S_ISREG (status.st_mode) && is_local (fd) &&
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
