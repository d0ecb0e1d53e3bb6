#!/usr/bin/env bash
# source.sh - prints the folder of PostgreSQL's source, fetched into
# build/postgres if it is not there yet: the newest of this major version that
# the package archive has.  The installed server may be newer than that.
#
# The system's apt configuration stays as it is: a configuration of our own, in
# build/postgres/apt, asks for sources wherever the system asks for packages.
# With PG_SOURCE=FOLDER nothing is fetched.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$PWD/build/postgres
apt=$folder/apt
package=postgresql-15

if [ -n "${PG_SOURCE:-}" ]; then
	echo "$PG_SOURCE"
	exit
fi

# The unpacked source, if any.
unpacked()
{
	local path
	for path in "$folder/$package"-*/; do
		if [ -e "$path/src/test/regress/parallel_schedule" ]; then
			echo "${path%/}"
			return
		fi
	done
	return 1
}

# Every package source of the system, as one of sources.
source_lists()
{
	local file
	for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ ! -e "$file" ] || grep -E '^deb[[:space:]]' "$file" |
			sed 's/^deb/deb-src/' >>"$apt/parts/system.list" || true
	done
	for file in /etc/apt/sources.list.d/*.sources; do
		[ ! -e "$file" ] || sed 's/^Types:.*/Types: deb-src/' "$file" \
			>"$apt/parts/$(basename "$file")"
	done
}

# our_apt get|cache ...
our_apt()
{
	local program=apt-$1
	shift
	"$program" -q -o Dir::Etc::sourcelist=/dev/null \
		-o Dir::Etc::sourceparts="$apt/parts" -o Dir::State::lists="$apt/lists" \
		-o Dir::Cache="$apt/cache" -o APT::Sandbox::User="$(id -un)" "$@"
}

fetch()
{
	local version
	rm -rf "$apt"
	mkdir -p "$apt/parts" "$apt/lists/partial" "$apt/cache/archives/partial"
	source_lists
	# a list without sources is no harm if another one has ours
	our_apt get update || true
	cd "$folder"
	# a mirror may name a version that it does not have
	while read -r version; do
		if our_apt get source --download-only "$package=$version"; then
			break
		fi
	done < <(our_apt cache showsrc $package |
		sed -n 's/^Version: //p' | sort -uVr)
	dpkg-source --no-check -x ./*.dsc
}

if ! unpacked; then
	mkdir -p "$folder"
	fetch >"$folder/fetch.log" 2>&1 || {
		tail -n 20 "$folder/fetch.log" >&2
		echo "The source of $package could not be fetched;" \
			"PG_SOURCE=FOLDER takes one that you have." >&2
		exit 1
	}
	unpacked
fi
