/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: a PDF as qpdf sees it
 * Copyright (C) 2026 the Pena authors */
#include "pena-pdf-reader.h"

#include <pena/pena-error.h>
#include <string.h>

#include "pena-pdf-lexer.h"
#include "pena-text.h"

#define MAX_REASON 160
#define MAX_PAGE_NODES 500000
#define MAX_PAGE_DEPTH 128
#define PATIENCE 30

static void
set_with_reason (GError **error, PenaErrorCode code, const gchar *reason)
{
    g_autoptr (GError) failure = g_error_new (PENA_ERROR, code, "%s", reason);
    pena_error_set_string (failure, "reason", reason);
    g_propagate_error (error, g_steal_pointer (&failure));
}

void
pena_pdf_set_unsupported (GError **error, const gchar *reason)
{
    set_with_reason (error, PENA_ERROR_DOCUMENT_UNSUPPORTED, reason);
}

void
pena_pdf_set_damaged (GError **error, const gchar *reason)
{
    set_with_reason (error, PENA_ERROR_DOCUMENT_DAMAGED, reason);
}

gboolean
pena_pdf_set_request_invalid (GError **error, const gchar *format, ...)
{
    va_list args;

    va_start (args, format);
    g_autofree gchar *reason = g_strdup_vprintf (format, args);
    va_end (args);
    set_with_reason (error, PENA_ERROR_REQUEST_INVALID, reason);
    return FALSE;
}

/* One line of printable UTF-8, not too long: it was made from what the document says. */
static gchar *
tidy (const gchar *text, gssize length)
{
    g_autofree gchar *valid = g_utf8_make_valid (text, length);
    GString *out = g_string_new (NULL);

    for (const gchar *at = valid; *at != '\0'; at = g_utf8_next_char (at)) {
        gunichar c = g_utf8_get_char (at);
        g_string_append_unichar (out, g_unichar_iscntrl (c) ? ' ' : c);
    }
    return g_string_free (out, FALSE);
}

/* How what qpdf often says begins, in its place what a person understands who asks the sender for another file. */
static const struct {
    const gchar *beginning, *text;
} plain_words[] = {
    {"can't find startxref", N_ ("its end is missing")},
    {"unable to find trailer", N_ ("its end is missing")},
    {"xref not found", N_ ("its table of contents (xref) is not where it should be")},
    {"xref syntax invalid", N_ ("its table of contents (xref) cannot be read")},
    {"error reading xref", N_ ("its table of contents (xref) cannot be read")},
    {"invalid xref entry", N_ ("its table of contents (xref) cannot be read")},
    {"expected trailer dictionary", N_ ("its table of contents (xref) cannot be read")},
    {"file is damaged", N_ ("its table of contents (xref) is not where it should be")},
    {"reported number of objects", N_ ("its table of contents (xref) is of another size than it says")},
    {"error decoding stream data", N_ ("a part of it cannot be unpacked")},
    {"object has offset 0", N_ ("a part of it is not where its table of contents (xref) says")},
    {"expected endstream", N_ ("a part of it has another size than it says")},
    {"expected endobj", N_ ("a part of it does not end properly")},
    {"unexpected EOF", N_ ("a part of it breaks off")},
    {"EOF while reading", N_ ("a part of it breaks off")},
    {"parse error while reading", N_ ("a part of it is not written as PDF asks")},
};

gchar *
pena_pdf_tidy_reason (const gchar *raw)
{
    for (gsize i = 0; i < G_N_ELEMENTS (plain_words); i++)
        if (g_str_has_prefix (raw, plain_words[i].beginning))
            return g_strdup (_ (plain_words[i].text));
    gchar *text = tidy (raw, -1);

    if (g_utf8_strlen (text, -1) > MAX_REASON)
        *g_utf8_offset_to_pointer (text, MAX_REASON) = '\0';
    return text;
}

