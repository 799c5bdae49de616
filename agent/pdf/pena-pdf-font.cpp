/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what the strings of a content stream say, and how wide they are
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-font.hpp"

#include <algorithm>
#include <glib.h>

namespace pena
{

static const size_t max_codes = 1 << 17; /* of a font, the same one as often as it is given */
static const size_t few_blanks = 8;      /* codes of a font that may be all it has */

/* Windows code page 1252 from 128 on, and the upper half of Mac OS Roman. */
static const char32_t win_upper[] = {0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                     0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
                                     0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                     0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};
static const char32_t mac_upper[] = U"ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø¿¡¬√ƒ≈∆"
                                    U"«»…\u00a0ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰"
                                    U"ÂÊÁËÈÍÎÏÌÓÔ\uf8ffÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ";

/* Names of the glyphs of ASCII that are not their own letter (Adobe Glyph List), in the order of their codes. */
static const struct {
    const char *name;
    char32_t character;
} names[] = {
    {"space", ' '},        {"exclam", '!'},      {"quotedbl", '"'},   {"numbersign", '#'},
    {"dollar", '$'},       {"percent", '%'},     {"ampersand", '&'},  {"quotesingle", '\''},
    {"parenleft", '('},    {"parenright", ')'},  {"asterisk", '*'},   {"plus", '+'},
    {"comma", ','},        {"hyphen", '-'},      {"period", '.'},     {"slash", '/'},
    {"zero", '0'},         {"one", '1'},         {"two", '2'},        {"three", '3'},
    {"four", '4'},         {"five", '5'},        {"six", '6'},        {"seven", '7'},
    {"eight", '8'},        {"nine", '9'},        {"colon", ':'},      {"semicolon", ';'},
    {"less", '<'},         {"equal", '='},       {"greater", '>'},    {"question", '?'},
    {"at", '@'},           {"bracketleft", '['}, {"backslash", '\\'}, {"bracketright", ']'},
    {"asciicircum", '^'},  {"underscore", '_'},  {"grave", '`'},      {"braceleft", '{'},
    {"bar", '|'},          {"braceright", '}'},  {"asciitilde", '~'}, {"quoteright", 0x2019},
    {"quoteleft", 0x2018}, {"minus", 0x2212},    {"endash", 0x2013},  {"emdash", 0x2014},
};

/* Widths of Helvetica for ASCII, for fonts that give none: the standard 14 need not. */
static const short helvetica[] = {
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333,  278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667,  611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278,  556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500,  500, 334, 260, 334, 584};
static const double times_to_helvetica = 0.93; /* near enough to tell where on a line a word begins */

static char32_t
character_of (std::string name)
{
    name = name.substr (0, name.find ('.'));
    if (name.size () == 1)
        return static_cast<unsigned char> (name[0]);
    for (const auto &row : names)
        if (name == row.name)
            return row.character;
    if ((name.size () == 7 && name.compare (0, 3, "uni") == 0) ||
        (name.size () >= 5 && name.size () <= 7 && name[0] == 'u')) {
        size_t start = name.compare (0, 3, "uni") == 0 ? 3 : 1;
        if (name.find_first_not_of ("0123456789ABCDEFabcdef", start) == std::string::npos)
            return static_cast<char32_t> (std::stoul (name.substr (start), nullptr, 16));
    }
    return 0;
}

static std::u32string
from_utf16 (const std::string &bytes)
{
    std::u32string out;

    for (size_t i = 0; i + 1 < bytes.size () && out.size () < 64; i += 2) {
        char32_t unit =
            static_cast<unsigned char> (bytes[i]) << 8 | static_cast<unsigned char> (bytes[i + 1]);
        if (unit >= 0xD800 && unit < 0xDC00 && i + 3 < bytes.size ()) {
            char32_t low =
                static_cast<unsigned char> (bytes[i + 2]) << 8 | static_cast<unsigned char> (bytes[i + 3]);
            unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
            i += 2;
        }
        out.push_back (unit);
    }
    return out;
}

static bool
are_blank (const std::u32string &text)
{
    return std::all_of (text.begin (), text.end (), is_blank);
}

/* There are not that many blanks: whoever made the map did not know better. */
static bool
is_mostly_blank (const std::unordered_map<unsigned, std::u32string> &map)
{
    auto blanks = static_cast<size_t> (
        std::count_if (map.begin (), map.end (), [] (const auto &row) { return are_blank (row.second); }));

    return blanks > few_blanks && blanks > map.size () / 2;
}

static unsigned
code_of (const std::string &bytes)
{
    unsigned code = 0;
    for (size_t i = 0; i < bytes.size () && i < 4; i++)
        code = code << 8 | static_cast<unsigned char> (bytes[i]);
    return code;
}

/* A ToUnicode CMap has the syntax of a content stream as far as it matters (9.10.3). */
class ToUnicode : public QPDFObjectHandle::ParserCallbacks
{
  public:
    ToUnicode (std::unordered_map<unsigned, std::u32string> &into, bool &one_byte)
        : map (into), one_byte_codes (one_byte)
    {
    }
    void
    handleObject (QPDFObjectHandle object) override
    {
        if (!object.isOperator ()) {
            if (operands.size () >= 3 * 65536 || codes >= max_codes)
                terminateParsing ();
            operands.push_back (object);
            return;
        }
        const std::string &word = object.getOperatorValue ();
        if (word == "endbfchar")
            take_characters ();
        else if (word == "endbfrange")
            take_ranges ();
        else if (word == "endcodespacerange" && operands.size () >= 2 && operands.back ().isString ())
            one_byte_codes = operands.back ().getStringValue ().size () == 1;
        operands.clear ();
    }
    void
    contentSize (size_t content_size) override
    {
        size = content_size;
    }
    void
    handleEOF () override
    {
    }
    size_t
    cost () const
    {
        return size + codes;
    }

