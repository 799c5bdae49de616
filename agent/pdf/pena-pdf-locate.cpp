/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: where a text stands on the pages
 * Copyright (C) 2026 the Pena authors */
#include <algorithm>
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
/* Blanks are not narrower, and characters of one word do not stand further apart, as most programs set them. */
const double blank_gap = 0.12;
/* Pages with more annotations than any letter has are not looked through. */
const int max_annotations = 1000;

struct Match {
    PenaPdfAnchor anchor;
    bool alone; /* no part of a longer word */
    bool seen;
};

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
follows (const pena::Mark &before, const pena::Mark &after, double gap = widest_gap)
{
    return std::hypot (after.x - before.end_x, after.y - before.end_y) <=
           gap * std::max (before.em, after.em);
}

bool
stands_alone (const std::vector<pena::Mark> &marks, size_t at, size_t length)
{
    return (at == 0 || !follows (marks[at - 1], marks[at], blank_gap)) &&
           (at + length == marks.size () || !follows (marks[at + length - 1], marks[at + length], blank_gap));
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

/* Where the signatures of others are seen, in the page's own space. */
std::vector<PenaPdfRect>
find_stamps (QPDFObjectHandle page)
{
    QPDFObjectHandle annotations = page.getKey ("/Annots");
    int n = annotations.isArray () ? std::min (annotations.getArrayNItems (), max_annotations) : 0;
    std::vector<PenaPdfRect> stamps;

    for (int i = 0; i < n; i++) {
        QPDFObjectHandle widget = annotations.getArrayItem (i);
        if (!widget.isDictionary () || !widget.getKey ("/Rect").isRectangle ())
            continue;
        QPDFObjectHandle field = widget.hasKey ("/FT") ? widget : widget.getKey ("/Parent");
        if (!field.isDictionary () || !field.getKey ("/FT").isNameAndEquals ("/Sig") ||
            !field.getKey ("/V").isDictionary ())
            continue;
        QPDFObjectHandle::Rectangle rect = widget.getKey ("/Rect").getArrayAsRectangle ();
        stamps.push_back ({rect.llx, rect.lly, rect.urx, rect.ury});
    }
    return stamps;
}

bool
lies_within (const PenaPdfRect &inner, const PenaPdfRect &outer)
{
    double x = (inner.x0 + inner.x1) / 2, y = (inner.y0 + inner.y1) / 2;
    return x >= outer.x0 && x <= outer.x1 && y >= outer.y0 && y <= outer.y1;
}

/* A text beyond what is shown of the page, or below somebody's stamp, is nothing that a person could have meant. */
bool
is_seen (const PenaPdfRect &area, const PenaPdfPage &page, const std::vector<PenaPdfRect> &stamps)
{
    for (const PenaPdfRect &stamp : stamps)
        if (lies_within (area, stamp))
            return false;
    return lies_within (area, page.box);
}

void
search_page (QPDFObjectHandle object, const PenaPdfPage &page, guint index, const std::u32string &text,
             std::vector<Match> &found)
{
    const std::vector<pena::Mark> marks = pena::read_marks (object);
    const std::vector<PenaPdfRect> stamps = find_stamps (object);

    for (size_t at = 0; at + text.size () <= marks.size (); at++) {
        if (!matches (marks, at, text))
            continue;
        PenaPdfAnchor anchor = {index, area_of (marks, at, text.size ())};
        if (found.empty () || !is_same_place (found.back ().anchor, anchor))
            found.push_back (
                {anchor, stands_alone (marks, at, text.size ()), is_seen (anchor.area, page, stamps)});
        at += text.size () - 1;
    }
}

/* "#" is no mark in "#12" where there is one that stands alone, and be it below a stamp. */
void
drop_parts (std::vector<Match> &found)
{
    const auto parts =
        std::stable_partition (found.begin (), found.end (), [] (const Match &one) { return one.alone; });

    if (parts != found.begin ())
        found.erase (parts, found.end ());
}

void
drop_unseen (std::vector<Match> &found)
{
    found.erase (std::remove_if (found.begin (), found.end (), [] (const Match &one) { return !one.seen; }),
                 found.end ());
}

std::vector<Match>
search (PenaPdf *pdf, const GArray *pages, gint wanted, const std::u32string &text)
{
    std::vector<Match> found;
    QPDF source;

    pena_pdf_open_strictly (source, pena_pdf_source (pdf));
    if (wanted < 0)
        wanted = static_cast<gint> (pages->len);
    for (guint i = 0; i < pages->len; i++) {
        const PenaPdfPage *page = &g_array_index (pages, PenaPdfPage, i);
        if (wanted != 0 && wanted != PENA_PDF_ALL_PAGES && static_cast<guint> (wanted) != i + 1)
            continue;
        if (page->ref.number != 0)
            search_page (source.getObject (page->ref.number, page->ref.generation), *page, i, text, found);
    }
    drop_parts (found);
    drop_unseen (found);
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
        std::vector<Match> found;
        if (!plain.empty ())
            found = search (pdf, pages, wanted, plain);
        if (found.size () != 1)
            return fail (error, found.empty () ? PENA_ERROR_ANCHOR_MISSING : PENA_ERROR_ANCHOR_AMBIGUOUS,
                         text, found.size ());
        *ret_anchor = found[0].anchor;
        return TRUE;
    } catch (const std::exception &) {
        pena_pdf_set_damaged (error, _ ("the contents of a page cannot be read"));
        return FALSE;
    }
}
