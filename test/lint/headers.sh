#!/usr/bin/env bash
# headers.sh - every header compiles alone: those of the pure C layers without
# PostgreSQL's headers in reach, the others after postgres.h only, as in
# PostgreSQL itself.  Templates (*_template.h) are bodies, not headers.
set -euo pipefail
cd "$(dirname "$0")/../.."
server=$("${PG_CONFIG:-/usr/lib/postgresql/15/bin/pg_config}" \
	--includedir-server)
status=0

while read -r header; do
	case $header in
		*_template.h) continue ;;
		simd/* | src/base/* | src/text/* | src/vector/* | src/encoding/*)
			flags=()
			;;
		*) flags=(-isystem "$server" -include postgres.h -Wno-unused-parameter) ;;
	esac
	cc -std=gnu11 -fsyntax-only -Wall -Wextra -Werror -I. -D_GNU_SOURCE \
		"${flags[@]}" -x c -include "$header" /dev/null || {
		echo "$header does not compile alone"
		status=1
	}
done < <(find src simd -name '*.h' | sort)

exit "$status"
