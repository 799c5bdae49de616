/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: which part each object of a PDF plays
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-graph.h"

#include <exception>
#include <memory>
#include <qpdf/QPDF.hh>
#include <set>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "pena-pdf-places.hpp"
#include "pena-pdf-sketch.hpp"

struct _PenaPdfGraph {
    std::unique_ptr<QPDF> pdf; /* until it has been walked through */
    GArray *places;
    PenaPdfSketches *sketches; /* borrowed */
    GFunc forget;
    gpointer user_data;
    bool failed = false;
    std::unordered_map<int, PenaPdfRole> roles;
    std::set<std::string> keys; /* what PenaPdfRole.key points into */
};

namespace
{

const PenaPdfRole unused = {PENA_PDF_AREA_NONE, 0, nullptr, 0};
const PenaPdfRole unknown = {PENA_PDF_AREA_NONE, 0, nullptr, G_MAXUINT};
const guint forget_every = 4096; /* objects */

/* An object on the way, and the part that it plays where it was met. */
struct Stop {
    const PenaPdfSketch *object; /* no reference */
    PenaPdfRole role;
};

class Walk
{
  public:
    explicit Walk (PenaPdfGraph &graph) : graph (graph)
    {
    }
    void run ();

  private:
    const PenaPdfPlace *find (QPDFObjGen object) const;
    const PenaPdfSketch &resolve (const PenaPdfSketch &object);
    const PenaPdfSketch &get (const PenaPdfSketch &dict, const char *key);
    bool has_name (const PenaPdfSketch &dict, const char *key, const char *name);
    const gchar *key (const std::string &text);
    bool meet (const PenaPdfSketch &object, PenaPdfRole role, bool later = true);
    void walk_pages (const PenaPdfSketch &top);
    void walk_node (const PenaPdfSketch &node, std::vector<const PenaPdfSketch *> &nodes);
    void walk_names (const PenaPdfSketch &names);
    void walk_containers ();
    PenaPdfArea look_of (const PenaPdfSketch &annotation);
    PenaPdfArea area_below (const Stop &at, const std::string &entry);
    void look_into (const Stop &at);
    void drain ();

    PenaPdfGraph &graph;
    std::vector<Stop> stack;
    guint pages = 0, seen = 0;
};

/* The parts that show most come first, so that theirs is the role of what is shared. */
void
Walk::run ()
{
    const PenaPdfSketch trailer = graph.sketches->draw (graph.pdf->getTrailer ());
    const PenaPdfSketch &root = resolve (trailer.entry ("/Root"));

    if (root.kind != PenaPdfSketch::DICTIONARY)
        throw std::runtime_error ("no catalog");
    meet (trailer.entry ("/Root"), {PENA_PDF_AREA_CATALOG, 0, key ("/Catalog"), 0}, false);
    walk_pages (root.entry ("/Pages"));
    drain ();
    meet (root.entry ("/AcroForm"), {PENA_PDF_AREA_FORM, 0, nullptr, 0});
    drain ();
    for (const auto &entry : root.entries)
        if (*entry.key != "/Pages" && *entry.key != "/AcroForm" && *entry.key != "/Names")
            meet (entry.value, {PENA_PDF_AREA_CATALOG, 0, key (*entry.key), 0});
    walk_names (root.entry ("/Names"));
    meet (trailer.entry ("/Info"), {PENA_PDF_AREA_INFO, 0, nullptr, 0});
    meet (trailer.entry ("/Encrypt"), {PENA_PDF_AREA_ENCRYPTION, 0, nullptr, 0});
    drain ();
    walk_containers ();
}

const PenaPdfPlace *
Walk::find (QPDFObjGen object) const
{
    guint low = 0, high = graph.places->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;
        const PenaPdfPlace *at = &g_array_index (graph.places, PenaPdfPlace, middle);
        if (at->number == object.getObj () && at->generation == object.getGen ())
            return at;
        if (QPDFObjGen (at->number, at->generation) < object)
            low = middle + 1;
        else
            high = middle;
    }
    return nullptr;
}