static void
set_from_qpdf (PenaPdf *self, qpdf_error problem, GError **error)
{
    g_autofree gchar *text = pena_pdf_tidy_reason (qpdf_get_error_message_detail (self->qpdf, problem));
    unsigned long long position = qpdf_get_error_file_position (self->qpdf, problem);

    g_autofree gchar *reason =
        position != 0 ? g_strdup_printf (_ ("%s, at byte %llu"), text, position) : g_strdup (text);
    pena_pdf_set_damaged (error, reason);
}

gboolean
pena_pdf_check (PenaPdf *self, GError **error)
{
    qpdf_error problem = NULL;

    if (self->damage == NULL) {
        if (qpdf_has_error (self->qpdf))
            problem = qpdf_get_error (self->qpdf);
        while (problem == NULL && qpdf_more_warnings (self->qpdf)) {
            problem = qpdf_next_warning (self->qpdf);
            if (pena_pdf_is_harmless (qpdf_get_error_message_detail (self->qpdf, problem)))
                problem = NULL;
        }
        if (problem == NULL)
            return TRUE;
        set_from_qpdf (self, problem, &self->damage);
    }
    g_propagate_error (error, g_error_copy (self->damage));
    return FALSE;
}

qpdf_oh
pena_pdf_get (PenaPdf *self, qpdf_oh dict, const gchar *key)
{
    return qpdf_oh_get_key_if_dict (self->qpdf, dict, key);
}

qpdf_oh
pena_pdf_object (PenaPdf *self, PenaPdfRef ref)
{
    return qpdf_get_object_by_id (self->qpdf, ref.number, ref.generation);
}

void
pena_pdf_release (PenaPdf *self, qpdf_oh object)
{
    qpdf_oh_release (self->qpdf, object);
}

PenaPdfRef
pena_pdf_ref (PenaPdf *self, qpdf_oh object)
{
    PenaPdfRef ref = {0, 0};
    if (qpdf_oh_is_indirect (self->qpdf, object)) {
        ref.number = qpdf_oh_get_object_id (self->qpdf, object);
        ref.generation = qpdf_oh_get_generation (self->qpdf, object);
    }
    return ref;
}

gint
pena_pdf_n_items (PenaPdf *self, qpdf_oh array)
{
    return qpdf_oh_is_array (self->qpdf, array) ? qpdf_oh_get_array_n_items (self->qpdf, array) : 0;
}

gboolean
pena_pdf_is_dict (PenaPdf *self, qpdf_oh object)
{
    return qpdf_oh_is_dictionary (self->qpdf, object) != QPDF_FALSE;
}

gboolean
pena_pdf_is_null (PenaPdf *self, qpdf_oh object)
{
    return qpdf_oh_is_null (self->qpdf, object) != QPDF_FALSE;
}

gchar *
pena_pdf_dup_name (PenaPdf *self, qpdf_oh name)
{
    const char *value;
    size_t length;

    if (!qpdf_oh_get_value_as_name (self->qpdf, name, &value, &length) || length == 0)
        return NULL;
    return tidy (value + 1, (gssize)length - 1);
}

gchar *
pena_pdf_get_name (PenaPdf *self, qpdf_oh dict, const gchar *key)
{
    return pena_pdf_dup_name (self, pena_pdf_get (self, dict, key));
}

gchar *
pena_pdf_dup_text (PenaPdf *self, qpdf_oh string)
{
    const char *value;
    size_t length;

    if (!qpdf_oh_get_value_as_utf8 (self->qpdf, string, &value, &length))
        return NULL;
    return tidy (value, (gssize)length);
}

gchar *
pena_pdf_get_text (PenaPdf *self, qpdf_oh dict, const gchar *key)
{
    return pena_pdf_dup_text (self, pena_pdf_get (self, dict, key));
}

GBytes *
pena_pdf_get_bytes (PenaPdf *self, qpdf_oh dict, const gchar *key)
{
    const char *value;
    size_t length;

    if (!qpdf_oh_get_value_as_string (self->qpdf, pena_pdf_get (self, dict, key), &value, &length))
        return NULL;
    return g_bytes_new (value, length);
}

