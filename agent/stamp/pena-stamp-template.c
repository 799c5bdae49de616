/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what a stamp looks like: reading the template
 * Copyright (C) 2026 the Pena authors */
#include "pena-stamp-template.h"

#include <pena/pena-error.h>
#include <string.h>

#include "pena-stamp-lines.h"
#include "pena-text.h"

#define MAX_ELEMENTS 64
#define MAX_LENGTH 4000 /* points */
#define MAX_TEXT 2048   /* characters */
#define MAX_FIELDS 32

typedef enum {
    VALUE_TEXT,
    VALUE_FONT,
    VALUE_LENGTHS, /* `count` of them, blanks between */
    VALUE_COLOUR,
    VALUE_CHOICE,
    VALUE_PAGE,
    VALUE_DATA, /* Base64 */
} ValueKind;

typedef struct {
    const gchar *key;
    ValueKind kind;
    gsize offset;
    guint count;                 /* lengths */
    const gchar *const *choices; /* NULL-terminated */
    gdouble least;               /* lengths */
} KeyRow;

const gchar *const pena_stamp_symbologies[] = {"code128", "code39",     "code93", "ean13", "itf14",
                                               "pdf417",  "datamatrix", "aztec",  NULL};
const gchar *const pena_stamp_places[] = {"top-left", "top",         "top-right", "left",         "center",
                                          "right",    "bottom-left", "bottom",    "bottom-right", NULL};
static const gchar *const aligns[] = {"left", "center", "right", NULL};
static const gchar *const valigns[] = {"top", "middle", "bottom", NULL};
static const gchar *const corrections[] = {"L", "M", "Q", "H", NULL};
static const gchar *const alphas[] = {"white", "keep", NULL};
static const gchar *const anchors[] = {"left", "center", NULL};
static const gchar *const languages[] = {"id", "en", NULL};

#define CANVAS(member) G_STRUCT_OFFSET (PenaStampCanvas, member)
#define ELEMENT(member) G_STRUCT_OFFSET (PenaStampElement, member)

static const KeyRow canvas_keys[] = {
    {"size", VALUE_LENGTHS, CANVAS (size), .count = 2, .least = 1},
    {"font", VALUE_FONT, CANVAS (font)},
    {"colour", VALUE_COLOUR, CANVAS (colour)},
    {"background", VALUE_COLOUR, CANVAS (background)},
    {"border", VALUE_LENGTHS, CANVAS (border), .count = 1},
    {"page", VALUE_PAGE, CANVAS (page)},
    {"place", VALUE_CHOICE, CANVAS (place), .choices = pena_stamp_places},
    {"margin", VALUE_LENGTHS, CANVAS (margin), .count = 1},
    {"anchor", VALUE_CHOICE, CANVAS (anchor), .choices = anchors},
    {"fields", VALUE_TEXT, CANVAS (fields)},
    {"language", VALUE_CHOICE, CANVAS (language), .choices = languages},
};

static const KeyRow element_keys[PENA_STAMP_N_KINDS][8] = {
    [PENA_STAMP_TEXT] = {{"box", VALUE_LENGTHS, ELEMENT (box), .count = 4},
                         {"text", VALUE_TEXT, ELEMENT (text)},
                         {"font", VALUE_FONT, ELEMENT (font)},
                         {"colour", VALUE_COLOUR, ELEMENT (colour)},
                         {"align", VALUE_CHOICE, ELEMENT (align), .choices = aligns},
                         {"valign", VALUE_CHOICE, ELEMENT (valign), .choices = valigns}},
    [PENA_STAMP_QR] = {{"box", VALUE_LENGTHS, ELEMENT (box), .count = 4},
                       {"content", VALUE_TEXT, ELEMENT (text)},
                       {"otherwise", VALUE_TEXT, ELEMENT (otherwise)},
                       {"colour", VALUE_COLOUR, ELEMENT (colour)},
                       {"correction", VALUE_CHOICE, ELEMENT (correction), .choices = corrections}},
    [PENA_STAMP_BARCODE] = {{"box", VALUE_LENGTHS, ELEMENT (box), .count = 4},
                            {"content", VALUE_TEXT, ELEMENT (text)},
                            {"otherwise", VALUE_TEXT, ELEMENT (otherwise)},
                            {"colour", VALUE_COLOUR, ELEMENT (colour)},
                            {"kind", VALUE_CHOICE, ELEMENT (symbology), .choices = pena_stamp_symbologies}},
    [PENA_STAMP_IMAGE] = {{"box", VALUE_LENGTHS, ELEMENT (box), .count = 4},
                          {"data", VALUE_DATA, ELEMENT (data)},
                          {"alpha", VALUE_CHOICE, ELEMENT (alpha), .choices = alphas}},
    [PENA_STAMP_LINE] = {{"box", VALUE_LENGTHS, ELEMENT (box), .count = 4},
                         {"colour", VALUE_COLOUR, ELEMENT (colour)}},
};

