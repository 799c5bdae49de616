/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: reading a PDF, preparing a signature as an incremental update, listing signatures (ISO 32000-1/-2)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

#include "pena-secret.h"

/* Pure: no process, no network, no token. Not thread-safe. Every document is hostile. */

/* The bytes of a document, mapped: a file descriptor, and optionally bytes as if they were appended to it. The file is
 * never copied; resident pages are only those that are touched. */
typedef struct _PenaPdfBytes PenaPdfBytes;

/* fd is borrowed for the call; nobody else may truncate the file (sealed memfd or private file). tail may be NULL. */
PenaPdfBytes *pena_pdf_bytes_new (int fd, GBytes *tail, GError **error);
void pena_pdf_bytes_free (PenaPdfBytes *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaPdfBytes, pena_pdf_bytes_free)
const guint8 *pena_pdf_bytes_data (const PenaPdfBytes *self);
gsize pena_pdf_bytes_size (const PenaPdfBytes *self);
/* Tells the kernel that a range will not be needed again, so that hashing a large file keeps memory small. */
void pena_pdf_bytes_forget (const PenaPdfBytes *self, gsize offset, gsize length);

typedef struct _PenaPdf PenaPdf;

/* Bytes of UTF-8. What is beyond the 32 or 127 that the standard looks at, it leaves off (7.6.4.3). */
#define PENA_PDF_MAX_PASSWORD 255

/* Opens without repair: a damaged file is PENA_ERROR_DOCUMENT_DAMAGED with fact "reason"; also DOCUMENT_EMPTY, _NOT_PDF,
 * _PASSWORD_NEEDED, _ENCRYPTED (in a way that is not known) with "reason", _UNSUPPORTED. bytes is borrowed and must
 * outlive the document. */
PenaPdf *pena_pdf_open (const PenaPdfBytes *bytes, GError **error);
/* With the user's or the owner's password, in UTF-8, of fewer bytes than its capacity; NULL for the empty one. It is passed over when
 * the document is not encrypted. Also DOCUMENT_PASSWORD_WRONG. */
PenaPdf *pena_pdf_open_with_password (const PenaPdfBytes *bytes, const PenaSecret *password, GError **error);
void pena_pdf_free (PenaPdf *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaPdf, pena_pdf_free)

/* Writes to a descriptor what qpdf can recover of the damaged document in a file, to be opened as a document of its own: at
 * most pena_pdf_repair_max_size() bytes, the same streams, encrypted as before. Both descriptors are borrowed, `output` is
 * an empty file. DOCUMENT_UNREPAIRABLE with fact "reason": nothing of use is left, or it holds a signature; DISK_FULL. */
gboolean pena_pdf_repair (int fd, const PenaSecret *password, int output, GError **error);
guint64 pena_pdf_repair_max_size (guint64 size);

guint pena_pdf_get_n_pages (const PenaPdf *self);

/* One drawing of a stamp and where its template puts it. */
typedef struct {
    gboolean footer;       /* on every page, at its edge; else as the stamp says */
    gdouble width, height; /* points */
    gint page;             /* 1 is the first, -1 the last */
    guint place;           /* 0 to 8: row by row from the upper left of the page */
    gdouble margin;        /* points from the page's edge */
    guint anchor;          /* 0: left edge at the anchor's, 1: centred on it */
} PenaPdfCanvas;

#define PENA_PDF_ALL_PAGES G_MAXINT

/* What a visible signature shows, and where. */
typedef struct {
    GBytes *pdf;                   /* a page for each canvas */
    const PenaPdfCanvas *canvases; /* at most one footer and at most one other */
    gsize n_canvases;
    gint page;           /* 0: as the template says; -1: the last; PENA_PDF_ALL_PAGES */
    guint n_rect;        /* numbers in rect: 0, 2 or 4 */
    gdouble rect[4];     /* x, y, width, height in points, from the lower left of the page as it is shown */
    const gchar *anchor; /* text on a page that the stamp takes the place of; or NULL */
} PenaPdfStamp;

/* What the caller wants of a signature; strings are UTF-8 or NULL. */
typedef struct {
    const gchar *field;        /* existing empty signature field to use; NULL makes a new one */
    const PenaPdfStamp *stamp; /* NULL: the signature is invisible */
    const gchar *reason;
    const gchar *location;
    const gchar *name;       /* /Name: the signer */
    gint64 time;             /* /M: seconds since 1970 UTC */
    gint utc_offset;         /* /M: seconds east of UTC */
    gsize contents_capacity; /* room for the DER of the CMS, bytes */
    gboolean time_stamp;     /* a document time-stamp (12.8.5): of all here only the room counts */
    guint certify; /* 0: an approval; 1 to 3: a certification of this level (DocMDP), first signature only */
    const gchar
        *lock; /* fields that are locked from now on: "all", "include:FIELD,…", "exclude:FIELD,…"; or NULL */
    const gchar *digest;   /* that the CMS will use, "sha256", …; NULL: sha256 */
    gboolean time_stamped; /* the CMS will hold a time-stamp */
    gboolean archived;     /* a document time-stamp will follow: what forbids that one forbids this one too */
    GBytes *signer;        /* certificate, DER; NULL: not known */
} PenaPdfSignOptions;

