#!/bin/sh
# SPDX-License-Identifier: MIT
# The page agrees with the other reports of the same run: conformance writes a
# made-up run with every verdict letter in all its formats (its own test proves
# that those agree), the page is made of its result file.
# agree_test.sh FIXTURE_WRITER REPORT AGREE
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$1" "$folder"
"$2" --format html --out "$folder/page.html" "$folder/check.json" >/dev/null
"$3" "$folder/check.json" "$folder/page.html"
if command -v xmllint >/dev/null; then
	xmllint --noout "$folder/junit.xml"
fi
