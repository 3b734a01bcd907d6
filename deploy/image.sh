#!/usr/bin/env bash
# The steps of deploy/install.sh that an image of the program needs, for deploy/Dockerfile: no PostgreSQL, no tests, no browser.
#
#   deploy/image.sh packages librdkafka native program
# ROOT, QUIET and SPACE_NEEDED are used by deploy/lib:
# shellcheck disable=SC2034
set -euo pipefail

ROOT="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)"
QUIET=0
for part in common dotnet packages librdkafka native; do
    # shellcheck source=/dev/null # all of them are checked by name
    . "$ROOT/deploy/lib/$part.sh"
done
declare -A SPACE_NEEDED=([packages]=3500 [librdkafka]=400 [native]=400 [program]=1600)
declare -A TITLES=([packages]="Debian packages" [librdkafka]="librdkafka" [native]="native libraries (src/Native)" [program]="the program")

# The store is another container's.
for i in "${!DEBIAN_PACKAGES[@]}"; do
    case "${DEBIAN_PACKAGES[i]}" in postgresql-*) unset "DEBIAN_PACKAGES[i]" ;; esac
done

program_present() {
    [ -x "$ROOT/artifacts/bin/UnifiedVlm.Server/release/uvlm" ]
}

program_run() {
    dotnet restore "$ROOT/src/Server/UnifiedVlm.Server.csproj" --locked-mode -p:Precompile=true
    dotnet build "$ROOT/src/Server/UnifiedVlm.Server.csproj" -c Release --no-restore -p:UseSharedCompilation=false -p:Precompile=true
}

[ "$#" -gt 0 ] || fail "name at least one of: ${!TITLES[*]}"
for name in "$@"; do
    [ -n "${TITLES[$name]:-}" ] || fail "there is no step '$name'; there are: ${!TITLES[*]}"
done
require_debian
require_dotnet_sdk
mkdir -p "$LOGS" "$STAMPS" "$DOWNLOADS"
for name in "$@"; do
    step "$name" "${TITLES[$name]}" root
done
