#!/usr/bin/env bash
# demo.sh - the same flights in a heap table and in a columnar table: sizes,
# load times, and six questions asked of both.  DATA=file.csv[.zst] takes other
# flights (columns date,delay,distance,origin,destination) than the 200,000
# that come with the sources.  Uses a server of its own and removes it.
set -euo pipefail
# shellcheck source=test/lib/server.sh
. "$(dirname "$0")/../lib/server.sh"

data=${DATA:-$top/test/data/flights-200k.csv.zst}
runs=3
header=date,delay,distance,origin,destination

# the data, as CSV
read_data()
{
	case $data in
		*.zst) zstd -dqc "$data" ;;
		*) cat "$data" ;;
	esac
}

median()
{
	sort -n | awk '{ v[NR] = $1 }
		END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# time_of SQL: its time in ms
time_of()
{
	psql_run <<<"\\timing on
		\\o /dev/null
		$1" | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p'
}

value_of()
{
	psql_run -At <<<"$1"
}

ask()
{
	psql_run -P border=0 -P footer=off -v "flights=$1" <<<"$2"
}

grouped()
{
	sed -E ':a; s/^([0-9]+)([0-9]{3})/\1,\2/; ta' <<<"$1"
}

megabytes()
{
	awk -v b="$1" 'BEGIN { printf "%.1f MB", b / 1048576 }'
}

row()
{
	printf '   %-24s %12s %12s   %s\n' "$@"
}

ms()
{
	awk -v t="$1" 'BEGIN { printf (t < 10 ? "%.2f ms" : "%.0f ms"), t }'
}

# times HEAP COLUMNAR: which one is faster and by how much
compared()
{
	awk -v h="$1" -v c="$2" 'BEGIN {
		if (h / c >= 1.05) printf "%.1fx faster", h / c
		else if (c / h >= 1.05) printf "%.1fx slower", c / h
		else printf "the same" }'
}

# ---- build, start ----

[ -r "$data" ] || die "demo: cannot read $data"
"$top/test/lib/packages.sh" build
found=$(read_data 2>/dev/null | head -n 1 | tr -d '\r' || true)
[ "$found" = "$header" ] ||
	die "demo: $data does not begin with the line \"$header\""
mkdir -p "$top/build"
make --no-print-directory -C "$top" -j"$(nproc)" MAKECMDGOALS= all \
	>"$top/build/demo-build.log" 2>&1 ||
	{ tail -n 60 "$top/build/demo-build.log"; die "the build failed"; }
work_begin
server_start demo <<'END'
shared_buffers = 1GB
work_mem = 64MB
max_wal_size = 4GB
jit = off
max_parallel_workers_per_gather = 0
autovacuum = off
END
csv=$work/tmp/flights.csv
read_data >"$csv"

tour()
{
	local table columns n
	columns='date timestamp, delay int, distance int, origin text, destination text'
	psql_run <<<"
		CREATE EXTENSION columnar;
		CREATE TABLE flights ($columns) USING columnar;
		CREATE TABLE flights_heap ($columns) USING heap;"

	# ---- load ----
	for ((n = 0; n < runs; n++)); do
		for table in flights_heap flights; do
			psql_run <<<"TRUNCATE $table; CHECKPOINT;"
			time_of "COPY $table FROM '$csv' WITH (FORMAT csv, HEADER);" \
				>>"$work/tmp/load.$table"
		done
	done
	psql_run <<<"VACUUM ANALYZE flights_heap; VACUUM ANALYZE flights;"

	local rows rows_heap size size_heap load load_heap
	rows=$(value_of "SELECT count(*) FROM flights")
	rows_heap=$(value_of "SELECT count(*) FROM flights_heap")
	size=$(value_of "SELECT pg_total_relation_size('flights')")
	size_heap=$(value_of "SELECT pg_total_relation_size('flights_heap')")
	load=$(median <"$work/tmp/load.flights")
	load_heap=$(median <"$work/tmp/load.flights_heap")
	[ "$rows" = "$rows_heap" ] ||
		die "WRONG: flights has $rows rows, flights_heap has $rows_heap"
	[ "$rows" -gt 0 ] || die "demo: $data has no rows"

	say "columnar: $(grouped "$rows") US flights in PostgreSQL, stored twice" ""
	say "   CREATE TABLE flights_heap (...)                -- PostgreSQL's own storage"
	say "   CREATE TABLE flights (...) USING columnar      -- this extension" ""
	say "1. Loading and size" ""
	row "" heap columnar ""
	row "rows" "$(grouped "$rows")" "$(grouped "$rows")" ""
	row "load with COPY" "$(ms "$load_heap")" "$(ms "$load")" \
		"$(compared "$load_heap" "$load")"
	row "size on disk" "$(megabytes "$size_heap")" "$(megabytes "$size")" \
		"$(awk -v h="$size_heap" -v c="$size" \
			'BEGIN { printf "%.0f %% of heap", 100 * c / h }')"

	# ---- questions ----
	say "" "2. Six questions, asked of both tables (answers are compared)"
	local number=0 title query answer answer_heap t t_heap explain=
	local -a titles=() queries=() times=() times_heap=()
	while IFS= read -r line; do
		case $line in
			"-- ? "*)
				titles+=("${line#-- ? }")
				queries+=("")
				;;
			--*) ;;
			*)
				if [ ${#titles[@]} -gt 0 ]; then
					queries[-1]+=$line$'\n'
				fi
				;;
		esac
	done <"$top/test/demo/questions.sql"

	for query in "${queries[@]}"; do
		title=${titles[number]}
		number=$((number + 1))
		answer_heap=$(ask flights_heap "$query")
		answer=$(ask flights "$query")
		if [ "$answer" != "$answer_heap" ]; then
			say "" "WRONG: the tables answer question $number differently" \
				"heap:" "$answer_heap" "columnar:" "$answer"
			exit 1
		fi
		: >"$work/tmp/times.flights"
		: >"$work/tmp/times.flights_heap"
		for ((n = 0; n < runs; n++)); do
			for table in flights_heap flights; do
				time_of "${query//:flights/$table}" >>"$work/tmp/times.$table"
			done
		done
		times+=("$(median <"$work/tmp/times.flights")")
		times_heap+=("$(median <"$work/tmp/times.flights_heap")")
		say "" "   $number. $title"
		head -n 8 <<<"$answer" | sed 's/^/      /'
		n=$(wc -l <<<"$answer")
		[ "$n" -le 8 ] || say "      ... and $((n - 8)) more rows"
	done

	say "" "3. How long they took (median of $runs runs, one process each)" ""
	row "question" heap columnar ""
	for ((n = 0; n < number; n++)); do
		t=${times[n]}
		t_heap=${times_heap[n]}
		row "$((n + 1))" "$(ms "$t_heap")" "$(ms "$t")" \
			"$(compared "$t_heap" "$t")"
	done

	say "" "4. What PostgreSQL does for question 4 on the columnar table" ""
	explain=${queries[3]//:flights/flights}
	psql_run -At <<<"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) $explain" | cut -c 1-100 |
		sed 's/^/   /'

	say "" "All $number answers are equal on both tables."
}

in_job tour
