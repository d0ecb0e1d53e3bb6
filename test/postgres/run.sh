#!/usr/bin/env bash
# run.sh - runs PostgreSQL's own regression and isolation suites on heap tables
# and on columnar tables, and compares the results file by file.
#
#   MODE=plain|stripes       only this mode: settings as they are, or
#                            columnar.stripe_all = on (default: both)
#   SUITE=regress|isolation  only this suite (default: both)
#   TESTS="name ..."         only these tests, in this order (regress: after
#                            test_setup)
#   ACCEPT=1                 writes the differences into test/postgres/accepted
#   PG_SOURCE=FOLDER         PostgreSQL's source, instead of fetching it
#
# Which differences are accepted, and why: docs/testing.md.  Results,
# logs and diffs are left in build/results/postgres.
set -euo pipefail
# shellcheck source=test/lib/server.sh
. "$(dirname "$0")/../lib/server.sh"

here=$top/test/postgres
results=$top/build/results/postgres

# Settings of a run; "heap" is what others are compared with.
mode_settings()
{
	case $1 in
		heap) ;;
		plain) echo "columnar.stripe_all = off" ;;
		stripes) echo "columnar.stripe_all = on" ;;
		*) die "run.sh: unknown mode \"$1\"" ;;
	esac
	[ "$1" != heap ] || return 0
	echo "default_table_access_method = columnar"
	# what it adds to indexes after a VACUUM would differ from run to run
	echo "columnar.auto_compact = off"
}

# What the suites want of a server, as pg_regress sets it for one of its own.
suite_server()
{
	initdb_options=()
	server_start server < <(
		echo "max_prepared_transactions = 2"
		echo "log_line_prefix = '%m %b[%p] %q%a '"
		echo "fsync = off"
		# what waits for ever in one of the runs is a difference
		echo "statement_timeout = 120s"
		mode_settings "$1"
	)
}

# The suite's folder is copied for the unprivileged user to read.
suite_files()
{
	local suite=$1
	[ ! -e "$work/$suite" ] || return 0
	cp -r "$source/src/test/$suite" "$work/$suite"
	if [ "$suite" = regress ]; then
		cc -O2 -w -fPIC -shared -I"$("$PG_CONFIG" --includedir-server)" \
			"$work/regress/regress.c" -o "$pg_lib/regress.so"
	fi
}

# The program and the arguments that run a suite, in $command.
suite_command()
{
	local suite=$1 program schedule
	case $suite in
		regress)
			program=regress/pg_regress
			schedule=parallel_schedule
			;;
		isolation)
			program=isolation/pg_isolation_regress
			schedule=isolation_schedule
			;;
		*) die "run.sh: unknown suite \"$suite\"" ;;
	esac
	command=("$pgxs_dir/../test/$program" --bindir="$pg_bin"
		--inputdir="$work/$suite" --outputdir="$work/out" --dlpath="$pg_lib"
		--host="$work" --port="$PGPORT" --user=postgres
		--max-concurrent-tests=20 --max-connections=1 --load-extension=columnar)
	if [ -z "${TESTS:-}" ]; then
		command+=(--schedule="$work/$suite/$schedule")
	elif [ "$suite" = regress ]; then
		# shellcheck disable=SC2206 # words
		command+=(test_setup $TESTS)
	else
		# shellcheck disable=SC2206
		command+=($TESTS)
	fi
}

# run_suite SUITE MODE: results go to $results/MODE/SUITE.
run_suite()
{
	local suite=$1 mode=$2 kept=$results/$2/$1 started=$SECONDS command
	rm -rf "${work:?}/out" "${work:?}/server" "$work/server.log" "$kept"
	mkdir -p "$work/out" "$kept"
	if [ "$(id -u)" -eq 0 ]; then
		chown "$run_user" "$work/out"
	fi
	suite_files "$suite"
	suite_server "$mode"
	suite_command "$suite"
	# its exit code says whether the results are the expected ones, which not
	# even those of heap have to be.  Newer versions than 15 wait for twice the
	# second variable.
	(cd "$work" && as_user env PGISOLATIONTIMEOUT=10 \
		PG_TEST_TIMEOUT_DEFAULT=5 timeout 1800 "${command[@]}") \
		>"$kept/run.log" 2>&1 || true
	server_stop server || echo "the server was gone" >>"$kept/run.log"
	cp "$work/server.log" "$kept/server.log"
	cp "$work"/out/results/*.out "$kept/" ||
		{ tail -n 30 "$kept/run.log"; die "$suite did not run on $mode"; }
	say "# $suite on $mode: $((SECONDS - started)) s"
}

# Complains of what a server should never log.
no_crash()
{
	local log=$results/$2/$1/server.log
	if grep -E -m 5 'PANIC:  |was terminated by signal|TRAP: ' "$log" ||
		grep 'the server was gone' "$results/$2/$1/run.log"; then
		say "# $1 on $2: the server crashed, see $log"
		return 1
	fi
}

# compare SUITE MODE: one line into the summary.
compare()
{
	local suite=$1 mode=$2 accepted=$here/accepted/$2/$1 report
	report=$results/$mode/$suite.diffs
	if [ -n "${ACCEPT:-}" ]; then
		mkdir -p "$accepted"
	fi
	if ! perl "$here/compare.pl" "$results/heap/$suite" \
		"$results/$mode/$suite" "$accepted" "$here/reasons" >"$report"; then
		failed=yes
		head -n 200 "$report"
	fi
	summary+=("$suite, $mode: $(grep ' identical, ' "$report");" \
		"  $(tail -n 1 "$report")")
	if ! no_crash "$suite" "$mode"; then
		failed=yes
		summary+=("  the server crashed")
	fi
}

modes=${MODE:-plain stripes}
suites=${SUITE:-regress isolation}
"$top/test/lib/packages.sh" build check
source=$("$here/source.sh")
mkdir -p "$results"
make --no-print-directory -C "$top" -j"$(nproc)" MAKECMDGOALS= all \
	>"$results/build.log" 2>&1 ||
	{ tail -n 60 "$results/build.log"; die "the build failed"; }
pgxs_dir=$(dirname "$("$PG_CONFIG" --pgxs)")
work_begin

summary=()
failed=no
for suite in $suites; do
	in_job run_suite "$suite" heap
	for mode in $modes; do
		in_job run_suite "$suite" "$mode"
		compare "$suite" "$mode"
	done
done
say "" "${summary[@]}"
[ "$failed" = no ]
