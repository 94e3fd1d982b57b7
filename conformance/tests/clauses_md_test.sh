#!/bin/sh
# SPDX-License-Identifier: MIT
# Is CLAUSES.md what the program would write now?
# clauses_md_test.sh IPCMARK_CHECK CLAUSES_MD
set -u
fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
"$1" --list-markdown >"$fresh" || exit 1
diff -u "$2" "$fresh" && exit 0
cat <<END
The rules have changed and conformance/CLAUSES.md does not say so. Write it
again with:
    build/ipcmark check --list-markdown >conformance/CLAUSES.md
END
exit 1
