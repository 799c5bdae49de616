/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: what doctor looks at
 * Copyright (C) 2026 the Pena authors */
#pragma once

#include "check.h"

/* Each looks at one thing and changes nothing. No finding holds a name of a person, a serial number or a
 * certificate. Transfer full. */
PenaCheck *pena_doctor_check_version (PenaCli *cli, PenaClient *client);
PenaCheck *pena_doctor_check_socket (PenaCli *cli, PenaClient *client);
PenaCheck *pena_doctor_check_agent (PenaCli *cli, PenaClient *client);
PenaCheck *pena_doctor_check_reader_service (PenaCli *cli, PenaClient *client);
PenaCheck *pena_doctor_check_usb (PenaCli *cli, PenaClient *client);
PenaCheck *pena_doctor_check_module (PenaCli *cli, PenaClient *client);
PenaCheck *pena_doctor_check_tokens (PenaCli *cli, PenaClient *client);
/* The same from a TokenList that is there already. */
PenaCheck *pena_doctor_judge_tokens (const gchar *json);
PenaCheck *pena_doctor_check_prompt (PenaCli *cli, PenaClient *client);
PenaCheck *pena_doctor_check_trust (PenaCli *cli, PenaClient *client);
PenaCheck *pena_doctor_check_clock (PenaCli *cli, PenaClient *client);

/* The names that devices below a folder like /sys/bus/usb/devices give themselves whose interface is of the
 * smart card class (0x0b); of gchar*. Transfer full. */
GPtrArray *pena_doctor_list_usb (const gchar *folder);
