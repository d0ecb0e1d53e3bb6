#!/usr/bin/env bash
# run.sh - runs the fuzz targets (fuzz.h) under sanitizers, with libFuzzer where
# clang has it, else with driver.c:
#
#   test/fuzz/run.sh SECONDS [TARGET ...]     all together, default: every target
#   test/fuzz/run.sh TARGET FILE ...          these inputs again
#
# SEED=n gives the seed, which is printed.  Logs and the inputs that failed are
# left in build/results/fuzz.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
results=$top/build/results/fuzz
all="lanes fixed images fsst blocks walk"

has_libfuzzer()
{
	local try status=0
	try=$(mktemp)
	echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' |
		clang -fsanitize=fuzzer,address -x c -o "$try" - 2>/dev/null || status=1
	rm -f "$try"
	return "$status"
}

mode=sanitize program=$top/build/unit-sanitize/fuzz
if has_libfuzzer; then
	mode=libfuzzer program=$top/build/unit-libfuzzer/fuzz
fi
mkdir -p "$results"
make -s --no-print-directory -C "$top/test/unit" fuzz "mode=$mode" \
	>"$results/build.log" 2>&1 || {
	tail -n 40 "$results/build.log"
	exit 1
}

case ${1:-} in
	'' | *[!0-9]*)
		FUZZ_TARGET=${1:-} exec "$program" "${@:2}"
		;;
esac
read -r -a targets <<<"${*:2}"
[ ${#targets[@]} -gt 0 ] || read -r -a targets <<<"$all"
seconds=$((($1 + ${#targets[@]} - 1) / ${#targets[@]}))
seed=${SEED:-$((RANDOM * 32768 + RANDOM + 1))}

status=0
for target in "${targets[@]}"; do
	log=$results/$target.log
	rm -f "$results/$target-"*
	if FUZZ_TARGET=$target timeout -k 10 $((seconds * 3 + 60)) "$program" \
		"-seed=$seed" "-max_total_time=$seconds" -max_len=100000 -timeout=20 \
		"-artifact_prefix=$results/$target-" >"$log" 2>&1; then
		runs=$(grep -oE '[0-9]+ runs' "$log" | tail -n 1)
		echo "ok     fuzz $target ($mode): $runs, seed $seed"
	else
		status=1
		grep -m 1 -A 12 -E 'failed:|ERROR|runtime error' "$log" || tail "$log"
		echo "FAILED fuzz $target ($mode), seed $seed; the input:"
		ls "$results/$target-"* 2>/dev/null || true
	fi
done
exit "$status"
