#!/usr/bin/env bash
# What every step of deploy/install.sh uses: where things are, how a step runs, is skipped or fails, and who may become root.
# To be sourced after ROOT is set.

# A command that fails inside $(...) ends that too; bash does not do so by itself.
shopt -s inherit_errexit

BUILD="$ROOT/build"
LOGS="$BUILD/logs"
STAMPS="$BUILD/stamps"
DOWNLOADS="$BUILD/downloads"
QUIET="${QUIET:-0}"

say() { printf '%s\n' "$*"; }

# fail LINE: the one line that says what is wrong and what to do about it.
fail() {
    printf 'install: %s\n' "$*" >&2
    exit 1
}

# require_plain_path: librdkafka's configure and make take a folder with a space in its name for two; so nothing is begun there.
require_plain_path() {
    case "$ROOT" in
        *[[:space:]]*) fail "the path of this checkout has a space in it ($ROOT), which the build of librdkafka can't take: move it to one without" ;;
    esac
}

# jobs: parallel compilers; one for each core, but no more than one for every 2 GB of free memory.
jobs_for_build() {
    local cores memory
    cores="$(nproc)"
    memory="$(awk '/^MemAvailable:/ { print int($2 / 2097152) }' /proc/meminfo)"
    [ "$memory" -ge 1 ] || memory=1
    [ "$cores" -le "$memory" ] && echo "$cores" || echo "$memory"
}

# as_root COMMAND...: runs it as root; require_root has made sure that this works.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -- "$@"; fi
}

# require_root WHY: asks for the password here, where the user sees the question, not inside a step whose output goes to a log.
require_root() {
    [ "$(id -u)" -ne 0 ] || return 0
    command -v sudo > /dev/null \
        || fail "$1 must be installed: run deploy/install.sh once as root, or install sudo and let $(id -un) use it"
    sudo -n true 2> /dev/null && return 0
    if [ -t 0 ] || [ -t 2 ]; then
        sudo -v || fail "$1 must be installed, and sudo does not let $(id -un) become root"
    else
        fail "$1 must be installed: sudo wants a password and there is no terminal to ask on; run deploy/install.sh once as root"
    fi
}

# require_space MEGABYTES: of the file system that holds build/ (Debian's packages go to /usr; usually the same one).
require_space() {
    local free
    free="$(df -Pm "$BUILD" | awk 'NR == 2 { print $4 }')"
    [ "$free" -ge "$1" ] || fail "the disk is too full: $1 MB are needed below $BUILD, $free MB are free"
}

# hash_files PATH...: one hash over the names and the contents of all files below the paths.
hash_files() {
    (cd "$ROOT" && find "$@" -type f -print0 2> /dev/null | LC_ALL=C sort -z | xargs -0 -r sha256sum | sha256sum | cut -c1-64)
}

# How apt, npm and NuGet say that they reach nobody.
NO_NETWORK='Temporary failure resolving|Could not resolve|Could not connect|Unable to connect|Connection (failed|timed out|refused)'
NO_NETWORK+='|Network is unreachable|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|NU1301'

# reason_of LOG: why a step failed, where the log says it in a way that is known.
reason_of() {
    local end line
    end="$(tail -n 60 "$1")"
    if grep -qiE 'No space left on device|ENOSPC|enough free space|Disk quota exceeded' <<< "$end"; then
        echo "the disk is full"
    elif line="$(grep -m1 -E "$NO_NETWORK" <<< "$end")"; then
        line="${line#"${line%%[![:space:]]*}"}"
        echo "no network: a package registry can't be reached (${line:0:120})"
    elif grep -qE 'Could not get lock|frontend lock' <<< "$end"; then
        echo "another package manager is at work; wait for it and run this again"
    fi
}

