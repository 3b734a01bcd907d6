#!/usr/bin/env bash
# Trains models/uvlm-tiny from nothing, in stages, each from the weights of the one before. Stop it at any moment (a kill costs at most
# the steps since the last checkpoint) and run the same command again: it goes on where it was.
#
#   deploy/train.sh [--out DIR] [--data DIR] [--install]
#
# --out      the stages' folders; default build/uvlm-tiny
# --data     what deploy/data.sh built; built first where it is missing; default build/data
# --install  copies the finished weights to models/uvlm-tiny, where ./run and ./test find them
set -euo pipefail

ROOT="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)"
# A stage is named by its recipe; what stands behind a plus sign tells two stages of one recipe apart.
STAGES=(see unify echo quote settle lookup settle+again order check answers settle+last)

out="$ROOT/build/uvlm-tiny" data="$ROOT/build/data" install=
while [ $# -gt 0 ]; do
    case "$1" in
        --out) out="$(realpath -m "${2:?--out needs a folder}")"; shift 2 ;;
        --data) data="$(realpath -m "${2:?--data needs a folder}")"; shift 2 ;;
        --install) install=1; shift ;;
        -h | --help) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) echo "train.sh: there is no option '$1'; there are --out DIR, --data DIR, --install" >&2; exit 2 ;;
    esac
done

[ -e "$data/catalogue.json" ] || "$ROOT/deploy/data.sh" --out "$data"

# The model without what it has learned: where a folder has no weights, they come from a seed.
model="$out/nothing"
mkdir -p "$model"
find "$ROOT/models/uvlm-tiny" -maxdepth 1 -type f ! -name '*.safetensors' -exec cp {} "$model/" \;

for stage in "${STAGES[@]}"; do
    if [ ! -d "$out/$stage/model" ]; then
        echo "train.sh: stage '$stage', from $model"
        "$ROOT/uvlm" train --recipe "uvlm-tiny-${stage%+*}" --set "model=$model" --data "$data" --out "$out/$stage" --resume
        # Ctrl-C ends a stage with a checkpoint and without a model.
        [ -d "$out/$stage/model" ] || exit 0
    fi
    model="$out/$stage/model"
done
echo "train.sh: finished: $model"

if [ -n "$install" ]; then
    cp "$model"/*.safetensors "$ROOT/models/uvlm-tiny/"
    echo "train.sh: its weights are in models/uvlm-tiny"
    echo "train.sh: refusal.json and ranking.json there were tuned for other weights; docs/training.md says how to tune them anew"
fi
