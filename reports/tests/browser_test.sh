#!/bin/sh
# SPDX-License-Identifier: MIT
# The page in headless Chromium: axe-core finds nothing, no width cuts it, and
# links, filters, sorting, folds and print work (browser_test.js); a history and
# the page of a gate: axe-core, widths, print. Needs
# Debian's chromium, node, and npm with network for two packages, which go to a
# temporary folder; skipped without them. They are no packages of scripts/setup.
# browser_test.sh REPORT GATE FIXTURE_HOST FIXTURE...
set -u
report=$1
gate=$2
host=$3
shift 3
here=$(cd "$(dirname "$0")" && pwd)
browser=$(command -v chromium) || {
	echo 'skipped: no chromium (apt-get install chromium)'
	exit 77
}
command -v node >/dev/null && command -v npm >/dev/null || exit 77
command -v python3 >/dev/null || exit 77
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$report" --format html --out "$folder/page.html" "$@" >/dev/null || exit 1
mkdir "$folder/runs"
python3 -B "$here/history_make.py" "$folder/runs" || exit 1
"$report" --history "$folder/runs" --out "$folder/history" >/dev/null || exit 1
for side in 'base 1 1' 'head 1.3 2'; do
	# shellcheck disable=SC2086 # a name and two figures
	set -- $side
	python3 -B "$here/gate_side.py" "$host" "$folder/$1" "$2" "$3" || exit 1
done
"$gate" --base "$folder/base" --head "$folder/head" --out "$folder/o" --quiet \
	--seed 1 --report "html=$folder/gate.html" >"$folder/log" 2>&1
[ $? -eq 1 ] || {
	cat "$folder/log"
	exit 1
}
cd "$folder" || exit 1
timeout 60 npm install --silent --no-audit --no-fund --prefer-offline \
	--fetch-retries=0 --fetch-timeout=20000 \
	playwright-core@1 axe-core@4 >/dev/null 2>&1 || {
	echo 'skipped: npm could not get playwright-core and axe-core'
	exit 77
}
NODE_PATH=$folder/node_modules node "$here/browser_test.js" "$browser" \
	"$folder/page.html" "$folder/history/history.html" "$folder/gate.html"
