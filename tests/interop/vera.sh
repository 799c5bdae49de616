#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: veraPDF judges whether a PDF/A that Pena has signed still is one. Runs in a rig with --ca.
# Copyright (C) 2026 the Pena authors
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
vera=${PENA_INTEROP_VERA:-}
[ -n "$vera" ] || skip "veraPDF is not there (make interop fetches it with Maven)"
need java

archival() { # NAME PART: a page of PDF/A-PARTb
    cat >metadata <<XMP
<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>$2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>
XMP
    write_pdf "$1" '<< /Type /Catalog /Pages 2 0 R /Metadata 4 0 R >>' '<< /Type /Pages /Kids [3 0 R] /Count 1 >>' \
        '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>' '<< /Type /Metadata /Subtype /XML >>@metadata'
}
check() { timeout 240 java -cp "$vera/vera-check-1.jar:$vera/lib/*" pena.VeraCheck "$@" >"$story/last" 2>&1; }

say "signing: unseen, with each stamp that ships, to the highest level"
judged=()
for part in 1 2 3; do
    archival "a$part.pdf" "$part"
    judged+=("a$part.pdf" "a$part-signed.pdf" "a$part-B-LTA.pdf")
    succeed pena sign "a$part.pdf"
    succeed pena sign --level B-LTA --output "a$part-B-LTA.pdf" "a$part.pdf"
    for stamp in naskah-dinas qr text paraf barcode footer; do
        succeed pena sign --stamp "$stamp" --output "a$part-$stamp.pdf" "a$part.pdf"
        judged+=("a$part-$stamp.pdf")
    done
done

say "veraPDF"
check "${judged[@]}" || fail "not PDF/A any more"
[ "$(grep -c '^passed' last)" = "${#judged[@]}" ] || fail "too few were judged"
say "$(grep -c '^passed' last) files passed"

say "the judge itself refuses what is wrong"
sed 's/\/Resources << >>/\/AA << >>       /' a2.pdf >rusak.pdf
! check rusak.pdf || fail "a page with actions passes"