  private:
    void
    take_characters ()
    {
        for (size_t i = 0; i + 1 < operands.size (); i += 2)
            if (operands[i].isString () && operands[i + 1].isString () && codes++ < max_codes)
                map[code_of (operands[i].getStringValue ())] = from_utf16 (operands[i + 1].getStringValue ());
    }
    void
    take_ranges ()
    {
        for (size_t i = 0; i + 2 < operands.size (); i += 3)
            if (operands[i].isString () && operands[i + 1].isString ())
                take_range (code_of (operands[i].getStringValue ()),
                            code_of (operands[i + 1].getStringValue ()), operands[i + 2]);
    }
    void
    take_range (unsigned first, unsigned last, QPDFObjectHandle to)
    {
        std::u32string start = to.isString () ? from_utf16 (to.getStringValue ()) : std::u32string ();
        for (unsigned code = first; code >= first && code <= last && codes < max_codes; code++, codes++) {
            unsigned step = code - first;
            if (to.isArray ()) {
                if (step >= static_cast<unsigned> (to.getArrayNItems ()))
                    return;
                QPDFObjectHandle item = to.getArrayItem (static_cast<int> (step));
                map[code] = item.isString () ? from_utf16 (item.getStringValue ()) : std::u32string ();
            } else if (!start.empty ()) {
                map[code] = start;
                map[code].back () += step;
            } else
                return;
        }
    }

