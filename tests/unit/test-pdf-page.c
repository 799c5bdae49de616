/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: tests of where a page's space lies on the page as it is shown
 * Copyright (C) 2026 the Pena authors */
#include <math.h>

#include "pena-pdf-page.h"
#include "pena-pdf-room.h"
#include "pena-pdf-spots.h"

static void
assert_rect (PenaPdfRect rect, gdouble x0, gdouble y0, gdouble x1, gdouble y1)
{
    g_assert_cmpfloat_with_epsilon (rect.x0, x0, 1e-6);
    g_assert_cmpfloat_with_epsilon (rect.y0, y0, 1e-6);
    g_assert_cmpfloat_with_epsilon (rect.x1, x1, 1e-6);
    g_assert_cmpfloat_with_epsilon (rect.y1, y1, 1e-6);
}

/* A rectangle of 30 by 10, 5 from the left and 7 from the lower edge of the shown page; the page is 200 by 100. */
static const PenaPdfRect shown = {5, 7, 35, 17};

static void
test_rotations (void)
{
    PenaPdfPage page = {.box = {0, 0, 200, 100}, .unit = 1};

    assert_rect (pena_pdf_page_to_space (&page, shown), 5, 7, 35, 17);
    page.rotate = 90;
    assert_rect (pena_pdf_page_to_space (&page, shown), 183, 5, 193, 35);
    page.rotate = 180;
    assert_rect (pena_pdf_page_to_space (&page, shown), 165, 83, 195, 93);
    page.rotate = 270;
    assert_rect (pena_pdf_page_to_space (&page, shown), 7, 65, 17, 95);
}

static void
test_box_and_unit (void)
{
    const PenaPdfPage page = {.box = {10, 20, 110, 70}, .unit = 2};
    gdouble width, height;

    pena_pdf_page_get_size (&page, &width, &height);
    g_assert_cmpfloat (width, ==, 200);
    g_assert_cmpfloat (height, ==, 100);
    assert_rect (pena_pdf_page_to_space (&page, shown), 12.5, 23.5, 27.5, 28.5);
}

static void
test_there_and_back (void)
{
    for (gint rotate = 0; rotate < 360; rotate += 90) {
        const PenaPdfPage page = {.box = {-30, 40, 270, 640}, .unit = 1.5, .rotate = rotate};
        PenaPdfRect back = pena_pdf_page_to_shown (&page, pena_pdf_page_to_space (&page, shown));
        assert_rect (back, shown.x0, shown.y0, shown.x1, shown.y1);
    }
}

static void
test_fit (void)
{
    assert_rect (pena_pdf_fit ((PenaPdfRect){0, 0, 100, 100}, 20, 10), 0, 25, 100, 75);
    assert_rect (pena_pdf_fit ((PenaPdfRect){10, 10, 30, 20}, 10, 10), 15, 10, 25, 20);
}

/* A page of 600 by 800 with margins of 50; wanted: 200 by 70 in the lower right corner. */
static void
test_room (void)
{
    const PenaPdfRect within = {50, 50, 550, 750}, wanted = {350, 50, 550, 120};
    const PenaPdfRect corner = {400, 60, 560, 100}, left = {40, 40, 380, 130}, all = {0, 0, 600, 800};
    g_autoptr (GArray) taken = g_array_new (FALSE, FALSE, sizeof (PenaPdfRect));
    PenaPdfRect room = pena_pdf_find_room (taken, wanted, within);

    assert_rect (room, 350, 50, 550, 120);
    g_array_append_val (taken, corner); /* above it is nearer than left of it */
    room = pena_pdf_find_room (taken, wanted, within);
    assert_rect (room, 350, 106, 550, 176);
    g_array_append_val (taken, room);
    room = pena_pdf_find_room (taken, wanted, within);
    assert_rect (room, 350, 182, 550, 252);
    g_array_remove_index (taken, 1);
    g_array_append_val (taken, left);
    room = pena_pdf_find_room (taken, wanted, within);
    assert_rect (room, 350, 136, 550, 206);
    g_array_append_val (taken, all); /* no room at all: where it is wanted */
    room = pena_pdf_find_room (taken, wanted, within);
    assert_rect (room, 350, 50, 550, 120);
}

/* Where there is no room above, it goes aside. */
static void
test_room_aside (void)
{
    const PenaPdfRect within = {50, 50, 550, 150}, wanted = {350, 50, 550, 120}, corner = {350, 50, 550, 120};
    g_autoptr (GArray) taken = g_array_new (FALSE, FALSE, sizeof (PenaPdfRect));

    g_array_append_val (taken, corner);
    assert_rect (pena_pdf_find_room (taken, wanted, within), 144, 50, 344, 120);
}