gint64
pena_pdf_get_int (PenaPdf *self, qpdf_oh dict, const gchar *key, gint64 fallback)
{
    long long value;
    return qpdf_oh_get_value_as_longlong (self->qpdf, pena_pdf_get (self, dict, key), &value) ? value
                                                                                              : fallback;
}

gboolean
pena_pdf_get_bool (PenaPdf *self, qpdf_oh dict, const gchar *key, gboolean fallback)
{
    QPDF_BOOL value;
    if (!qpdf_oh_get_value_as_bool (self->qpdf, pena_pdf_get (self, dict, key), &value))
        return fallback;
    return value != QPDF_FALSE;
}

gboolean
pena_pdf_name_is (PenaPdf *self, qpdf_oh object, const gchar *name)
{
    return qpdf_oh_is_name_and_equals (self->qpdf, object, name) != QPDF_FALSE;
}

GPtrArray *
pena_pdf_keys (PenaPdf *self, qpdf_oh dict)
{
    GPtrArray *keys = g_ptr_array_new_with_free_func (g_free);

    if (pena_pdf_is_null (self, dict))
        return keys;
    qpdf_oh_begin_dict_key_iter (self->qpdf, dict);
    while (qpdf_oh_dict_more_keys (self->qpdf))
        g_ptr_array_add (keys, g_strdup (qpdf_oh_dict_next_key (self->qpdf)));
    return keys;
}

/* qpdf 11.3 forgets to escape '#' itself, so that the name /A#2341 would come back as /AA. */
void
pena_pdf_append_name (GString *out, const gchar *name)
{
    g_string_append_c (out, '/');
    for (const gchar *at = name + 1; *at != '\0'; at++) {
        if (*at == '#' || *at < '!' || *at > '~' || !pena_pdf_is_regular ((guint8)*at))
            g_string_append_printf (out, "#%02X", (guint8)*at);
        else
            g_string_append_c (out, *at);
    }
}

/* qpdf's parser bounds the nesting. */
static void append_object (PenaPdf *self, GString *out, qpdf_oh object, gboolean resolve);

static void
append_item (PenaPdf *self, GString *out, qpdf_oh item)
{
    append_object (self, out, item, FALSE);
    g_string_append_c (out, ' ');
    pena_pdf_release (self, item);
}

static void
append_dictionary (PenaPdf *self, GString *out, qpdf_oh dict)
{
    g_autoptr (GPtrArray) keys = pena_pdf_keys (self, dict);

    g_string_append (out, "<< ");
    for (guint i = 0; i < keys->len; i++) {
        const gchar *key = g_ptr_array_index (keys, i);
        pena_pdf_append_name (out, key);
        g_string_append_c (out, ' ');
        append_item (self, out, pena_pdf_get (self, dict, key));
    }
    g_string_append (out, ">>");
}

static void
append_array (PenaPdf *self, GString *out, qpdf_oh array)
{
    gint n = pena_pdf_n_items (self, array);

    g_string_append (out, "[ ");
    for (gint i = 0; i < n; i++)
        append_item (self, out, qpdf_oh_get_array_item (self->qpdf, array, i));
    g_string_append_c (out, ']');
}

static void
append_object (PenaPdf *self, GString *out, qpdf_oh object, gboolean resolve)
{
    if (!resolve && qpdf_oh_is_indirect (self->qpdf, object)) {
        g_string_append (out, qpdf_oh_unparse (self->qpdf, object));
        return;
    }
    switch (qpdf_oh_get_type_code (self->qpdf, object)) {
    case ot_dictionary:
        append_dictionary (self, out, object);
        break;
    case ot_array:
        append_array (self, out, object);
        break;
    case ot_name:
        pena_pdf_append_name (out, qpdf_oh_get_name (self->qpdf, object));
        break;
    default:
        g_string_append (out, qpdf_oh_unparse_resolved (self->qpdf, object));
        break;
    }
}

gchar *
pena_pdf_unparse (PenaPdf *self, qpdf_oh object)
{
    GString *out = g_string_new (NULL);
    append_object (self, out, object, FALSE);
    return g_string_free (out, FALSE);
}

