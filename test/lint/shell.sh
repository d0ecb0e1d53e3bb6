#!/usr/bin/env bash
# shell.sh - shellcheck finds nothing in the scripts.
set -euo pipefail
cd "$(dirname "$0")/../.."

mapfile -t files < <(find test bench -name node_modules -prune -o \
	-name '*.sh' -print | sort)
shellcheck -x "${files[@]}" .ci/run
