#!/usr/bin/env bash
# check.sh - all tests, in two processes side by side, as most tests wait more
# than they work.  The output of the second comes when the first is done.  The
# last line is "N passed, N failed", as of run.sh.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
results=$top/build/results
started=$SECONDS
first=
second=

# once, before both look whether there is something to do
"$top/test/lib/packages.sh" build check
mkdir -p "$results"
make --no-print-directory -C "$top" -j"$(nproc)" MAKECMDGOALS= all \
	>"$results/build.log" 2>&1 || {
	tail -n 60 "$results/build.log"
	exit 1
}

end_both()
{
	kill "$first" "$second" 2>/dev/null || true
	wait
}
trap end_both EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

TAP_PART=rest "$top/test/run.sh" tap >"$results/second.log" 2>&1 &
second=$!
TAP_PART=first "$top/test/run.sh" unit fuzz regress isolation tap \
	>"$results/first.log" 2>&1 &
first=$!
tail -q -n +1 -f --pid="$first" "$results/first.log" &
status=0
wait "$first" || status=1
wait "$second" || status=1
wait # for what is shown of the first
cat "$results/second.log"
trap - EXIT

# count WORD: of the last lines of both
count()
{
	tail -q -n 1 "$results/first.log" "$results/second.log" |
		{ grep -o "[0-9]* $1" || true; } | awk '{n += $1} END {print n + 0}'
}
skipped=$(count skipped)
echo
echo "both: $((SECONDS - started)) s"
echo "$(count passed) passed, $(count failed) failed$(
	[ "$skipped" -eq 0 ] || echo ", $skipped skipped")"
[ "$status" -eq 0 ] && [ "$(count failed)" -eq 0 ]
