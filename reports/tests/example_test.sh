#!/bin/sh
# SPDX-License-Identifier: MIT
# reports/example is one run, small enough for a mail, and what today's report
# makes of the results that its page holds, to the byte: the page, the Markdown
# file and the README's chart.
# Charts are gnuplot's, whose versions place labels differently. So with another
# version than the one that the committed chart names, all but the charts is
# compared, and the test is skipped for them.
# example_test.sh REPORT SOURCE_FOLDER
set -u
report=$1
source=$2
example=$source/reports/example
failed=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() {
	echo "$*"
	failed=1
}

command -v gnuplot >/dev/null || { echo 'there is no gnuplot'; exit 77; }

bytes=$(wc -c <"$example/report.html")
[ "$bytes" -le 2097152 ] || fail "the page has $bytes bytes, over 2 MiB"
for verb in check bench; do
	runs=$(grep -c "^- .ipcmark $verb .*(seed " "$example/report.md")
	[ "$runs" -eq 1 ] || fail "there are $runs runs of $verb instead of 1"
done

sh "$source/scripts/example" --report "$report" --out "$folder/made" \
	>"$folder/log" 2>&1 || {
	fail "$(cat "$folder/log")"
	exit 1
}

# without_charts FILE: what gnuplot did not draw
without_charts() {
	sed '/<svg/,/<\/svg>/d' "$1"
}

drawn=$(sed -n 's/.*Produced by GNUPLOT \(.*[^ ]\) *<.*/\1/p' \
	"$example/messages_queue_2cpu.svg")
here=$(gnuplot --version | sed 's/^gnuplot //; s/ *$//')
for file in report.html report.md messages_queue_2cpu.svg; do
	if [ "$drawn" = "$here" ]; then
		cp "$example/$file" "$folder/old"
		cp "$folder/made/$file" "$folder/new"
	else
		without_charts "$example/$file" >"$folder/old"
		without_charts "$folder/made/$file" >"$folder/new"
	fi
	cmp -s "$folder/old" "$folder/new" && continue
	fail "$file is not what the report makes today; after a change of the" \
		'page run scripts/example'
	diff "$folder/old" "$folder/new" | head -n 4 | cut -c 1-200
done
[ "$failed" -eq 0 ] || exit 1
[ "$drawn" = "$here" ] || {
	echo "the charts are of gnuplot $drawn, here is $here: not compared"
	exit 77
}
