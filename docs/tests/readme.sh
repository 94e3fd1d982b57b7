#!/bin/sh
# SPDX-License-Identifier: MIT
# README.md and impls/README.md against the program: C examples compile and
# run as pasted, the table's back-ends are in the registry, its totals are
# those of the clause list, and every link leads to a file.
# readme.sh IPCMARK SOURCE_FOLDER LIBRARY INCLUDE_FOLDER...
set -u
ipcmark=$1
source=$2
library=$3
shift 3
readme=$source/README.md
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0
fail() {
	echo "$*"
	failed=1
}

includes=
for include in "$@"; do
	includes="$includes -I$include"
done

documents=0
# each ```c block of a document that has a main is a program
for document in "$readme" "$source/impls/README.md"; do
	documents=$((documents + 1))
	awk -v out="$folder/document$documents" '
		/^```c$/ { number++; inside = 1; next }
		/^```$/ { inside = 0 }
		inside { print > (out "_" number ".c") }' "$document"
done
examples=0
for program in "$folder"/*.c; do
	[ -e "$program" ] || continue
	grep -q '^int main' "$program" || continue
	examples=$((examples + 1))
	# shellcheck disable=SC2086 # the flags are words of their own
	if ! cc -Wall -Wextra -Werror -o "$program.out" "$program" $includes \
		"$library" -lsodium -pthread -lrt -ldl; then
		fail "an example of $(basename "$program" .c) does not compile"
	elif [ "$("$program.out")" != hello ]; then
		fail "the example $(basename "$program" .c) does not print hello"
	fi
done
[ "$examples" -ge 1 ] || fail 'README.md has no complete C example'

# every column of the table is a back-end of the registry
# shellcheck disable=SC2016 # the back-quotes are Markdown's
columns=$(sed -n 's/^| clauses passed |//p' "$readme" | grep -o '`[a-z_]*`' |
	tr -d '\140')
[ -n "$columns" ] || fail 'README.md has no table of back-ends'
for column in $columns; do
	"$ipcmark" list --backend "$column" >/dev/null 2>&1 ||
		fail "README.md has a column for $column, the registry has not"
done

# and the totals of a level are those of the clause list
for level in CORE BEYOND; do
	total=$("$ipcmark" check --list | grep -cw "$level")
	grep "^| $level" "$readme" | grep -q "of $total |" ||
		fail "README.md does not know that $level has $total clauses"
done

for document in "$readme" "$source"/ARCHITECTURE.md "$source"/CONTRIBUTING.md \
	"$source"/*/README.md "$source"/bench/*.md "$source"/docs/*.md; do
	grep -o '](\([^)#]*\))' "$document" | sed 's/^](//; s/)$//' |
		grep -v '^http' | while IFS= read -r link; do
		[ -e "$(dirname "$document")/$link" ] ||
			echo "${document#"$source"/} links to $link"
	done >>"$folder/broken"
done
if [ -s "$folder/broken" ]; then
	cat "$folder/broken"
	failed=1
fi
exit "$failed"
