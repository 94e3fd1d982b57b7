#!/bin/sh
# SPDX-License-Identifier: MIT
# The manual pages made from the headers: mandoc and man find nothing wrong,
# every public function has its page, and the examples compile and run.
# man_pages.sh SOURCE_FOLDER ARCHIVE GENERATED_HEADERS CC
set -u
source=$1
archive=$2
generated=$3
cc=$4
failed=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() {
	echo "$*"
	failed=1
}

mkdir "$folder/man3"
"$source/scripts/man-pages" "$folder/man3" || exit 1
cp "$source"/docs/*.3 "$folder/man3"

for page in "$folder"/man3/*.3; do
	[ ! -L "$page" ] || continue
	name=$(basename "$page")
	if command -v mandoc >/dev/null; then
		# which other pages are installed is no matter here
		mandoc -T lint "$page" 2>&1 | grep -v -e 'manual not found' \
			-e 'outdated mandoc.db' >"$folder/lint" &&
			fail "$name: $(head "$folder/lint")"
	fi
	if command -v man >/dev/null; then
		MANWIDTH=80 man --warnings "$page" >"$folder/text" \
			2>"$folder/warnings" || echo failed >>"$folder/warnings"
		[ ! -s "$folder/warnings" ] ||
			fail "man cannot set $name: $(head "$folder/warnings")"
	fi
done
for function in $("${NM:-nm}" -g --defined-only "$archive" |
	awk 'NF == 3 { print $3 }'); do
	[ -f "$folder/man3/$function.3" ] ||
		fail "there is no page for $function"
done
grep -q 'Append one item' "$folder/man3/ipcm_queue.3" ||
	fail 'ipcm_queue.3 does not have what its header says'

for example in "$source"/docs/examples/*.c; do
	name=$(basename "$example" .c)
	"$cc" -std=gnu11 -Wall -Wextra -Werror -o "$folder/$name" "$example" \
		-I"$source/impls/include" -I"$generated" "$archive" \
		-lsodium -pthread -lrt -ldl || {
		fail "the example $name does not compile"
		continue
	}
	# its standard input is not what an example should depend on
	timeout 300 "$folder/$name" >"$folder/output" </dev/null ||
		fail "the example $name ended with $?: $(cat "$folder/output")"
	grep -q "^/\* .*\*/" "$folder/man3/ipcm_$name.3" ||
		fail "ipcm_$name.3 has no example"
done
# The example of ipcmark(3) is the consumer that the other tests build.
sed -n '/^\.Bd -literal/,/^\.Ed/p' "$source/docs/ipcmark.3" |
	sed '/^\.[BE]d/d; s/\\e/\\/g; s/        /\t/g' >"$folder/example"
sed 1,2d "$source/docs/tests/consumer/consumer.c" |
	diff -u - "$folder/example" ||
	fail 'the example of ipcmark(3) is not docs/tests/consumer/consumer.c'
exit $failed
