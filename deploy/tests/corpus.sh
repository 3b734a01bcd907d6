#!/usr/bin/env bash
# deploy/corpus.sh and deploy/manuals.sh: that they fetch Debian's packages without being root, and say in one line why they can't.
# The scripts in quotes are for the commands that are faked.
# shellcheck disable=SC2016
set -euo pipefail
# shellcheck source=deploy/tests/lib/check.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/check.sh"

# A machine of a user who can't become root, whose apt has no package lists but those that the user makes.
listless_machine() {
    local machine
    machine="$(machine sudo)"
    fake "$machine" id <<< '[ "$1" = -u ] && echo 1000 || echo jane'
    fake "$machine" apt-get << END
lists="\$(sed -n 's/.*Dir::State::Lists=\([^ ]*\).*/\1/p' <<< "\$*")"
case "\$*" in
    *" update") if [ -n "\$lists" ]; then touch "\$lists/some"; else echo "E: Permission denied"; exit 100; fi ;;
    *" download "*) if [ -e "\${lists:-/nowhere}/some" ]; then touch "\${!#}_1_all.deb"; else echo "E: Unable to locate package"; exit 100; fi ;;
esac
END
    fake "$machine" df <<< 'echo Filesystem; echo "/dev/sda1 9000 0 9000 0% /"'
    # Each package has what all of them are looked at for.
    fake "$machine" dpkg-deb <<< 'mkdir -p "$3/usr/share/gimp/2.0/help/en" && touch "$3/usr/share/gimp/2.0/help/en/index.html"'
    echo "$machine"
}

corpus_without_root() {
    local root
    root="$(new_root)"
    PATH="$(listless_machine)" /bin/bash "$root/deploy/corpus.sh"
    [ -f "$root/build/corpus/gimp-help/usr/share/gimp/2.0/help/en/index.html" ]
    [ ! -e "$root/build/apt" ]
}

manuals_without_root() {
    local root
    root="$(new_root)"
    PATH="$(listless_machine)" /bin/bash "$root/deploy/manuals.sh"
    [ -d "$root/build/sources/wordnet-base/usr/share" ]
    [ ! -e "$root/build/apt" ]
}

lists_that_are_there() {
    local root machine
    root="$(new_root)"
    machine="$(listless_machine)"
    fake "$machine" apt-get << END
echo "\$*" >> "$SCRATCH/lists"
touch "\${!#}_1_all.deb"
END
    PATH="$machine" /bin/bash "$root/deploy/corpus.sh"
    [ "$(wc -l < "$SCRATCH/lists")" -eq 1 ]
}

no_network() {
    local root machine
    root="$(new_root)"
    machine="$(listless_machine)"
    fake "$machine" apt-get <<< 'echo "Err:1 http://example.invalid: Could not resolve 'example.invalid'"; exit 100'
    PATH="$machine" expect_failure "$SCRATCH/out" /bin/bash "$root/deploy/corpus.sh"
    expect_output "$SCRATCH/out" "install: corpus: the GIMP manual (Debian's gimp-help-en): no network: a package registry can't be reached (Err:1"
    [ "$(grep -c '^install:' "$SCRATCH/out")" -eq 1 ]
}

check "the corpus comes without package lists and without root" corpus_without_root
check "the manuals do so too" manuals_without_root
check "package lists that are there are not made again" lists_that_are_there
check "no network: one line" no_network
closing_line