/* A page of 600 by 800 with margins of 50; wanted: 200 by 70. */
static void
test_blank (void)
{
    const PenaPdfRect within = {50, 50, 550, 750}, all = {0, 0, 600, 800};
    const struct {
        PenaPdfRect wanted, taken, ink[2];
        PenaPdfRect place; /* of no width: there is none */
    } rows[] = {
        {.wanted = {350, 50, 550, 120}, .place = {350, 50, 550, 120}},
        {.wanted = {350, 50, 550, 120}, .ink = {{0, 130, 600, 800}}, .place = {350, 50, 550, 120}},
        {.wanted = {350, 50, 550, 120}, .ink = {{0, 0, 600, 46}}, .place = {350, 50, 550, 120}},
        /* in the way: on the left at the same height, or in the middle, or higher */
        {.wanted = {350, 50, 550, 120}, .ink = {{400, 60, 500, 70}}, .place = {50, 50, 250, 120}},
        {.wanted = {350, 50, 550, 120}, .taken = {350, 50, 550, 120}, .place = {50, 50, 250, 120}},
        {.wanted = {350, 50, 550, 120},
         .ink = {{510, 60, 520, 70}, {80, 60, 90, 70}},
         .place = {200, 50, 400, 120}},
        {.wanted = {350, 50, 550, 120}, .ink = {{0, 0, 600, 200}}, .place = {350, 203, 550, 273}},
        {.wanted = {350, 50, 550, 120}, .taken = {0, 0, 600, 200}, .place = {350, 208, 550, 278}},
        /* from the top downwards, from the middle either way */
        {.wanted = {50, 680, 250, 750}, .ink = {{0, 600, 600, 800}}, .place = {50, 527, 250, 597}},
        {.wanted = {200, 365, 400, 435}, .ink = {{0, 360, 600, 400}}, .place = {200, 403, 400, 473}},
        /* between two paragraphs, or nowhere */
        {.wanted = {350, 50, 550, 120},
         .ink = {{0, 0, 600, 400}, {0, 480, 600, 800}},
         .place = {350, 403, 550, 473}},
        {.wanted = {350, 50, 550, 120}, .ink = {{0, 0, 600, 400}, {0, 470, 600, 800}}},
        {.wanted = {350, 50, 550, 120}, .ink = {all}},
        /* larger than what is between the margins: there or nowhere */
        {.wanted = {0, 0, 600, 800}, .place = {0, 0, 600, 800}},
        {.wanted = {0, 0, 600, 800}, .ink = {{300, 300, 310, 310}}},
    };
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr (GArray) taken = g_array_new (FALSE, FALSE, sizeof (PenaPdfRect));
        g_autoptr (GArray) ink = g_array_new (FALSE, FALSE, sizeof (PenaPdfRect));
        PenaPdfRect place = {0};
        g_array_append_val (taken, rows[i].taken);
        g_array_append_vals (ink, rows[i].ink, 2);
        g_test_message ("row %" G_GSIZE_FORMAT, i);
        g_assert_cmpint (pena_pdf_find_blank (taken, ink, rows[i].wanted, within, &place), ==,
                         rows[i].place.x1 > 0);
        g_assert_cmpfloat (ABS (place.x0 - rows[i].place.x0), <, 0.01);
        g_assert_cmpfloat (ABS (place.x1 - rows[i].place.x1), <, 0.01);
        /* a cell is 2.33 points */
        g_assert_cmpfloat (ABS (place.y0 - rows[i].place.y0), <, 4);
        g_assert_cmpfloat (ABS (place.y1 - rows[i].place.y1), <, 4);
    }
}

/* What makes no cells has no blank place, whatever unit the page has. */
static void
test_blank_size (void)
{
    static const struct {
        gdouble width, height;
        gboolean found;
    } rows[] = {
        {600, 800, TRUE},     {0, 800, FALSE},      {-5, 800, FALSE},        {600e-9, 800e-9, FALSE},
        {5e-324, 800, TRUE},  {600, 5e-324, TRUE},  {5e-324, 5e-324, FALSE}, {2e-6, 1e-6, TRUE},
        {HUGE_VAL, 1, FALSE}, {1, HUGE_VAL, FALSE}, {NAN, 1, FALSE},         {1, NAN, FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr (GArray) none = g_array_new (FALSE, FALSE, sizeof (PenaPdfRect));
        const PenaPdfRect within = {0, 0, rows[i].width, rows[i].height};
        PenaPdfRect place;
        g_test_message ("row %" G_GSIZE_FORMAT, i);
        g_assert_cmpint (pena_pdf_find_blank (none, none, within, within, &place), ==, rows[i].found);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/pdf/page/rotations", test_rotations);
    g_test_add_func ("/pdf/page/box-and-unit", test_box_and_unit);
    g_test_add_func ("/pdf/page/there-and-back", test_there_and_back);
    g_test_add_func ("/pdf/page/fit", test_fit);
    g_test_add_func ("/pdf/page/room", test_room);
    g_test_add_func ("/pdf/page/room-aside", test_room_aside);
    g_test_add_func ("/pdf/page/blank", test_blank);
    g_test_add_func ("/pdf/page/blank-size", test_blank_size);
    return g_test_run ();
}