/* What a reference leads to. */
const PenaPdfSketch &
Walk::resolve (const PenaPdfSketch &object)
{
    static const PenaPdfSketch absent;

    if (object.kind != PenaPdfSketch::REFERENCE)
        return object;
    const PenaPdfPlace *place = find (object.to);
    if (place == nullptr)
        return absent;
    const PenaPdfPlace *stream =
        place->kind == 2 ? find (QPDFObjGen (static_cast<int> (place->place), 0)) : nullptr;
    return graph.sketches->get (*graph.pdf, *place, stream != nullptr ? stream->place : -1);
}

const PenaPdfSketch &
Walk::get (const PenaPdfSketch &dict, const char *key)
{
    return resolve (dict.entry (key));
}

bool
Walk::has_name (const PenaPdfSketch &dict, const char *key, const char *name)
{
    const PenaPdfSketch &value = get (dict, key);
    return value.kind == PenaPdfSketch::NAME && *value.name == name;
}

const gchar *
Walk::key (const std::string &text)
{
    return graph.keys.insert (text).first->c_str ();
}

/* Counts the reference; what is met for the first time is looked into later, unless that is done elsewhere. */
bool
Walk::meet (const PenaPdfSketch &object, PenaPdfRole role, bool later)
{
    if (object.kind == PenaPdfSketch::REFERENCE) {
        auto found = graph.roles.emplace (object.to.getObj (), role);
        found.first->second.references++;
        if (!found.second) {
            if (found.first->second.page != role.page)
                found.first->second.page = 0;
            return false;
        }
        if (++seen % forget_every == 0)
            graph.forget (nullptr, graph.user_data);
    }
    const PenaPdfSketch &content = later ? resolve (object) : object;
    if (later && !content.entries.empty ())
        stack.push_back ({&content, role});
    return true;
}

void
Walk::walk_node (const PenaPdfSketch &node, std::vector<const PenaPdfSketch *> &nodes)
{
    const PenaPdfSketch &content = resolve (node), &list = get (content, "/Kids");

    if (list.kind != PenaPdfSketch::ARRAY) {
        meet (node, {PENA_PDF_AREA_PAGE, ++pages, nullptr, 0});
        return;
    }
    if (!meet (node, {PENA_PDF_AREA_PAGE_TREE, 0, nullptr, 0}, false))
        return;
    meet (content.entry ("/Kids"), {PENA_PDF_AREA_PAGE_TREE, 0, nullptr, 0}, false);
    for (const auto &entry : content.entries)
        if (*entry.key == "/Resources")
            meet (entry.value, {PENA_PDF_AREA_RESOURCES, 0, nullptr, 0});
        else if (*entry.key != "/Kids" && *entry.key != "/Parent")
            meet (entry.value, {PENA_PDF_AREA_PAGE_TREE, 0, nullptr, 0});
    for (auto kid = list.entries.rbegin (); kid != list.entries.rend (); ++kid)
        nodes.push_back (&kid->value);
}

void
Walk::walk_pages (const PenaPdfSketch &top)
{
    std::vector<const PenaPdfSketch *> nodes = {&top};

    while (!nodes.empty ()) {
        const PenaPdfSketch *node = nodes.back ();
        nodes.pop_back ();
        walk_node (*node, nodes);
    }
}

void
Walk::walk_names (const PenaPdfSketch &names)
{
    const PenaPdfSketch &content = resolve (names);

    meet (names, {PENA_PDF_AREA_CATALOG, 0, key ("/Names"), 0}, false);
    if (content.kind == PenaPdfSketch::DICTIONARY)
        for (const auto &entry : content.entries)
            meet (entry.value, {PENA_PDF_AREA_CATALOG, 0, key ("/Names" + *entry.key), 0});
}

/* Nothing refers to an object stream, but its dictionary refers to what says how it is to be read. */
void
Walk::walk_containers ()
{
    std::unordered_set<gint64> met;

    for (guint i = 0; i < graph.places->len; i++) {
        const PenaPdfPlace *at = &g_array_index (graph.places, PenaPdfPlace, i);
        if (at->kind != 2 || !met.insert (at->place).second)
            continue;
        const PenaPdfPlace *stream = find (QPDFObjGen (static_cast<int> (at->place), 0));
        if (stream != nullptr)
            look_into (
                {&graph.sketches->get (*graph.pdf, *stream, -1), {PENA_PDF_AREA_CONTAINER, 0, nullptr, 0}});
    }
    drain ();
}

