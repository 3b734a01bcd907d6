#!/usr/bin/env bash
# deploy/install.sh: what it says and does when something is missing, and that a second call does nothing.
# The scripts in quotes are for the commands that are faked; the steps are called by their names.
# shellcheck disable=SC2016,SC2317
set -euo pipefail
# shellcheck source=deploy/tests/lib/check.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/check.sh"

# install_on MACHINE ROOT OPTIONS...: runs the installer of ROOT with only the commands of MACHINE.
install_on() {
    env -u DOTNET_ROOT HOME="$SCRATCH/home" PATH="$1" /bin/bash "$2/deploy/install.sh" "${@:3}"
}

# A machine with an SDK, nothing of Debian's packages, and a user who is root; apt's commands do nothing.
bare_machine() {
    local machine
    machine="$(machine sudo)"
    fake "$machine" dotnet <<< 'echo "10.0.100 [/sdk]"'
    fake "$machine" id <<< '[ "$1" = -u ] && echo 0 || echo root'
    fake "$machine" dpkg-query <<< 'exit 1'
    fake "$machine" dpkg <<< ''
    fake "$machine" apt-get <<< ''
    fake "$machine" update-alternatives <<< ''
    echo "$machine"
}

no_dotnet() {
    expect_failure "$SCRATCH/out" install_on "$(machine dotnet)" "$(new_root)"
    expect_output "$SCRATCH/out" "install: the .NET 10 SDK is missing: install it"
    [ "$(wc -l < "$SCRATCH/out")" -eq 1 ]
}

old_dotnet() {
    local machine
    machine="$(machine)"
    fake "$machine" dotnet <<< 'echo "8.0.404 [/sdk]"'
    expect_failure "$SCRATCH/out" install_on "$machine" "$(new_root)"
    expect_output "$SCRATCH/out" "the .NET 10 SDK is missing (found: 8.0.404)"
}

no_apt() {
    expect_failure "$SCRATCH/out" install_on "$(machine apt-get)" "$(new_root)"
    expect_output "$SCRATCH/out" "apt-get is missing"
}

no_sudo_and_not_root() {
    local machine
    machine="$(bare_machine)"
    fake "$machine" id <<< '[ "$1" = -u ] && echo 1000 || echo jane'
    expect_failure "$SCRATCH/out" install_on "$machine" "$(new_root)"
    expect_output "$SCRATCH/out" "install: Debian packages must be installed: run deploy/install.sh once as root, or install sudo and let jane use it"
}

sudo_wants_a_password() {
    local machine
    machine="$(bare_machine)"
    fake "$machine" id <<< '[ "$1" = -u ] && echo 1000 || echo jane'
    fake "$machine" sudo <<< 'exit 1'
    expect_failure "$SCRATCH/out" install_on "$machine" "$(new_root)"
    expect_output "$SCRATCH/out" "sudo wants a password and there is no terminal"
}

sudo_is_used() {
    local machine
    machine="$(bare_machine)"
    fake "$machine" id <<< '[ "$1" = -u ] && echo 1000 || echo jane'
    fake "$machine" sudo <<< "echo \"\$*\" >> '$SCRATCH/sudo'"
    expect_failure "$SCRATCH/out" install_on "$machine" "$(new_root)"
    grep -q 'apt-get .*install --no-install-recommends --no-remove .*libopenblas0-openmp' "$SCRATCH/sudo"
    expect_no_output "$SCRATCH/sudo" pthread
}

disk_full() {
    local machine
    machine="$(bare_machine)"
    fake "$machine" df <<< 'echo Filesystem; echo "/dev/sda1 1000 963 37 96% /"'
    expect_failure "$SCRATCH/out" install_on "$machine" "$(new_root)"
    expect_output "$SCRATCH/out" "install: the disk is too full: 3500 MB are needed"
}

disk_fills_up_on_the_way() {
    local machine
    machine="$(bare_machine)"
    fake "$machine" apt-get <<< 'echo "dpkg: error: unable to write file: No space left on device"; exit 100'
    expect_failure "$SCRATCH/out" install_on "$machine" "$(new_root)"
    expect_output "$SCRATCH/out" "install: Debian packages: the disk is full"
}

