#!/usr/bin/env bash
# Fetches the manuals that training data is made from, and WordNet's definitions, as Debian's packages into build/sources/PACKAGE without
# installing them. What is there already is kept.
set -euo pipefail

ROOT="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)"
# shellcheck disable=SC2034 # for deploy/lib/common.sh
QUIET=1
# shellcheck disable=SC2034
declare -A SPACE_NEEDED=([manuals]=1500)
# shellcheck source=deploy/lib/common.sh
. "$ROOT/deploy/lib/common.sh"

SOURCES="$BUILD/sources"
PACKAGES=(gimp-help-en python-sklearn-doc python-skimage-doc python-astropy-doc debian-handbook wordnet-base)

manuals_present() {
    local package
    for package in "${PACKAGES[@]}"; do
        [ -d "$SOURCES/$package/usr/share" ] || return 1
    done
}

manuals_run() {
    local package
    mkdir -p "$SOURCES"
    for package in "${PACKAGES[@]}"; do
        [ -d "$SOURCES/$package/usr/share" ] || fetch "$package"
    done
    rm -rf "$BUILD/apt"
}

# fetch PACKAGE: unpacked, below the folder of its name.
fetch() {
    local package="$1" part="$SOURCES/$1.part"
    rm -rf "$part"
    mkdir -p "$part/tree"
    cd "$part" || return
    fetch_deb "$package"
    dpkg-deb --extract "$package"_*.deb tree
    rm -rf "${SOURCES:?}/$package"
    mv tree "$SOURCES/$package"
    cd "$ROOT" || return
    rm -rf "$part"
}

mkdir -p "$LOGS" "$STAMPS"
exec 9> "$BUILD/install.lock"
flock 9
step manuals "manuals: Debian's documentation packages"
