/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what qpdf's C API lacks: where objects stand, the key of an encrypted file
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-places.hpp"

#include <cstdio>
#include <cstring>
#include <exception>
#include <map>
#include <qpdf/Pipeline.hh>
#include <qpdf/QPDFWriter.hh>
#include <qpdf/QUtil.hh>
#include <qpdf/RandomDataProvider.hh>
#include <stdexcept>
#include <sys/random.h>
#include <unistd.h>
#include <unordered_map>

#include "pena-text.h" /* its macro _() would be in the way of the above */

/* Where all readers agree on what the file says although it is not as the standard wants it. Text as qpdf has it;
 * what is not known is damage. */
static const gchar *const harmless[] = {
    "extraneous whitespace seen before xref",
    "empty object treated as null",
};

/* Numbers up to /Size are no objects. A /Size that is too small hides objects from some readers, and a signature
 * would bring them to light. */
static gboolean
is_large_size (const gchar *text)
{
    guint64 size = 0, highest = 0;

    return sscanf (text,
                   "reported number of objects (%" G_GINT64_MODIFIER
                   "u) is not one plus the highest object number (%" G_GINT64_MODIFIER "u)",
                   &size, &highest) == 2 &&
           size > highest;
}

gboolean
pena_pdf_is_harmless (const gchar *warning)
{
    for (const gchar *text : harmless)
        if (g_str_equal (warning, text))
            return TRUE;
    return is_large_size (warning);
}

static PenaPdfPlace
make_place (const QPDFObjGen &object, const QPDFXRefEntry &entry)
{
    PenaPdfPlace place = {object.getObj (), object.getGen (), entry.getType (), 0, 0};

    if (place.kind == 1)
        place.place = entry.getOffset ();
    else if (place.kind == 2) {
        place.place = entry.getObjStreamNumber ();
        place.index = entry.getObjStreamIndex ();
    }
    return place;
}

void
pena_pdf_open_strictly (QPDF &pdf, const PenaPdfSource &source)
{
    pdf.setSuppressWarnings (true);
    pdf.setAttemptRecovery (false);
    pdf.processMemoryFile ("", reinterpret_cast<const char *> (source.data), source.size, source.password);
}

GArray *
pena_pdf_places_of (QPDF &pdf)
{
    GArray *places = g_array_new (FALSE, FALSE, sizeof (PenaPdfPlace));

    for (const auto &row : pdf.getXRefTable ()) {
        PenaPdfPlace place = make_place (row.first, row.second);
        g_array_append_val (places, place);
    }
    return places;
}

/* No exception may reach the C that calls these. */
GArray *
pena_pdf_places_new (PenaPdfSource source)
{
    try {
        QPDF pdf;
        pena_pdf_open_strictly (pdf, source);
        return pena_pdf_places_of (pdf);
    } catch (const std::exception &) {
        return nullptr;
    }
}

static bool
all_harmless (QPDF &pdf)
{
    for (const auto &warning : pdf.getWarnings ())
        if (!pena_pdf_is_harmless (warning.getMessageDetail ().c_str ()))
            return false;
    return true;
}

/* Having gone so far from where it last did, the reader lets go of what it touched. */
static const gint64 stretch = 1 << 20;

/* Calls for each reference in an object. qpdf's parser bounds the nesting. */
template <typename Func>
static void
for_each_reference (QPDFObjectHandle object, const Func &func)
{
    auto visit = [&func] (QPDFObjectHandle item) {
        if (item.isIndirect ())
            func (item.getObjGen ());
        else
            for_each_reference (item, func);
    };

    if (object.isStream ())
        object = object.getDict ();
    if (object.isArray ())
        for (auto &item : object.getArrayAsVector ())
            visit (item);
    else if (object.isDictionary ())
        for (auto &entry : object.getDictAsMap ())
            visit (entry.second);
}

/* Reads every object and lets go of the document's bytes now and then. */
template <typename Func>
static void
for_each_object (QPDF &pdf, const std::map<QPDFObjGen, QPDFXRefEntry> &table, GFunc forget,
                 gpointer user_data, const Func &func)
{
    gint64 last = 0;

    for (const auto &row : table) {
        const PenaPdfPlace place = make_place (row.first, row.second);
        QPDFObjectHandle object = pdf.getObject (row.first);
        object.getTypeCode (); /* reads it */
        func (row.first, object);
        if (place.kind == 1 && ABS (place.place - last) > stretch) {
            forget (nullptr, user_data);
            last = place.place;
        }
    }
}

