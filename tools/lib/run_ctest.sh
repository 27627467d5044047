#!/usr/bin/env bash
# Runs the tests of one variant and sums up what they counted.
# Usage: run_ctest.sh native|asan|wasm LABEL
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

variant=$1 label=$2
log=$BIDSEAL_BUILD/$variant/ctest-$label.log
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}

ctest --test-dir "$BIDSEAL_BUILD/$variant" -L "^$label\$" -j "$BIDSEAL_JOBS" --no-tests=error -V >"$log" 2>&1
code=$?
grep -E '^ *[0-9]+/[0-9]+ Test ' "$log"
if [ $code != 0 ]; then
    grep -vE '^(test [0-9]+|UpdateCTest|Constructing|Done constructing|Updating|Checking|Test project)' "$log" |
        grep -B4 -A18 -E 'ERROR|FATAL|FAILED|Sanitizer|runtime error|Error' | cut -c 1-300 | head -n 150
fi

# doctest says "[doctest] test cases: 12 | 11 passed | 1 failed | 0 skipped".
counts=$(sed -nE 's/.*\[doctest\] test cases: +[0-9]+ \| +([0-9]+) passed \| +([0-9]+) failed.*/\1 \2/p' "$log")
passed=0 failed=0
while read -r good bad; do
    [ -n "$good" ] || continue
    passed=$((passed + good)) failed=$((failed + bad))
done <<<"$counts"
# Programs that count nothing themselves (fuzz targets), and those that died before their summary.
if [ -z "$counts" ]; then
    passed=$(grep -cE '^ *[0-9]+/[0-9]+ Test .* Passed' "$log")
    failed=$(grep -cE '^ *[0-9]+/[0-9]+ Test .*(Failed|Timeout|Exception|Not Run)' "$log")
fi
[ $code = 0 ] || [ $failed -gt 0 ] || failed=1
echo "$passed passed, $failed failed"
exit $code
