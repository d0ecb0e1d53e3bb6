#!/usr/bin/env bash
# run.sh - runs the tests: test/run.sh KIND ...
#
#   unit       test/unit, plain, under sanitizers, and for arm64 if a compiler
#              and qemu for it are there (packages.sh arm64)
#   fuzz       test/fuzz, DURATION seconds altogether (default 24)
#   regress    test/sql/*.sql against expected/*.out
#   isolation  test/isolation/specs/*.spec
#   tap        test/t/*.pl
#   long       test/long/*, DURATION seconds each (default 60)
#
# TAP_PART=first|rest takes a quarter of the TAP tests, or the others (check.sh).
# SIMD_LEVEL=name runs regress and isolation at a lower level of instructions.
# TESTS="name ..." picks tests of one kind by name.  ACCEPT=1 makes the results
# of regress and isolation the expected ones.  Results, logs and diffs are left
# in build/results.  The last line is "N passed, N failed"; the exit code is
# not 0 if anything failed or nothing ran.
set -euo pipefail
# shellcheck source=test/lib/server.sh
. "$(dirname "$0")/lib/server.sh"

results=$top/build/results

# tally passed|failed|skipped NAME
tally()
{
	echo "$1 $2" >>"$work/tally"
}

# Counts the lines "test NAME ... ok" (15) or "ok 1 - NAME" (16 and later) that
# pg_regress and pg_isolation_regress print.
tally_regress()
{
	local kind=$1 line
	while read -r line; do
		case $line in
			"ok "*) tally passed "$kind/$(awk '{print $4}' <<<"$line")" ;;
			"not ok "*) tally failed "$kind/$(awk '{print $5}' <<<"$line")" ;;
			"test "*" ok "*) tally passed "$kind/$(awk '{print $2}' <<<"$line")" ;;
			"test "*" FAILED"*)
				tally failed "$kind/$(awk '{print $2}' <<<"$line")"
				;;
		esac
	done
}

run_unit()
{
	local goal goals=(check check-sanitize)
	[ -e "$top/test/unit/Makefile" ] || return 0
	if command -v aarch64-linux-gnu-gcc qemu-aarch64-static >/dev/null; then
		goals+=(check-arm64)
	else
		tally skipped unit/check-arm64
	fi
	for goal in "${goals[@]}"; do
		say "# unit: $goal"
		if make --no-print-directory -C "$top/test/unit" "$goal" \
			${TESTS:+TESTS="$TESTS"} >"$results/unit-$goal.log" 2>&1; then
			tally passed "unit/$goal"
			tail -n 3 "$results/unit-$goal.log"
		else
			tally failed "unit/$goal"
			tail -n 100 "$results/unit-$goal.log"
		fi
	done
}

run_fuzz()
{
	local targets
	read -r -a targets <<<"${TESTS:-}"
	say "# fuzz"
	if "$top/test/fuzz/run.sh" "${DURATION:-24}" "${targets[@]}" \
		>"$results/fuzz.log" 2>&1; then
		tally passed fuzz
	else
		tally failed fuzz
	fi
	tail -n 40 "$results/fuzz.log"
}

test_server()
{
	initdb_options=(--data-checksums)
	server_start "$1" <<-'END'
		fsync = off
		shared_buffers = 128MB
		max_connections = 60
		max_prepared_transactions = 20
		wal_level = logical
		log_line_prefix = '%m [%p] %a '
		log_min_messages = warning
		max_wal_size = 4GB
		autovacuum_naptime = 3600
		timezone = 'PST8PDT'
		jit = off
		columnar.bulk_rows = 4096
	END
}

