#!/usr/bin/env bash
# Brings a Debian 12 machine with the .NET 10 SDK to the point where ./run and ./uvlm work, and with --for-tests ./test. Called by both.
# Run it again at any time: what is there and unchanged is skipped. Logs: build/logs. Needs root, or sudo, only where Debian packages or
# pgvector are missing.
#
#   deploy/install.sh [--quiet] [--for-tests]
#     --quiet: say nothing about the steps that have nothing to do
#     --for-tests: also what only tests use: tokenizer files, OpenAI's client, a browser
# ROOT, QUIET and SPACE_NEEDED are used by deploy/lib:
# shellcheck disable=SC2034
set -euo pipefail

ROOT="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)"
QUIET=0 FOR_TESTS=0
for option in "$@"; do
    case "$option" in
        --quiet) QUIET=1 ;;
        --for-tests) FOR_TESTS=1 ;;
        *) echo "usage: deploy/install.sh [--quiet] [--for-tests]" >&2; exit 2 ;;
    esac
done

for part in common dotnet packages pgvector librdkafka tokenizers openai browser native; do
    # shellcheck source=/dev/null # all of them are checked by name
    . "$ROOT/deploy/lib/$part.sh"
done

# Megabytes that a step may need on top of what is there (all of Debian's packages on the barest machine: 2.3 GB and their archives).
declare -A SPACE_NEEDED=([packages]=3500 [librdkafka]=400 [native]=400 [restore]=600 [build]=1000 [browser]=800)

require_plain_path
require_debian
require_dotnet_sdk

{ mkdir -p "$LOGS" "$STAMPS" "$DOWNLOADS" && [ -w "$LOGS" ] && [ -w "$STAMPS" ]; } 2> /dev/null \
    || fail "$BUILD can't be written by $(id -un): give the checkout to one user (sudo chown -R $(id -un) $ROOT)"

# One installation at a time; a second one waits, then finds everything done.
exec 9> "$BUILD/install.lock"
if ! flock --nonblock 9; then
    say "  another deploy/install.sh is at work in this folder; waiting for it"
    flock 9
fi
trap 'printf "\ninstall: interrupted; run it again, the finished steps are kept\n" >&2; exit 130' INT TERM
rm -rf "$DOWNLOADS"/part.*

step packages "Debian packages" root
step pgvector "pgvector for PostgreSQL 15" root
step librdkafka "librdkafka 2.15.1 (about a minute)"
# The program must not fail to start for want of them.
if [ "$FOR_TESTS" = 1 ]; then
    step tokenizers "tokenizer files for the golden tests"
    step openai "OpenAI's client for its test"
    step browser "a browser for the tests of the page" root
fi
step native "native libraries (src/Native)"
step restore "NuGet packages"
step build "build of UnifiedVlm.sln"