/* Of an annotation's appearance; a widget may have its field above it. */
PenaPdfArea
Walk::look_of (const PenaPdfSketch &annotation)
{
    if (!has_name (annotation, "/Subtype", "/Widget"))
        return PENA_PDF_AREA_ANNOTATION;
    const PenaPdfSketch &type = get (annotation, "/FT"), &parent = get (annotation, "/Parent");
    bool above = type.kind == PenaPdfSketch::ABSENT && parent.kind == PenaPdfSketch::DICTIONARY;
    const PenaPdfSketch &field = above ? parent : annotation;
    bool is_signed = has_name (field, "/FT", "/Sig") && get (field, "/V").kind == PenaPdfSketch::DICTIONARY;
    return is_signed ? PENA_PDF_AREA_SIGNATURE_LOOK : PENA_PDF_AREA_FIELD_LOOK;
}

/* Of what this entry of a dictionary refers to. */
PenaPdfArea
Walk::area_below (const Stop &at, const std::string &entry)
{
    switch (at.role.area) {
    case PENA_PDF_AREA_PAGE:
        return entry == "/Contents"    ? PENA_PDF_AREA_CONTENT
               : entry == "/Resources" ? PENA_PDF_AREA_RESOURCES
               : entry == "/Annots"    ? PENA_PDF_AREA_ANNOTATION
                                       : PENA_PDF_AREA_PAGE;
    case PENA_PDF_AREA_ANNOTATION:
        return entry == "/AP"       ? look_of (*at.object)
               : entry == "/Parent" ? PENA_PDF_AREA_FORM
               : entry == "/V"      ? PENA_PDF_AREA_SIGNATURE
                                    : PENA_PDF_AREA_ANNOTATION;
    case PENA_PDF_AREA_FORM:
        return entry == "/V" && has_name (*at.object, "/FT", "/Sig") ? PENA_PDF_AREA_SIGNATURE
                                                                     : PENA_PDF_AREA_FORM;
    default:
        return at.role.area;
    }
}

void
Walk::look_into (const Stop &at)
{
    bool parts = at.object->kind == PenaPdfSketch::DICTIONARY;

    for (const auto &entry : at.object->entries) {
        PenaPdfRole role = at.role;
        role.area = parts ? area_below (at, *entry.key) : at.role.area;
        meet (entry.value, role);
    }
}

void
Walk::drain ()
{
    while (!stack.empty ()) {
        Stop at = stack.back ();
        stack.pop_back ();
        look_into (at);
    }
}

} // namespace

/* No exception may reach the C that calls these. */
PenaPdfGraph *
pena_pdf_graph_new (PenaPdfSource source, PenaPdfSketches *sketches, GFunc forget, gpointer user_data)
{
    try {
        auto graph = std::make_unique<PenaPdfGraph> ();
        graph->pdf = std::make_unique<QPDF> ();
        pena_pdf_open_strictly (*graph->pdf, source);
        graph->places = pena_pdf_places_of (*graph->pdf);
        graph->sketches = sketches;
        graph->forget = forget;
        graph->user_data = user_data;
        return graph.release ();
    } catch (const std::exception &) {
        return nullptr;
    }
}

void
pena_pdf_graph_free (PenaPdfGraph *self)
{
    if (self != nullptr)
        g_array_unref (self->places);
    delete self;
}

const GArray *
pena_pdf_graph_get_places (const PenaPdfGraph *self)
{
    return self->places;
}

guint
pena_pdf_graph_read (PenaPdfGraph *self)
{
    size_t before = self->sketches->size ();

    if (self->pdf == nullptr)
        return 0;
    try {
        Walk (*self).run ();
    } catch (const std::exception &) {
        self->failed = true;
    }
    self->pdf.reset ();
    return static_cast<guint> (self->sketches->size () - before);
}

const PenaPdfRole *
pena_pdf_graph_get (const PenaPdfGraph *self, gint number)
{
    auto found = self->roles.find (number);

    if (self->failed)
        return &unknown;
    return found != self->roles.end () ? &found->second : &unused;
}