no_network() {
    local machine
    machine="$(bare_machine)"
    fake "$machine" apt-get <<< 'echo "Err:1 http://example.invalid: Could not resolve 'example.invalid'"; exit 100'
    expect_failure "$SCRATCH/out" install_on "$machine" "$(new_root)"
    expect_output "$SCRATCH/out" "install: Debian packages: no network: a package registry can't be reached (Err:1"
    [ "$(grep -c '^install:' "$SCRATCH/out")" -eq 1 ]
}

failed_step_shows_the_end_of_its_log() {
    local machine root
    machine="$(bare_machine)"
    root="$(new_root)"
    fake "$machine" apt-get <<< 'if [ "$2" = update ]; then exit 0; fi; seq -f "line %g" 1 30; exit 7'
    expect_failure "$SCRATCH/out" install_on "$machine" "$root"
    expect_output "$SCRATCH/out" "install: Debian packages: failed with status 7 (log: build/logs/packages.log)"
    [ "$(grep -c '^line ' "$SCRATCH/out")" -eq 20 ]
    expect_output "$SCRATCH/out" "line 11"
    expect_no_output "$SCRATCH/out" "line 10"
    [ "$(grep -c '^line ' "$root/build/logs/packages.log")" -eq 30 ]
}

a_package_that_does_not_come_is_a_failure() {
    expect_failure "$SCRATCH/out" install_on "$(bare_machine)" "$(new_root)"
    expect_output "$SCRATCH/out" "install: Debian packages: failed"
}

a_second_installation_waits_for_the_first() {
    local root machine first
    root="$(new_root)"
    machine="$(bare_machine)"
    mkdir -p "$root/build"
    mkfifo "$SCRATCH/lines"
    exec 8> "$root/build/install.lock"
    flock 8
    # Without the lock's descriptor, or the second one would hold what it waits for.
    install_on "$machine" "$root" > "$SCRATCH/lines" 2>&1 8>&- &
    exec 7< "$SCRATCH/lines"
    read -r -t 60 first <&7
    [[ "$first" == *"another deploy/install.sh is at work"* ]]
    [ ! -e "$root/build/logs/packages.log" ]
    exec 8>&-
    cat <&7 > "$SCRATCH/out"
    wait $! || true
    [ -e "$root/build/logs/packages.log" ]
}

a_step_runs_again_only_when_its_inputs_change_or_its_result_is_gone() {
    library "$(new_root)"
    local content=one
    try_inputs() { echo "$content"; }
    try_present() { [ -e "$BUILD/result" ]; }
    try_run() { echo run >> "$SCRATCH/runs"; touch "$BUILD/result"; }
    step try "a step"
    step try "a step"
    [ "$(wc -l < "$SCRATCH/runs")" -eq 1 ]
    content=two
    step try "a step"
    [ "$(wc -l < "$SCRATCH/runs")" -eq 2 ]
    rm "$BUILD/result"
    step try "a step"
    step try "a step"
    [ "$(wc -l < "$SCRATCH/runs")" -eq 3 ]
}

a_step_that_failed_runs_again() {
    local status
    library "$(new_root)"
    try_inputs() { echo same; }
    try_present() { true; }
    try_run() { false; echo "not reached" > "$BUILD/after"; }
    # Not in a condition: there bash would switch 'set -e' off inside the step.
    set +e
    (step try "a step")
    status=$?
    set -e
    [ "$status" -ne 0 ]
    [ ! -e "$BUILD/after" ]
    try_run() { touch "$BUILD/good"; }
    step try "a step"
    [ -e "$BUILD/good" ]
}

a_download_without_network_is_one_line() {
    local machine status
    library "$(new_root)"
    machine="$(machine)"
    fake "$machine" npm <<< 'echo "npm error code EAI_AGAIN" >&2; exit 1'
    PATH="$machine"
    try_present() { true; }
    try_inputs() { echo same; }
    try_run() {
        local tarball
        tarball="$(npm_tarball some-package@1.0.0 0123456789abcdef)"
        touch "$BUILD/$tarball.unpacked"
    }
    set +e
    (step try "a step") > "$SCRATCH/out" 2>&1
    status=$?
    set -e
    [ "$status" -ne 0 ]
    expect_output "$SCRATCH/out" "install: a step: no network: a package registry can't be reached (npm error code EAI_AGAIN)"
    [ "$(grep -c . "$SCRATCH/out")" -eq 2 ]
    [ -z "$(ls "$DOWNLOADS")" ]
}

