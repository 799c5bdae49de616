/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the state of a document worker
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-enclosed.h"
#include "pena-inquiry.h"
#include "pena-pdf.h"
#include "pena-raise.h"

/* Of GBytes, DER; NULL until the first document is judged. */
typedef struct {
    GPtrArray *anchors, *certificates, *crls, *ocsps;
} WorkerTrust;

/* The one state of the process. */
typedef struct {
    gint fd; /* of the document; -1 until Open */
    PenaPdfBytes *bytes;
    PenaPdf *pdf;          /* NULL for CAdES */
    PenaPdfUpdate *update; /* once it is prepared; with its signature once that was checked */
    PenaSecret *password;  /* of the document, or NULL */
    gboolean checked;
    PenaEnclosed *enclosed; /* CAdES: the document in the signature that is being raised, or NULL */
    PenaRaise *raise;       /* once its level is being raised */
    GPtrArray *needs;       /* what was asked for last */
    PenaInquiry *inquiry;   /* what the network says of the document, or NULL */
    gboolean verifier;      /* it has judged a document, and from then on does nothing else */
    gboolean judged;        /* the document is done with; another may be opened */
    WorkerTrust trust;
} Worker;

/* What a call answers for which it is not the time. Always NULL. */
GVariant *worker_out_of_turn (GError **error);
GBytes *worker_lookup_bytes (GVariant *options, const gchar *key);
GPtrArray *worker_lookup_bytes_list (GVariant *options, const gchar *key);
/* Floating. */
GVariant *worker_bytes_variant (GBytes *bytes);
/* "head", "gap-length" and "tail" of an update. Floating. */
GVariant *worker_describe_plan (const PenaPdfUpdate *update);

/* The methods, as PenaIpcMethod has them; the first argument is a Worker. */

/* Those that raise a signature's level. */
GVariant *worker_raise (gpointer worker, GVariant *arguments, gint fd, GError **error);
GVariant *worker_need (gpointer worker, GVariant *arguments, gint fd, GError **error);
GVariant *worker_keep (gpointer worker, GVariant *arguments, gint fd, GError **error);
GVariant *worker_prepare_time_stamp (gpointer worker, GVariant *arguments, gint fd, GError **error);
GVariant *worker_put_time_stamp (gpointer worker, GVariant *arguments, gint fd, GError **error);

/* Those that judge. */
GVariant *worker_inquire (gpointer worker, GVariant *arguments, gint fd, GError **error);
GVariant *worker_verify (gpointer worker, GVariant *arguments, gint fd, GError **error);
