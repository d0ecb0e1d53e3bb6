#!/usr/bin/env bash
# format.sh - the C files are as clang-format 14 writes them; with --fix they
# are made so.
set -euo pipefail
cd "$(dirname "$0")/../.."

mapfile -t files < <(find src simd test bench -name node_modules -prune -o \
	\( -name '*.c' -o -name '*.h' \) -print | sort)
if [ "${1:-}" = --fix ]; then
	clang-format-14 -i "${files[@]}"
	exit
fi

status=0
for file in "${files[@]}"; do
	if ! clang-format-14 "$file" | diff -u "$file" - >/dev/null; then
		echo "$file is not formatted (test/lint/format.sh --fix)"
		status=1
	fi
done
exit "$status"