static const gchar *const kind_names[PENA_STAMP_N_KINDS] = {"text", "qr", "barcode", "image", "line"};
/* What an element is nothing without. */
static const gchar *const needed_keys[PENA_STAMP_N_KINDS] = {"text", "content", "content", "data", "box"};
static const gchar *const canvas_names[PENA_STAMP_N_CANVASES] = {"stamp", "footer"};

/* One reading. */
typedef struct {
    GKeyFile *file;
    PenaStampLines *lines;
    PenaStampTemplate *result;
} Reading;

/* Where a value comes from and goes to. */
typedef struct {
    const Reading *reading;
    const gchar *group;
    const KeyRow *row;
    gpointer target;
} Value;

gboolean
pena_stamp_invalid (GError **error, guint line, const gchar *format, ...)
{
    va_list args;

    va_start (args, format);
    g_autofree gchar *what = g_strdup_vprintf (format, args);
    va_end (args);
    g_autofree gchar *reason = line > 0 ? g_strdup_printf (_ ("line %u: %s"), line, what) : g_strdup (what);
    GError *made = g_error_new_literal (PENA_ERROR, PENA_ERROR_STAMP_INVALID, reason);
    pena_error_set_string (made, "reason", reason);
    if (line > 0)
        pena_error_set_int (made, "line", line);
    g_propagate_error (error, made);
    return FALSE;
}

static void
element_free (PenaStampElement *self)
{
    g_free (self->group);
    g_free (self->text);
    g_free (self->otherwise);
    g_free (self->font);
    g_clear_pointer (&self->data, g_bytes_unref);
    g_free (self);
}

void
pena_stamp_template_free (PenaStampTemplate *self)
{
    if (self == NULL)
        return;
    for (guint i = 0; i < PENA_STAMP_N_CANVASES; i++) {
        g_free (self->canvases[i].font);
        g_free (self->canvases[i].fields);
        g_clear_pointer (&self->canvases[i].elements, g_ptr_array_unref);
    }
    g_clear_pointer (&self->fields, g_ptr_array_unref);
    g_free (self);
}

static guint
line_of (const Value *value)
{
    return pena_stamp_lines_find (value->reading->lines, value->group, value->row->key);
}

static gboolean
take_lengths (const Value *value, const gchar *text, GError **error)
{
    gdouble numbers[4];
    const gchar *at = text;
    guint n = 0;

    for (; n < value->row->count; n++) {
        gchar *end = NULL;
        numbers[n] = g_ascii_strtod (at, &end);
        if (end == at || !(numbers[n] >= 0 && numbers[n] <= MAX_LENGTH))
            break;
        at = end;
    }
    at += strspn (at, " ");
    if (n < value->row->count || *at != '\0' || numbers[n - 1] < value->row->least)
        return pena_stamp_invalid (error, line_of (value), _ ("%s is %u numbers of points, from %g to %d"),
                                   value->row->key, value->row->count, value->row->least, MAX_LENGTH);
    memcpy (value->target, numbers, n * sizeof (gdouble));
    return TRUE;
}

