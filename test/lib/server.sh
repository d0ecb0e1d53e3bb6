# shellcheck shell=bash
# server.sh - a throw-away PostgreSQL for tests, the demo and the benchmarks.
# To be sourced.
#
# Everything lives in one work directory ($work): a private copy of the
# installation with this extension in it, data directories, sockets and
# results.  No installed server, cluster or port is touched.  When root runs
# this, servers and test programs run as an unprivileged user ($run_user).
#
#   work_begin            makes $work and $pg (the private installation), and
#                         has everything ended and removed on exit
#   as_user COMMAND ...   runs a command as the unprivileged user
#   in_job COMMAND ...    runs a command (or function) so that a signal to this
#                         script ends it at once, with all it started
#   server_start [NAME]   initialises (with initdb_options) and starts a
#                         server; settings for its postgresql.conf come from
#                         standard input; sets the
#                         variables of libpq, so that psql just works
#   server_stop [NAME]
#   psql_run ...          psql of the private installation, quiet, no psqlrc,
#                         stops at the first error

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
if [ -z "${PG_CONFIG:-}" ]; then
	PG_CONFIG=pg_config
	for version in 18 17 15; do
		if [ -x "/usr/lib/postgresql/$version/bin/pg_config" ]; then
			PG_CONFIG=/usr/lib/postgresql/$version/bin/pg_config
		fi
	done
fi
initdb_options=()
work=
work_job=
pg_bin=
run_user=$(id -un)

say()
{
	printf '%s\n' "$@"
}

die()
{
	printf '%s\n' "$*" >&2
	exit 1
}

as_user()
{
	if [ "$(id -u)" -eq 0 ]; then
		(cd "$work" && exec setpriv --reuid="$run_user" \
			--regid="$(id -g "$run_user")" --clear-groups \
			env HOME="$work" USER="$run_user" LOGNAME="$run_user" "$@")
	else
		(cd "$work" && exec "$@")
	fi
}

in_job()
{
	local status=0
	set -m
	"$@" &
	work_job=$!
	set +m
	wait "$work_job" || status=$?
	work_job=
	return "$status"
}

# Ends what was started from the private installation, and only that: a
# process is ours if it runs a program from below $work.
work_end_processes()
{
	local signal process program
	for signal in INT QUIT KILL; do
		local found=no
		for process in /proc/[0-9]*; do
			program=$(readlink "$process/exe" 2>/dev/null) || continue
			case $program in
				"$work"/*)
					found=yes
					kill -"$signal" "${process#/proc/}" 2>/dev/null || true
					;;
			esac
		done
		[ "$found" = yes ] || return 0
		sleep 0.5
	done
}

work_end()
{
	local status=$?
	trap - EXIT
	trap '' HUP INT TERM
	[ -n "$work" ] || exit "$status"
	if [ -n "$work_job" ]; then
		kill -TERM -- "-$work_job" 2>/dev/null || true
	fi
	work_end_processes
	if mountpoint -q "$work/small" 2>/dev/null; then
		umount "$work/small" || true
	fi
	if [ -n "${KEEP:-}" ]; then
		say "kept: $work"
	else
		rm -rf --one-file-system "$work"
	fi
	exit "$status"
}

# The private installation: PostgreSQL finds its libraries and shared files
# relative to the program that runs, so real copies of the programs, with
# links to everything else, make a tree into which the extension can go.
make_installation()
{
	local bin lib share include root=$work/pg
	bin=$("$PG_CONFIG" --bindir)
	lib=$("$PG_CONFIG" --pkglibdir)
	share=$("$PG_CONFIG" --sharedir)
	include=$("$PG_CONFIG" --includedir-server)

	mkdir -p "$root$bin" "$root$lib" "$root$share/extension" \
		"$root$(dirname "$include")"
	cp -L "$bin"/* "$root$bin/"
	ln -s "$lib"/* "$root$lib/"
	ln -s "$share"/* "$root$share/" 2>/dev/null || true
	ln -s "$share"/extension/* "$root$share/extension/"
	ln -s "$include" "$root$include"
	pg_bin=$root$bin
	pg_lib=$root$lib
	pg_share=$root$share

	rm -f "$pg_lib/columnar.so" "$pg_share"/extension/columnar[.-]*
	if [ -e "$top/columnar.so" ]; then
		cp "$top/columnar.so" "$pg_lib/"
		cp "$top/columnar.control" "$top"/sql/columnar--*.sql \
			"$pg_share/extension/"
	fi
}

work_begin()
{
	if [ "$(id -u)" -eq 0 ]; then
		run_user=nobody
		if id postgres >/dev/null 2>&1; then
			run_user=postgres
		fi
	fi
	umask 022
	work=$(mktemp -d "${TMPDIR:-/tmp}/columnar.XXXXXX")
	chmod 755 "$work"
	trap work_end EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM

	make_installation
	mkdir "$work/tmp"
	if [ "$(id -u)" -eq 0 ]; then
		chown "$run_user" "$work" "$work/tmp"
	fi
	unset PGHOST PGHOSTADDR PGPORT PGUSER PGDATABASE PGPASSWORD PGSERVICE \
		PGOPTIONS PGDATA PGSSLMODE PGTZ PGDATESTYLE
	export TMPDIR=$work/tmp LC_ALL=C PATH="$pg_bin:$PATH"
}

server_start()
{
	local name=${1:-server}
	local server_data=$work/$name
	as_user "$pg_bin/initdb" -D "$server_data" -U postgres -A trust -N \
		-E UTF8 --locale=C "${initdb_options[@]}" \
		>"$work/initdb.log" 2>&1 ||
		{ cat "$work/initdb.log" >&2; die "initdb failed"; }
	{
		echo "listen_addresses = ''"
		echo "unix_socket_directories = '$work'"
		echo "port = 54399"
		cat
	} | as_user tee -a "$server_data/postgresql.conf" >/dev/null
	as_user "$pg_bin/pg_ctl" -D "$server_data" -l "$work/$name.log" -s -w \
		start || { cat "$work/$name.log" >&2; die "the server did not start"; }
	export PGHOST=$work PGPORT=54399 PGUSER=postgres PGDATABASE=postgres
}

server_stop()
{
	as_user "$pg_bin/pg_ctl" -D "$work/${1:-server}" -m fast -s -w stop
}

psql_run()
{
	as_user "$pg_bin/psql" -X -q -v ON_ERROR_STOP=1 "$@"
}