# step NAME TITLE [root]
# A step NAME is a few functions:
#   NAME_inputs   optional: prints a hash of everything the result depends on; kept under build/stamps when the step has succeeded
#   NAME_present  true when the result is there; with unchanged inputs the step is then skipped
#   NAME_run      makes the result; its output goes to build/logs/NAME.log
# With 'root', NAME_run may call as_root.
step() {
    local name="$1" title="$2" needs="${3:-}" inputs="" started status reason
    local stamp="$STAMPS/$name" log="$LOGS/$name.log"
    started="$EPOCHREALTIME"
    if declare -F "${name}_inputs" > /dev/null; then
        inputs="$("${name}_inputs")"
    fi
    if { [ -z "$inputs" ] || [ "$(cat "$stamp" 2> /dev/null)" = "$inputs" ]; } && "${name}_present"; then
        [ "$QUIET" = 1 ] || say "  $title: up to date ($(seconds_since "$started") s)"
        return 0
    fi

    [ "$needs" != root ] || require_root "$title"
    require_space "${SPACE_NEEDED[$name]:-200}"
    rm -f "$stamp"
    printf '  %s ... ' "$title"
    # Not in a condition: there bash would switch 'set -e' off inside the step. The lock (fd 9) stays with this process alone:
    # a compiler server that outlives the step must not hold it.
    set +e
    (
        set -euo pipefail
        "${name}_run"
        "${name}_present"
    ) > "$log" 2>&1 < /dev/null 9>&-
    status=$?
    set -e
    if [ "$status" -ne 0 ]; then
        say "failed"
        reason="$(reason_of "$log")"
        if [ -z "$reason" ]; then
            tail -n 20 "$log" >&2
            reason="failed with status $status"
        fi
        fail "$title: $reason (log: ${log#"$ROOT"/})"
    fi
    [ -z "$inputs" ] || printf '%s\n' "$inputs" > "$stamp"
    say "done ($(seconds_since "$started") s)"
}

seconds_since() {
    LC_ALL=C awk -v from="$1" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.1f", to - from }'
}

# npm_tarball SPEC SHA512: prints the path of the package's tarball below build/downloads, fetched unless it is there and whole.
npm_tarball() {
    local spec="$1" sha512="$2" file part
    file="$DOWNLOADS/${sha512:0:16}.tgz"
    if [ ! -f "$file" ] || ! sha512sum --check --status <<< "$sha512  $file"; then
        part="$(mktemp -d "$DOWNLOADS/part.XXXXXX")"
        # npm's own pauses before it tries again add up to more than a minute.
        (cd "$part" && npm pack --loglevel=error --ignore-scripts --fetch-retry-mintimeout=2000 --fetch-retry-maxtimeout=8000 "$spec") >&2 \
            || { rm -rf "$part"; return 1; }
        sha512sum --check --status <<< "$sha512  $(echo "$part"/*.tgz)" \
            || { echo "$spec: the download's SHA-512 is not the expected one" >&2; rm -rf "$part"; return 1; }
        mv "$part"/*.tgz "$file"
        rm -rf "$part"
    fi
    echo "$file"
}

# fetch_deb PACKAGE: the newest version of Debian's package that apt knows, into the current folder and without installing it. apt checks what it downloads.
# Nobody has to be root for it: without package lists (a container image) or with old ones the first try fails, and the second has lists of its own in build/apt.
fetch_deb() {
    # As root apt would fetch as a user who may not enter the folder of the checkout.
    local apt=(apt-get -q -o "APT::Sandbox::User=$(id -un)")
    if ! "${apt[@]}" download "$1"; then
        mkdir -p "$BUILD/apt/lists/partial" "$BUILD/apt/archives/partial"
        apt+=(-o "Dir::State::Lists=$BUILD/apt/lists" -o "Dir::Cache=$BUILD/apt" -o "Dir::Cache::Archives=$BUILD/apt/archives" -o "Acquire::Languages=none")
        # A third-party list that can't be read is not our business; what is really missing fails below.
        "${apt[@]}" update || true
        "${apt[@]}" download "$1"
    fi
}
