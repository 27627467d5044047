#!/usr/bin/env bash
# Makes the documents of this folder: make.sh [FOLDER]. Needs, beside what tools/setup installs, Debian's ghostscript,
# img2pdf, libreoffice-writer-nogui and texlive-xetex; tests need none of these, they take the files as they are.
# Producers write dates and random numbers, so a second run gives other bytes of the same kind.
set -euo pipefail
out=$(realpath "${1:-$(dirname "$0")}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

{
    echo '<!doctype html><html lang="zh"><meta charset="utf-8"><title>投标函</title><style>@page{size:A4;margin:20mm}'
    echo 'body{font:14pt "Noto Serif CJK SC"}h1{break-before:page}h1:first-of-type{break-before:auto}</style><body>'
    for n in 1 2 3; do echo "<h1>投标函 第 $n 页</h1><p>投标人(盖章):____</p>"; done
} >bid.html

# Chromium: a classic table.
chromium --headless --no-sandbox --disable-gpu --user-data-dir="$work/profile" --no-pdf-header-footer \
    --print-to-pdf="$out/chromium.pdf" "file://$work/bid.html" 2>/dev/null
# Ghostscript writes it anew.
gs -q -dBATCH -dNOPAUSE -sDEVICE=pdfwrite -sOutputFile="$out/ghostscript.pdf" "$out/chromium.pdf"
# qpdf: linearised, with object streams; and with a turned first page.
qpdf --linearize --object-streams=generate "$out/chromium.pdf" "$out/qpdf-linearised.pdf"
qpdf --object-streams=generate --rotate=+90:1 --rotate=+270:3 "$out/chromium.pdf" "$out/qpdf-turned.pdf"
# Cairo, by way of poppler.
pdftocairo -pdf "$out/chromium.pdf" "$out/cairo.pdf"
# A scanner's: one JPEG a page and no text, the second page lying on its side.
pdftoppm -r 60 -gray -jpeg -jpegopt quality=40 "$out/chromium.pdf" scan
img2pdf --rotation=90 --output "$out/scan.pdf" scan-1.jpg scan-2.jpg
# LibreOffice: an xref stream or a table, by its version; fonts embedded.
soffice --headless -env:UserInstallation="file://$work/office" --convert-to pdf --outdir "$work" bid.html >/dev/null
mv bid.pdf "$out/libreoffice.pdf"
# XeTeX: xdvipdfmx with object streams.
{
    echo '\font\song="Noto Serif CJK SC" at 14pt \song \nopagenumbers'
    for n in 1 2; do printf '投标函 第 %s 页\\par 投标人(盖章)\\vfill\\eject\n' "$n"; done
    echo '\bye'
} >bid.tex
xetex -interaction=batchmode bid.tex >/dev/null
mv bid.pdf "$out/xetex.pdf"
ls -l "$out"/*.pdf