gchar *
pena_pdf_unparse_resolved (PenaPdf *self, qpdf_oh object)
{
    GString *out = g_string_new (NULL);
    append_object (self, out, object, TRUE);
    return g_string_free (out, FALSE);
}

/* One node of the page tree and what lies below. Own walk, because qpdf's has no bound on depth. */
typedef struct {
    GHashTable *seen; /* numbers of nodes that have kids */
    guint nodes;
} PageWalk;

/* A widget needs a page that is an object of its own. The same page may stand in the tree twice. */
static void
add_page (PenaPdf *self, qpdf_oh page, PenaPdfRef ref)
{
    qpdf_oh annots = pena_pdf_get (self, page, "/Annots");
    gint number = pena_pdf_ref (self, annots).number;

    self->n_pages++;
    if (self->first_page.number == 0)
        self->first_page = ref;
    if (ref.number != 0 && !g_hash_table_contains (self->pages, GINT_TO_POINTER (ref.number)))
        g_hash_table_insert (self->pages, GINT_TO_POINTER (ref.number), GUINT_TO_POINTER (self->n_pages));
    if (number != 0)
        g_hash_table_insert (self->annots, GINT_TO_POINTER (number), GUINT_TO_POINTER (self->n_pages));
    pena_pdf_release (self, annots);
}

static gboolean
walk_pages (PenaPdf *self, PageWalk *walk, qpdf_oh node, guint depth, GError **error)
{
    PenaPdfRef ref = pena_pdf_ref (self, node);
    qpdf_oh kids = pena_pdf_get (self, node, "/Kids");
    gboolean leaf = !qpdf_oh_is_array (self->qpdf, kids);
    gboolean ok = pena_pdf_is_dict (self, node) && depth <= MAX_PAGE_DEPTH &&
                  walk->nodes++ < MAX_PAGE_NODES &&
                  (leaf || ref.number == 0 || g_hash_table_add (walk->seen, GINT_TO_POINTER (ref.number)));

    if (!ok)
        pena_pdf_set_damaged (error, _ ("the page tree is broken"));
    else if (leaf)
        add_page (self, node, ref);
    gint n = pena_pdf_n_items (self, kids);
    for (gint i = 0; ok && i < n; i++) {
        qpdf_oh kid = qpdf_oh_get_array_item (self->qpdf, kids, i);
        ok = walk_pages (self, walk, kid, depth + 1, error);
        pena_pdf_release (self, kid);
    }
    pena_pdf_release (self, kids);
    return ok;
}

static gboolean
count_pages (PenaPdf *self, GError **error)
{
    g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
    PageWalk walk = {seen, 0};
    qpdf_oh pages = pena_pdf_get (self, self->root, "/Pages");

    if (!qpdf_oh_is_array (self->qpdf, pena_pdf_get (self, pages, "/Kids"))) {
        pena_pdf_set_damaged (error, _ ("the page tree is broken"));
        return FALSE;
    }
    if (!walk_pages (self, &walk, pages, 0, error) || !pena_pdf_check (self, error))
        return FALSE;
    if (self->n_pages > 0 && self->first_page.number == 0) {
        pena_pdf_set_damaged (error, _ ("no page is an object of its own"));
        return FALSE;
    }
    return TRUE;
}

/* One attempt. *ret_refused: this password does not open it. What else is wrong stays for pena_pdf_check. */
static void
try_password (PenaPdf *self, const gchar *password, gboolean *ret_refused, gboolean *ret_unknown_cipher)
{
    if (self->qpdf != NULL)
        qpdf_cleanup (&self->qpdf);
    self->qpdf = qpdf_init ();
    qpdf_silence_errors (self->qpdf);
    qpdf_set_suppress_warnings (self->qpdf, QPDF_TRUE);
    qpdf_set_attempt_recovery (self->qpdf, QPDF_FALSE);
    qpdf_read_memory (self->qpdf, "", (const char *)self->data, self->size, password);
    *ret_refused = *ret_unknown_cipher = FALSE;
    g_clear_error (&self->damage);
    if (!qpdf_has_error (self->qpdf))
        return;
    qpdf_error problem = qpdf_get_error (self->qpdf);
    *ret_refused = qpdf_get_error_code (self->qpdf, problem) == qpdf_e_password;
    *ret_unknown_cipher = qpdf_get_error_code (self->qpdf, problem) == qpdf_e_unsupported;
    set_from_qpdf (self, problem, &self->damage);
}

