#!/usr/bin/env bash
# deploy/image.sh: that it takes the steps it knows and no others, and leaves out what belongs to the store's image.
# The scripts in quotes are for the commands that are faked.
# shellcheck disable=SC2016,SC2317
set -euo pipefail
# shellcheck source=deploy/tests/lib/check.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/check.sh"

# image_on MACHINE ROOT STEPS...
image_on() {
    local machine="$1" root="$2"
    shift 2
    env -u DOTNET_ROOT HOME="$SCRATCH/home" PATH="$machine" /bin/bash "$root/deploy/image.sh" "$@"
}

# A machine with an SDK and without any of Debian's packages; what apt is told stands in calls.
bare_machine() {
    local machine
    machine="$(machine sudo)"
    fake "$machine" dotnet <<< 'echo "10.0.100 [/sdk]"'
    fake "$machine" id <<< '[ "$1" = -u ] && echo 0 || echo root'
    fake "$machine" dpkg-query <<< 'exit 1'
    fake "$machine" dpkg <<< ''
    fake "$machine" apt-get <<< "echo \"\$*\" >> '$SCRATCH/calls'"
    fake "$machine" update-alternatives <<< ''
    echo "$machine"
}

no_step() {
    expect_failure "$SCRATCH/out" image_on "$(bare_machine)" "$(new_root)"
    expect_output "$SCRATCH/out" "install: name at least one of:"
}

unknown_step() {
    expect_failure "$SCRATCH/out" image_on "$(bare_machine)" "$(new_root)" browser
    expect_output "$SCRATCH/out" "install: there is no step 'browser'"
}

no_postgresql() {
    : > "$SCRATCH/calls"
    # The faked packages never come to be there, so the step fails after it has asked for them.
    expect_failure "$SCRATCH/out" image_on "$(bare_machine)" "$(new_root)" packages
    expect_output "$SCRATCH/calls" "libtorch-dev"
    expect_no_output "$SCRATCH/calls" "postgresql"
}

check "a call without a step says which there are" no_step
check "a step that it does not have is refused by name" unknown_step
check "PostgreSQL is not installed" no_postgresql
closing_line