GArray *
pena_pdf_dangling_new (PenaPdfSource source, GFunc forget, gpointer user_data)
{
    GArray *dangling = g_array_new (FALSE, FALSE, sizeof (gint));

    try {
        QPDF pdf;
        pena_pdf_open_strictly (pdf, source);
        const auto table = pdf.getXRefTable ();
        for_each_object (pdf, table, forget, user_data, [] (const QPDFObjGen &, const QPDFObjectHandle &) {});
        /* qpdf makes a null of each object that is only referred to. */
        for (auto &object : pdf.getAllObjects ())
            if (table.count (object.getObjGen ()) == 0) {
                gint number = object.getObjectID ();
                g_array_append_val (dangling, number);
            }
        if (all_harmless (pdf))
            return dangling;
    } catch (const std::exception &) {
    }
    g_array_unref (dangling);
    return nullptr;
}

/* Where each object stands in the file, or the stream that holds it. Without generations, because some readers
 * ignore them. */
static std::unordered_map<int, gint64>
offsets_of (const std::map<QPDFObjGen, QPDFXRefEntry> &table)
{
    std::unordered_map<int, gint64> offsets;

    for (const auto &row : table)
        if (row.second.getType () == 1)
            offsets[row.first.getObj ()] = row.second.getOffset ();
    for (const auto &row : table)
        if (row.second.getType () == 2) {
            auto stream = offsets.find (row.second.getObjStreamNumber ());
            if (stream != offsets.end ())
                offsets[row.first.getObj ()] = stream->second;
        }
    return offsets;
}

GArray *
pena_pdf_forward_references_new (PenaPdfSource source, gint64 since, GFunc forget, gpointer user_data)
{
    GArray *references = g_array_new (FALSE, FALSE, sizeof (PenaPdfReference));

    try {
        QPDF pdf;
        pena_pdf_open_strictly (pdf, source);
        const auto table = pdf.getXRefTable ();
        const auto offsets = offsets_of (table);
        auto look = [&] (const QPDFObjGen &from, const QPDFObjectHandle &object) {
            auto own = offsets.find (from.getObj ());
            for_each_reference (object, [&] (const QPDFObjGen &to) {
                auto other = offsets.find (to.getObj ());
                PenaPdfReference reference = {from.getObj (), to.getObj ()};
                if (other != offsets.end () && other->second >= since &&
                    (own == offsets.end () || other->second > own->second))
                    g_array_append_val (references, reference);
            });
        };
        for_each_object (pdf, table, forget, user_data, look);
        if (all_harmless (pdf))
            return references;
    } catch (const std::exception &) {
    }
    g_array_unref (references);
    return nullptr;
}

/* ---- encryption ---- */

void
pena_pdf_encryption_free (PenaPdfEncryption *self)
{
    if (self == nullptr)
        return;
    pena_secret_free (self->key);
    g_free (self);
}

/* Before version 4 there is but one cipher. */
static PenaPdfCipher
cipher_of (gint version, QPDF::encryption_method_e method)
{
    if (version < 4)
        return PENA_PDF_CIPHER_RC4;
    switch (method) {
    case QPDF::e_none:
        return PENA_PDF_CIPHER_NONE;
    case QPDF::e_rc4:
        return PENA_PDF_CIPHER_RC4;
    case QPDF::e_aes:
    case QPDF::e_aesv3:
        return PENA_PDF_CIPHER_AES;
    default:
        return PENA_PDF_CIPHER_UNKNOWN;
    }
}

static void
wipe (std::string &secret)
{
    pena_wipe (&secret[0], secret.size ());
}

/* One byte more than the secret, which stays zero. */
static PenaSecret *
take_secret (std::string &from)
{
    PenaSecret *secret = pena_secret_new (from.size () + 1, FALSE, nullptr);

    if (secret != nullptr)
        pena_secret_append (secret, from.data (), from.size ());
    wipe (from);
    return secret;
}

