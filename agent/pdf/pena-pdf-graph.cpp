/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: which part each object of a PDF plays
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-graph.h"

#include <exception>
#include <memory>
#include <qpdf/QPDF.hh>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

struct _PenaPdfGraph {
    std::unordered_map<int, PenaPdfRole> roles;
    std::set<std::string> keys; /* what PenaPdfRole.key points into */
};

namespace
{

const PenaPdfRole unused = {PENA_PDF_AREA_NONE, 0, nullptr, 0};
const guint forget_every = 4096; /* objects */

/* An object on the way, and the part that it plays where it was met. */
struct Stop {
    QPDFObjectHandle object;
    PenaPdfRole role;
};

/* No recursion but into what stands directly in an object, which qpdf's parser bounds. */
class Walk
{
  public:
    Walk (PenaPdfGraph &graph, GFunc forget, gpointer user_data)
        : graph (graph), forget (forget), user_data (user_data)
    {
    }
    void run (QPDF &pdf);

  private:
    const gchar *key (const std::string &text);
    bool meet (QPDFObjectHandle object, PenaPdfRole role, bool later = true);
    void walk_pages (QPDFObjectHandle top);
    void walk_node (QPDFObjectHandle node, std::vector<QPDFObjectHandle> &nodes);
    void walk_names (QPDFObjectHandle names);
    void look_into (Stop at);
    void drain ();

