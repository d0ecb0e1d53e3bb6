#!/usr/bin/env bash
# old_server.sh - gives a tree of Debian a PostgreSQL 15 beside its own, with
# columnar, for upgrades from it: old_server.sh, as root in the tree.
#
# The packages of Debian 12 are unpacked into /old, not installed: programs find
# their files relative to themselves.  Libraries that the tree lacks are in
# /old/usr/lib/postgresql/15/lib, for LD_LIBRARY_PATH.
set -euo pipefail
cd "$(dirname "$0")/../.."
server=/old/usr/lib/postgresql/15

fetch()
{
	local packages=/old/packages package library missing
	local apt=(apt-get -q -o Dir::Etc::SourceList="$packages/sources.list"
		-o Dir::Etc::SourceParts=- -o Dir::State::Status=/dev/null
		-o Dir::State::Lists="$packages/lists" -o Dir::Cache="$packages/cache")

	rm -rf /old
	mkdir -p $packages/lists/partial $packages/cache/archives/partial
	awk '$1 == "deb" { print $1, $2, "bookworm main"; exit }' \
		/etc/apt/sources.list >$packages/sources.list
	"${apt[@]}" update
	(cd $packages && "${apt[@]}" download postgresql-15 postgresql-client-15 \
		postgresql-server-dev-15 libicu72 libldap-2.5-0 libxml2 libgnutls30 \
		libnettle8 libhogweed6 libidn2-0 libp11-kit0 libtasn1-6 libunistring2 \
		libgmp10 libffi8)
	for package in "$packages"/*.deb; do
		dpkg-deb -x "$package" /old
	done
	for library in /old/usr/lib/*-linux-gnu/*.so.*; do
		[ -e "${library#/old}" ] || ln -s "$library" $server/lib/
	done
	missing=$(LD_LIBRARY_PATH=$server/lib ldd $server/bin/* |
		grep 'not found') && printf '%s\n' "$missing" && return 1
	rm -rf $packages
}

if [ ! -x $server/bin/postgres ] || [ -e /old/packages ]; then
	fetch
fi
make -s -j"$(nproc)" PG_CONFIG=$server/bin/pg_config all install
