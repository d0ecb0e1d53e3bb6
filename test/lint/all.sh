#!/usr/bin/env bash
# all.sh - runs every check of the sources in this folder.
set -uo pipefail
cd "$(dirname "$0")" || exit 1
./../lib/packages.sh build lint || exit 1

status=0
for check in layers sizes format headers shell; do
	if "./$check.sh"; then
		echo "lint $check ... ok"
	else
		echo "lint $check ... FAILED"
		status=1
	fi
done
exit "$status"
