#!/bin/sh
# SPDX-License-Identifier: MIT
# Every rule of catalogue.tsv is a clause, at the level it has there, and there
# is no other clause.
# catalogue_test.sh IPCMARK_CHECK CATALOGUE
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# ID and level, as the catalogue and the clauses have them
grep -v -e '^#' -e '^$' "$2" | cut -f 1,2 | sort >"$folder/catalogue"
"$1" --list | awk '{ print $1 "\t" $2 }' | sort >"$folder/clauses"
failed=0
tell() {
	if [ -s "$folder/wrong" ]; then
		sed "s/^/$1: /" "$folder/wrong"
		failed=1
	fi
}
cut -f 1 "$folder/catalogue" | uniq -d >"$folder/wrong"
tell 'twice in the catalogue'
cut -f 1 "$folder/clauses" | uniq -d >"$folder/wrong"
tell 'twice among the clauses'
comm -23 "$folder/catalogue" "$folder/clauses" >"$folder/wrong"
tell 'not a clause of this level'
comm -13 "$folder/catalogue" "$folder/clauses" >"$folder/wrong"
tell 'not in the catalogue at this level'
exit $failed
