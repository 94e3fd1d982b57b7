#!/bin/sh
# SPDX-License-Identifier: MIT
# The page's script is valid and sorts as it should; its colours are legible.
# script_test.sh REPORTS_FOLDER     (skipped without node)
set -u
command -v node >/dev/null || {
	echo 'skipped: node is not installed'
	exit 77
}
node --check "$1/html/page.js" || exit 1
exec node "$1/tests/script_test.js" "$1/html/page.js" "$1/html/page.css"
