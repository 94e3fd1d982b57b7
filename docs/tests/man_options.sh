#!/bin/sh
# SPDX-License-Identifier: MIT
# The long options in --help of each program and those in its section of the
# man page are the same, both ways.
# man_options.sh IPCMARK MAN_PAGE
set -u
ipcmark=$1
page=$2
failed=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Options that argp gives every program; described once in the page.
common='--help --usage --version'

# options_of_help VERB: --name, one a line. Prose names no options there but
# those of the usage lines, which start like options.
options_of_help() {
	"$ipcmark" "$1" --help |
		grep -E '^ +(-[A-Za-z?], +)?--[a-z]' |
		sed -E 's/^ +(-[A-Za-z?], +)?(--[a-z-]+).*/\2/' | sort -u
}

# options_of_page VERB: from the .It Fl lines of the part "ipcmark VERB".
options_of_page() {
	awk -v verb="$1" '
		/^\.Ss / { inside = ($0 == ".Ss ipcmark " verb ||
				     $0 ~ "^[.]Ss ipcmark " verb " ") }
		inside && /^\.It Fl / {
			for (i = 1; i <= NF; i++)
				if ($i == "Fl" && $(i + 1) ~ /^-/)
					print "-" $(i + 1)
		}' "$page" | sort -u
}

for verb in list env check bench report gate baseline compare export selftest; do
	if ! "$ipcmark" "$verb" --help >/dev/null 2>&1; then
		echo "ipcmark $verb is not built: its options were not compared"
		continue
	fi
	options_of_help "$verb" >"$folder/help"
	options_of_page "$verb" >"$folder/page"
	for option in $common; do
		sed -i "/^$option\$/d" "$folder/help" "$folder/page"
	done
	if ! diff -u "$folder/page" "$folder/help" >"$folder/diff"; then
		echo "ipcmark $verb: the man page (-) and --help (+) differ:"
		grep '^[-+]--' "$folder/diff"
		failed=1
	fi
done
# The page itself must be one that man can set.
if command -v man >/dev/null &&
	! MANWIDTH=80 man --warnings "$page" >"$folder/text" 2>"$folder/warnings"; then
	echo "man cannot set $page"
	failed=1
fi
if [ -s "$folder/warnings" ]; then
	cat "$folder/warnings"
	failed=1
fi
exit $failed
