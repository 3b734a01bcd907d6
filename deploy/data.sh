#!/usr/bin/env bash
# Builds the training data: fetches its sources, then runs `uvlm data build`. Run it again at any time; what is fetched stays.
#
#   deploy/data.sh [--out DIR] [--seed N] ...     as `uvlm data build --help` lists them; by default into build/data
set -euo pipefail

ROOT="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)"

"$ROOT/deploy/emoji.sh"
if [ -x "$ROOT/deploy/manuals.sh" ]; then
    "$ROOT/deploy/manuals.sh"
fi
# Defaults by environment, so that an option given here wins.
export UVLM_SOURCES="${UVLM_SOURCES:-$ROOT/build/sources}" UVLM_TRAINING_DATA="${UVLM_TRAINING_DATA:-$ROOT/build/data}"
exec "$ROOT/uvlm" data build "$@"
