/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what the objects of a PDF refer to, read once for all of its revisions
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-sketch.hpp"

#include <algorithm>
#include <tuple>

#include "pena-pdf-graph.h"

namespace
{

/* Entries that are asked for by what they are, not only by what they refer to. */
bool
is_asked_for (const std::string &key)
{
    return key == "/FT" || key == "/Subtype" || key == "/V" || key == "/Kids" || key == "/Parent";
}

} // namespace

const PenaPdfSketch &
PenaPdfSketch::entry (const char *key) const
{
    static const PenaPdfSketch absent;

    if (kind != DICTIONARY)
        return absent;
    auto found =
        std::lower_bound (entries.begin (), entries.end (), key,
                          [] (const Entry &at, const char *wanted) { return at.key->compare (wanted) < 0; });
    return found != entries.end () && *found->key == key ? found->value : absent;
}

bool
_PenaPdfSketches::Key::operator== (const Key &other) const
{
    auto all = [] (const Key &key) {
        return std::tie (key.place.number, key.place.generation, key.place.kind, key.place.place,
                         key.place.index, key.stream);
    };
    return all (*this) == all (other);
}

size_t
_PenaPdfSketches::Hash::operator() (const Key &key) const
{
    std::hash<gint64> hash;
    size_t where =
        key.place.kind == 2 ? hash (key.stream) * 31 + hash (key.place.index) : hash (key.place.place);

    return where * 31 + hash (key.place.number);
}

const std::string *
_PenaPdfSketches::word (const std::string &text)
{
    return &*words.insert (text).first;
}

void
_PenaPdfSketches::add (PenaPdfSketch &to, const std::string *key, QPDFObjectHandle object)
{
    PenaPdfSketch value = draw (object);

    if (!value.entries.empty () || value.kind == PenaPdfSketch::REFERENCE ||
        (key != nullptr && is_asked_for (*key) && value.kind != PenaPdfSketch::ABSENT))
        to.entries.push_back ({key, std::move (value)});
}

/* No recursion but into what stands directly in an object, which qpdf's parser bounds. */
PenaPdfSketch
_PenaPdfSketches::draw_content (QPDFObjectHandle object)
{
    PenaPdfSketch sketch;

    if (object.isName ()) {
        sketch.kind = PenaPdfSketch::NAME;
        sketch.name = word (object.getName ());
    } else if (object.isArray ()) {
        sketch.kind = PenaPdfSketch::ARRAY;
        for (auto &item : object.getArrayAsVector ())
            add (sketch, nullptr, item);
    } else if (object.isDictionary () || object.isStream ()) {
        sketch.kind = object.isStream () ? PenaPdfSketch::STREAM : PenaPdfSketch::DICTIONARY;
        for (auto &entry : (object.isStream () ? object.getDict () : object).getDictAsMap ())
            add (sketch, word (entry.first), entry.second);
    } else if (!object.isNull ())
        sketch.kind = PenaPdfSketch::OTHER;
    return sketch;
}

PenaPdfSketch
_PenaPdfSketches::draw (QPDFObjectHandle object)
{
    if (!object.isIndirect ())
        return draw_content (object);
    PenaPdfSketch sketch;
    sketch.kind = PenaPdfSketch::REFERENCE;
    sketch.to = object.getObjGen ();
    return sketch;
}

const PenaPdfSketch &
_PenaPdfSketches::get (QPDF &pdf, const PenaPdfPlace &place, gint64 stream)
{
    const Key key = {place, stream};
    auto found = known.find (key);

    if (found == known.end ())
        found = known.emplace (key, draw_content (pdf.getObject (place.number, place.generation))).first;
    return found->second;
}

PenaPdfSketches *
pena_pdf_sketches_new (void)
{
    return new PenaPdfSketches ();
}

void
pena_pdf_sketches_free (PenaPdfSketches *self)
{
    delete self;
}
