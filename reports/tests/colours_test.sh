#!/bin/sh
# SPDX-License-Identifier: MIT
# A back-end has one colour: charts/style.gp, charts/script.[ch] and page.css
# name the same six.
# colours_test.sh REPORTS_FOLDER
set -u
failed=0
colours=$(sed -n 's/^set linetype [0-9].*rgb "#\([0-9a-f]*\)".*/\1/p' \
	"$1/charts/style.gp")
[ "$(echo "$colours" | wc -l)" -eq 6 ] || { echo 'style.gp: not six'; exit 1; }
for colour in $colours; do
	cat "$1/charts/script.c" "$1/charts/script.h" | grep -q "0x$colour" ||
		{ echo "script.[ch] have no $colour"; failed=1; }
	# Hexadecimal pairs as gnuplot prints them in an SVG file.
	red=$((0x$(echo "$colour" | cut -c1-2)))
	green=$((0x$(echo "$colour" | cut -c3-4)))
	blue=$((0x$(echo "$colour" | cut -c5-6)))
	grep -q "fill=\"rgb($red,$green,$blue)\"" "$1/html/page.css" ||
		{ echo "page.css has no rgb($red,$green,$blue)"; failed=1; }
	grep -q "stroke=\"rgb($(printf '%3d, %3d, %3d' $red $green $blue))\"" \
		"$1/html/page.css" ||
		{ echo "page.css does not redraw $colour"; failed=1; }
done
exit $failed
