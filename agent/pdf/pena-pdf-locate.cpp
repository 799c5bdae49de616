/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: where a text stands on the pages
 * Copyright (C) 2026 the Pena authors */
#include <cmath>
#include <exception>
#include <pena/pena-error.h>

#include "pena-pdf-page-text.hpp"
#include "pena-pdf-places.hpp"

extern "C" {
#include "pena-pdf-locate.h"
#include "pena-text.h"
}

namespace
{

/* Characters of one word may stand this many ems apart: they may be spread, and blanks between them are not looked at. */
const double widest_gap = 1.5;

std::u32string
without_blanks (const gchar *text)
{
    std::u32string out;

    for (; *text != '\0'; text = g_utf8_next_char (text))
        if (!g_unichar_isspace (g_utf8_get_char (text)))
            out.push_back (g_utf8_get_char (text));
    return out;
}

bool
follows (const pena::Mark &before, const pena::Mark &after)
{
    double gap = std::hypot (after.x - before.end_x, after.y - before.end_y);
    return gap <= widest_gap * std::max (before.em, after.em);
}

bool
matches (const std::vector<pena::Mark> &marks, size_t at, const std::u32string &text)
{
    for (size_t i = 0; i < text.size (); i++)
        if (marks[at + i].character != text[i] || (i > 0 && !follows (marks[at + i - 1], marks[at + i])))
            return false;
    return true;
}

PenaPdfRect
area_of (const std::vector<pena::Mark> &marks, size_t at, size_t length)
{
    PenaPdfRect area = marks[at].area;

    for (size_t i = 1; i < length; i++) {
        const PenaPdfRect &one = marks[at + i].area;
        area = {std::min (area.x0, one.x0), std::min (area.y0, one.y0), std::max (area.x1, one.x1),
                std::max (area.y1, one.y1)};
    }
    return area;
}

/* Some programs draw bold text as the same text twice. */
bool
is_same_place (const PenaPdfAnchor &a, const PenaPdfAnchor &b)
{
    double width = std::min (a.area.x1, b.area.x1) - std::max (a.area.x0, b.area.x0);
    double height = std::min (a.area.y1, b.area.y1) - std::max (a.area.y0, b.area.y0);

    return a.page == b.page && width > (a.area.x1 - a.area.x0) / 2 && height > (a.area.y1 - a.area.y0) / 2;
}

void
search_page (QPDFObjectHandle page, guint index, const std::u32string &text,
             std::vector<PenaPdfAnchor> &found)
{
    const std::vector<pena::Mark> marks = pena::read_marks (page);

    for (size_t at = 0; at + text.size () <= marks.size (); at++) {
        if (!matches (marks, at, text))
            continue;
        PenaPdfAnchor anchor = {index, area_of (marks, at, text.size ())};
        if (found.empty () || !is_same_place (found.back (), anchor))
            found.push_back (anchor);
        at += text.size () - 1;
    }
}

std::vector<PenaPdfAnchor>
search (PenaPdf *pdf, const GArray *pages, gint wanted, const std::u32string &text)
{
    std::vector<PenaPdfAnchor> found;
    QPDF source;

    pena_pdf_open_strictly (source, pena_pdf_source (pdf));
    if (wanted < 0)
        wanted = static_cast<gint> (pages->len);
    for (guint i = 0; i < pages->len; i++) {
        const PenaPdfPage *page = &g_array_index (pages, PenaPdfPage, i);
        if (wanted != 0 && wanted != PENA_PDF_ALL_PAGES && static_cast<guint> (wanted) != i + 1)
            continue;
        if (page->ref.number != 0)
            search_page (source.getObject (page->ref.number, page->ref.generation), i, text, found);
    }
    return found;
}

gboolean
fail (GError **error, PenaErrorCode code, const gchar *anchor, size_t count)
{
    GError *made = g_error_new_literal (PENA_ERROR, code, "anchor");

    pena_error_set_string (made, "anchor", anchor);
    if (count > 0)
        pena_error_set_int (made, "count", static_cast<gint64> (count));
    g_propagate_error (error, made);
    return FALSE;
}

} // namespace

/* No exception may reach the C that calls this. */
gboolean
pena_pdf_locate (PenaPdf *pdf, const GArray *pages, gint wanted, const gchar *text, PenaPdfAnchor *ret_anchor,
                 GError **error)
{
    try {
        const std::u32string plain = without_blanks (text);
        std::vector<PenaPdfAnchor> found;
        if (!plain.empty ())
            found = search (pdf, pages, wanted, plain);
        if (found.size () != 1)
            return fail (error, found.empty () ? PENA_ERROR_ANCHOR_MISSING : PENA_ERROR_ANCHOR_AMBIGUOUS,
                         text, found.size ());
        *ret_anchor = found[0];
        return TRUE;
    } catch (const std::exception &) {
        pena_pdf_set_damaged (error, _ ("the contents of a page cannot be read"));
        return FALSE;
    }
}
