#!/usr/bin/env bash
# arm64_libraries.sh FOLDER - unpacks Debian's zstd and lz4 for arm64 into FOLDER,
# once; apt's own lists and the installed packages stay as they are.
set -euo pipefail
folder=$1
packages=(libzstd-dev liblz4-dev)

[ ! -e "$folder/complete" ] || exit 0
rm -rf "$folder"
mkdir -p "$folder"/apt/{lists,cache/archives}/partial
folder=$(cd "$folder" && pwd)
options=(-q -o APT::Architecture=arm64 -o APT::Architectures=arm64
	-o "Dir::State::Lists=$folder/apt/lists" -o "Dir::Cache=$folder/apt/cache"
	-o Dir::State::Status=/dev/null -o APT::Sandbox::User=root)

cd "$folder/apt"
for step in update "download ${packages[*]}"; do
	# shellcheck disable=SC2086
	apt-get "${options[@]}" $step >log 2>&1 || {
		cat log >&2
		exit 1
	}
done
for package in *.deb; do
	dpkg-deb -x "$package" "$folder"
done
cd "$folder"
rm -rf apt
touch complete
