#!/usr/bin/env bash
# sizes.sh - files of at most 1200 lines, folders of at most 15 .c files
# (encoding and simd may hold more: a file per codec or kernel).
set -euo pipefail
cd "$(dirname "$0")/../.."
status=0

while read -r lines file; do
	if [ "$lines" -gt 1200 ]; then
		echo "$file: $lines lines, 1200 are allowed"
		status=1
	fi
done < <(find src simd test bench .ci -name node_modules -prune -o -type f \
	\( -name '*.[ch]' -o -name '*.sh' -o -name '*.p[lm]' -o -name '*.mjs' \) \
	-exec wc -l {} \;)

while read -r n folder; do
	case $folder in
		src/encoding | simd | simd/*) continue ;;
	esac
	if [ "$n" -gt 15 ]; then
		echo "$folder: $n .c files, 15 are allowed"
		status=1
	fi
done < <(find src -name '*.c' -printf '%h\n' | sort | uniq -c)

exit "$status"
