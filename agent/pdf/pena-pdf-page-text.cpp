/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the text of a page and where it stands
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-page-text.hpp"

#include <cmath>
#include <qpdf/QPDFPageObjectHelper.hh>

namespace pena
{

static const size_t max_marks = 2000000;       /* of a page */
static const size_t max_operations = 10000000; /* likewise, forms included */
static const size_t max_operands = 64;
static const size_t max_states = 512;
static const size_t max_drawn_forms = 20000; /* each is unpacked anew */
static const unsigned max_forms = 12;        /* within each other */
/* Of a font of size 1, what most glyphs reach below and above the base line. */
static const double lowest = -0.25, highest = 0.85;

static Matrix
operator* (const Matrix &m, const Matrix &n)
{
    return {m.a * n.a + m.b * n.c, m.a * n.b + m.b * n.d,       m.c * n.a + m.d * n.c,
            m.c * n.b + m.d * n.d, m.e * n.a + m.f * n.c + n.e, m.e * n.b + m.f * n.d + n.f};
}

struct State {
    Matrix ctm;
    double character_space = 0, word_space = 0, stretch = 1, leading = 0, rise = 0, size = 0;
    std::shared_ptr<Font> font;
};

/* What all content streams of one page share. */
struct PageText {
    std::vector<Mark> marks;
    std::map<QPDFObjGen, std::shared_ptr<Font>> fonts;
    size_t operations = 0, drawn_forms = 0;
};

class Interpreter : public QPDFObjectHandle::ParserCallbacks
{
  public:
    Interpreter (PageText &shared, QPDFObjectHandle of, const Matrix &ctm, unsigned nesting)
        : page (shared), resources (of), depth (nesting)
    {
        state.ctm = ctm;
    }
    void
    handleObject (QPDFObjectHandle object) override
    {
        if (!object.isOperator ()) {
            if (operands.size () < max_operands)
                operands.push_back (object);
            return;
        }
        if (++page.operations > max_operations || page.marks.size () > max_marks)
            terminateParsing ();
        run (object.getOperatorValue ());
        operands.clear ();
    }
    void
    handleEOF () override
    {
    }

  private:
    void run (const std::string &word);
    void run_state (const std::string &word);
    void run_text (const std::string &word);
    void show (const std::string &bytes);
    void show_array ();
    void mark (const Glyph &glyph);
    void next_line (double x, double y);
    void set_font ();
    void draw_form ();
    QPDFObjectHandle resource (const char *kind);

    double
    number (size_t index) const
    {
        if (index >= operands.size ())
            return 0;
        QPDFObjectHandle operand = operands[index];
        return operand.isNumber () ? operand.getNumericValue () : 0;
    }
    Matrix
    matrix () const
    {
        return {number (0), number (1), number (2), number (3), number (4), number (5)};
    }

