/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: where the objects of a PDF stand
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-places.h"

#define POINTERHOLDER_TRANSITION 4 /* qpdf: none of its old pointer type */
#include <exception>
#include <qpdf/QPDF.hh>

static PenaPdfPlace
make_place (const QPDFObjGen &object, const QPDFXRefEntry &entry)
{
    PenaPdfPlace place = {object.getObj (), object.getGen (), entry.getType (), 0, 0};

    if (place.kind == 1)
        place.place = entry.getOffset ();
    else if (place.kind == 2) {
        place.place = entry.getObjStreamNumber ();
        place.index = entry.getObjStreamIndex ();
    }
    return place;
}

static void
open_strictly (QPDF &pdf, const guint8 *data, gsize size)
{
    pdf.setSuppressWarnings (true);
    pdf.setAttemptRecovery (false);
    pdf.processMemoryFile ("", reinterpret_cast<const char *> (data), size);
}

/* No exception may reach the C that calls these. */
GArray *
pena_pdf_places_new (const guint8 *data, gsize size)
{
    GArray *places = g_array_new (FALSE, FALSE, sizeof (PenaPdfPlace));

    try {
        QPDF pdf;
        open_strictly (pdf, data, size);
        for (const auto &row : pdf.getXRefTable ()) {
            PenaPdfPlace place = make_place (row.first, row.second);
            g_array_append_val (places, place);
        }
    } catch (const std::exception &) {
        g_array_unref (places);
        return nullptr;
    }
    return places;
}

/* Having gone so far from where it last did, the reader lets go of what it touched. */
static const gint64 stretch = 1 << 20;

GArray *
pena_pdf_dangling_new (const guint8 *data, gsize size, GFunc forget, gpointer user_data)
{
    GArray *dangling = g_array_new (FALSE, FALSE, sizeof (gint));

    try {
        QPDF pdf;
        gint64 last = 0;
        open_strictly (pdf, data, size);
        const auto table = pdf.getXRefTable ();
        for (const auto &row : table) {
            const PenaPdfPlace place = make_place (row.first, row.second);
            pdf.getObject (row.first).getTypeCode (); /* reads it */
            if (place.kind == 1 && ABS (place.place - last) > stretch) {
                forget (nullptr, user_data);
                last = place.place;
            }
        }
        /* qpdf makes a null of each object that is only referred to. */
        for (auto &object : pdf.getAllObjects ())
            if (table.count (object.getObjGen ()) == 0) {
                gint number = object.getObjectID ();
                g_array_append_val (dangling, number);
            }
        if (!pdf.anyWarnings ())
            return dangling;
    } catch (const std::exception &) {
    }
    g_array_unref (dangling);
    return nullptr;
}
