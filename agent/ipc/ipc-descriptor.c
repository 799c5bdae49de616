/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: descriptors over sockets
 * Copyright (C) 2026 the Pena authors */
#include "ipc-descriptor.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef union {
    struct cmsghdr header; /* for its alignment */
    guint8 space[CMSG_SPACE (sizeof (gint))];
} Control;

gssize
pena_ipc_descriptor_send_with (gint socket, gconstpointer data, gsize count, gint flags, gint fd)
{
    Control control = {0};
    struct iovec vector = {(gpointer)data, count};
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR (&message);

    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN (sizeof fd);
    memcpy (CMSG_DATA (header), &fd, sizeof fd);
    return sendmsg (socket, &message, MSG_NOSIGNAL | flags);
}

gboolean
pena_ipc_descriptor_send (gint line, gint fd, gint32 number)
{
    return pena_ipc_descriptor_send_with (line, &number, sizeof number, MSG_DONTWAIT, fd) ==
           (gssize)sizeof number;
}

gssize
pena_ipc_descriptor_receive_with (gint socket, gpointer buffer, gsize count, gint flags, gint *ret_fd)
{
    Control control = {0};
    gssize length;
    struct iovec vector = {buffer, count};
    /* Without the padding, in which a second one would find room. */
    struct msghdr message = {.msg_iov = &vector,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = CMSG_LEN (sizeof *ret_fd)};

    do
        length = recvmsg (socket, &message, MSG_CMSG_CLOEXEC | flags);
    while (length < 0 && errno == EINTR);
    struct cmsghdr *header = length >= 0 ? CMSG_FIRSTHDR (&message) : NULL;
    if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
        header->cmsg_len == CMSG_LEN (sizeof *ret_fd))
        memcpy (ret_fd, CMSG_DATA (header), sizeof *ret_fd);
    return length;
}

gint
pena_ipc_descriptor_receive (gint line, gint32 *ret_number)
{
    gint32 number;
    gint fd = -1;
    gssize length = pena_ipc_descriptor_receive_with (line, &number, sizeof number, 0, &fd);

    if (fd >= 0 && length != (gssize)sizeof number) {
        close (fd);
        fd = -1;
    }
    if (fd >= 0)
        *ret_number = number;
    return fd;
}
