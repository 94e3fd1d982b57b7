#!/bin/sh
# SPDX-License-Identifier: MIT
# A result file of version 1 gives the report that the same file in the words of
# version 2 gives, byte for byte: the page holds all data of the file.
# upgrade_test.sh IPCMARK-REPORT VERSION-1.json VERSION-2.json
set -u
report=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

for version in 1 2; do
	shift
	"$report" --out "$folder/$version" "$1" >/dev/null 2>&1 || {
		echo "version $version: exit $?"
		exit 1
	}
	"$report" export --to csv --out "$folder/$version/samples.csv" "$1" ||
		exit 1
done
for file in report.html report.md cells.csv samples.csv; do
	cmp "$folder/1/$file" "$folder/2/$file" || exit 1
done