static void
keep_password (PenaPdf *self, const gchar *password)
{
    gsize length = strlen (password);

    g_clear_pointer (&self->password, pena_secret_free);
    if (length > 0)
        self->password = pena_secret_new (length + 1, FALSE, NULL);
    if (self->password != NULL)
        pena_secret_append (self->password, password, length);
}

/* Programs differ in how they encode what a person types. */
static gboolean
try_spellings (PenaPdf *self, const gchar *password, gboolean *ret_refused, gboolean *ret_unknown_cipher)
{
    g_autoptr (GPtrArray) spellings = pena_pdf_password_spellings_new (password);

    for (guint i = 0; *ret_refused && i < spellings->len; i++) {
        const PenaSecret *spelling = g_ptr_array_index (spellings, i);
        try_password (self, (const gchar *)spelling->data, ret_refused, ret_unknown_cipher);
        if (!*ret_refused)
            keep_password (self, (const gchar *)spelling->data);
    }
    return !*ret_refused;
}

/* Such as one that encrypts for the certificates of chosen readers. */
static gboolean
set_unknown_encryption (PenaPdf *self, GError **error)
{
    qpdf_oh trailer = qpdf_get_trailer (self->qpdf);
    g_autofree gchar *handler = pena_pdf_get_name (self, pena_pdf_get (self, trailer, "/Encrypt"), "/Filter");
    g_autofree gchar *reason = handler != NULL && !g_str_equal (handler, "Standard")
                                   ? g_strdup_printf (_ ("security handler %s"), handler)
                                   : g_strdup (self->damage->message);

    set_with_reason (error, PENA_ERROR_DOCUMENT_ENCRYPTED, reason);
    return FALSE;
}

static gboolean
open_with_qpdf (PenaPdf *self, const gchar *password, GError **error)
{
    gboolean refused, unknown_cipher;

    try_password (self, password, &refused, &unknown_cipher);
    if (!refused)
        keep_password (self, password);
    else if (*password == '\0') {
        g_set_error (error, PENA_ERROR, PENA_ERROR_DOCUMENT_PASSWORD_NEEDED, "a password opens it");
        return FALSE;
    } else if (!try_spellings (self, password, &refused, &unknown_cipher)) {
        g_set_error (error, PENA_ERROR, PENA_ERROR_DOCUMENT_PASSWORD_WRONG, "the password does not open it");
        return FALSE;
    }
    if (unknown_cipher)
        return set_unknown_encryption (self, error);
    return pena_pdf_check (self, error);
}

/* qpdf makes do with a key length that is missing or wrong; others do not, and could not read what is added. Later versions do not
 * depend on it. */
static gboolean
key_length_is_told (PenaPdf *self)
{
    qpdf_oh encrypt = pena_pdf_get (self, qpdf_get_trailer (self->qpdf), "/Encrypt");
    gint64 told = self->encryption->version == 1 ? 40 : pena_pdf_get_int (self, encrypt, "/Length", 40);

    return self->encryption->version > 3 || told == 8 * (gint64)self->encryption->key->length;
}

static gboolean
read_encryption (PenaPdf *self, GError **error)
{
    if (!qpdf_is_encrypted (self->qpdf))
        return TRUE;
    self->encryption = pena_pdf_encryption_new (pena_pdf_source (self));
    if (self->encryption != NULL && self->encryption->strings != PENA_PDF_CIPHER_UNKNOWN &&
        self->encryption->streams != PENA_PDF_CIPHER_UNKNOWN) {
        if (key_length_is_told (self))
            return TRUE;
        pena_pdf_set_damaged (error, _ ("the key length of its encryption is wrong"));
        return FALSE;
    }
    set_with_reason (error, PENA_ERROR_DOCUMENT_ENCRYPTED, _ ("unknown crypt filter"));
    return FALSE;
}

