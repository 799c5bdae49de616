# SPDX-License-Identifier: LGPL-2.1-or-later
# Pena: makes PDFs whose pages lie in every way; tells how a stamp stands on a page
# Copyright (C) 2026 the Pena authors
"""stamp_pages.py make FOLDER: one PDF for each kind of page, and all.pdf with all of them.
stamp_pages.py upright PDF: reads what pdftotext says of the place of each word, and fails when the stamp does not stand upright."""
import re
import subprocess
import sys

TEXT = "isi surat ${ttd}"
A4 = "/MediaBox [0 0 595 842]"


def text(x, y, size=12, matrix="1 0 0 1", drawn=f"({TEXT}) Tj"):
    return f"BT /F1 {size} Tf {matrix} {x} {y} Tm {drawn} ET"


PAGES = {
    "portrait": (A4, text(100, 400)),
    "landscape": ("/MediaBox [0 0 842 595]", text(100, 300)),
    "rotate90": (A4 + " /Rotate 90", text(300, 200, matrix="0 1 -1 0")),
    "rotate180": (A4 + " /Rotate 180", text(500, 400, matrix="-1 0 0 -1")),
    "rotate270": (A4 + " /Rotate -90", text(300, 700, matrix="0 -1 1 0")),
    "cropped": ("/MediaBox [-50 -100 700 900] /CropBox [20 30 500 600]", text(100, 300)),
    "cropped90": ("/MediaBox [0 0 700 900] /CropBox [20 30 500 600] /Rotate 90", text(300, 100, matrix="0 1 -1 0")),
    "tiny": ("/MediaBox [0 0 100 60]", text(5, 30, 2)),
    "huge": ("/MediaBox [0 0 14000 14000]", text(2000, 3000, 400)),
    "userunit": ("/MediaBox [0 0 297.5 421] /UserUnit 2", text(50, 200, 6)),
    "moved": (A4, "2 0 0 2 30 30 cm 1 0 0 rg " + text(20, 100)),
    "pieces": (A4, text(100, 400, drawn="[(isi surat $) -40 ({t) 30 (t)] TJ (d) Tj (}) Tj")),
}


def make(pages):
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", None,
               "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for attributes, content in pages:
        kids.append(f"{len(objects) + 1} 0 R")
        objects.append(f"<< /Type /Page /Parent 2 0 R {attributes} /Contents {len(objects) + 2} 0 R >>")
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
    objects[1] = (f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} "
                  "/Resources << /Font << /F1 3 0 R >> >> >>")
    out, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{offset:010d} 00000 n \n".encode() for offset in offsets)
    return out + f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()


FIELDS = """%PDF-1.7
1 0 obj
<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R 5 0 R] >> >>
endobj
2 0 obj
<< /Type /Pages /Kids [3 0 R] /Count 1 >>
endobj
3 0 obj
<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Rotate 90 /Annots [4 0 R 5 0 R] >>
endobj
4 0 obj
<< /Type /Annot /Subtype /Widget /FT /Sig /T (seen) /Rect [100 100 200 400] /F 4 /P 3 0 R >>
endobj
5 0 obj
<< /Type /Annot /Subtype /Widget /FT /Sig /T (unseen) /Rect [0 0 0 0] /F 4 /P 3 0 R >>
endobj
trailer
<< /Root 1 0 R /Size 6 >>
"""


def write_all(folder):
    with open(f"{folder}/fields-raw.pdf", "w", encoding="ascii") as file:
        file.write(FIELDS)
    for name, page in PAGES.items():
        with open(f"{folder}/{name}.pdf", "wb") as file:
            file.write(make([page]))
    with open(f"{folder}/all.pdf", "wb") as file:
        file.write(make(list(PAGES.values())))


def words(path):
    told = subprocess.run(["pdftotext", "-bbox", "-cropbox", path, "-"], capture_output=True, text=True, check=True).stdout
    # What it says of a page's size leaves the rotation out.
    seen = subprocess.run(["pdftoppm", "-r", "72", "-cropbox", "-gray", path], capture_output=True, check=True).stdout
    width, height = (float(number) for number in seen.split(maxsplit=4)[1:3])
    found = {}
    for box in re.finditer(r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>', told):
        found.setdefault(box[5], [float(box[i]) for i in range(1, 5)])
    return width, height, found


def check_upright(path):
    width, height, found = words(path)
    name, nip, foot = found["Wulandari,"], found["NIP"], found["Dokumen"]
    assert name[2] - name[0] > name[3] - name[1], "the name does not run from left to right"
    assert nip[1] >= name[3] - 3, "the NIP does not stand below the name"
    for x0, y0, x1, y1 in (name, nip, foot):
        assert -1 <= x0 and x1 <= width + 1 and -1 <= y0 and y1 <= height + 1, "off the page"
    assert foot[1] > nip[1] and foot[3] > height * 0.9, "the footer is not at the foot"


if sys.argv[1] == "make":
    write_all(sys.argv[2])
else:
    check_upright(sys.argv[2])