a_download_is_checked_and_kept() {
    local machine sha512 file
    library "$(new_root)"
    machine="$(machine)"
    fake "$machine" npm <<< "echo called >> '$SCRATCH/npm'; printf '%s' \"\${CONTENT}\" > some-package-1.0.0.tgz"
    PATH="$machine"
    sha512="$(printf good | sha512sum | cut -d' ' -f1)"
    export CONTENT=bad
    expect_failure "$SCRATCH/out" npm_tarball some-package@1.0.0 "$sha512"
    expect_output "$SCRATCH/out" "SHA-512 is not the expected one"
    [ -z "$(ls "$DOWNLOADS")" ]
    CONTENT=good
    file="$(npm_tarball some-package@1.0.0 "$sha512")"
    [ "$(cat "$file")" = good ]
    npm_tarball some-package@1.0.0 "$sha512"
    [ "$(wc -l < "$SCRATCH/npm")" -eq 2 ]
    # A file that an interrupted run left behind broken is fetched again.
    printf half > "$file"
    npm_tarball some-package@1.0.0 "$sha512"
    [ "$(cat "$file")" = good ]
}

# stub_steps ROOT: in place of every step one that leaves build/NAME.done and nothing else.
stub_steps() {
    local name lib="$1/deploy/lib"
    for name in packages pgvector librdkafka tokenizers openai browser native restore build; do
        printf '%s_inputs() { echo %s; }\n%s_present() { [ -e "$BUILD/%s.done" ]; }\n%s_run() { touch "$BUILD/%s.done"; }\n' \
            "$name" "$name" "$name" "$name" "$name" "$name" > "$lib/$name.sh"
    done
    { cat "$lib/restore.sh" "$lib/build.sh"; echo 'require_dotnet_sdk() { true; }'; } > "$lib/dotnet.sh"
    echo 'require_debian() { true; }' >> "$lib/packages.sh"
}

what_only_tests_use_is_left_to_them() {
    local machine root name
    machine="$(bare_machine)"
    fake "$machine" df <<< 'echo Filesystem; echo "/dev/sda1 9000 0 9000 0% /"'
    root="$(new_root)"
    stub_steps "$root"
    install_on "$machine" "$root"
    [ -e "$root/build/build.done" ]
    for name in tokenizers openai browser; do
        [ ! -e "$root/build/$name.done" ]
    done
    install_on "$machine" "$root" --for-tests > "$SCRATCH/out"
    for name in tokenizers openai browser; do
        [ -e "$root/build/$name.done" ]
    done
    [ "$(grep -c ': up to date ' "$SCRATCH/out")" -eq 6 ]
    install_on "$machine" "$root" > "$SCRATCH/out"
    [ "$(grep -c ': up to date ' "$SCRATCH/out")" -eq 6 ]
    [ -z "$(install_on "$machine" "$root" --for-tests --quiet)" ]
}

an_unknown_option_is_refused() {
    expect_failure "$SCRATCH/out" install_on "$(machine)" "$(new_root)" --for-test
    expect_output "$SCRATCH/out" "usage: deploy/install.sh [--quiet] [--for-tests]"
}

a_path_with_a_space_is_refused() {
    local root="$SCRATCH/a checkout"
    mv "$(new_root)" "$root"
    expect_failure "$SCRATCH/out" install_on "$(bare_machine)" "$root"
    expect_output "$SCRATCH/out" "install: the path of this checkout has a space in it ($root)"
    [ ! -e "$root/build" ]
}

nuget_packages_that_are_gone_are_fetched_again() {
    library "$(new_root)"
    . "$ROOT/deploy/lib/dotnet.sh"
    restore_inputs() { echo same; }
    restore_run() {
        local project folder
        echo run >> "$SCRATCH/restores"
        mkdir -p "$SCRATCH/packages/npgsql"
        touch "$SCRATCH/packages/npgsql/npgsql.nupkg.sha512"
        for project in Server Chaos Tests.{Unit,Golden,Component,EndToEnd}; do
            folder="$ROOT/artifacts/obj/UnifiedVlm.$project"
            mkdir -p "$folder"
            echo '{}' > "$folder/project.assets.json"
            printf '{\n  "expectedPackageFiles": [\n    "%s"\n  ]\n}' "$SCRATCH/packages/npgsql/npgsql.nupkg.sha512" > "$folder/project.nuget.cache"
        done
    }
    step restore "NuGet packages"
    step restore "NuGet packages"
    [ "$(wc -l < "$SCRATCH/restores")" -eq 1 ]
    rm -r "$SCRATCH/packages"
    step restore "NuGet packages"
    step restore "NuGet packages"
    [ "$(wc -l < "$SCRATCH/restores")" -eq 2 ]
}

