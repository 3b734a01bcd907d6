#!/usr/bin/env bash
# What activation checkpointing and recomputation save: largest resident memory and time a step of the same 6 steps of the contrastive recipe.
#
#   bench/Training/checkpointing.sh     needs the data of deploy/data.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
out="$(mktemp -d)"
trap 'rm -rf "$out"' EXIT
steps=6

# measure NAME OVERRIDE..: chunks so large that their graphs are what memory goes to.
measure() {
    local name="$1" log="$out/$1.log" options=() override pid peak=0 now
    shift
    for override in "$@"; do options+=(--set "$override"); done
    ./uvlm train --recipe contrastive --data build/data --out "$out/$name" --set "steps=$steps" --set "metrics_every=$steps" --set losses.pairs.groups=192 \
        --set compute.chunk_tokens=16384 "${options[@]}" > "$log" 2>&1 &
    pid=$!

    # The kernel keeps the largest value for as long as the process lives.
    while now="$(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status" 2> /dev/null)" && [ -n "$now" ]; do
        peak="$now"
        sleep 0.2
    done
    wait "$pid" || { tail -n 5 "$log" >&2; exit 1; }
    printf '%-36s %8.0f MB %8.2f s a step\n' "$name" "$((peak / 1024))" "$(grep -oE '"seconds_per_step":[0-9.]+' "$out/$name/metrics.jsonl" | tail -n 1 | cut -d: -f2)"
}

measure graphs-kept
measure activation-checkpointing compute.activation_checkpointing=true
measure recomputation compute.recompute=true
measure both compute.activation_checkpointing=true compute.recompute=true
