/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: whether files and folders are still as they were when they were read
 * Copyright (C) 2026 the Pena authors */
#include "pena-places.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pena-local.h"

/* More would be looked at for hardly less than what reading them takes. */
#define PLACES_MAX 4096
/* Some of these file systems tell whole seconds. */
#define GRAIN (2 * G_USEC_PER_SEC)

typedef struct {
    gchar *path;
    struct stat status;
} Place;

struct _PenaPlaces {
    GArray *places;  /* of Place */
    gboolean untold; /* a change of some place may go unseen */
};

static void
place_clear (gpointer data)
{
    g_free (((Place *)data)->path);
}

PenaPlaces *
pena_places_new (void)
{
    PenaPlaces *self = g_new0 (PenaPlaces, 1);

    self->places = g_array_new (FALSE, FALSE, sizeof (Place));
    g_array_set_clear_func (self->places, place_clear);
    return self;
}

void
pena_places_free (PenaPlaces *self)
{
    if (self == NULL)
        return;
    g_array_unref (self->places);
    g_free (self);
}

static gint64
microseconds (const struct timespec *time)
{
    return (gint64)time->tv_sec * G_USEC_PER_SEC + time->tv_nsec / 1000;
}

/* FALSE when the next change may look like none. */
static gboolean
look (const gchar *path, struct stat *ret_status)
{
    gint fd = open (path, O_PATH | O_CLOEXEC);
    gboolean tells = fd >= 0 && fstat (fd, ret_status) == 0 && pena_local_is (fd);

    if (fd >= 0)
        close (fd);
    return tells && MAX (microseconds (&ret_status->st_mtim), microseconds (&ret_status->st_ctim)) <
                        g_get_real_time () - GRAIN;
}

void
pena_places_note (PenaPlaces *self, const gchar *path)
{
    Place place;

    self->untold = self->untold || self->places->len >= PLACES_MAX || !look (path, &place.status);
    if (self->untold)
        return;
    place.path = g_strdup (path);
    g_array_append_val (self->places, place);
}

static gboolean
times_equal (const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* ctime also tells who may read it, and a time of change that was set by hand. */
static gboolean
is_same (const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           times_equal (&a->st_mtim, &b->st_mtim) && times_equal (&a->st_ctim, &b->st_ctim);
}

gboolean
pena_places_are_unchanged (const PenaPlaces *self)
{
    gboolean same = !self->untold;

    for (guint i = 0; same && i < self->places->len; i++) {
        const Place *place = &g_array_index (self->places, Place, i);
        struct stat now;
        same = stat (place->path, &now) == 0 && is_same (&place->status, &now);
    }
    return same;
}
