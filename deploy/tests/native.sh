#!/usr/bin/env bash
# deploy/lib/native.sh: which libtorch the native libraries are built with, by a compiler that is faked.
set -euo pipefail
# shellcheck source=deploy/tests/lib/check.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/check.sh"

# native_step: a checkout with nothing built, and a wheel's torch folder; which one a build was given is in the file roots.
native_step() {
    local machine
    library "$(new_root)"
    . "$ROOT/deploy/lib/native.sh"
    unset UVLM_TORCH_ROOT
    rm -rf "$SCRATCH/roots" "$SCRATCH/wheel"
    mkdir -p "$ROOT/src/Native" "$SCRATCH/wheel/torch"
    machine="$(machine)"
    fake "$machine" cmake << END
if [ "\$1" = --build ]; then
    mkdir -p "\$2/lib"
    for library in torch image align; do echo built > "\$2/lib/libuvlm_\$library.so"; done
else
    printf '%s\n' "\$@" | grep '^-DTORCH_ROOT=' >> '$SCRATCH/roots'
fi
END
    PATH="$machine"
}

# refused TORCH: the step fails, because there is no such folder. Not in a condition: there bash would switch 'set -e' off inside the step.
refused() {
    local status
    set +e
    (step native "native libraries") > "$SCRATCH/out" 2>&1
    status=$?
    set -e
    [ "$status" -ne 0 ]
    expect_output "$SCRATCH/out" "there is no folder $1: give UVLM_TORCH_ROOT="
}

the_libtorch_that_was_built_with_stays() {
    native_step
    UVLM_TORCH_ROOT="$SCRATCH/wheel/torch" step native "native libraries"
    step native "native libraries"
    [ "$(cat "$SCRATCH/roots")" = "-DTORCH_ROOT=$SCRATCH/wheel/torch" ]
    # Changed sources are built with it as well.
    touch "$ROOT/src/Native/new.cpp"
    step native "native libraries"
    [ "$(sort -u "$SCRATCH/roots")" = "-DTORCH_ROOT=$SCRATCH/wheel/torch" ]
    UVLM_TORCH_ROOT="" step native "native libraries"
    step native "native libraries"
    [ "$(wc -l < "$SCRATCH/roots")" -eq 3 ]
    [ "$(tail -n 1 "$SCRATCH/roots")" = "-DTORCH_ROOT=" ]
    UVLM_TORCH_ROOT="$SCRATCH/nowhere" refused "$SCRATCH/nowhere"
}

a_libtorch_that_is_gone_is_told() {
    native_step
    UVLM_TORCH_ROOT="$SCRATCH/wheel/torch" step native "native libraries"
    rm -r "$SCRATCH/wheel"
    refused "$SCRATCH/wheel/torch"
    UVLM_TORCH_ROOT="" step native "native libraries"
    step native "native libraries"
    [ "$(tail -n 1 "$SCRATCH/roots")" = "-DTORCH_ROOT=" ]
}

a_checkout_that_did_not_note_its_libtorch_keeps_it() {
    native_step
    UVLM_TORCH_ROOT="$SCRATCH/wheel/torch" step native "native libraries"
    rm "$BUILD/torch-root"
    printf '%s\n' "CMAKE_HOME_DIRECTORY:INTERNAL=$ROOT/src/Native" "TORCH_ROOT:PATH=$SCRATCH/wheel/torch" > "$BUILD/native/CMakeCache.txt"
    step native "native libraries"
    [ "$(wc -l < "$SCRATCH/roots")" -eq 2 ]
    [ "$(sort -u "$SCRATCH/roots")" = "-DTORCH_ROOT=$SCRATCH/wheel/torch" ]
    [ "$(cat "$BUILD/torch-root")" = "$SCRATCH/wheel/torch" ]
}

check "the libtorch that was built with stays until another is named" the_libtorch_that_was_built_with_stays
check "a libtorch that is gone is told, with what to do" a_libtorch_that_is_gone_is_told
check "a checkout that did not note its libtorch keeps it" a_checkout_that_did_not_note_its_libtorch_keeps_it
closing_line
