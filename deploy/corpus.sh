#!/usr/bin/env bash
# Fetches the demo's corpus, the GIMP manual in English (Debian's package gimp-help-en: about 690 pages with 2,000 pictures, GFDL),
# into build/corpus/gimp-help without installing it. The HTML is below usr/share/gimp/2.0/help/en.
set -euo pipefail

ROOT="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)"
# shellcheck disable=SC2034 # for deploy/lib/common.sh
QUIET=1
# shellcheck disable=SC2034
declare -A SPACE_NEEDED=([corpus]=600)
# shellcheck source=deploy/lib/common.sh
. "$ROOT/deploy/lib/common.sh"

CORPUS="$BUILD/corpus/gimp-help"

corpus_present() {
    [ -f "$CORPUS/usr/share/gimp/2.0/help/en/index.html" ]
}

corpus_run() {
    local part="$CORPUS.part"
    rm -rf "$part"
    mkdir -p "$part/tree"
    cd "$part" || return
    fetch_deb gimp-help-en
    dpkg-deb --extract gimp-help-en_*.deb tree
    rm -rf "$CORPUS"
    mv tree "$CORPUS"
    cd "$ROOT" || return
    rm -rf "$part" "$BUILD/apt"
}

mkdir -p "$LOGS" "$STAMPS"
exec 9> "$BUILD/install.lock"
flock 9
step corpus "corpus: the GIMP manual (Debian's gimp-help-en)"
