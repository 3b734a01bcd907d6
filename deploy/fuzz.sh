#!/usr/bin/env bash
# Fuzzes the native code under AddressSanitizer and UndefinedBehaviorSanitizer, guided by coverage (libFuzzer): pictures first, then alignment.
# Before that JPEGs and PNGs are decoded and encoded with every single allocation failing in turn.
#
#   deploy/fuzz.sh [SECONDS [image|align]]        of each target, or of one; 600 s unless given
#
# What was found interesting stays in build/fuzz/corpus and is where the next run begins. A crash ends the run with status 1; its input stays
# in build/fuzz/found. Put it into tests/data/fuzz/TARGET, where every later run begins; the unit tests go over the pictures there as well.
# Installs clang where it is missing (root or sudo).
set -euo pipefail

ROOT="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)"
# shellcheck source=deploy/lib/common.sh
. "$ROOT/deploy/lib/common.sh"
SECONDS_EACH="${1:-600}"
ONLY="${2:-}"
case "$SECONDS_EACH" in *[!0-9]* | "") fail "usage: deploy/fuzz.sh [SECONDS [image|align]]" ;; esac
case "$ONLY" in "" | image | align) ;; *) fail "usage: deploy/fuzz.sh [SECONDS [image|align]]" ;; esac
FUZZ="$BUILD/fuzz"
LOGS="$FUZZ/logs"
CLANG_PACKAGES=(clang-14 libclang-rt-14-dev)

mkdir -p "$LOGS" "$FUZZ/found"
if ! dpkg -s "${CLANG_PACKAGES[@]}" > /dev/null 2>&1; then
    require_root clang
    say "installing ${CLANG_PACKAGES[*]}"
    { as_root apt-get update -qq && as_root apt-get install -qq -y --no-install-recommends "${CLANG_PACKAGES[@]}"; } \
        > "$LOGS/fuzz-packages.log" 2>&1 || fail "clang can't be installed (log: build/fuzz/logs/fuzz-packages.log)"
fi

say "building the fuzz targets"
{
    cmake -S "$ROOT/src/Native" -B "$FUZZ/targets" -G Ninja -DCMAKE_C_COMPILER=clang-14 -DCMAKE_CXX_COMPILER=clang++-14 -DCMAKE_BUILD_TYPE=None \
        -DUVLM_BUILD_TORCH=OFF -DUVLM_BUILD_FUZZERS=ON
    cmake --build "$FUZZ/targets" --parallel "$(jobs_for_build)" --target fuzz_image fuzz_align starve_image
} > "$LOGS/fuzz-build.log" 2>&1 || fail "the fuzz targets can't be built (log: build/fuzz/logs/fuzz-build.log)"

# fuzz TARGET [SEEDS]...: runs it for the time given, from what earlier runs found and from the seeds.
fuzz() {
    local target="$1" log="$LOGS/$1.log"
    shift
    [ ! -d "$ROOT/tests/data/fuzz/$target" ] || set -- "$@" "$ROOT/tests/data/fuzz/$target"
    mkdir -p "$FUZZ/corpus/$target"
    say "$target: $SECONDS_EACH s"
    if ! "$FUZZ/targets/fuzz/$target" -max_total_time="$SECONDS_EACH" -timeout=25 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 -verbosity=0 \
        -artifact_prefix="$FUZZ/found/$target-" "$FUZZ/corpus/$target" "$@" > "$log" 2>&1; then
        tail -n 40 "$log" >&2
        fail "$target found something: build/fuzz/found (log: build/fuzz/logs/$target.log)"
    fi
    say "$target: nothing found in $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs, $(find "$FUZZ/corpus/$target" -type f | wc -l) kept"
}

if [ "$ONLY" != align ]; then
    say "starve_image: memory that runs out"
    "$FUZZ/targets/fuzz/starve_image" "$ROOT"/tests/data/images/* > "$LOGS/starve_image.log" 2>&1 ||
        fail "a codec takes want of memory for something else (log: build/fuzz/logs/starve_image.log)"
    fuzz fuzz_image "$ROOT/tests/data/images"
fi
[ "$ONLY" = image ] || fuzz fuzz_align