    std::unordered_map<unsigned, std::u32string> &map;
    bool &one_byte_codes;
    std::vector<QPDFObjectHandle> operands;
    size_t size = 0, codes = 0;
};

Font::Font (QPDFObjectHandle dict)
{
    if (!dict.isDictionary ())
        return;
    QPDFObjectHandle subtype = dict.getKey ("/Subtype");
    composite = subtype.isName () && subtype.getName () == "/Type0";
    if (composite)
        read_composite (dict);
    else
        read_simple (dict);
    read_to_unicode (dict.getKey ("/ToUnicode"));
}

void
Font::read_to_unicode (QPDFObjectHandle stream)
{
    if (!stream.isStream ())
        return;
    ToUnicode reader (to_unicode, one_byte_codes);
    QPDFObjectHandle::parseContentStream (stream, &reader);
    work += reader.cost ();
    says_nothing = is_mostly_blank (to_unicode);
}

static size_t
length_of (QPDFObjectHandle array)
{
    return array.isArray () ? static_cast<size_t> (array.getArrayNItems ()) : 0;
}

static void
fill_encoding (std::array<char32_t, 256> &encoding, const std::string &name)
{
    for (unsigned i = 32; i < 256; i++)
        encoding[i] = i;
    for (unsigned i = 128; i < 256; i++)
        if (name == "/MacRomanEncoding")
            encoding[i] = mac_upper[i - 128];
        else if (i < 160)
            encoding[i] = win_upper[i - 128];
}

static void
apply_differences (std::array<char32_t, 256> &encoding, QPDFObjectHandle differences)
{
    unsigned code = 0;

    if (!differences.isArray ())
        return;
    for (auto &item : differences.getArrayAsVector ()) {
        if (item.isInteger ())
            code = static_cast<unsigned> (item.getIntValueAsInt ());
        else if (item.isName () && code < 256)
            encoding[code++] = character_of (item.getName ().substr (1));
    }
}

void
Font::read_simple (QPDFObjectHandle dict)
{
    QPDFObjectHandle given = dict.getKey ("/Encoding");
    QPDFObjectHandle base = given.isDictionary () ? given.getKey ("/BaseEncoding") : given;
    QPDFObjectHandle matrix = dict.getKey ("/FontMatrix"), first = dict.getKey ("/FirstChar");
    QPDFObjectHandle list = dict.getKey ("/Widths"), name = dict.getKey ("/BaseFont");

    fill_encoding (encoding, base.isName () ? base.getName () : "");
    work += length_of (list);
    if (given.isDictionary ()) {
        work += length_of (given.getKey ("/Differences"));
        apply_differences (encoding, given.getKey ("/Differences"));
    }
    if (matrix.isArray () && matrix.getArrayNItems () == 6 && matrix.getArrayItem (0).isNumber ())
        scale = matrix.getArrayItem (0).getNumericValue ();
    if (list.isArray () && first.isInteger ()) {
        unsigned code = static_cast<unsigned> (first.getIntValueAsInt ());
        for (auto &item : list.getArrayAsVector ()) {
            if (code < 256 && item.isNumber ())
                widths[code] = item.getNumericValue ();
            code++;
        }
        return;
    }
    std::string family = name.isName () ? name.getName () : "";
    for (unsigned code = 32; code < 127; code++)
        widths[code] = family.find ("Courier") != std::string::npos ? 600
                       : family.find ("Times") != std::string::npos
                           ? helvetica[code - 32] * times_to_helvetica
                           : helvetica[code - 32];
    default_width = 556;
}

void
Font::read_composite (QPDFObjectHandle dict)
{
    QPDFObjectHandle kids = dict.getKey ("/DescendantFonts");
    QPDFObjectHandle kid = kids.isArray () && kids.getArrayNItems () > 0 ? kids.getArrayItem (0) : kids;

    default_width = 1000;
    if (!kid.isDictionary ())
        return;
    if (kid.getKey ("/DW").isNumber ())
        default_width = kid.getKey ("/DW").getNumericValue ();
    read_widths (kid.getKey ("/W"));
}

/* "c [w1 w2 ...]" and "first last w" (9.7.4.3). */
void
Font::read_widths (QPDFObjectHandle list)
{
    if (!list.isArray ())
        return;
    std::vector<QPDFObjectHandle> items = list.getArrayAsVector ();
    size_t written = 0;
    work += items.size ();
    for (size_t i = 0; i + 1 < items.size () && written < max_codes;) {
        if (!items[i].isInteger ())
            return;
        unsigned code = static_cast<unsigned> (items[i].getIntValueAsInt ());
        if (items[i + 1].isArray ()) {
            for (auto &width : items[i + 1].getArrayAsVector ())
                if (written++ < max_codes && width.isNumber ())
                    widths[code++] = width.getNumericValue ();
            i += 2;
        } else {
            if (i + 2 >= items.size () || !items[i + 1].isInteger () || !items[i + 2].isNumber ())
                return;
            unsigned last = static_cast<unsigned> (items[i + 1].getIntValueAsInt ());
            for (; code <= last && code < 65536 && written < max_codes; code++, written++)
                widths[code] = items[i + 2].getNumericValue ();
            i += 3;
        }
    }
    work += written;
}

double
Font::width_of (unsigned code) const
{
    auto found = widths.find (code);
    return scale * (found != widths.end () ? found->second : default_width);
}

Glyph
Font::glyph_of (unsigned code, bool word_space) const
{
    Glyph glyph = {{}, width_of (code), word_space};
    auto found = to_unicode.find (code);

    if (found != to_unicode.end ())
        glyph.text = found->second;
    else if (!composite && encoding[code & 255] != 0)
        glyph.text.push_back (encoding[code & 255]);
    if (says_nothing && are_blank (glyph.text))
        glyph.text.clear ();
    return glyph;
}

std::vector<Glyph>
Font::decode (const std::string &bytes) const
{
    std::vector<Glyph> glyphs;
    size_t length = composite && !one_byte_codes ? 2 : 1;

    for (size_t i = 0; i + length <= bytes.size (); i += length) {
        unsigned code = code_of (bytes.substr (i, length));
        glyphs.push_back (glyph_of (code, length == 1 && code == 32));
    }
    return glyphs;
}

} // namespace pena
