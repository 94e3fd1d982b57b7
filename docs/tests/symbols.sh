#!/bin/sh
# SPDX-License-Identifier: MIT
# The archive and the shared library define the public functions of the
# headers and no other global name.
# symbols.sh NM HEADERS ARCHIVE SHARED
set -eu
nm=$1
headers=$2
archive=$3
shared=$4
failed=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# A declaration starts with IPCM_API; its name stands before the first "(".
cat "$headers"/ipcmark/*.h | tr '\n' ' ' | sed 's/IPCM_API/\n&/g' |
	sed -n 's/^IPCM_API[^(;]*[ *]\(ipcm_[a-z_0-9]*\)(.*/\1/p' |
	sort -u >"$folder/declared"
[ "$(wc -l <"$folder/declared")" -gt 60 ] || {
	echo 'the headers were not understood'
	exit 1
}

# compare WHAT : $folder/defined against the headers
compare() {
	if ! diff -u "$folder/declared" "$folder/defined" >"$folder/diff"; then
		echo "$1: declared in the headers (-) and defined (+) differ:"
		grep '^[-+][a-zA-Z_]' "$folder/diff"
		failed=1
	fi
}

"$nm" -g --defined-only "$archive" | awk 'NF == 3 { print $3 }' |
	sort -u >"$folder/defined"
compare "$archive"
"$nm" -D --defined-only "$shared" | awk '$2 != "A" { print $3 }' |
	sed 's/@.*//' | sort -u >"$folder/defined"
compare "$shared"
exit $failed
