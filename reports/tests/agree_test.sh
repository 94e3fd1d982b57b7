#!/bin/sh
# SPDX-License-Identifier: MIT
# All formats say the same of a made-up run with every verdict letter: the page
# (agree_page.py), and here the terminal, Markdown, TAP and JUnit, counted
# against the result file.
# agree_test.sh IPCMARK-REPORT FIXTURE
set -u
report=$1
file=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0

equal() {
	[ "$2" = "$3" ] && return
	echo "$1: $2 instead of $3"
	failed=1
}

# lines PATTERN FORMAT: in how many lines
lines() {
	grep -cE "$1" "$folder/$2"
}

# cases LETTERS: how many entries of the file have one of them
cases() {
	grep -oE '"verdict": "[A-Za-z]"' "$file" | grep -cE "\"[$1]\""
}

"$report" --format html --out "$folder/page.html" "$file" >/dev/null || exit 1
if command -v python3 >/dev/null; then
	python3 "$(dirname "$0")/agree_page.py" "$file" "$folder/page.html" ||
		failed=1
fi
for format in text tables tap junit; do
	"$report" export --to $format --out "$folder/$format" "$file" \
		>/dev/null || exit 1
done

evidence=$(cases FDCTXE)
skipped=$(cases ULN)
equal 'terminal: commands' "$(lines '^    again: ' text)" "$evidence"
equal 'terminal: observations' "$(lines '^    observed: ' text)" "$evidence"
equal 'markdown: evidence' "$(lines '^  - reproduce: `ipcmark check ' tables)" \
	"$evidence"
equal 'markdown: red cells' \
	"$(grep '^| ' "$folder/tables" | grep -oE '\*\*[A-Z]\*\*' |
		wc -l)" "$(cases FDCTX)"
equal 'tap: plan' "$(sed -n 2p "$folder/tap")" "1..$(cases A-Za-z)"
equal 'tap: not ok' "$(lines '^not ok ' tap)" "$evidence"
equal 'tap: skipped' "$(lines '^ok .* # SKIP [ULN]: ' tap)" "$skipped"
equal 'tap: commands' "$(lines '^    ipcmark check --backend ' tap)" "$evidence"
equal 'junit: cases' "$(lines '<testcase ' junit)" "$(cases A-Za-z)"
equal 'junit: failures' "$(lines '<failure ' junit)" "$(cases FDX)"
equal 'junit: errors' "$(lines '<error ' junit)" "$(cases CTE)"
equal 'junit: skipped' "$(lines '<skipped ' junit)" "$skipped"
if command -v xmllint >/dev/null; then
	xmllint --noout "$folder/junit" || failed=1
fi
# What would Jenkins and Surefire refuse? It has all elements.
if command -v python3 >/dev/null; then
	python3 -B "$(dirname "$0")/junit_broken.py" "$folder/junit" || failed=1
fi

# The same scores everywhere, in the words of each format.
for backend in $(grep -oE '^# [a-z_]*:' "$folder/tap" | tr -d '#: '); do
	line=$(grep "^# $backend:" "$folder/tap" |
		sed 's/.*CORE //; s/, OPTIONAL /,/; s/, BEYOND /,/; s/, /,/')
	row=$(grep "^| $backend |" "$folder/tables" | head -1 |
		sed 's/^| [a-z_]* | //; s/ |$//; s/ | /,/g')
	equal "$backend: scores of tap and markdown" "$line" "$row"
	set -- $(echo "$line" | tr ',' ' ' | tr -d '()U')
	for score in "$@"; do
		grep "^ $backend " "$folder/text" | tail -1 |
			grep -q -- "$score" || {
			echo "$backend: terminal has no score $score"
			failed=1
		}
	done
	equal "$backend: conclusion of junit" \
		"$(sed -n "/<testsuite name=\"$backend\"/,/conclusion/p" \
			"$folder/junit" | grep -c "value=\"${line##*,}\"")" 1
done
exit $failed
