#!/usr/bin/env bash
# ./test: what it counts, and that a crash, a hang or an empty suite is never a success.
# The scripts in quotes are for the command that is faked.
# shellcheck disable=SC2016,SC2119
set -euo pipefail
# shellcheck source=deploy/tests/lib/check.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/check.sh"

# test_with SCRIPT ARGUMENTS...: runs ./test in a folder where nothing needs installing; SCRIPT stands for 'dotnet test', with the
# results folder in $results. Output in $SCRATCH/out, status in $status.
test_with() {
    local script="$1" root machine
    shift
    root="$(new_root)"
    machine="$(machine)"
    if [ "${OLD_RESULTS:-0}" = 1 ]; then
        mkdir -p "$root/artifacts/test-results/unit"
        echo '<Counters total="9" executed="9" passed="9" failed="0" />' > "$root/artifacts/test-results/unit/old.trx"
    fi
    rm -rf "$root/deploy/tests"
    mkdir "$root/deploy/tests"
    printf '#!/bin/bash\necho "2 passed, 0 failed"\n' > "$root/deploy/tests/some.sh"
    printf '#!/bin/bash\necho "$*" > %q\nexit %s\n' "$SCRATCH/install" "${INSTALL_STATUS:-0}" > "$root/deploy/install.sh"
    fake "$machine" dotnet << END
echo "\$*" >> "$SCRATCH/calls"
[ "\$1" = test ] || exit 0
suite="\$(basename "\$2" .dll)"
results="\$4"
mkdir -p "\$results"
trx() { echo "<TestRun><ResultSummary><Counters total=\"\$1\" executed=\"\$2\" passed=\"\$3\" failed=\"\$4\" error=\"0\" /></ResultSummary></TestRun>" > "\$results/r.trx"; }
$script
END
    : > "$SCRATCH/calls"
    status=0
    env -u DOTNET_ROOT PATH="$machine" "$root/test" "$@" > "$SCRATCH/out" 2>&1 || status=$?
}

ends_with() {
    [ "$(tail -n 1 "$SCRATCH/out")" = "$1" ] || { cat "$SCRATCH/out"; return 1; }
    [ "$status" -eq "$2" ]
}

all_green() {
    test_with 'trx 5 5 5 0'
    # format 1, shell 2, four projects 5 each
    ends_with "23 passed, 0 failed" 0
}

one_red() {
    test_with '[ "$suite" = UnifiedVlm.Tests.Golden ] && { trx 5 5 3 2; exit 1; }; trx 5 5 5 0'
    ends_with "21 passed, 2 failed" 1
}

skipped_ones() {
    test_with 'trx 5 4 4 0' unit
    ends_with "4 passed, 0 failed, 1 skipped" 0
}

crash() {
    test_with 'trx 5 5 5 0; exit 134' unit
    ends_with "5 passed, 1 failed" 1
}

crash_without_results() {
    test_with 'exit 1' unit
    ends_with "0 passed, 1 failed" 1
}

no_tests() {
    test_with 'trx 0 0 0 0' unit
    ends_with "0 passed, 1 failed" 1
}

old_results_do_not_count() {
    OLD_RESULTS=1 test_with 'trx 5 5 5 0' unit
    ends_with "5 passed, 0 failed" 0
}

options_are_passed_on() {
    test_with 'trx 1 1 1 0' unit --filter 'Name~Tensor'
    ends_with "1 passed, 0 failed" 0
    grep -q '^test .*UnifiedVlm.Tests.Unit.dll .*--blame-hang-timeout 10m .*--filter Name~Tensor$' "$SCRATCH/calls"
    [ "$(wc -l < "$SCRATCH/calls")" -eq 1 ]
}

failed_installation() {
    INSTALL_STATUS=1 test_with 'trx 1 1 1 0'
    ends_with "0 passed, 1 failed" 1
}

what_only_tests_use_is_installed() {
    test_with 'trx 1 1 1 0' unit
    [ "$(cat "$SCRATCH/install")" = "--for-tests" ]
}

unknown_suite() {
    test_with 'trx 1 1 1 0' unti
    [ "$status" -eq 2 ]
    expect_output "$SCRATCH/out" "no suite is called 'unti'"
}

help_from_a_subfolder() {
    local root
    root="$(new_root)"
    (cd "$root/deploy" && ../test --help) > "$SCRATCH/out"
    expect_output "$SCRATCH/out" "everything but chaos"
}

check "everything green" all_green
check "failures are summed up and the status says so" one_red
check "skipped tests are named" skipped_ones
check "a crash after green tests is a failure" crash
check "a crash without results is a failure" crash_without_results
check "a suite without tests is a failure" no_tests
check "results of an earlier run do not count" old_results_do_not_count
check "options go to the test runner of the chosen suites" options_are_passed_on
check "a failed installation is a failure" failed_installation
check "what only tests use is installed" what_only_tests_use_is_installed
check "an unknown suite is refused" unknown_suite
check "--help is there from a subfolder too" help_from_a_subfolder
closing_line