pgvector_asks_for_lists_where_there_are_none() {
    local machine
    library "$(new_root)"
    . "$ROOT/deploy/lib/pgvector.sh"
    pgvector_present() { false; }
    machine="$(bare_machine)"
    fake "$machine" apt-get << END
case "\$*" in
    indextargets*) [ ! -e '$SCRATCH/updated' ] && echo "http://mirror.example/debian " || echo "http://mirror.example/debian Debian" ;;
    "-q update") touch '$SCRATCH/updated' ;;
    *) echo "\$*" >> '$SCRATCH/calls'; exit 1 ;;
esac
END
    PATH="$machine"
    set +e
    (step pgvector "pgvector") > "$SCRATCH/out" 2>&1
    set -e
    expect_output "$SCRATCH/calls" "Dir::State::Lists=$ROOT/build/pgvector/lists"
    expect_output "$ROOT/build/pgvector/sources.list" "http://mirror.example/debian trixie main"
    expect_no_output "$SCRATCH/out" "does not know where Debian is"
}

a_second_call_does_nothing() {
    local before
    "$REAL_ROOT/deploy/install.sh" --for-tests > /dev/null
    before="$(cd "$REAL_ROOT/build" && stat -c '%n %Y %Z' stamps/* logs/*)"
    "$REAL_ROOT/deploy/install.sh" --for-tests > "$SCRATCH/out"
    [ "$(grep -c ': up to date ' "$SCRATCH/out")" -eq 9 ] || { cat "$SCRATCH/out"; return 1; }
    [ "$(cd "$REAL_ROOT/build" && stat -c '%n %Y %Z' stamps/* logs/*)" = "$before" ]
    [ -z "$("$REAL_ROOT/deploy/install.sh" --for-tests --quiet)" ]
}

the_program_that_is_not_built_says_so() {
    expect_failure "$SCRATCH/out" "$(new_root)/uvlm" --help
    expect_output "$SCRATCH/out" "uvlm: not built yet; run deploy/install.sh"
}

check "no .NET: one line" no_dotnet
check "an older .NET: one line with what was found" old_dotnet
check "no apt: one line" no_apt
check "neither root nor sudo: one line" no_sudo_and_not_root
check "sudo with a password and no terminal: one line" sudo_wants_a_password
check "sudo runs apt; OpenBLAS with OpenMP, never with pthreads" sudo_is_used
check "no room: one line before anything is done" disk_full
check "the disk fills up on the way: one line" disk_fills_up_on_the_way
check "no network: one line" no_network
check "a failed step shows the last 20 lines of its log" failed_step_shows_the_end_of_its_log
check "a step without its result has failed" a_package_that_does_not_come_is_a_failure
check "two installations at once: the second waits" a_second_installation_waits_for_the_first
check "a step runs when its inputs changed or its result is gone, and only then" a_step_runs_again_only_when_its_inputs_change_or_its_result_is_gone
check "a failed step stops at once and runs again next time" a_step_that_failed_runs_again
check "a download without a network: one line, nothing left behind" a_download_without_network_is_one_line
check "a download is checked, kept and repaired" a_download_is_checked_and_kept
check "what only tests use is installed for them alone" what_only_tests_use_is_left_to_them
check "an unknown option is refused" an_unknown_option_is_refused
check "a path with a space: one line before anything is done" a_path_with_a_space_is_refused
check "NuGet packages that are gone are fetched again" nuget_packages_that_are_gone_are_fetched_again
check "pgvector asks for apt's lists where there are none" pgvector_asks_for_lists_where_there_are_none
check "a second call does nothing" a_second_call_does_nothing
check "./uvlm before the build: one line" the_program_that_is_not_built_says_so
closing_line