# regress_kind KIND PROGRAM INPUT NAME ...: INPUT has the folders of the tests
# and of expected, as pg_regress wants them.
regress_kind()
{
	local kind=$1 program=$2 input=$3 expected=$4 status=0 name
	shift 4
	if [ ! -x "$program" ]; then
		say "# $kind: $program is not there"
		tally failed "$kind"
		return 0
	fi
	test_server "server-$kind"
	(
		# tests that want a worker's compaction say so
		cd "$work" && as_user env \
			PGOPTIONS="-c columnar.auto_compact=off ${SIMD_LEVEL:+-c columnar.simd_level=$SIMD_LEVEL}" \
			"$program" --bindir="$pg_bin" \
			--inputdir="$input" --outputdir="$input" --dlpath="$pg_lib" \
			--host="$work" --port="$PGPORT" --user=postgres \
			--dbname="columnar_$kind" --load-extension=columnar "$@"
	) >"$results/$kind.log" 2>&1 || status=$?
	grep -E '^ *(test |ok |not ok |# )' "$results/$kind.log" |
		grep -v '^# +++' || true
	tally_regress "$kind" <"$results/$kind.log"
	server_stop "server-$kind"

	rm -rf "${results:?}/$kind" "$results/$kind.diffs"
	mkdir -p "$results/$kind"
	cp "$input"/results/*.out "$results/$kind/" 2>/dev/null || true
	cp "$work/server-$kind.log" "$results/$kind.server.log"
	if [ "$status" -ne 0 ]; then
		if [ -s "$input/regression.diffs" ]; then
			cp "$input/regression.diffs" "$results/$kind.diffs"
			head -n 400 "$results/$kind.diffs"
		elif ! grep -q '^failed' "$work/tally" 2>/dev/null; then
			cat "$results/$kind.log"
			tail -n 30 "$work/server-$kind.log"
			tally failed "$kind"
		fi
	fi
	if [ -n "${ACCEPT:-}" ]; then
		for name in "$@"; do
			cp "$results/$kind/$name.out" "$expected/"
		done
		say "# $kind: the results are now the expected ones"
	fi
}

# names of the tests: those of TESTS, or all FOLDER/*.SUFFIX
test_names()
{
	local file
	if [ -n "${TESTS:-}" ]; then
		tr ' ' '\n' <<<"$TESTS" | sed '/^$/d'
		return
	fi
	for file in "$1"/*."$2"; do
		if [ -e "$file" ]; then
			basename "$file" ".$2"
		fi
	done
}

# copies FOLDERS into $work/NAME, for the unprivileged user to read and write
private_copy()
{
	local name=$1 folder
	shift
	mkdir -p "$work/$name"
	for folder in "$@"; do
		if [ -d "$folder" ]; then
			cp -r "$folder" "$work/$name/"
		else
			mkdir "$work/$name/$(basename "$folder")"
		fi
	done
	if [ "$(id -u)" -eq 0 ]; then
		chown -R "$run_user" "$work/$name"
	fi
}

run_regress()
{
	local names name
	mapfile -t names < <(test_names "$top/test/sql" sql)
	[ ${#names[@]} -gt 0 ] || return 0
	private_copy regress "$top/test/sql" "$top/expected" "$top/test/data"
	for name in "${names[@]}"; do
		# a new test fails with its output shown
		touch "$work/regress/expected/$name.out"
	done
	say "# regress"
	mkdir -p "$top/expected"
	regress_kind regress "$pgxs_dir/../test/regress/pg_regress" \
		"$work/regress" "$top/expected" "${names[@]}"
}

run_isolation()
{
	local names name
	mapfile -t names < <(test_names "$top/test/isolation/specs" spec)
	[ ${#names[@]} -gt 0 ] || return 0
	private_copy isolation "$top/test/isolation/specs" \
		"$top/test/isolation/expected"
	for name in "${names[@]}"; do
		touch "$work/isolation/expected/$name.out"
	done
	say "# isolation"
	mkdir -p "$top/test/isolation/expected"
	regress_kind isolation \
		"$pgxs_dir/../test/isolation/pg_isolation_regress" \
		"$work/isolation" "$top/test/isolation/expected" "${names[@]}"
}

# A disk that is soon full, for the tests that want one.  Where root may not
# mount, they find another way.
mount_small_disk()
{
	if [ "$(id -u)" -eq 0 ]; then
		mkdir "$work/small"
		if mount -t tmpfs -o "size=12m,mode=700,uid=$(id -u "$run_user")" \
			small "$work/small" 2>/dev/null; then
			export COL_SMALL_DIR=$work/small
		fi
	fi
}

# prove_files LABEL FILE ...: runs Perl tests, each with its own servers
prove_files()
{
	local label=$1 file name status
	shift
	for file in "$@"; do
		name=$(basename "$file" .pl)
		status=0
		say "# $label: $name"
		as_user env TESTDIR="$work/tap" TESTDATADIR="$work/tap/tmp_check" \
			TESTLOGDIR="$work/tap/log" PG_CONFIG="$pg_bin/pg_config" \
			PG_REGRESS="$pgxs_dir/../test/regress/pg_regress" \
			top_builddir="$work/tap" COL_TEST_DIR="$work/tap" \
			PG_TEST_TIMEOUT_DEFAULT=60 DURATION="${DURATION:-60}" \
			timeout -k 10 "$((300 + ${DURATION:-60}))" \
			prove --verbose --timer -I "$pgxs_dir/../test/perl" \
			-I "$work/tap/t" "$work/tap/t/$name.pl" \
			>"$results/$name.log" 2>&1 || status=$?
		rm -rf "${results:?}/$name"
		if [ "$status" -ne 0 ]; then
			tally failed "$label/$name"
			grep -vE '^(ok |# note)' "$results/$name.log" | head -n 60
			tail -n 5 "$results/$name.log"
			mkdir -p "$results/$name"
			cp "$work"/tap/tmp_check/log/*"$name"* "$work"/tap/log/*"$name"* \
				"$results/$name/" 2>/dev/null || true
			say "# logs: build/results/$name*"
		elif grep -q 'skipped: ' "$results/$name.log"; then
			tally skipped "$label/$name"
			grep 'skipped: ' "$results/$name.log" | head -n 1
		else
			tally passed "$label/$name"
			grep -E '^(# note:|\[.*ok )' "$results/$name.log" || true
		fi
		work_end_processes
		rm -rf "$work/tap/tmp_check"
	done
}

# of lines: every fourth, the rest, or all, as TAP_PART says
tap_part()
{
	case ${TAP_PART:-all} in
		first) awk 'NR % 4 == 0' ;;
		rest) awk 'NR % 4 != 0' ;;
		*) cat ;;
	esac
}

run_tap()
{
	local names
	mapfile -t names < <(test_names "$top/test/t" pl | tap_part)
	[ ${#names[@]} -gt 0 ] || return 0
	private_copy tap "$top/test/t" "$top/test/data" "$top/test/isolation/twin"
	mount_small_disk
	prove_files tap "${names[@]}"
}

run_long()
{
	local file name names
	mapfile -t names < <(test_names "$top/test/long" pl)
	if [ -z "${TESTS:-}" ]; then
		for file in "$top"/test/long/*.sh; do
			if [ -e "$file" ]; then
				names+=("$(basename "$file" .sh)")
			fi
		done
	fi
	private_copy tap "$top/test/t" "$top/test/data" "$top/test/isolation/twin"
	if [ -d "$top/test/long" ]; then
		cp "$top"/test/long/* "$work/tap/t/" 2>/dev/null || true
	fi
	for name in "${names[@]}"; do
		if [ -e "$top/test/long/$name.sh" ]; then
			say "# long: $name"
			if DURATION="${DURATION:-60}" "$top/test/long/$name.sh" \
				>"$results/$name.log" 2>&1; then
				tally passed "long/$name"
			else
				tally failed "long/$name"
			fi
			tail -n 20 "$results/$name.log"
		else
			prove_files long "$name"
		fi
	done
}

[ $# -gt 0 ] || set -- unit fuzz regress isolation tap

needs_server=no
for kind in "$@"; do
	case $kind in
		unit | fuzz) ;;
		regress | isolation | tap | long) needs_server=yes ;;
		*) die "run.sh: unknown kind \"$kind\"" ;;
	esac
done

started=$SECONDS
"$top/test/lib/packages.sh" build check
mkdir -p "$results"
if [ "$needs_server" = yes ]; then
	make --no-print-directory -C "$top" -j"$(nproc)" MAKECMDGOALS= all \
		>"$results/build.log" 2>&1 ||
		{ tail -n 60 "$results/build.log"; die "the build failed"; }
fi
pgxs_dir=$(dirname "$("$PG_CONFIG" --pgxs)")
work_begin
touch "$work/tally"

for kind in "$@"; do
	in_job "run_$kind" || tally failed "$kind (ended early)"
done

if grep -q '^failed' "$work/tally"; then
	say "" "failed:" "$(sed -n 's/^failed /  /p' "$work/tally")"
fi
passed=$(grep -c '^passed' "$work/tally" || true)
failed=$(grep -c '^failed' "$work/tally" || true)
skipped=$(grep -c '^skipped' "$work/tally" || true)
say "" "$((SECONDS - started)) s"
if [ "$skipped" -gt 0 ]; then
	say "$passed passed, $failed failed, $skipped skipped"
else
	say "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