PenaPdfEncryption *
pena_pdf_encryption_new (PenaPdfSource source)
{
    try {
        QPDF pdf;
        int revision, permissions, version;
        QPDF::encryption_method_e streams, strings, files;
        pena_pdf_open_strictly (pdf, source);
        if (!pdf.isEncrypted (revision, permissions, version, streams, strings, files))
            return nullptr;
        std::string key = pdf.getEncryptionKey ();
        g_autoptr (PenaPdfEncryption) self = g_new0 (PenaPdfEncryption, 1);
        self->key = key.size () <= PENA_PDF_MAX_KEY ? take_secret (key) : nullptr;
        self->version = version;
        self->revision = revision;
        self->strings = cipher_of (version, strings);
        self->streams = cipher_of (version, streams);
        self->permissions = permissions;
        self->owner = pdf.ownerPasswordMatched ();
        return self->key != nullptr ? static_cast<PenaPdfEncryption *> (g_steal_pointer (&self)) : nullptr;
    } catch (const std::exception &) {
        return nullptr;
    }
}

void
pena_pdf_object_key (const PenaPdfEncryption *self, gint number, gint generation, gboolean aes,
                     guint8 ret_key[PENA_PDF_MAX_KEY], gsize *ret_length)
{
    std::string file (reinterpret_cast<const char *> (self->key->data), self->key->length);
    std::string key =
        QPDF::compute_data_key (file, number, generation, aes != FALSE, self->version, self->revision);

    *ret_length = MIN (key.size (), PENA_PDF_MAX_KEY);
    memcpy (ret_key, key.data (), *ret_length);
    wipe (file);
    wipe (key);
}

GPtrArray *
pena_pdf_password_spellings_new (const gchar *password)
{
    GPtrArray *spellings =
        g_ptr_array_new_with_free_func (reinterpret_cast<GDestroyNotify> (pena_secret_free));

    try {
        for (auto &spelling : QUtil::possible_repaired_encodings (password)) {
            PenaSecret *secret = spelling != password ? take_secret (spelling) : nullptr;
            if (secret != nullptr)
                g_ptr_array_add (spellings, secret);
        }
    } catch (const std::exception &) {
    }
    return spellings;
}

/* ---- repair ---- */

/* qpdf's own reads a device, which the sandbox does not open. */
class KernelRandom : public RandomDataProvider
{
  public:
    void
    provideRandomData (unsigned char *data, size_t length) override
    {
        for (size_t done = 0; done < length;) {
            ssize_t got = getrandom (data + done, length - done, 0);
            if (got < 0)
                throw std::runtime_error ("no random bytes");
            done += static_cast<size_t> (got);
        }
    }
};

/* Writes to a descriptor, no more than is agreed. */
class Sink : public Pipeline
{
  public:
    Sink (gint fd, guint64 max_size, GFunc forget, gpointer user_data)
        : Pipeline ("", nullptr), fd (fd), room (max_size), forget (forget), user_data (user_data)
    {
    }

    void
    write (unsigned char const *data, size_t length) override
    {
        if (length > room)
            throw std::length_error (_ ("it would become much larger"));
        room -= length;
        since += length;
        while (length > 0) {
            ssize_t done = ::write (fd, data, length);
            if (done < 0 && errno != EINTR) {
                failure = errno;
                throw std::runtime_error (g_strerror (failure));
            }
            data += MAX (done, 0);
            length -= static_cast<size_t> (MAX (done, 0));
        }
        if (since > static_cast<guint64> (stretch)) {
            forget (nullptr, user_data);
            since = 0;
        }
    }

    void
    finish () override
    {
    }

    gint failure = 0; /* errno */

  private:
    gint fd;
    guint64 room, since = 0;
    GFunc forget;
    gpointer user_data;
};

/* Of an object or of what stands in it. qpdf's parser bounds the nesting. */
static bool
has_signature (QPDFObjectHandle object)
{
    if (object.isArray ()) {
        for (auto &item : object.getArrayAsVector ())
            if (!item.isIndirect () && has_signature (item))
                return true;
    } else if (object.isDictionary ()) {
        if (object.hasKey ("/ByteRange"))
            return true;
        for (auto &entry : object.getDictAsMap ())
            if (!entry.second.isIndirect () && has_signature (entry.second))
                return true;
    }
    return false;
}

