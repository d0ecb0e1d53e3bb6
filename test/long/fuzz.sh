#!/usr/bin/env bash
# fuzz.sh - the fuzz targets, DURATION seconds together
set -euo pipefail
exec "$(dirname "$0")/../fuzz/run.sh" "${DURATION:-60}"