static gboolean
take_colour (const Value *value, const gchar *text, GError **error)
{
    PenaStampColour *colour = value->target;
    gchar *end = NULL;

    if (text[0] != '#' || strlen (text) != 7 || strspn (text + 1, "0123456789abcdefABCDEF") != 6)
        return pena_stamp_invalid (error, line_of (value), _ ("%s is a colour such as #1a3c7f"),
                                   value->row->key);
    guint64 rgb = g_ascii_strtoull (text + 1, &end, 16);
    *colour = (PenaStampColour){(gdouble)(rgb >> 16 & 255) / 255, (gdouble)(rgb >> 8 & 255) / 255,
                                (gdouble)(rgb & 255) / 255, TRUE};
    return TRUE;
}

static gboolean
take_choice (const Value *value, const gchar *text, GError **error)
{
    for (guint i = 0; value->row->choices[i] != NULL; i++)
        if (g_str_equal (text, value->row->choices[i])) {
            *(guint *)value->target = i;
            return TRUE;
        }
    g_autofree gchar *all = g_strjoinv (", ", (gchar **)value->row->choices);
    return pena_stamp_invalid (error, line_of (value), _ ("%s is one of: %s"), value->row->key, all);
}

static gboolean
take_page (const Value *value, const gchar *text, GError **error)
{
    guint64 page;

    if (g_str_equal (text, "last"))
        *(gint *)value->target = -1;
    else if (g_ascii_string_to_unsigned (text, 10, 1, 1000000, &page, NULL))
        *(gint *)value->target = (gint)page;
    else
        return pena_stamp_invalid (error, line_of (value), _ ("page is a number from 1, or 'last'"));
    return TRUE;
}

/* A family, maybe a style, and a size in points: "Sans Bold 8". */
static gboolean
take_font (const Value *value, const gchar *text, GError **error)
{
    const gchar *blank = strrchr (text, ' ');
    gchar *end = NULL;
    gdouble size = blank != NULL ? g_ascii_strtod (blank + 1, &end) : 0;

    if (blank == NULL || *end != '\0' || !(size >= 1 && size <= 500) || strlen (text) > 100)
        return pena_stamp_invalid (error, line_of (value), _ ("%s is a family and a size, such as Sans 8"),
                                   value->row->key);
    g_free (*(gchar **)value->target);
    *(gchar **)value->target = g_strdup (text);
    return TRUE;
}

static gboolean
take_data (const Value *value, const gchar *text, GError **error)
{
    gsize length = 0;
    g_autofree guchar *data = g_base64_decode (text, &length);

    if (length == 0)
        return pena_stamp_invalid (error, line_of (value), _ ("%s is an image in Base64"), value->row->key);
    *(GBytes **)value->target = g_bytes_new_take (g_steal_pointer (&data), length);
    return TRUE;
}

static gboolean
take_text (const Value *value, const gchar *text, GError **error)
{
    if (g_utf8_strlen (text, -1) > MAX_TEXT)
        return pena_stamp_invalid (error, line_of (value), _ ("%s is longer than %d characters"),
                                   value->row->key, MAX_TEXT);
    g_free (*(gchar **)value->target);
    *(gchar **)value->target = g_strdup (text);
    return TRUE;
}

static gboolean (*const takers[]) (const Value *value, const gchar *text, GError **error) = {
    [VALUE_TEXT] = take_text,     [VALUE_FONT] = take_font,     [VALUE_LENGTHS] = take_lengths,
    [VALUE_COLOUR] = take_colour, [VALUE_CHOICE] = take_choice, [VALUE_PAGE] = take_page,
    [VALUE_DATA] = take_data,
};

/* A group whose keys must be those of the rows. */
typedef struct {
    const gchar *name;
    const KeyRow *rows;
    gsize n_rows; /* or until the first without a key */
} Group;

static const KeyRow *
find_row (const Group *group, const gchar *key)
{
    for (gsize i = 0; i < group->n_rows && group->rows[i].key != NULL; i++)
        if (g_str_equal (group->rows[i].key, key))
            return &group->rows[i];
    return NULL;
}

