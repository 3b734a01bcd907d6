#!/usr/bin/env bash
# A small harness for tests of shell scripts. To be sourced. A test is a function; 'check NAME FUNCTION' runs it in a subshell with
# 'set -e', so that the first command that fails fails the test; 'closing_line' ends the script.

REAL_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)"
SCRATCH="$(mktemp -d)"
trap 'rm -rf "$SCRATCH"' EXIT
passed=0 failed=0

check() {
    local name="$1" status
    set +e
    (
        set -euo pipefail
        "$2"
    ) > "$SCRATCH/check.log" 2>&1 < /dev/null
    status=$?
    if [ "$status" -eq 0 ]; then
        passed=$((passed + 1))
        echo "  ok    $name"
    else
        failed=$((failed + 1))
        echo "  FAIL  $name"
        sed 's/^/        /' "$SCRATCH/check.log"
    fi
}

closing_line() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}

# new_root: a folder with a copy of the scripts and nothing built; prints it.
new_root() {
    local root
    root="$(mktemp -d "$SCRATCH/root.XXXXXX")"
    cp -r "$REAL_ROOT/deploy" "$REAL_ROOT/test" "$REAL_ROOT/uvlm" "$root/"
    echo "$root"
}

# library ROOT: the functions of deploy/lib, with a quiet step to try.
library() {
    ROOT="$1" QUIET=0
    declare -gA SPACE_NEEDED=()
    . "$ROOT/deploy/lib/common.sh"
    mkdir -p "$LOGS" "$STAMPS" "$DOWNLOADS"
    exec 9> "$BUILD/install.lock"
}

# machine COMMAND...: a folder to be the only one on PATH, with the system's commands except those named; prints it.
machine() {
    local folder command
    folder="$(mktemp -d "$SCRATCH/path.XXXXXX")"
    for command in /usr/bin /bin /usr/sbin /sbin; do
        cp -rsn "$command/." "$folder" 2> /dev/null || true
    done
    for command in "$@"; do
        rm -f "$folder/$command"
    done
    echo "$folder"
}

# fake FOLDER COMMAND < script: replaces a command of a machine.
fake() {
    rm -f "$1/$2"
    { echo '#!/bin/bash'; cat; } > "$1/$2"
    chmod +x "$1/$2"
}

# expect_output FILE TEXT: the text stands in the file, which is shown where it does not.
expect_output() {
    grep -qF -- "$2" "$1" || { echo "expected: $2"; echo "got:"; cat "$1"; return 1; }
}

# expect_no_output FILE TEXT: the text stands nowhere in the file ('! grep' would not fail a test: 'set -e' ignores it).
expect_no_output() {
    if grep -F -- "$2" "$1"; then
        echo "not expected: $2"
        return 1
    fi
}

# expect_failure OUTPUT COMMAND...: the command ends with another status than 0; its output goes to the file.
expect_failure() {
    local output="$1" status=0
    shift
    "$@" > "$output" 2>&1 || status=$?
    [ "$status" -ne 0 ] || { echo "it succeeded: $*"; cat "$output"; return 1; }
}
