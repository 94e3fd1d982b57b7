#!/bin/sh
# SPDX-License-Identifier: MIT
# The page in headless Chromium: axe-core finds nothing, no width cuts it, and
# links, filters, sorting, folds and print work (browser_test.js). Needs
# Debian's chromium, node, and npm with network for two packages, which go to a
# temporary folder; skipped without them. They are no packages of scripts/setup.
# browser_test.sh REPORT FIXTURE...
set -u
report=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
browser=$(command -v chromium) || {
	echo 'skipped: no chromium (apt-get install chromium)'
	exit 77
}
command -v node >/dev/null && command -v npm >/dev/null || exit 77
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$report" --format html --out "$folder/page.html" "$@" >/dev/null || exit 1
cd "$folder" || exit 1
timeout 60 npm install --silent --no-audit --no-fund --prefer-offline \
	--fetch-retries=0 --fetch-timeout=20000 \
	playwright-core@1 axe-core@4 >/dev/null 2>&1 || {
	echo 'skipped: npm could not get playwright-core and axe-core'
	exit 77
}
NODE_PATH=$folder/node_modules node "$here/browser_test.js" "$browser" \
	"$folder/page.html"
