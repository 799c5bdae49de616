/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the state of a document worker
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "pena-enclosed.h"
#include "pena-inquiry.h"
#include "pena-pdf.h"
#include "pena-raise.h"
#include "pena-worker-dbus.h"

/* Of GBytes, DER; NULL until the first document is judged. */
typedef struct {
    GPtrArray *anchors, *certificates, *crls;
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

void worker_out_of_turn (GDBusMethodInvocation *invocation);
GBytes *worker_lookup_bytes (GVariant *options, const gchar *key);
GPtrArray *worker_lookup_bytes_list (GVariant *options, const gchar *key);
/* "head", "gap-length" and "tail" of an update. Floating. */
GVariant *worker_describe_plan (const PenaPdfUpdate *update);

/* Connects the methods that raise a signature's level. */
void worker_raise_serve (PenaDbusDocumentWorker1 *object, Worker *self);
/* Connects the methods that judge. */
void worker_verify_serve (PenaDbusDocumentWorker1 *object, Worker *self);
