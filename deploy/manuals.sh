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
}

# fetch PACKAGE: the newest version that apt knows; apt checks what it downloads.
fetch() {
    local package="$1" part="$SOURCES/$1.part"
    rm -rf "$part"
    mkdir -p "$part/tree"
    cd "$part" || return
    # As root apt would fetch as a user who may not enter the folder of the checkout.
    local download=(apt-get -q -o "APT::Sandbox::User=$(id -un)" download "$package")
    # Without package lists (a container image) or with old ones the first try fails.
    "${download[@]}" || { as_root apt-get -q update; "${download[@]}"; }
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