/* The appended bytes of one signature. The ByteRange is final; the gap holds '<', zeros and '>'. */
typedef struct {
    GByteArray *bytes;
    gsize gap_offset; /* of '<' in bytes */
    gsize gap_length; /* '<' and '>' included */
    gboolean covers;  /* the stamp, whose place nobody has chosen, may lie over what is drawn on the page */
} PenaPdfUpdate;
void pena_pdf_update_free (PenaPdfUpdate *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaPdfUpdate, pena_pdf_update_free)

/* Refuses what must not be signed: DOCUMENT_CERTIFIED, _LOCKED, _XFA, _RESTRICTED, _UNSUPPORTED. */
gboolean pena_pdf_check_signable (PenaPdf *self, GError **error);
/* Transfer full. Calls check_signable itself. */
PenaPdfUpdate *pena_pdf_prepare (PenaPdf *self, const PenaPdfSignOptions *options, GError **error);
/* Writes the CMS into the gap as hex; FALSE (INTERNAL) when it does not fit. */
gboolean pena_pdf_update_set_contents (PenaPdfUpdate *self, gconstpointer der, gsize length, GError **error);

/* How what came after a signature relates to it, worst first. */
typedef enum {
    PENA_PDF_CHANGES_OTHER,      /* something that neither its signer nor common sense allows */
    PENA_PDF_CHANGES_ALLOWED,    /* only what is allowed, such as filling in a form */
    PENA_PDF_CHANGES_SIGNATURES, /* only further signatures and what they need */
    PENA_PDF_CHANGES_NONE,       /* the signature covers the whole file */
} PenaPdfChanges;

/* One thing that a revision after the signature did, and whether this signature allows it
 * (docs/validation-changes.md). */
typedef struct {
    const gchar *code; /* such as "page-content"; static */
    gboolean allowed;
    guint revision; /* that did it; 1 is the first */
    guint page;     /* 1 is the first; 0 when it is of no page */
    gint object;    /* number; 0 when it is of none */
    gchar *field;   /* full name, or NULL */
    gchar *detail;  /* in words of PDF, such as a key; or NULL */
    gchar *text;    /* for people */
} PenaPdfEdit;

/* Of one signature that many are told; what is not allowed comes first. */
#define PENA_PDF_MAX_EDITS 50

#define PENA_PDF_MAX_CERTIFICATES 32

typedef struct {
    gchar *field; /* full name */
    gchar *filter, *sub_filter;
    gchar *name, *reason, *location; /* UTF-8 or NULL */
    gint64 time;                     /* /M; G_MININT64 when absent or malformed */
    guint64 ranges[4];               /* ByteRange: offset, length, offset, length */
    gboolean
        ranges_sound; /* starts at 0, the gap is exactly the hex string of /Contents of this dictionary, inside the file */
    gchar *ranges_problem; /* why not sound, for people; NULL when sound */
    GBytes *contents;      /* decoded /Contents with its padding; empty when there is none */
    guint revision;        /* 1 = the first revision */
    PenaPdfChanges changes;
    GPtrArray *edits; /* of PenaPdfEdit: what changed after, at most PENA_PDF_MAX_EDITS; some when OTHER */
    guint n_edits;    /* how many there were */
    GArray
        *shown_later; /* of guint: positions in the list of later signatures that added something visible */
    gboolean has_cert_key;   /* /Cert present: not PAdES */
    GPtrArray *certificates; /* of GBytes: what /Cert holds, the signer's first; not looked at, and at most
                                PENA_PDF_MAX_CERTIFICATES */
} PenaPdfSignature;
void pena_pdf_signature_free (PenaPdfSignature *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaPdfSignature, pena_pdf_signature_free)
/* It is a document time-stamp (sub_filter "ETSI.RFC3161"). */
gboolean pena_pdf_signature_is_time_stamp (const PenaPdfSignature *self);

/* With more, a document is UNSUPPORTED: each costs a comparison of two revisions. */
#define PENA_PDF_MAX_SIGNATURES 256

/* Every signed signature field, oldest first; transfer full (g_ptr_array_unref), empty when there is none. Document
 * time-stamps are listed too. */
GPtrArray *pena_pdf_list_signatures (PenaPdf *self, GError **error);
/* The last sound one of that list, without a look at what came after the others: quick, however many there are. What came
 * after it is OTHER unless it covers the whole file. Transfer full; INTERNAL when there is none. */
PenaPdfSignature *pena_pdf_get_last_signature (PenaPdf *self, GError **error);
guint pena_pdf_get_n_revisions (const PenaPdf *self);
