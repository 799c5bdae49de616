/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Pena: the tokens that are met, by USB id
 * Copyright (C) 2026 the Pena authors */
#include "pena-device.h"

/* Ids as libccid lists them. Modules are the maker's, but for OpenSC's where that has a driver for the kind. */
const PenaDevice pena_devices[] = {
    {0x0529, 0x0620, "SafeNet eToken 5110", "libeTPkcs11.so"},
    {0x08E6, 0x3438, "Gemalto IDBridge K30", "libIDPrimePKCS11.so"},
    {0x08E6, 0x34CC, "SafeNet eToken 5300", "libeTPkcs11.so"},
    {0x08E6, 0x34CE, "SafeNet eToken 5300-C", "libeTPkcs11.so"},
    {0x08E6, 0x34CF, "SafeNet eToken 5110+ FIPS", "libeTPkcs11.so"},
    {0x08E6, 0x34D2, "SafeNet eToken Fusion", "libeTPkcs11.so"},
    {0x08E6, 0x8141, "Gemalto IDBridge K3000", "libIDPrimePKCS11.so"},
    {0x096E, 0x0807, "Feitian ePass2003", "opensc-pkcs11.so"},
    {0x096E, 0x080A, "Feitian ePass2003Auto", "opensc-pkcs11.so"},
    {0x096E, 0x080F, "Feitian eJAVA token", "opensc-pkcs11.so"},
    {0x09C3, 0x0028, "HID Crescendo Key", NULL},
    {0x09C3, 0x0029, "HID Crescendo Key", NULL},
    {0x09C3, 0x002B, "HID Crescendo Key", NULL},
    {0x09C3, 0x002D, "HID Crescendo Key", NULL},
    {0x0A89, 0x0025, "Rutoken lite", "librtpkcs11ecp.so"},
    {0x0A89, 0x0030, "Rutoken ECP", "librtpkcs11ecp.so"},
    {0x0DC3, 0x0900, "Athena IDProtect Key", "libASEP11.so"},
    {0x0DC3, 0x100F, "Athena IDProtect Flash", "libASEP11.so"},
    {0x1050, 0x0111, "YubiKey NEO", NULL},
    {0x1050, 0x0112, "YubiKey NEO", NULL},
    {0x1050, 0x0115, "YubiKey NEO", NULL},
    {0x1050, 0x0116, "YubiKey NEO", NULL},
    {0x1050, 0x0404, "YubiKey 4 or 5", NULL},
    {0x1050, 0x0405, "YubiKey 4 or 5", NULL},
    {0x1050, 0x0406, "YubiKey 4 or 5", NULL},
    {0x1050, 0x0407, "YubiKey 4 or 5", NULL},
    {0x1059, 0x000C, "G&D StarSign Token 350", "libaetpkss.so"},
    {0x1059, 0x000D, "G&D StarSign Token 550", "libaetpkss.so"},
    {0x1059, 0x0017, "G&D StarSign Crypto USB Token", "libaetpkss.so"},
    {0x1209, 0xBEEE, "Solo 2", NULL},
    {0x163C, 0x0406, "Watchdata USB Key", "libwdpkcs.so"},
    {0x163C, 0x0407, "Watchdata USB Key", "libwdpkcs.so"},
    {0x163C, 0x0417, "Watchdata USB Key", "libwdpkcs.so"},
    {0x163C, 0x0418, "Watchdata USB Key", "libwdpkcs.so"},
    {0x163C, 0x0A03, "Watchdata W5181", "libwdpkcs.so"},
    {0x19C8, 0x0012, "GoldKey PIV Token", NULL},
    {0x1A74, 0xB111, "Oberthur ID-One Token", NULL},
    {0x20A0, 0x4108, "Nitrokey Pro", NULL},
    {0x20A0, 0x4109, "Nitrokey Storage", NULL},
    {0x20A0, 0x4211, "Nitrokey Start", NULL},
    {0x20A0, 0x4230, "Nitrokey HSM", "opensc-pkcs11.so"},
    {0x20A0, 0x42B2, "Nitrokey 3", NULL},
    {0x20A0, 0x42D4, "CanoKey", NULL},
    {0x234B, 0x0000, "Gnuk", NULL},
    {0x24DC, 0x0101, "JaCarta", "libjcPKCS11-2.so"},
    {0x24DC, 0x0102, "JaCarta", "libjcPKCS11-2.so"},
    {0x24DC, 0x0402, "JaCarta", "libjcPKCS11-2.so"},
    {0x25DD, 0x1201, "Bit4id cryptokey", "libbit4xpki.so"},
    {0x25DD, 0x2321, "Bit4id CKey4", "libbit4xpki.so"},
    {0x25DD, 0x2341, "Bit4id tokenME FIPS v3", "libbit4xpki.so"},
    {0x25DD, 0x2351, "Bit4id Digital-DNA Key", "libbit4xpki.so"},
    {0x25DD, 0x2354, "Bit4id Digital-DNA Key", "libbit4xpki.so"},
    {0x25DD, 0x2361, "Bit4id Digital-DNA Key", "libbit4xpki.so"},
    {0x25DD, 0x2362, "Bit4id Digital-DNA Key", "libbit4xpki.so"},
    {0x25DD, 0x2371, "Bit4id tokenME EVO v2", "libbit4xpki.so"},
    {0, 0, NULL, NULL},
};

const PenaDevice *
pena_device_find (guint16 vendor, guint16 product)
{
    for (const PenaDevice *device = pena_devices; device->name != NULL; device++)
        if (device->vendor == vendor && device->product == product)
            return device;
    return NULL;
}
