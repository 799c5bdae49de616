/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the text of a page and where it stands, and where else something is drawn
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-page-text.hpp"

#include <cmath>

namespace pena
{

static const size_t max_marks = 2000000;         /* of a page */
static const size_t max_operations = 10000000;   /* likewise, forms included */
static const size_t max_ink_operations = 500000; /* nobody has asked for it: it must not take long */
static const size_t max_work = 1 << 30;          /* of a page: bytes that are unpacked, and what fonts cost */
static const size_t max_ink_work = 1 << 24;
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

/* What holds nothing, and what holds all. */
static const PenaPdfRect nowhere = {HUGE_VAL, HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
static const PenaPdfRect everywhere = {-HUGE_VAL, -HUGE_VAL, HUGE_VAL, HUGE_VAL};

struct State {
    Matrix ctm;
    double character_space = 0, word_space = 0, stretch = 1, leading = 0, rise = 0, size = 0;
    std::shared_ptr<Font> font;
    bool white = false;            /* what is filled */
    PenaPdfRect clip = everywhere; /* what is drawn lies in it, on the page */
};

/* What all content streams of one page share. */
struct PageText {
    std::vector<Mark> marks;
    std::vector<PenaPdfRect> *shapes = nullptr; /* what is no text; NULL: not wanted */
    std::map<QPDFObjGen, std::shared_ptr<Font>> fonts;
    size_t operations = 0, max_operations = pena::max_operations, drawn_forms = 0;
    size_t work = 0, max_work = pena::max_work;
    bool whole = true; /* nothing that draws was left out */

    bool
    is_full () const
    {
        return operations > max_operations || work > max_work ||
               marks.size () + (shapes != nullptr ? shapes->size () : 0) > max_marks;
    }
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
        if (object.isOperator ())
            page.operations++;
        if (page.is_full ()) {
            page.whole = false;
            terminateParsing ();
        }
        if (!object.isOperator ()) {
            if (operands.size () < max_operands)
                operands.push_back (object);
            return;
        }
        run (object.getOperatorValue ());
        operands.clear ();
    }
    void
    contentSize (size_t size) override
    {
        page.work += size;
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
    void draw_object ();
    void run_shape (const std::string &word);
    void run_path (const std::string &word);
    void run_colour (const std::string &word);
    void draw_to (double x, double y);
    void draw_from (double x, double y);
    void close_path ();
    void end_path ();
    void clip_to (const PenaPdfRect &area);
    void paint (bool filled);
    void paint_image ();
    void paint_shading ();
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
    /* The path that is being made: each of its lines, and what its parts fill. */
    std::vector<PenaPdfRect> lines, parts;
    double x = 0, y = 0, start_x = 0, start_y = 0;
    bool clips = false; /* what is drawn after the path lies in it */
};

void
Interpreter::run (const std::string &word)
{
    if (word == "q") {
        if (saved.size () < max_states)
            saved.push_back (state);
        else
            page.whole = false;
    } else if (word == "Q") {
        if (!saved.empty ()) {
            state = saved.back ();
            saved.pop_back ();
        }
    } else if (word == "cm" && operands.size () == 6)
        state.ctm = matrix () * state.ctm;
    else if (word == "Do")
        draw_object ();
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
    } else if (page.shapes != nullptr)
        run_shape (word);
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

/* One that is no object of its own is read anew each time. */
void
Interpreter::set_font ()
{
    QPDFObjectHandle dict = resource ("/Font");
    std::shared_ptr<Font> own;
    auto &font = dict.isIndirect () ? page.fonts[dict.getObjGen ()] : own;

    if (font == nullptr) {
        font = std::make_shared<Font> (dict);
        page.work += font->cost ();
    }
    state.size = number (1);
    state.font = font;
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
    PenaPdfRect area = nowhere;

    for (double y : {lowest, highest}) {
        reach (area, m, 0, y);
        reach (area, m, glyph.width, y);
    }
    if (!std::isfinite (area.x0 + area.y0 + area.x1 + area.y1))
        return;
    if (glyph.text.empty () && page.shapes != nullptr)
        page.shapes->push_back (area); /* what it says is not known, but there it stands */
    for (char32_t character : glyph.text)
        if (!is_blank (character))
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

static PenaPdfRect
area_of (const Matrix &m, const QPDFObjectHandle::Rectangle &own)
{
    PenaPdfRect area = nowhere;

    for (double x : {own.llx, own.urx}) {
        reach (area, m, x, own.lly);
        reach (area, m, x, own.ury);
    }
    return area;
}

/* Forms in forms may be drawn without end: operations and depth are counted for the page as a whole. */
void
Interpreter::draw_object ()
{
    QPDFObjectHandle form = resource ("/XObject");

    if (!form.isStream ())
        return;
    QPDFObjectHandle dict = form.getDict (), subtype = dict.getKey ("/Subtype");
    if (!subtype.isName () || subtype.getName () != "/Form") {
        paint_image ();
        return;
    }
    if (depth >= max_forms || ++page.drawn_forms > max_drawn_forms) {
        page.whole = false;
        return;
    }
    QPDFObjectHandle own = dict.getKey ("/Resources"), box = dict.getKey ("/BBox");
    Interpreter inner (page, own.isDictionary () ? own : resources,
                       matrix_of (dict.getKey ("/Matrix")) * state.ctm, depth + 1);
    inner.state.clip = state.clip;
    if (box.isRectangle ())
        inner.clip_to (area_of (inner.state.ctm, box.getArrayAsRectangle ()));
    QPDFObjectHandle::parseContentStream (form, &inner);
}

/* ---- what is no text ---- */

void
Interpreter::clip_to (const PenaPdfRect &area)
{
    PenaPdfRect &clip = state.clip;

    clip = {std::max (clip.x0, area.x0), std::max (clip.y0, area.y0), std::min (clip.x1, area.x1),
            std::min (clip.y1, area.y1)};
}

void
Interpreter::paint_image ()
{
    if (page.shapes != nullptr)
        page.shapes->push_back (area_of (state.ctm, {0, 0, 1, 1}));
}

/* It fills all that is not cut off. */
void
Interpreter::paint_shading ()
{
    if (state.clip.x0 < state.clip.x1 && state.clip.y0 < state.clip.y1)
        page.shapes->push_back (state.clip);
}

void
Interpreter::draw_from (double to_x, double to_y)
{
    parts.push_back (nowhere);
    x = start_x = to_x;
    y = start_y = to_y;
}

void
Interpreter::draw_to (double to_x, double to_y)
{
    PenaPdfRect area = nowhere;

    if (parts.empty ())
        draw_from (to_x, to_y);
    reach (area, state.ctm, x, y);
    reach (area, state.ctm, to_x, to_y);
    lines.push_back (area);
    reach (parts.back (), state.ctm, x, y);
    reach (parts.back (), state.ctm, to_x, to_y);
    x = to_x;
    y = to_y;
}

/* Draws the line that leads back. */
void
Interpreter::close_path ()
{
    if (!parts.empty () && (x != start_x || y != start_y))
        draw_to (start_x, start_y);
}

void
Interpreter::end_path ()
{
    PenaPdfRect all = nowhere;

    for (const PenaPdfRect &area : parts)
        all = {std::min (all.x0, area.x0), std::min (all.y0, area.y0), std::max (all.x1, area.x1),
               std::max (all.y1, area.y1)};
    if (clips)
        clip_to (all);
    clips = false;
    lines.clear ();
    parts.clear ();
}

void
Interpreter::paint (bool filled)
{
    if (!filled || !state.white)
        for (const PenaPdfRect &area : filled ? parts : lines)
            page.shapes->push_back (area);
}

/* A curve stays within the hull of its four points. */
void
Interpreter::run_path (const std::string &word)
{
    if (word == "m")
        draw_from (number (0), number (1));
    else if (word == "l" || word == "c" || word == "v" || word == "y") {
        for (size_t i = 0; i + 1 < operands.size (); i += 2)
            draw_to (number (i), number (i + 1));
    } else {
        double left = number (0), below = number (1), right = left + number (2), above = below + number (3);
        draw_from (left, below);
        draw_to (right, below);
        draw_to (right, above);
        draw_to (left, above);
        draw_to (left, below);
    }
}

/* Grey and RGB, whatever the space is called, are white at 1; CMYK at 0. */
void
Interpreter::run_colour (const std::string &word)
{
    double white = word == "k" || operands.size () == 4 ? 0 : 1;

    state.white = word != "cs" && !operands.empty ();
    for (size_t i = 0; i < operands.size (); i++)
        state.white = state.white && operands[i].isNumber () && number (i) == white;
}

void
Interpreter::run_shape (const std::string &word)
{
    static const std::set<std::string> making = {"m", "l", "c", "v", "y", "re"};
    static const std::set<std::string> colours = {"g", "rg", "k", "cs", "sc", "scn"};
    static const std::set<std::string> closing = {"h", "s", "b", "b*"};
    static const std::set<std::string> filling = {"f", "F", "f*", "B", "B*", "b", "b*"};

    if (making.count (word) > 0) {
        run_path (word);
        return;
    }
    if (colours.count (word) > 0) {
        run_colour (word);
        return;
    }
    if (word == "EI")
        paint_image ();
    else if (word == "sh")
        paint_shading ();
    else if (word == "W" || word == "W*")
        clips = true;
    else if (closing.count (word) > 0)
        close_path ();
    if (word == "S" || word == "s")
        paint (false);
    else if (filling.count (word) > 0) /* all but f and F draw the outline too, which is seen around white */
        paint (!state.white || word[0] == 'f' || word[0] == 'F');
    else if (word != "n")
        return;
    end_path ();
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

bool
read_ink (QPDFObjectHandle page, std::vector<PenaPdfRect> &ink)
{
    PageText shared;
    shared.shapes = &ink;
    shared.max_operations = max_ink_operations;
    shared.max_work = max_ink_work;
    Interpreter interpreter (shared, resources_of (page), {}, 0);

    page.parsePageContents (&interpreter);
    for (const Mark &mark : shared.marks)
        ink.push_back (mark.area);
    return shared.whole;
}

} // namespace pena
