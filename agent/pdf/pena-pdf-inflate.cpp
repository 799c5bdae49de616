/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: decompression up to a bound
 * Copyright (C) 2026 the Pena authors */
#include <qpdf/Pipeline.hh>
#include <qpdf/Pl_Flate.hh>

#include <exception>
#include <stdexcept>

#include "pena-pdf-stream.h"

namespace
{

/* Takes what comes out, and no more than is agreed. */
class Bounded : public Pipeline
{
  public:
    Bounded (GByteArray *out, gsize max) : Pipeline ("", nullptr), out (out), max (max)
    {
    }

    void
    write (unsigned char const *data, size_t length) override
    {
        if (length > max - out->len) {
            exceeded = true;
            throw std::length_error ("too long");
        }
        g_byte_array_append (out, data, static_cast<guint> (length));
    }

    void
    finish () override
    {
    }

    bool exceeded = false;

  private:
    GByteArray *out;
    gsize max;
};

} // namespace

GBytes *
pena_pdf_inflate (GBytes *packed, gsize max)
{
    g_autoptr (GByteArray) out = g_byte_array_new ();
    Bounded bounded (out, max);
    gsize length;
    auto *data = static_cast<unsigned char *> (const_cast<void *> (g_bytes_get_data (packed, &length)));

    try {
        Pl_Flate inflating ("", &bounded, Pl_Flate::a_inflate);
        inflating.setWarnCallback ([] (char const *, int) {});
        inflating.write (data, length);
        inflating.finish ();
    } catch (const std::exception &) {
        if (bounded.exceeded)
            return nullptr;
    }
    return out->len > 0 ? g_byte_array_free_to_bytes (static_cast<GByteArray *> (g_steal_pointer (&out)))
                        : nullptr;
}
