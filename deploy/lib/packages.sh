#!/usr/bin/env bash
# Debian's packages. To be sourced. docs/dependencies.md says why each one is needed.

DEBIAN_PACKAGES=(
    libtorch-dev libopenblas0-openmp                  # tensors; OpenBLAS with OpenMP threads, see openblas_is_openmp
    libjpeg62-turbo-dev libpng-dev libwebp-dev        # pictures
    postgresql-15 postgresql-server-dev-15            # the store, and what pgvector is built with
    libssl-dev zlib1g-dev libzstd-dev                 # librdkafka: TLS, compression
    g++ cmake ninja-build make dpkg-dev               # compilers; dpkg-dev unpacks source packages
    ca-certificates
)

require_debian() {
    local id="" version="" like=""
    if [ -r /etc/os-release ]; then
        id="$(. /etc/os-release && echo "${ID:-}")"
        like="$(. /etc/os-release && echo "${ID_LIKE:-}")"
        version="$(. /etc/os-release && echo "${VERSION_ID:-}")"
    fi
    case " $id $like " in
        *" debian "*) ;;
        *) fail "this is ${id:-not a known Linux}: Debian 12 is needed (its packages of libtorch and PostgreSQL are what the program links with)" ;;
    esac
    { command -v apt-get && command -v dpkg-query; } > /dev/null || fail "apt-get is missing: Debian 12 with apt is needed"
    [ "$id $version" = "debian 12" ] || say "  note: tried on Debian 12 only; this is $id $version"
}

# missing_packages: those that are not installed, one a line.
missing_packages() {
    local wanted=("${DEBIAN_PACKAGES[@]}")
    # Any Node.js will do; Debian's own npm is 400 packages, so it is taken only where there is none.
    command -v npm > /dev/null || wanted+=(npm)
    # Without the keys of Debian 13 (in the package since 2023.3+deb12u1) the source of pgvector can't be checked.
    [ -e /usr/share/keyrings/debian-archive-trixie-stable.gpg ] || echo debian-archive-keyring
    comm -23 <(printf '%s\n' "${wanted[@]}" | LC_ALL=C sort) \
        <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2> /dev/null | sed -n 's/^installed //p' | LC_ALL=C sort -u)
}

# libtorch calls BLAS through three names, each an alternative. OpenBLAS with OpenMP reaches 80-85 % of two cores' peak and obeys
# libtorch's own thread count; with pthreads it reaches half of that, and where both are installed pthreads wins by priority.
BLAS_NAMES=(libblas.so.3 liblapack.so.3 libopenblas.so.0)

openblas_is_openmp() {
    local name folder
    for name in "${BLAS_NAMES[@]}"; do
        for folder in /usr/lib/*/openblas-openmp; do
            [ "$(readlink -f "${folder%/*}/$name")" = "$(readlink -f "$folder/$name")" ] || return 1
        done
    done
}

choose_openmp() {
    local name folder
    for folder in /usr/lib/*/openblas-openmp; do
        for name in "${BLAS_NAMES[@]}"; do
            as_root update-alternatives --set "$name-$(basename "${folder%/*}")" "$folder/$name"
        done
    done
}

packages_present() {
    [ -z "$(missing_packages)" ] && openblas_is_openmp
}

packages_run() {
    local missing no_cluster=/etc/postgresql-common/createcluster.d/unifiedvlm-install.conf
    mapfile -t missing < <(missing_packages)
    if [ "${#missing[@]}" -gt 0 ]; then
        # The program starts a private PostgreSQL of its own. Debian's package would create a cluster and start it as a service:
        # a setting for the time of the installation keeps it from that.
        if [ ! -d /usr/lib/postgresql/15/bin ]; then
            as_root mkdir -p "${no_cluster%/*}"
            # shellcheck disable=SC2064 # the path is known now, the variable is gone when the trap runs
            trap "as_root rm -f '$no_cluster'" EXIT
            echo "create_main_cluster = false" | as_root tee "$no_cluster"
        fi
        # An installation that was killed leaves packages unpacked; this finishes them and does nothing otherwise.
        as_root env DEBIAN_FRONTEND=noninteractive dpkg --configure -a
        # A third-party list that can't be read is not our business; what is really missing fails below.
        as_root apt-get -q update || true
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 \
            install --no-install-recommends --no-remove "${missing[@]}"
    fi
    openblas_is_openmp || choose_openmp
}
