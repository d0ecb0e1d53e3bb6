#!/usr/bin/env bash
# decoder_fuzz.sh - mutated and cut chunks, checksums recomputed, through every
# decoder under sanitizers, for DURATION seconds
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
TEST_SECONDS=${DURATION:-60} make --no-print-directory -C "$top/test/unit" \
	check-sanitize TESTS=corrupt
