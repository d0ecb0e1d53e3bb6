#!/usr/bin/env bash
# packages.sh - makes sure that what builds and tests columnar is installed.
#
#   test/lib/packages.sh [build] [check] [arm64] [lint] [bench]  (default: build)
#
# As root on Debian it installs what is missing with apt; otherwise it says
# what is missing and fails.  It starts no database server and leaves none
# behind: postgresql-common is kept from creating a cluster.
set -euo pipefail

# The version of PostgreSQL that a release of Debian packages.
debian_server()
{
	case $(sed -n 's/^VERSION_ID="\(.*\)"$/\1/p' /etc/os-release 2>/dev/null) in
		12) echo 15 ;;
		13) echo 17 ;;
		*) echo 18 ;;
	esac
}

# another server than Debian's brings its own headers
case ${PG_CONFIG:-pg_config} in
	pg_config) server=$(debian_server) ;;
	/usr/lib/postgresql/*/bin/pg_config)
		server=${PG_CONFIG#/usr/lib/postgresql/}
		server=${server%%/*}
		;;
	*) server= ;;
esac

debian_packages()
{
	local kind
	for kind in "$@"; do
		case $kind in
			build)
				echo build-essential libzstd-dev liblz4-dev zstd util-linux
				if [ -n "$server" ]; then
					echo "postgresql-$server" "postgresql-server-dev-$server"
				fi
				;;
			check) echo perl libipc-run-perl diffutils ;;
			arm64)
				# what runs the unit tests as they are on arm64
				if [ "$(dpkg --print-architecture)" = amd64 ]; then
					echo gcc-aarch64-linux-gnu libc6-dev-arm64-cross
					echo qemu-user-static
				fi
				;;
			lint) echo clang-format-14 shellcheck ;;
			bench) echo nodejs npm ;;
			*)
				echo "packages.sh: unknown kind \"$kind\"" >&2
				exit 2
				;;
		esac
	done
}

is_installed()
{
	# a node that was not packaged by Debian will do
	case $1 in
		nodejs) command -v node >/dev/null && return ;;
		npm) command -v npm >/dev/null && return ;;
	esac
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

install_packages()
{
	local conf=/etc/postgresql-common/createcluster.conf

	export DEBIAN_FRONTEND=noninteractive
	apt-get update -q
	case " $* " in
		*" postgresql-$server "*)
			if ! is_installed postgresql-common; then
				apt-get install -y -q --no-install-recommends postgresql-common
				cp -p "$conf" "$conf.columnar"
				echo 'create_main_cluster = false' >>"$conf"
			fi
			;;
	esac
	apt-get install -y -q --no-install-recommends "$@"
	if [ -e "$conf.columnar" ]; then
		mv "$conf.columnar" "$conf"
	fi
}

[ $# -gt 0 ] || set -- build

if ! command -v dpkg-query >/dev/null; then
	# not Debian: look for the programs themselves
	missing=()
	for program in make cc zstd "${PG_CONFIG:-pg_config}"; do
		command -v "$program" >/dev/null || missing+=("$program")
	done
	if [ ${#missing[@]} -gt 0 ]; then
		echo "columnar needs: ${missing[*]}" >&2
		echo "Install a C compiler, PostgreSQL 15, 17 or 18 with its headers," \
			"the headers of zstd and lz4, the zstd program, and for the tests" \
			"Perl with IPC::Run." >&2
		exit 1
	fi
	exit 0
fi

read -r -a wanted <<<"$(debian_packages "$@" | tr '\n' ' ')"
missing=()
for package in "${wanted[@]}"; do
	is_installed "$package" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
	echo "columnar needs packages that are not installed. As root, run:" >&2
	echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
	exit 1
fi

log=$(mktemp)
echo "installing ${missing[*]} ..."
if ! install_packages "${missing[@]}" >"$log" 2>&1; then
	cat "$log" >&2
	rm -f "$log"
	exit 1
fi
rm -f "$log"
