#!/bin/sh
# SPDX-License-Identifier: MIT
# Sentences and table cells of the page against its result files, on 34
# invented ones, and the charts of six; the readers are Python and share no
# code with the report. And does the reader see all of a page? A change anywhere
# makes it fail: of a third of the kinds of changes, or, with IPCMARK_TEST_ALL
# set, of all.
# sentences_test.sh REPORT
set -u
report=$1
here=$(dirname "$0")
command -v python3 >/dev/null || exit 77
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# page NAME PATH: of the files of its number, with the gnuplot of the PATH
page() {
	PATH=$2 "$report" --format html --out "$folder/$1.html" \
		"$folder/${1#drawn/}"-*.json >/dev/null 2>"$folder/log" || {
		echo "file $1: exit $?"
		cat "$folder/log"
		exit 1
	}
}

python3 -B "$here/sentences_make.py" "$folder" 34 || exit 1
mkdir "$folder/bin" "$folder/drawn"
if command -v gnuplot >/dev/null; then
	# chosen so that each kind of chart and of caption occurs
	for number in 06 15 17 18 22 29; do
		page "drawn/$number" "$PATH"
	done
else
	echo 'there is no gnuplot: charts are not read'
fi
for number in $(seq -w 0 33); do
	page "$number" "$folder/bin"
done
python3 -B "$here/sentences_read.py" "$folder" &&
	python3 -B "$here/sentences_planted.py" "$folder"
