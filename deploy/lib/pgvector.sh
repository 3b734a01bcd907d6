#!/usr/bin/env bash
# Debian 12 has no pgvector for PostgreSQL 15, so it is built from the source package of Debian 13 (trixie): apt checks its signature,
# and the system's own package lists stay as they are (everything apt needs to know about trixie lives in a temporary folder).
# To be sourced: defines install_pgvector, which is idempotent. Needs postgresql-server-dev-15, make and gcc.

PGVECTOR_PG_MAJOR="${PGVECTOR_PG_MAJOR:-15}"
PGVECTOR_MINIMUM="0.8.0"

# install_pgvector: exit status 0 when pgvector >= 0.8.0 is installed for PostgreSQL 15 afterwards.
install_pgvector() (
    set -euo pipefail
    local pg_config="/usr/lib/postgresql/${PGVECTOR_PG_MAJOR}/bin/pg_config"
    if [ ! -x "$pg_config" ]; then
        echo "pgvector: $pg_config is missing; install postgresql-server-dev-${PGVECTOR_PG_MAJOR} first" >&2
        return 1
    fi
    local control library installed
    control="$("$pg_config" --sharedir)/extension/vector.control"
    library="$("$pg_config" --pkglibdir)/vector.so"
    if [ -f "$control" ] && [ -f "$library" ]; then
        installed="$(sed -n "s/^default_version = '\(.*\)'/\1/p" "$control")"
        if [ "$(printf '%s\n' "$PGVECTOR_MINIMUM" "$installed" | sort -V | head -n 1)" = "$PGVECTOR_MINIMUM" ]; then
            return 0
        fi
    fi

    local sudo=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo > /dev/null || { echo "pgvector: not root and no sudo" >&2; return 1; }
        sudo=(sudo)
    fi
    local tool
    for tool in apt-get make gcc tar; do
        command -v "$tool" > /dev/null || { echo "pgvector: $tool is missing; apt-get install build-essential" >&2; return 1; }
    done

    # The mirror the system already uses, so that a machine behind a local mirror works too.
    local mirror keyring
    mirror="$(sed -n 's/^URIs: *\(http[^ ]*\/debian\)\/*$/\1/p; s/^deb \(\[[^]]*\] \)\{0,1\}\(http[^ ]*\/debian\)\/* .*/\2/p' \
        /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list 2> /dev/null | head -n 1 || true)"
    mirror="${mirror:-http://deb.debian.org/debian}"
    keyring="/usr/share/keyrings/debian-archive-keyring.gpg"

    local work
    work="$(mktemp -d)"
    # shellcheck disable=SC2064 # the path is known now, the variable is gone when the trap runs
    trap "rm -rf '$work'" EXIT
    mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/source"
    chmod 755 "$work" "$work/source"
    echo "deb-src [signed-by=$keyring] $mirror trixie main" > "$work/sources.list"
    local apt=(apt-get -q
        -o "Dir::Etc::SourceList=$work/sources.list" -o "Dir::Etc::SourceParts=-"
        -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work" -o "Dir::Cache::Archives=$work/archives"
        -o "APT::Sandbox::User=root" -o "Acquire::Languages=none")
    echo "pgvector: fetching Debian trixie's source package from $mirror"
    "${apt[@]}" update > "$work/apt.log" 2>&1 \
        || { tail -n 5 "$work/apt.log" >&2; echo "pgvector: can't read trixie's package lists from $mirror" >&2; return 1; }
    (cd "$work/source" && "${apt[@]}" source --download-only pgvector >> "$work/apt.log" 2>&1) \
        || { tail -n 5 "$work/apt.log" >&2; echo "pgvector: can't download the source package from $mirror" >&2; return 1; }
    tar -xf "$work"/source/pgvector_*.orig.tar.* --strip-components=1 -C "$work/source"

    # OPTFLAGS empty: no -march=native, so that the library may move to another machine of the same architecture.
    echo "pgvector: building for PostgreSQL ${PGVECTOR_PG_MAJOR}"
    make -C "$work/source" -j2 OPTFLAGS="" PG_CONFIG="$pg_config" > "$work/make.log" 2>&1 \
        || { tail -n 20 "$work/make.log" >&2; echo "pgvector: the build failed" >&2; return 1; }
    "${sudo[@]}" make -C "$work/source" install OPTFLAGS="" PG_CONFIG="$pg_config" >> "$work/make.log" 2>&1 \
        || { tail -n 20 "$work/make.log" >&2; echo "pgvector: make install failed" >&2; return 1; }
    echo "pgvector: installed $(sed -n "s/^default_version = '\(.*\)'/\1/p" "$control")"
)
