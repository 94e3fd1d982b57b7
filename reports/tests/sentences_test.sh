#!/bin/sh
# SPDX-License-Identifier: MIT
# Sentences and table cells of the page against its result files, on 34
# invented ones; the readers are Python and share no code with the report. And
# does the reader see all of a page? A change anywhere makes it fail.
# sentences_test.sh REPORT
set -u
report=$1
here=$(dirname "$0")
command -v python3 >/dev/null || exit 77
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

python3 -B "$here/sentences_make.py" "$folder" 34 || exit 1
# Without gnuplot: charts are not read.
mkdir "$folder/bin"
for number in $(seq -w 0 33); do
	PATH=$folder/bin "$report" --format html --out "$folder/$number.html" \
		"$folder/$number"-*.json >/dev/null 2>"$folder/log" || {
		echo "file $number: exit $?"
		cat "$folder/log"
		exit 1
	}
done
python3 -B "$here/sentences_read.py" "$folder" &&
	python3 -B "$here/sentences_planted.py" "$folder"
