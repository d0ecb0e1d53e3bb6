#!/usr/bin/env bash
# layers.sh - includes go downward only (src/LAYERS), by full path; the pure C
# layers know nothing of PostgreSQL; one file knows PostgreSQL's versions.
set -euo pipefail
cd "$(dirname "$0")/../.."

mapfile -t files < <(find src simd \( -name '*.c' -o -name '*.h' \) | sort)
status=0

awk '
	FILENAME == "src/LAYERS" {
		if ($0 !~ /^(#|$)/)
		{
			level++
			n = split($0, names, /[ \t]*\|[ \t]*/)
			for (i = 1; i <= n; i++)
				level_of[names[i]] = level
		}
		next
	}
	function layer_of(path,   layer) {
		layer = path
		while (!(layer in level_of))
			if (sub(/\/[^\/]*$/, "", layer) == 0)
				return ""
		return layer
	}
	function complain(what) {
		printf "%s:%d: %s\n", FILENAME, FNR, what
		bad = 1
	}
	FNR == 1 {
		mine = layer_of(FILENAME)
		if (mine == "")
			complain("no layer of src/LAYERS covers this file")
		pure = mine != "" && level_of[mine] < level_of["src/pg"]
	}
	/^[ \t]*#[ \t]*include[ \t]*"/ {
		split($0, parts, "\"")
		target = parts[2]
		if (target ~ /^(src|simd)\//)
		{
			theirs = layer_of(target)
			if (theirs == "")
				complain("includes " target ", which no layer covers")
			else if (theirs != mine && level_of[theirs] >= level_of[mine])
				complain(mine " may not include " theirs " (" target ")")
			if (target ~ /\.c$/)
				complain("includes a .c file")
		}
		else if (pure)
			complain("pure C layer includes \"" target "\"")
		else if ((getline line < ("src/" target)) >= 0)
			complain("include \"src/" target "\" by its full path")
	}
	pure && /(^|[^a-z_])(palloc0?|pfree|repalloc|ereport|elog)[ \t]*\(/ {
		complain("pure C layer uses PostgreSQL")
	}
	/PG_VERSION_NUM/ && FILENAME !~ /^src\/pg\/compat\.[ch]$/ {
		complain("PG_VERSION_NUM belongs into src/pg/compat")
	}
	END { exit bad }
' src/LAYERS "${files[@]}" || status=1

exit "$status"
