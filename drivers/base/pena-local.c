/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: files that only this machine writes
 * Copyright (C) 2026 the Pena authors */
#include "pena-local.h"

#include <linux/magic.h>
#include <sys/vfs.h>

#define XFS_MAGIC 0x58465342

gboolean
pena_local_is (gint fd)
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