static gboolean
read_with_qpdf (PenaPdf *self, const gchar *password, GError **error)
{
    if (!open_with_qpdf (self, password, error) || !read_encryption (self, error))
        return FALSE;
    self->trailer = qpdf_get_trailer (self->qpdf);
    self->root = qpdf_get_root (self->qpdf);
    if (!pena_pdf_check (self, error))
        return FALSE;
    if (pena_pdf_ref (self, self->root).number != 0)
        return TRUE;
    pena_pdf_set_damaged (error, _ ("its catalog is not an object of its own"));
    return FALSE;
}

static PenaPdf *
open_first_bytes (const PenaPdfBytes *bytes, gsize size, const gchar *password, GError **error)
{
    g_autoptr (PenaPdf) self = g_new0 (PenaPdf, 1);
    gsize shift;

    self->bytes = bytes;
    self->data = pena_pdf_bytes_data (bytes);
    self->size = size;
    self->patience = PATIENCE;
    if (!pena_pdf_find_header (self->data, size, &shift, error))
        return NULL;
    self->annots = g_hash_table_new (NULL, NULL);
    self->pages = g_hash_table_new (NULL, NULL);
    if (!read_with_qpdf (self, password, error) ||
        !pena_pdf_tail_read (&self->tail, self->data, size, error) || !count_pages (self, error))
        return NULL;
    return g_steal_pointer (&self);
}

static const gchar *
password_text (const PenaSecret *password)
{
    return password != NULL ? (const gchar *)password->data : "";
}

PenaPdf *
pena_pdf_open_revision (const PenaPdf *newest, gsize size, GError **error)
{
    return open_first_bytes (newest->bytes, size, password_text (newest->password), error);
}

PenaPdf *
pena_pdf_open_with_password (const PenaPdfBytes *bytes, const PenaSecret *password, GError **error)
{
    g_return_val_if_fail (password == NULL || password->length < password->capacity, NULL);
    return open_first_bytes (bytes, pena_pdf_bytes_size (bytes), password_text (password), error);
}

PenaPdf *
pena_pdf_open (const PenaPdfBytes *bytes, GError **error)
{
    return pena_pdf_open_with_password (bytes, NULL, error);
}

PenaPdfSource
pena_pdf_source (const PenaPdf *self)
{
    return (PenaPdfSource){self->data, self->size, password_text (self->password)};
}

void
pena_pdf_free (PenaPdf *self)
{
    if (self == NULL)
        return;
    pena_pdf_tail_clear (&self->tail);
    g_clear_pointer (&self->annots, g_hash_table_unref);
    g_clear_pointer (&self->pages, g_hash_table_unref);
    g_clear_error (&self->damage);
    g_clear_pointer (&self->places, g_array_unref);
    pena_secret_free (self->password);
    pena_pdf_encryption_free (self->encryption);
    if (self->qpdf != NULL)
        qpdf_cleanup (&self->qpdf);
    g_free (self);
}

static void
forget_all (gpointer unused, gpointer user_data)
{
    const PenaPdf *self = user_data;
    pena_pdf_bytes_forget (self->bytes, 0, self->size);
}

GArray *
pena_pdf_find_dangling (PenaPdf *self)
{
    return pena_pdf_dangling_new (pena_pdf_source (self), forget_all, self);
}

GArray *
pena_pdf_find_forward_references (PenaPdf *self, guint64 since)
{
    gint64 offset = (gint64)since - (gint64)self->tail.shift;
    return pena_pdf_forward_references_new (pena_pdf_source (self), offset, forget_all, self);
}

PenaPdfGraph *
pena_pdf_open_graph (PenaPdf *self, PenaPdfSketches *sketches)
{
    return pena_pdf_graph_new (pena_pdf_source (self), sketches, forget_all, self);
}

guint
pena_pdf_get_n_pages (const PenaPdf *self)
{
    return self->n_pages;
}

guint
pena_pdf_get_n_revisions (const PenaPdf *self)
{
    return self->tail.revisions->len;
}
