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
exec "$ROOT/uvlm" data build --sources "$ROOT/build/sources" --out "$ROOT/build/data" "$@"
