/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what the strings of a content stream say, and how wide they are (ISO 32000-1, 9.6 to 9.10)
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <array>
#include <map>
#include <qpdf/QPDFObjectHandle.hh>
#include <string>
#include <unordered_map>
#include <vector>

namespace pena
{

struct Glyph {
    std::u32string text; /* empty when nobody knows */
    double width;        /* in text space, for a font of size 1 */
    bool word_space;     /* a single byte 32, which word spacing widens */
};

inline bool
is_blank (char32_t character)
{
    return character <= ' ' || character == 0xA0;
}

/* A font, as far as it must be known to read what is drawn with it. Bounded: what is beyond is left out. */
class Font
{
  public:
    explicit Font (QPDFObjectHandle dict);
    std::vector<Glyph> decode (const std::string &bytes) const;
    /* What it took to read it, in bytes, array items and codes. */
    size_t
    cost () const
    {
        return work;
    }

  private:
    void read_to_unicode (QPDFObjectHandle stream);
    void read_simple (QPDFObjectHandle dict);
    void read_composite (QPDFObjectHandle dict);
    void read_widths (QPDFObjectHandle widths);
    double width_of (unsigned code) const;
    Glyph glyph_of (unsigned code, bool word_space) const;

    size_t work = 512; /* the codes of an encoding, and their widths */
    bool composite = false;
    bool one_byte_codes = false; /* of a composite font whose CMap says so */
    bool says_nothing = false;   /* its map calls most codes blank */
    std::array<char32_t, 256> encoding{};
    std::unordered_map<unsigned, std::u32string> to_unicode;
    std::unordered_map<unsigned, double> widths;
    double default_width = 0;
    double scale = 0.001; /* of widths */
};

} // namespace pena
