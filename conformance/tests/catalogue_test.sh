#!/bin/sh
# SPDX-License-Identifier: MIT
# Every rule of catalogue.tsv is a clause, at the level it has there, or is
# listed as not checked with its reason; and there is no clause beyond it.
# catalogue_test.sh IPCMARK_CHECK CATALOGUE
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# ID and level, as the catalogue, the clauses, and the page have them
grep -v -e '^#' -e '^$' "$2" | cut -f 1,2 | sort >"$folder/catalogue"
"$1" --list | awk '{ print $1 "\t" $2 }' | sort >"$folder/clauses"
"$1" --list-markdown | awk -F ' *[|] *' '
	/^#/ || /^[|] Rule [|] Level [|] Object/ { rest = 0 }
	/^Not checked/ { rest = 1 }
	rest && $2 ~ /^[A-Z]+-/ {
		if (length($4) < 10)
			print $2 " is not checked and has no reason" >"/dev/stderr"
		print $2 "\t" $3
	}' | sort >"$folder/rest"

sort "$folder/clauses" "$folder/rest" >"$folder/known"
failed=0
tell() {
	if [ -s "$folder/wrong" ]; then
		sed "s/^/$1: /" "$folder/wrong"
		failed=1
	fi
}
cut -f 1 "$folder/catalogue" | uniq -d >"$folder/wrong"
tell 'twice in the catalogue'
cut -f 1 "$folder/known" | uniq -d >"$folder/wrong"
tell 'twice among clauses and rules not checked'
comm -23 "$folder/catalogue" "$folder/known" >"$folder/wrong"
tell 'neither a clause of this level nor listed as not checked'
comm -13 "$folder/catalogue" "$folder/known" >"$folder/wrong"
tell 'not in the catalogue at this level'
exit $failed