/* Damage may have cut a signature off from its field: then it still stands somewhere among the bytes. */
static bool
holds_signature (QPDF &pdf, const PenaPdfSource &source)
{
    static const gchar key[] = "/ByteRange";

    if (memmem (source.data, source.size, key, sizeof key - 1) != nullptr)
        return true;
    for (auto &object : pdf.getAllObjects ())
        if (has_signature (object))
            return true;
    return false;
}

/* Where no two digits follow, qpdf reads "#" as itself and marks that by a zero byte; but not every reader takes it so. And qpdf 11
 * writes a "#" that is in a name as it is, so that another name is read. */
static std::string
mend_name (const std::string &name)
{
    static const bool is_escaped = QPDFObjectHandle::newName ("/a#").unparse () != "/a#";
    std::string out;

    for (char c : name)
        out += c != '\0' && c != '#' ? std::string (1, c) : is_escaped ? "#" : "#23";
    return out;
}

static QPDFObjectHandle mended (QPDFObjectHandle object);

static void
mend_inside (QPDFObjectHandle object)
{
    if (object.isArray ())
        for (int i = 0; i < object.getArrayNItems (); i++)
            object.setArrayItem (i, mended (object.getArrayItem (i)));
    else if (object.isDictionary ())
        for (auto &entry : object.getDictAsMap ()) {
            object.removeKey (entry.first);
            object.replaceKey (mend_name (entry.first), mended (entry.second));
        }
}

static QPDFObjectHandle
mended (QPDFObjectHandle object)
{
    if (object.isIndirect ())
        return object;
    if (object.isName ())
        return QPDFObjectHandle::newName (mend_name (object.getName ()));
    mend_inside (object);
    return object;
}

static void
mend_all_names (QPDF &pdf)
{
    mend_inside (pdf.getTrailer ());
    for (auto &object : pdf.getAllObjects ())
        if (object.isName ())
            pdf.replaceObject (object.getObjGen (),
                               QPDFObjectHandle::newName (mend_name (object.getName ())));
        else
            mend_inside (object.isStream () ? object.getDict () : object);
}

static gchar *
rewrite (const PenaPdfSource &source, Sink &sink)
{
    QPDF pdf;

    pdf.setSuppressWarnings (true);
    pdf.processMemoryFile ("", reinterpret_cast<const char *> (source.data), source.size, source.password);
    if (pdf.getAllPages ().empty ())
        return g_strdup (_ ("no page is left of it"));
    if (holds_signature (pdf, source))
        return g_strdup (_ ("it holds a signature, which a repair would break"));
    mend_all_names (pdf);
    if (pdf.isEncrypted ()) /* the writer copies this as it is, even where it is not the key's */
        pdf.getTrailer ()
            .getKey ("/Encrypt")
            .replaceKey ("/Length", QPDFObjectHandle::newInteger (
                                        8 * static_cast<gint64> (pdf.getEncryptionKey ().size ())));
    /* The writer knows the right one, but writes it only where there is one. */
    pdf.getTrailer ().replaceKey ("/Size", QPDFObjectHandle::newInteger (1));
    QPDFWriter writer (pdf);
    writer.setOutputPipeline (&sink);
    writer.setStreamDataMode (qpdf_s_preserve);
    writer.write ();
    return nullptr;
}

gchar *
pena_pdf_rewrite (PenaPdfSource source, gint fd, guint64 max_size, GFunc forget, gpointer user_data,
                  gint *ret_errno)
{
    static KernelRandom random;
    Sink sink (fd, max_size, forget, user_data);
    gchar *problem;

    QUtil::setRandomDataProvider (&random);
    try {
        problem = rewrite (source, sink);
    } catch (const QPDFExc &thrown) {
        problem = g_utf8_make_valid (thrown.getMessageDetail ().c_str (), -1);
    } catch (const std::exception &thrown) {
        problem = g_utf8_make_valid (thrown.what (), -1);
    }
    if (problem != nullptr)
        *ret_errno = sink.failure;
    return problem;
}
