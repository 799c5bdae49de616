/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the agent's configuration
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include <glib.h>

/* What /etc/pena/agent.conf and then $XDG_CONFIG_HOME/pena/agent.conf say, key by key; see
 * pena-agent.conf(5). */
typedef struct {
    /* [agent] */
    guint64 max_document_size; /* bytes */
    guint64 max_connections;
    guint64 header_timeout; /* seconds */
    guint64 idle_timeout;   /* seconds */
    guint64 prompt_timeout; /* seconds */
    guint64 worker_timeout; /* seconds that a document worker may stand still */
    guint64 worker_cpu;     /* seconds of processor time that one document may take */
    /* [trust] */
    gchar **anchors;       /* PEM files, or folders of them */
    gboolean system_trust; /* what p11-kit trusts is an anchor too */
    gchar **certificates;  /* of issuing authorities: likewise */
    gchar *crls;           /* folder, or NULL */
    /* [time-stamp] */
    gchar **tsa_servers;      /* addresses of time-stamp authorities, the preferred one first */
    gchar *tsa_policy;        /* OID, or NULL for the server's own */
    gchar *tsa_credentials;   /* file with user names and passwords, or NULL */
    guint64 clock_difference; /* seconds that its clock and ours may lie apart */
    /* [network] */
    guint64 network_timeout; /* seconds for one question and its answer */
    guint64 max_crl_size;    /* bytes */
    gchar **hosts;           /* that certificates may name */
    gchar *proxy;            /* or NULL for none */
    gchar *tls_ca;           /* PEM file, or NULL for the system's */
    guint64 cache_age;       /* seconds that an answer is used again at most */
    guint64 cache_size;      /* bytes on disk */
    /* [validation] */
    gboolean need_revocation; /* no verdict without word on revocation */
    gchar *algorithms;        /* file with dates until which algorithms count, or NULL */
    /* [prompt] */
    gchar *prompt_program; /* NULL: the system's pinentry */
    gchar **denial_delays; /* seconds, after the first, second, ... refusal in a row */
    /* [stamp] */
    gchar *stamp_default; /* template of signatures that name none; NULL: these are invisible */
    gchar *stamp_url;     /* with {id} in it, or NULL */
    gchar *stamp_issuer;  /* NULL: what the certificate says */
    gchar **stamp_fonts;  /* folders */
    /* [passphrase]: new ones, and PUKs */
    guint64 passphrase_min_length; /* characters */
    guint64 passphrase_different;  /* of them */
    gboolean passphrase_refuse_dates;
    gchar **passphrase_need; /* classes of characters: letter, digit, other */
    /* [token] */
    gchar **modules; /* p11-kit names; empty: all */
} PenaConfig;

/* Reads both files; a missing one is fine. CONFIG_INVALID with fact "reason" names file, group and key.
 * Transfer full. */
PenaConfig *pena_config_load (GError **error);
/* The same from the files given (NULL-terminated, later wins). */
PenaConfig *pena_config_load_files (const gchar *const *paths, GError **error);
void pena_config_free (PenaConfig *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PenaConfig, pena_config_free)

/* The name of a key and of its group, by index; NULL past the last one. Static. */
const gchar *pena_config_get_key (guint index, const gchar **ret_group);

/* A number with an optional suffix K, M or G (1024 each). FALSE when it is anything else or too large. */
gboolean pena_config_parse_number (const gchar *text, guint64 *ret_value);
