#!/usr/bin/env bash
# The process's own memory and live native handles over a training of 2,000 steps with every loss: two numbers a line, and how they change after the first tenth.
#
#   bench/Training/memory.sh [STEPS]     2000 unless given; needs the data of deploy/data.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
steps="${1:-2000}" out="$(mktemp -d)"
trap 'rm -rf "$out"' EXIT

# Small batches in small chunks: what leaks leaks by the step, and a validation, whose chunks are full, takes no more at a time than a step. Validations and
# checkpoints belong to a run, and what they need once is there before the first tenth is over.
./uvlm train --recipe unified --data build/data --out "$out" --set "steps=$steps" --set metrics_every=100 --set evaluation.every=100 --set checkpoint_every=100 \
    --set compute.chunk_tokens=256 --set losses.pairs.groups=4 --set losses.captions.batch=2 --set losses.dialogues.batch=2 --set losses.documents.tokens=128 \
    --set losses.sequences.batch=3 --set 'losses.sequences.sources={"stories":1}' > /dev/null
awk -v steps="$steps" '
    function field(name) { return match($0, "\"" name "\":[0-9.]+") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) + 0 : -1 }
    field("live_handles") >= 0 {
        step = field("step"); memory = field("anonymous_mb"); managed = field("managed_mb"); resident = field("resident_mb"); handles = field("live_handles")
        printf "step %5d  %8.1f MB  (managed %.1f; with mapped data files %.1f)  %6d handles\n", step, memory, managed, resident, handles
        if (!warm && step >= steps / 10) { warm = memory; held = handles }
    }
    END { printf "from a tenth of the steps to the last: memory %+.1f %%, handles %+d\n", 100 * (memory / warm - 1), handles - held }
' "$out/metrics.jsonl"
