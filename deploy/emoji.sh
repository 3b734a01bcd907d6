#!/usr/bin/env bash
# Fetches what `uvlm data build` draws its pictures from into build/sources: the emoji of OpenMoji, Noto Emoji and Twemoji as SVG and
# the words of emojibase-data (npm, 15 MB), and Debian's librsvg2-bin, which turns SVG into pixels.
set -euo pipefail

ROOT="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)"
# shellcheck disable=SC2034 # for deploy/lib/common.sh
QUIET=1
# shellcheck disable=SC2034
declare -A SPACE_NEEDED=([rsvg]=100 [emoji]=200)
# shellcheck source=deploy/lib/common.sh
. "$ROOT/deploy/lib/common.sh"

SOURCES="$BUILD/sources"

# Folder, package, SHA-512 of its tarball, and what is kept of it.
EMOJI_PACKAGES=(
    "openmoji openmoji@17.0.0 1019d8acd19d71dc3e3925e610d78d135c81351bbab4eada4e6a0ec946c99139af4fff97113a7c4592d2245cc3de5acf73937d0b3b323e7453934569e14688f7 color/svg data/openmoji.json LICENSE.txt"
    "noto @iconify-json/noto@1.2.9 0d08ae5c435bba7e35721f973d2579e47f456962a91d3cb3e3a6082ad49a2980f87c80c3ccbd6d47a1f89e9fd3dfc8dfad301e237adc285d26a8761e65502e6b icons.json chars.json info.json"
    "twemoji @iconify-json/twemoji@1.2.5 b8aa6e204574bfa2b9056dcc8ddca5f972855406db70fc408227cabc432d668519079f98898e7368c9b6b8d342c725f301653dc8d2e58f8d5653afe6be000bb3 icons.json chars.json info.json"
    "emojibase emojibase-data@17.0.0 62f81be405a81d588757f82ad6aaf96406ab7018a9f81dbbfd92d1b142646e000468b959fdfa1ff60f3cd8b4e9984a728413440b49b6484988b658c7b13ca08c en/data.json LICENSE"
)

rsvg_present() {
    command -v rsvg-convert > /dev/null
}

rsvg_run() {
    local install=(as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 install --no-install-recommends librsvg2-bin)
    # Without package lists (a container image) or with old ones the first try fails.
    "${install[@]}" || { as_root apt-get -q update; "${install[@]}"; }
}

emoji_inputs() {
    printf '%s\n' "${EMOJI_PACKAGES[@]}" | sha256sum | cut -c1-64
}

emoji_present() {
    local entry name spec sha512 kept path
    for entry in "${EMOJI_PACKAGES[@]}"; do
        # shellcheck disable=SC2034 # not all of them are needed here
        read -r name spec sha512 kept <<< "$entry"
        for path in $kept; do
            [ -e "$SOURCES/$name/$path" ] || return 1
        done
    done
}

emoji_run() {
    local entry name spec sha512 paths kept tarball folder
    for entry in "${EMOJI_PACKAGES[@]}"; do
        read -r name spec sha512 paths <<< "$entry"
        read -ra kept <<< "$paths"
        folder="$SOURCES/$name"
        tarball="$(npm_tarball "$spec" "$sha512")"
        rm -rf "$folder" "$folder.part"
        mkdir -p "$folder.part"
        tar -xzf "$tarball" -C "$folder.part" --strip-components=1 --no-same-owner "${kept[@]/#/package/}"
        mv "$folder.part" "$folder"
        rm -f "$tarball"
    done
}

mkdir -p "$LOGS" "$STAMPS" "$DOWNLOADS" "$SOURCES"
exec 9> "$BUILD/install.lock"
flock 9
step rsvg "librsvg2-bin (Debian), which rasterises SVG" root
step emoji "emoji: OpenMoji, Noto Emoji, Twemoji, emojibase-data (npm)"
