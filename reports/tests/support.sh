# SPDX-License-Identifier: MIT
# What the tests of the report share; sourced. $report is the program.
# shellcheck shell=sh disable=SC2034,SC2154 # set and used by the test
failed=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() {
	echo "$*"
	failed=1
}

# equal WHAT A B
equal() {
	[ "$2" = "$3" ] || fail "$1: $2 instead of $3"
}

# check_page PAGE: it fetches nothing, its ids are unique, every link inside
# it has a target, it is well-formed and short enough to be sent by mail.
check_page() {
	grep -oE '[a-z]+://[^ "<]*' "$1" | sort -u |
		grep -vE '^http://www\.w3\.org/(2000/svg|1999/xlink)$' &&
		fail 'the page names an address'
	grep -nE '<(link|img|iframe|object|embed)|@import|url\([^#]| src=' "$1" &&
		fail 'the page loads something'
	grep -q "default-src 'none'" "$1" || fail 'no content security policy'
	grep -oE " id=[\"'][^\"']*[\"']" "$1" | tr -d "\"'" | sort >"$folder/ids"
	uniq -d "$folder/ids" >"$folder/twice"
	[ -s "$folder/twice" ] && fail "ids occur twice: $(cat "$folder/twice")"
	grep -oE "href=[\"']#[^\"']*[\"']" "$1" | tr -d "\"'" |
		sed 's/href=#/ id=/' | sort -u >"$folder/links"
	sort -u "$folder/ids" | comm -13 - "$folder/links" >"$folder/dangling"
	[ -s "$folder/dangling" ] &&
		fail "links to nowhere: $(cat "$folder/dangling")"
	if command -v xmllint >/dev/null; then
		xmllint --noout "$1" || fail 'the page is not well-formed'
	fi
	[ "$(wc -c <"$1")" -lt 2097152 ] ||
		fail "the page has $(wc -c <"$1") bytes, 2 MiB or more"
}

# check_again FOLDER: everything is the same to the byte when it is made from
# the page in it.
check_again() {
	"$report" --out "$folder/again" --from "$1/report.html" >/dev/null
	diff -r "$1" "$folder/again" >/dev/null ||
		fail 'made from itself it differs'
}
