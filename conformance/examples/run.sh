#!/bin/sh
# SPDX-License-Identifier: MIT
# A program of this folder prints exactly what its .txt file says.
# run.sh PROGRAM EXPECTED BACKEND
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$1" "$3" >"$folder/output"
diff -u "$2" "$folder/output"
