/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what the objects of a PDF refer to, read once for all of its revisions
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <qpdf/QPDF.hh>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "pena-pdf-places.h"

/* What there is to know of an object to tell which part others play: to which it refers, and under which keys. */
struct PenaPdfSketch {
    enum Kind { ABSENT, OTHER, NAME, REFERENCE, ARRAY, DICTIONARY, STREAM };
    struct Entry;

    /* Of a dictionary, as it stands there; null entries are `ABSENT`, as are all of what is none. */
    const PenaPdfSketch &entry (const char *key) const;

    Kind kind = ABSENT;
    QPDFObjGen to;                     /* of a REFERENCE */
    const std::string *name = nullptr; /* of a NAME */
    /* A dictionary's by key; a stream's are those of its dictionary. What matters to nobody is left out. */
    std::vector<Entry> entries;
};

struct PenaPdfSketch::Entry {
    const std::string *key; /* NULL in an array */
    PenaPdfSketch value;
};

/* Two revisions that have an object at the same place have the same object: it is read once. */
struct _PenaPdfSketches {
  public:
    /* Of an object that `pdf` has at this place; `stream`: where the object stream stands that it is in, -1 for none. */
    const PenaPdfSketch &get (QPDF &pdf, const PenaPdfPlace &place, gint64 stream);
    /* Of what is no object of its own. */
    PenaPdfSketch draw (QPDFObjectHandle object);
    size_t
    size () const
    {
        return known.size ();
    }

  private:
    struct Key {
        PenaPdfPlace place;
        gint64 stream;
        bool operator== (const Key &other) const;
    };
    struct Hash {
        size_t operator() (const Key &key) const;
    };

    const std::string *word (const std::string &text);
    void add (PenaPdfSketch &to, const std::string *key, QPDFObjectHandle object);
    PenaPdfSketch draw_content (QPDFObjectHandle object);

    std::unordered_map<Key, PenaPdfSketch, Hash> known;
    std::unordered_set<std::string> words;
};