static gboolean
read_group (const Reading *reading, const Group *group, gpointer target, GError **error)
{
    g_auto (GStrv) keys = g_key_file_get_keys (reading->file, group->name, NULL, NULL);

    for (guint i = 0; keys != NULL && keys[i] != NULL; i++) {
        guint line = pena_stamp_lines_find (reading->lines, group->name, keys[i]);
        const KeyRow *row = find_row (group, keys[i]);
        if (row == NULL)
            return pena_stamp_invalid (error, line, _ ("there is no key '%s' in [%s]"), keys[i], group->name);
        g_autofree gchar *text = g_key_file_get_string (reading->file, group->name, keys[i], NULL);
        if (text == NULL)
            return pena_stamp_invalid (error, line, _ ("%s has a backslash that means nothing"), keys[i]);
        const Value value = {reading, group->name, row, G_STRUCT_MEMBER_P (target, row->offset)};
        if (!takers[row->kind](&value, row->kind == VALUE_TEXT ? text : g_strstrip (text), error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
read_canvas (Reading *reading, PenaStampCanvasKind kind, GError **error)
{
    PenaStampCanvas *canvas = &reading->result->canvases[kind];
    const Group group = {canvas_names[kind], canvas_keys, G_N_ELEMENTS (canvas_keys)};
    guint line = pena_stamp_lines_find (reading->lines, group.name, NULL);

    *canvas = (PenaStampCanvas){.page = -1, .margin = 36, .elements = canvas->elements};
    canvas->place = kind == PENA_STAMP_FOOTER ? 7 : 8;
    if (line == 0)
        return TRUE;
    canvas->present = TRUE;
    canvas->font = g_strdup ("Sans 8");
    if (!read_group (reading, &group, canvas, error))
        return FALSE;
    if (canvas->size[0] < 1 || canvas->size[1] < 1)
        return pena_stamp_invalid (error, line, _ ("[%s] lacks the key '%s'"), group.name, "size");
    return TRUE;
}

/* "[text]", "[text rank]", "[footer text]", "[footer text rank]". */
static gboolean
identify (const gchar *group, PenaStampCanvasKind *ret_canvas, PenaStampKind *ret_kind)
{
    PenaStampCanvasKind canvas = PENA_STAMP_MAIN;

    if (g_str_has_prefix (group, "footer ")) {
        canvas = PENA_STAMP_FOOTER;
        group += strlen ("footer ");
    }
    gsize length = strcspn (group, " ");
    for (guint i = 0; i < PENA_STAMP_N_KINDS; i++)
        if (strlen (kind_names[i]) == length && strncmp (kind_names[i], group, length) == 0) {
            *ret_canvas = canvas;
            *ret_kind = (PenaStampKind)i;
            return TRUE;
        }
    return FALSE;
}

/* Whatever stands outside would be cut off. */
static gboolean
check_box (const PenaStampCanvas *canvas, const PenaStampElement *element, guint line, GError **error)
{
    const gdouble *box = element->box;

    if (box[2] <= 0 || box[3] <= 0)
        return pena_stamp_invalid (error, line, _ ("a box has a width and a height"));
    if (box[0] + box[2] > canvas->size[0] + 0.01 || box[1] + box[3] > canvas->size[1] + 0.01)
        return pena_stamp_invalid (error, line, _ ("the box reaches beyond the stamp, which is %g by %g"),
                                   canvas->size[0], canvas->size[1]);
    return TRUE;
}

static gboolean
read_element (Reading *reading, const gchar *name, GError **error)
{
    guint line = pena_stamp_lines_find (reading->lines, name, NULL);
    PenaStampCanvasKind where;
    PenaStampKind kind;

    if (!identify (name, &where, &kind))
        return pena_stamp_invalid (error, line, _ ("there is no kind of group [%s]"), name);
    PenaStampCanvas *canvas = &reading->result->canvases[where];
    if (!canvas->present)
        return pena_stamp_invalid (error, line, _ ("[%s] without a group [%s]"), name, canvas_names[where]);
    if (canvas->elements->len >= MAX_ELEMENTS)
        return pena_stamp_invalid (error, line, _ ("more than %d things on one stamp"), MAX_ELEMENTS);
    PenaStampElement *element = g_new0 (PenaStampElement, 1);
    const Group group = {name, element_keys[kind], G_N_ELEMENTS (element_keys[kind])};
    element->kind = kind;
    element->group = g_strdup (name);
    element->line = line;
    element->correction = 1;
    g_ptr_array_add (canvas->elements, element);
    if (!read_group (reading, &group, element, error))
        return FALSE;
    if (!g_key_file_has_key (reading->file, name, needed_keys[kind], NULL))
        return pena_stamp_invalid (error, line, _ ("[%s] lacks the key '%s'"), name, needed_keys[kind]);
    element->line = pena_stamp_lines_find (reading->lines, name, needed_keys[kind]);
    guint box_line = pena_stamp_lines_find (reading->lines, name, "box");
    return check_box (canvas, element, box_line > 0 ? box_line : line, error);
}

static gboolean
is_canvas (const gchar *group)
{
    return g_str_equal (group, canvas_names[PENA_STAMP_MAIN]) ||
           g_str_equal (group, canvas_names[PENA_STAMP_FOOTER]);
}

static gboolean
read_fields (Reading *reading, PenaStampCanvasKind kind, GError **error)
{
    const PenaStampCanvas *canvas = &reading->result->canvases[kind];
    g_auto (GStrv) names = g_strsplit (canvas->fields != NULL ? canvas->fields : "", ";", -1);
    guint line = pena_stamp_lines_find (reading->lines, canvas_names[kind], "fields");

    for (guint i = 0; names[i] != NULL; i++) {
        const gchar *name = g_strstrip (names[i]);
        gsize length = strlen (name);
        if (length == 0)
            continue;
        if (length > 32 || strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789-") != length)
            return pena_stamp_invalid (error, line, _ ("'%s' is no name of a field (a-z, 0-9, -)"), name);
        if (reading->result->fields->len >= MAX_FIELDS)
            return pena_stamp_invalid (error, line, _ ("more than %d fields"), MAX_FIELDS);
        g_ptr_array_add (reading->result->fields, g_strdup (name));
    }
    return TRUE;
}

static gboolean
read_all (Reading *reading, GError **error)
{
    g_auto (GStrv) groups = g_key_file_get_groups (reading->file, NULL);

    for (guint i = 0; i < PENA_STAMP_N_CANVASES; i++)
        if (!read_canvas (reading, (PenaStampCanvasKind)i, error) ||
            !read_fields (reading, (PenaStampCanvasKind)i, error))
            return FALSE;
    for (guint i = 0; groups[i] != NULL; i++)
        if (!is_canvas (groups[i]) && !read_element (reading, groups[i], error))
            return FALSE;
    if (!reading->result->canvases[PENA_STAMP_MAIN].present &&
        !reading->result->canvases[PENA_STAMP_FOOTER].present)
        return pena_stamp_invalid (error, 0, _ ("it has neither a group [stamp] nor a group [footer]"));
    return TRUE;
}

PenaStampTemplate *
pena_stamp_template_parse (const gchar *text, gsize length, GError **error)
{
    g_autoptr (GKeyFile) file = g_key_file_new ();
    g_autoptr (PenaStampTemplate) self = g_new0 (PenaStampTemplate, 1);
    g_autoptr (GError) local = NULL;

    self->fields = g_ptr_array_new_with_free_func (g_free);
    for (guint i = 0; i < PENA_STAMP_N_CANVASES; i++)
        self->canvases[i].elements = g_ptr_array_new_with_free_func ((GDestroyNotify)element_free);
    if (length > PENA_STAMP_MAX_TEMPLATE || !g_utf8_validate (text, (gssize)length, NULL)) {
        pena_stamp_invalid (error, 0, _ ("it is no UTF-8 text of at most 2 MiB"));
        return NULL;
    }
    g_autofree gchar *copy = g_strndup (text, length);
    g_autoptr (PenaStampLines) lines = pena_stamp_lines_new (copy, error);
    if (lines == NULL)
        return NULL;
    if (!g_key_file_load_from_data (file, copy, length, G_KEY_FILE_NONE, &local)) {
        pena_stamp_invalid (error, 0, "%s", local->message);
        return NULL;
    }
    Reading reading = {file, lines, self};
    return read_all (&reading, error) ? g_steal_pointer (&self) : NULL;
}
