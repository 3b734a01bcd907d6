#!/usr/bin/env bash
# pgvector: Debian 12 has none for PostgreSQL 15, so it is built from the source package of Debian 13 (trixie). apt checks its
# signature, and the system's own package lists stay as they are: all that apt needs to know about trixie lives in a folder of build/.
# To be sourced. Needs postgresql-server-dev-15, dpkg-dev, make and a C compiler.

PGVECTOR_MINIMUM="0.8.0"
PGVECTOR_PG_CONFIG="/usr/lib/postgresql/15/bin/pg_config"

# pgvector_installed: prints the version that PostgreSQL 15 has, nothing where it has none.
pgvector_installed() {
    local control
    control="$("$PGVECTOR_PG_CONFIG" --sharedir)/extension/vector.control"
    if [ -f "$control" ] && [ -f "$("$PGVECTOR_PG_CONFIG" --pkglibdir)/vector.so" ]; then
        sed -n "s/^default_version = '\(.*\)'/\1/p" "$control"
    fi
}

pgvector_present() {
    local installed
    [ -x "$PGVECTOR_PG_CONFIG" ] || return 1
    installed="$(pgvector_installed)"
    [ -n "$installed" ] && [ "$(printf '%s\n' "$PGVECTOR_MINIMUM" "$installed" | sort -V | head -n 1)" = "$PGVECTOR_MINIMUM" ]
}

# debian_archive: where this machine's apt takes Debian from.
debian_archive() {
    # shellcheck disable=SC2016 # $(...) is apt's own notation here
    apt-get indextargets --format '$(REPO_URI) $(LABEL)' 'Created-By: Packages' \
        | awk 'NF == 2 && $2 == "Debian" && !found { print $1; found = 1 }'
}

pgvector_run() {
    local work="$BUILD/pgvector" archive keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    archive="$(debian_archive)"
    # Where all packages were there already nothing has fetched their lists, and images come without them: only lists say who is Debian.
    if [ -z "$archive" ]; then
        as_root apt-get -q update || true
        archive="$(debian_archive)"
    fi
    [ -n "$archive" ] || { echo "apt does not know where Debian is: is there a Debian line in /etc/apt/sources.list?"; return 1; }
    rm -rf "$work"
    mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/source"
    echo "deb-src [signed-by=$keyring] $archive trixie main" > "$work/sources.list"
    local apt=(apt-get -q
        -o "Dir::Etc::SourceList=$work/sources.list" -o "Dir::Etc::SourceParts=-" -o "Dir::State::Lists=$work/lists"
        -o "Dir::Cache=$work" -o "Dir::Cache::Archives=$work/archives" -o "Acquire::Languages=none"
        # As root apt would fetch as a user who may not enter the folder of the checkout.
        -o "APT::Sandbox::User=$(id -un)" -o "APT::Update::Error-Mode=any")
    cd "$work/source" || return
    "${apt[@]}" update
    "${apt[@]}" source --download-only pgvector
    tar -xf pgvector_*.orig.tar.* --strip-components=1
    # OPTFLAGS empty: no -march=native, so that the library may move to another machine of the same architecture.
    make -j"$(jobs_for_build)" OPTFLAGS="" PG_CONFIG="$PGVECTOR_PG_CONFIG"
    as_root make install OPTFLAGS="" PG_CONFIG="$PGVECTOR_PG_CONFIG"
    cd "$ROOT" || return
    rm -rf "$work"
}