    PenaPdfGraph &graph;
    GFunc forget;
    gpointer user_data;
    std::vector<Stop> stack;
    guint pages = 0, seen = 0;
};

/* The parts that show most come first, so that theirs is the role of what is shared. */
void
Walk::run (QPDF &pdf)
{
    QPDFObjectHandle trailer = pdf.getTrailer (), root = pdf.getRoot ();

    meet (root, {PENA_PDF_AREA_CATALOG, 0, key ("/Catalog"), 0}, false);
    walk_pages (root.getKey ("/Pages"));
    drain ();
    meet (root.getKey ("/AcroForm"), {PENA_PDF_AREA_FORM, 0, nullptr, 0});
    drain ();
    for (const auto &entry : root.getDictAsMap ())
        if (entry.first != "/Pages" && entry.first != "/AcroForm" && entry.first != "/Names")
            meet (entry.second, {PENA_PDF_AREA_CATALOG, 0, key (entry.first), 0});
    walk_names (root.getKey ("/Names"));
    meet (trailer.getKey ("/Info"), {PENA_PDF_AREA_INFO, 0, nullptr, 0});
    meet (trailer.getKey ("/Encrypt"), {PENA_PDF_AREA_ENCRYPTION, 0, nullptr, 0});
    drain ();
}

const gchar *
Walk::key (const std::string &text)
{
    return graph.keys.insert (text).first->c_str ();
}

/* Counts the reference; what is met for the first time is looked into later, unless that is done elsewhere. */
bool
Walk::meet (QPDFObjectHandle object, PenaPdfRole role, bool later)
{
    if (object.isIndirect ()) {
        auto found = graph.roles.emplace (object.getObjectID (), role);
        found.first->second.references++;
        if (!found.second) {
            if (found.first->second.page != role.page)
                found.first->second.page = 0;
            return false;
        }
        if (++seen % forget_every == 0)
            forget (nullptr, user_data);
    }
    if (later && (object.isIndirect () || object.isArray () || object.isDictionary ()))
        stack.push_back ({object, role});
    return true;
}

void
Walk::walk_node (QPDFObjectHandle node, std::vector<QPDFObjectHandle> &nodes)
{
    QPDFObjectHandle kids = node.isDictionary () ? node.getKey ("/Kids") : QPDFObjectHandle ();

    if (!kids.isInitialized () || !kids.isArray ()) {
        meet (node, {PENA_PDF_AREA_PAGE, ++pages, nullptr, 0});
        return;
    }
    if (!meet (node, {PENA_PDF_AREA_PAGE_TREE, 0, nullptr, 0}, false))
        return;
    meet (kids, {PENA_PDF_AREA_PAGE_TREE, 0, nullptr, 0}, false);
    for (const auto &entry : node.getDictAsMap ())
        if (entry.first == "/Resources")
            meet (entry.second, {PENA_PDF_AREA_RESOURCES, 0, nullptr, 0});
        else if (entry.first != "/Kids" && entry.first != "/Parent")
            meet (entry.second, {PENA_PDF_AREA_PAGE_TREE, 0, nullptr, 0});
    auto list = kids.getArrayAsVector ();
    nodes.insert (nodes.end (), list.rbegin (), list.rend ());
}

void
Walk::walk_pages (QPDFObjectHandle top)
{
    std::vector<QPDFObjectHandle> nodes = {top};

    while (!nodes.empty ()) {
        QPDFObjectHandle node = nodes.back ();
        nodes.pop_back ();
        walk_node (node, nodes);
    }
}

void
Walk::walk_names (QPDFObjectHandle names)
{
    meet (names, {PENA_PDF_AREA_CATALOG, 0, key ("/Names"), 0}, false);
    if (names.isDictionary ())
        for (const auto &entry : names.getDictAsMap ())
            meet (entry.second, {PENA_PDF_AREA_CATALOG, 0, key ("/Names" + entry.first), 0});
}

/* Of an annotation's appearance; a widget may have its field above it. */
PenaPdfArea
look_of (QPDFObjectHandle annotation)
{
    if (!annotation.getKey ("/Subtype").isNameAndEquals ("/Widget"))
        return PENA_PDF_AREA_ANNOTATION;
    QPDFObjectHandle field = annotation, parent = annotation.getKey ("/Parent");
    if (annotation.getKey ("/FT").isNull () && parent.isDictionary ())
        field = parent;
    bool is_signed = field.getKey ("/FT").isNameAndEquals ("/Sig") && field.getKey ("/V").isDictionary ();
    return is_signed ? PENA_PDF_AREA_SIGNATURE_LOOK : PENA_PDF_AREA_FIELD_LOOK;
}

/* Of what this entry of a dictionary refers to. */
PenaPdfArea
area_below (Stop &at, const std::string &entry)
{
    switch (at.role.area) {
    case PENA_PDF_AREA_PAGE:
        return entry == "/Contents"    ? PENA_PDF_AREA_CONTENT
               : entry == "/Resources" ? PENA_PDF_AREA_RESOURCES
               : entry == "/Annots"    ? PENA_PDF_AREA_ANNOTATION
                                       : PENA_PDF_AREA_PAGE;
    case PENA_PDF_AREA_ANNOTATION:
        return entry == "/AP"       ? look_of (at.object)
               : entry == "/Parent" ? PENA_PDF_AREA_FORM
               : entry == "/V"      ? PENA_PDF_AREA_SIGNATURE
                                    : PENA_PDF_AREA_ANNOTATION;
    case PENA_PDF_AREA_FORM:
        return entry == "/V" && at.object.getKey ("/FT").isNameAndEquals ("/Sig") ? PENA_PDF_AREA_SIGNATURE
                                                                                  : PENA_PDF_AREA_FORM;
    default:
        return at.role.area;
    }
}

void
Walk::look_into (Stop at)
{
    QPDFObjectHandle object = at.object;

    if (object.isArray ()) {
        for (auto &item : object.getArrayAsVector ())
            meet (item, at.role);
        return;
    }
    QPDFObjectHandle dict = object.isStream () ? object.getDict () : object;
    if (!dict.isDictionary ())
        return;
    for (auto &entry : dict.getDictAsMap ()) {
        PenaPdfRole role = at.role;
        role.area = object.isStream () ? at.role.area : area_below (at, entry.first);
        meet (entry.second, role);
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
pena_pdf_graph_new (PenaPdfSource source, GFunc forget, gpointer user_data)
{
    try {
        auto graph = std::make_unique<PenaPdfGraph> ();
        QPDF pdf;
        pdf.setSuppressWarnings (true);
        pdf.setAttemptRecovery (false);
        pdf.processMemoryFile ("", reinterpret_cast<const char *> (source.data), source.size,
                               source.password);
        Walk (*graph, forget, user_data).run (pdf);
        return graph.release ();
    } catch (const std::exception &) {
        return nullptr;
    }
}

void
pena_pdf_graph_free (PenaPdfGraph *self)
{
    delete self;
}

const PenaPdfRole *
pena_pdf_graph_get (const PenaPdfGraph *self, gint number)
{
    auto found = self->roles.find (number);
    return found != self->roles.end () ? &found->second : &unused;
}

guint
pena_pdf_graph_size (const PenaPdfGraph *self)
{
    return static_cast<guint> (self->roles.size ());
}