    PageText &page;
    QPDFObjectHandle resources;
    unsigned depth;
    State state;
    std::vector<State> saved;
    Matrix text, line;
    std::vector<QPDFObjectHandle> operands;
};

void
Interpreter::run (const std::string &word)
{
    if (word == "q") {
        if (saved.size () < max_states)
            saved.push_back (state);
    } else if (word == "Q") {
        if (!saved.empty ()) {
            state = saved.back ();
            saved.pop_back ();
        }
    } else if (word == "cm" && operands.size () == 6)
        state.ctm = matrix () * state.ctm;
    else if (word == "Do")
        draw_form ();
    else if (word == "BT")
        text = line = Matrix ();
    else if (word[0] == 'T' && word.size () == 2)
        run_text (word);
    else if (word == "'" || word == "\"") {
        if (word == "\"" && operands.size () == 3) {
            state.word_space = number (0);
            state.character_space = number (1);
        }
        next_line (0, -state.leading);
        if (!operands.empty () && operands.back ().isString ())
            show (operands.back ().getStringValue ());
    }
}

void
Interpreter::run_state (const std::string &word)
{
    if (word == "Tc")
        state.character_space = number (0);
    else if (word == "Tw")
        state.word_space = number (0);
    else if (word == "Tz")
        state.stretch = number (0) / 100;
    else if (word == "TL")
        state.leading = number (0);
    else if (word == "Ts")
        state.rise = number (0);
    else if (word == "Tf")
        set_font ();
}

void
Interpreter::run_text (const std::string &word)
{
    if (word == "Tj") {
        if (!operands.empty () && operands.back ().isString ())
            show (operands.back ().getStringValue ());
    } else if (word == "TJ")
        show_array ();
    else if (word == "Tm" && operands.size () == 6)
        text = line = matrix ();
    else if (word == "Td")
        next_line (number (0), number (1));
    else if (word == "TD") {
        state.leading = -number (1);
        next_line (number (0), number (1));
    } else if (word == "T*")
        next_line (0, -state.leading);
    else
        run_state (word);
}

void
Interpreter::next_line (double x, double y)
{
    line = Matrix{1, 0, 0, 1, x, y} * line;
    text = line;
}

QPDFObjectHandle
Interpreter::resource (const char *kind)
{
    if (operands.empty () || !operands[0].isName () || !resources.isDictionary ())
        return QPDFObjectHandle::newNull ();
    QPDFObjectHandle all = resources.getKey (kind);
    return all.isDictionary () ? all.getKey (operands[0].getName ()) : QPDFObjectHandle::newNull ();
}

void
Interpreter::set_font ()
{
    QPDFObjectHandle dict = resource ("/Font");

    state.size = number (1);
    if (!dict.isIndirect ()) {
        state.font = std::make_shared<Font> (dict);
        return;
    }
    auto &known = page.fonts[dict.getObjGen ()];
    if (known == nullptr)
        known = std::make_shared<Font> (dict);
    state.font = known;
}

static void
reach (PenaPdfRect &area, const Matrix &m, double x, double y)
{
    double to_x = m.a * x + m.c * y + m.e, to_y = m.b * x + m.d * y + m.f;

    area.x0 = std::min (area.x0, to_x);
    area.y0 = std::min (area.y0, to_y);
    area.x1 = std::max (area.x1, to_x);
    area.y1 = std::max (area.y1, to_y);
}

void
Interpreter::mark (const Glyph &glyph)
{
    Matrix m = Matrix{state.size * state.stretch, 0, 0, state.size, 0, state.rise} * text * state.ctm;
    PenaPdfRect area = {HUGE_VAL, HUGE_VAL, -HUGE_VAL, -HUGE_VAL};

    for (double y : {lowest, highest}) {
        reach (area, m, 0, y);
        reach (area, m, glyph.width, y);
    }
    if (!std::isfinite (area.x0 + area.y0 + area.x1 + area.y1))
        return;
    for (char32_t character : glyph.text)
        if (character > ' ' && character != 0xA0)
            page.marks.push_back ({character, m.e, m.f, m.e + glyph.width * m.a, m.f + glyph.width * m.b,
                                   std::max (std::hypot (m.a, m.b), std::hypot (m.c, m.d)), area});
}

void
Interpreter::show (const std::string &bytes)
{
    if (state.font == nullptr)
        return;
    for (const Glyph &glyph : state.font->decode (bytes)) {
        mark (glyph);
        double advance = glyph.width * state.size + state.character_space;
        if (glyph.word_space)
            advance += state.word_space;
        text = Matrix{1, 0, 0, 1, advance * state.stretch, 0} * text;
    }
}

void
Interpreter::show_array ()
{
    if (operands.empty () || !operands.back ().isArray ())
        return;
    for (auto &item : operands.back ().getArrayAsVector ())
        if (item.isString ())
            show (item.getStringValue ());
        else if (item.isNumber ())
            text = Matrix{1, 0, 0, 1, -item.getNumericValue () / 1000 * state.size * state.stretch, 0} * text;
}

static Matrix
matrix_of (QPDFObjectHandle array)
{
    double numbers[6];

    if (!array.isArray () || array.getArrayNItems () != 6)
        return {};
    for (int i = 0; i < 6; i++) {
        if (!array.getArrayItem (i).isNumber ())
            return {};
        numbers[i] = array.getArrayItem (i).getNumericValue ();
    }
    return {numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]};
}

/* Forms in forms may be drawn without end: operations and depth are counted for the page as a whole. */
void
Interpreter::draw_form ()
{
    QPDFObjectHandle form = resource ("/XObject");

    if (!form.isStream () || depth >= max_forms || ++page.drawn_forms > max_drawn_forms)
        return;
    QPDFObjectHandle dict = form.getDict (), subtype = dict.getKey ("/Subtype");
    if (!subtype.isName () || subtype.getName () != "/Form")
        return;
    QPDFObjectHandle own = dict.getKey ("/Resources");
    Interpreter inner (page, own.isDictionary () ? own : resources,
                       matrix_of (dict.getKey ("/Matrix")) * state.ctm, depth + 1);
    QPDFObjectHandle::parseContentStream (form, &inner);
}

static QPDFObjectHandle
resources_of (QPDFObjectHandle node)
{
    std::set<QPDFObjGen> seen;

    while (node.isDictionary () && seen.insert (node.getObjGen ()).second) {
        QPDFObjectHandle own = node.getKey ("/Resources");
        if (own.isDictionary ())
            return own;
        node = node.getKey ("/Parent");
    }
    return QPDFObjectHandle::newNull ();
}

std::vector<Mark>
read_marks (QPDFObjectHandle page)
{
    PageText shared;
    Interpreter interpreter (shared, resources_of (page), {}, 0);

    page.parsePageContents (&interpreter);
    return std::move (shared.marks);
}

} // namespace pena
