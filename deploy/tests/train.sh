#!/usr/bin/env bash
# deploy/train.sh: that it begins with nothing learned, hands each stage the weights of the one before, and goes on where it was.
# The scripts in quotes are for the program that is faked.
# shellcheck disable=SC2016
set -euo pipefail
# shellcheck source=deploy/tests/lib/check.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/check.sh"

# A root with shipped weights and data, whose program notes what it starts from and trains in no time; prints it.
trained_root() {
    local root
    root="$(new_root)"
    mkdir -p "$root/models/uvlm-tiny" "$root/build/data"
    touch "$root/build/data/catalogue.json" "$root/models/uvlm-tiny/config.json"
    echo shipped | tee "$root/models/uvlm-tiny/model.safetensors" > "$root/models/uvlm-tiny/embedding.safetensors"
    cat > "$root/uvlm" << 'END'
#!/usr/bin/env bash
set -euo pipefail
while [ $# -gt 0 ]; do
    case "$1" in
        --recipe) recipe="$2"; shift ;;
        --set) model="${2#model=}"; shift ;;
        --out) out="$2"; shift ;;
    esac
    shift
done
[ -e "$model/config.json" ]
echo "$recipe from $(basename "$(dirname "$model")")/$(basename "$model"): $(cat "$model"/*.safetensors 2> /dev/null | tr '\n' ' ')" >> "$(dirname "$0")/calls"
[ "$recipe" != "${STOPS_IN:-}" ] || exit 0
mkdir -p "$out/model"
cp "$model/config.json" "$out/model/"
echo "$recipe" > "$out/model/model.safetensors"
END
    echo "$root"
}

from_nothing() {
    local root
    root="$(trained_root)"
    "$root/deploy/train.sh"
    [ "$(head -n 1 "$root/calls")" = "uvlm-tiny-see from uvlm-tiny/nothing: " ] || { cat "$root/calls"; return 1; }
}

stage_after_stage() {
    local root
    root="$(trained_root)"
    "$root/deploy/train.sh"
    expect_output "$root/calls" "uvlm-tiny-unify from see/model: uvlm-tiny-see"
    expect_output "$root/calls" "uvlm-tiny-lookup from settle/model: uvlm-tiny-settle"
    expect_output "$root/calls" "uvlm-tiny-order from settle+again/model: uvlm-tiny-settle"
    [ "$(cat "$root/models/uvlm-tiny/model.safetensors")" = shipped ]
}

stopped() {
    local root
    root="$(trained_root)"
    STOPS_IN=uvlm-tiny-echo "$root/deploy/train.sh"
    [ "$(wc -l < "$root/calls")" -eq 3 ]
    "$root/deploy/train.sh"
    [ "$(grep -c "^uvlm-tiny-see " "$root/calls")" -eq 1 ]
    [ "$(grep -c "^uvlm-tiny-echo " "$root/calls")" -eq 2 ]
    [ "$(wc -l < "$root/calls")" -eq 12 ]
}

installed() {
    local root
    root="$(trained_root)"
    "$root/deploy/train.sh" --install
    [ "$(cat "$root/models/uvlm-tiny/model.safetensors")" = uvlm-tiny-settle ]
}

check "the first stage begins without the shipped weights" from_nothing
check "each stage has the weights of the one before, and nothing is installed unasked" stage_after_stage
check "a stage that was stopped is gone on with, and none is done twice" stopped
check "--install puts the last stage's weights where the product finds them" installed
closing_line
