#!/usr/bin/env bash
# run.sh - builds and checks columnar on other versions of PostgreSQL, each
# as a release of Debian packages it.
#
#   test/versions/run.sh [VERSION ...]        (default: 17 18)
#
# Every version has a small Debian of its own, a tree that debootstrap makes
# once in VERSIONS_DIR (/var/cache/columnar, about 2 GB each; delete one to have
# it made anew).  The sources are copied into it; what runs there has mounts and
# processes of its own, which end with it.  In it is a PostgreSQL 15 to upgrade
# from, too (old_server.sh).  GOAL=check-regress runs that instead of check,
# TESTS as elsewhere.  Results are left in
# build/versions/VERSION.  The last line is "N passed, N failed".
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
trees=${VERSIONS_DIR:-/var/cache/columnar}

die()
{
	printf '%s\n' "$*" >&2
	exit 1
}

# The release of Debian that has this version of PostgreSQL.
release_of()
{
	case $1 in
		15) echo bookworm ;;
		17) echo trixie ;;
		18) echo sid ;;
		*) die "run.sh: no release of Debian has PostgreSQL $1" ;;
	esac
}

# The package archive that this machine uses.
mirror()
{
	local site
	site=$(apt-get indextargets --format "\$(ORIGIN) \$(SITE)" \
		'Created-By: Packages' | sed -n 's|^Debian \(.*/debian\)/*$|\1|p' |
		head -n 1)
	echo "${site:-http://deb.debian.org/debian}"
}

# make_tree VERSION: whole, or not at all
make_tree()
{
	local tree=$trees/$1 release log=$trees/$1.log http_proxy
	release=$(release_of "$1")
	[ ! -e "$tree" ] || return 0
	command -v debootstrap >/dev/null ||
		apt-get install -y -q --no-install-recommends debootstrap >/dev/null
	mkdir -p "$trees"
	rm -rf --one-file-system "$tree.new"
	http_proxy=$(apt-config dump --format '%v%n' Acquire::http::Proxy)
	[ -z "$http_proxy" ] || export http_proxy
	echo "# making a tree of Debian $release in $tree ..."
	debootstrap --variant=minbase "$release" "$tree.new" "$(mirror)" \
		>"$log" 2>&1 || { tail -n 20 "$log" >&2; die "debootstrap failed"; }
	apt-config dump | grep -i '^Acquire.*proxy' \
		>"$tree.new/etc/apt/apt.conf.d/90proxy" || true
	mv "$tree.new" "$tree"
}

copy_sources()
{
	rm -rf --one-file-system "$1/columnar"
	mkdir "$1/columnar"
	tar -C "$top" --exclude=./build --exclude=./.git --exclude=node_modules \
		--exclude='*.o' --exclude='*.d' --exclude='*.so' -cf - . |
		tar -C "$1/columnar" --no-same-owner -xf -
}

# in_tree TREE COMMAND ...: as root of the tree, in /columnar
in_tree()
{
	local tree=$1
	shift
	# shellcheck disable=SC2016
	unshare --mount --propagation private --pid --fork --kill-child \
		sh -c '
			tree=$1
			shift
			mount -t proc proc "$tree/proc"
			mount --rbind /dev "$tree/dev"
			mount -t tmpfs -o mode=1777 tmp "$tree/dev/shm"
			cp -L /etc/resolv.conf "$tree/etc/resolv.conf"
			exec chroot "$tree" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
				HOME=/root LC_ALL=C "$@"
		' sh "$tree" "$@"
}

# check_version VERSION: its last line is that of the check
check_version()
{
	local tree=$trees/$1 results=$top/build/versions/$1 status=0 old=
	make_tree "$1"
	copy_sources "$tree"
	mkdir -p "$results"
	rm -rf "${results:?}"/*
	case $1-${GOAL:-check} in
		15-*) ;;
		*-check | *-check-tap)
			old=/old/usr/lib/postgresql/15
			in_tree "$tree" bash -c 'cd /columnar &&
				test/lib/packages.sh build && test/versions/old_server.sh' \
				>"$results/old_server.log" 2>&1 ||
				{ tail -n 20 "$results/old_server.log" | tee "$results/check.log" >&2; return 1; }
			;;
	esac
	# shellcheck disable=SC2016
	in_tree "$tree" "PG_CONFIG=/usr/lib/postgresql/$1/bin/pg_config" \
		COL_WERROR=1 ${TESTS:+TESTS="$TESTS"} ${COL_DEBUG:+COL_DEBUG=1} \
		${old:+COL_OLD_INSTALL="$old"} \
		bash -c 'cd /columnar && test/lib/packages.sh build check &&
			exec make --no-print-directory "$1"' bash "${GOAL:-check}" \
		2>&1 | tee "$results/check.log" || status=$?
	cp -r "$tree/columnar/build/results/." "$results/" 2>/dev/null || true
	return "$status"
}

[ "$(id -u)" -eq 0 ] || die "run.sh: only root can make and enter the trees"
[ $# -gt 0 ] || set -- 17 18
passed=0
failed=0
summary=
for version in "$@"; do
	echo "# PostgreSQL $version"
	status=0
	check_version "$version" || status=$?
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' \
		"$top/build/versions/$version/check.log" | tail -n 1) || true
	summary+="PostgreSQL $version: ${line:-did not run}"$'\n'
	read -r n_passed _ n_failed _ <<<"${line:-0 passed, 1 failed}"
	passed=$((passed + n_passed))
	failed=$((failed + n_failed))
	if [ "$status" -ne 0 ] && [ "$n_failed" -eq 0 ]; then
		failed=$((failed + 1))
	fi
done
printf '\n%s\n' "$summary$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
