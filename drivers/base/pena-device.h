/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the tokens that are met, by USB id
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* One kind of token. The udev files are made from this table, and 'pena doctor' names what is plugged in. */
typedef struct {
    guint16 vendor, product;
    const gchar *name;
    const gchar
        *module; /* file name of the maker's PKCS#11 module that it needs; NULL: Pena's own drivers do */
} PenaDevice;

/* Ends with name NULL; ordered by id, each of which is there once. */
extern const PenaDevice pena_devices[];

/* NULL when it is not known. */
const PenaDevice *pena_device_find (guint16 vendor, guint16 product);
