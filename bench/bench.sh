#!/usr/bin/env bash
# bench.sh - starts a throw-away server and runs run.mjs on it.  See README.md.
#
#   SUITE=name  PART=all|load  QUERY=name,...  SCALE=1  DATA=file.csv[.zst]  RUNS=5
#   CODEC=none
set -euo pipefail
# shellcheck source=test/lib/server.sh
. "$(dirname "$0")/../test/lib/server.sh"
bench=$top/bench

"$top/test/lib/packages.sh" build bench
[ -d "$bench/node_modules" ] || (cd "$bench" && npm install --no-save --silent)
mkdir -p "$top/build"
make --no-print-directory -C "$top" -j"$(nproc)" MAKECMDGOALS= all \
	>"$top/build/bench-build.log" 2>&1 ||
	{ tail -n 60 "$top/build/bench-build.log"; die "the build failed"; }

# columnar's own default unless CODEC says another
codec=
[ -z "${CODEC:-}" ] || codec="columnar.codec = '$CODEC'"

work_begin
server_start bench <<END
shared_buffers = 4GB
work_mem = 512MB
maintenance_work_mem = 1GB
effective_cache_size = 12GB
jit = off
wal_level = replica
max_wal_size = 16GB
checkpoint_timeout = 1h
autovacuum = off
max_worker_processes = 8
max_parallel_workers = 8
random_page_cost = 1.1
timezone = 'UTC'
$codec
END
server_stop bench

# run.mjs restarts the server between queries
cat >"$work/server" <<END
#!/usr/bin/env bash
set -euo pipefail
. "$top/test/lib/server.sh"
work=$work
pg_bin=$pg_bin
run_user=$run_user
if [ "\$1" = stop ] && [ ! -e "$work/bench/postmaster.pid" ]; then
	exit 0
fi
as_user "$pg_bin/pg_ctl" -D "$work/bench" -l "$work/bench.log" -s -w \
	-t 600 -m fast "\$1"
END
chmod 755 "$work/server"

export BENCH_SERVER=$work/server BENCH_FILES=$work/tmp BENCH_BIN=$pg_bin
BENCH_COMMIT=$(git -C "$top" describe --always --dirty 2>/dev/null || true)
export BENCH_COMMIT
in_job node "$bench/run.mjs"
