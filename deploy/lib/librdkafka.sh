#!/usr/bin/env bash
# librdkafka: Debian 12's 2.0.2 is too old for Confluent.Kafka 2.15, so the same version is built from the C sources that Confluent's
# npm package carries. To be sourced.

LIBRDKAFKA_PACKAGE="@confluentinc/kafka-javascript@1.10.1"
LIBRDKAFKA_SHA512="29578f5019f6d44a8254ff667f1cc4b8cdd26091c7105ed7fa2882d9ee374108034b211a92c2279821a8a13df0e6af9c340764482acaef58f42027eaa12a992f"

librdkafka_inputs() {
    { echo "$ROOT"; cat "$ROOT/deploy/lib/librdkafka.sh"; } | sha256sum | cut -c1-64
}

librdkafka_present() {
    [ -f "$BUILD/librdkafka/lib/librdkafka.so.1" ]
}

librdkafka_run() {
    local tarball source="$BUILD/librdkafka-source"
    tarball="$(npm_tarball "$LIBRDKAFKA_PACKAGE" "$LIBRDKAFKA_SHA512")"
    rm -rf "$source" "$BUILD/librdkafka"
    mkdir -p "$source"
    tar -xzf "$tarball" -C "$source" --strip-components=3 package/deps/librdkafka
    cd "$source" || return
    # lz4, Kerberos and curl would be found or not found by chance on the machine: librdkafka carries an lz4 of its own, the other two
    # are not used. Debug symbols are three quarters of a library that is copied beside every program.
    ./configure --prefix="$BUILD/librdkafka" --disable-lz4-ext --disable-gssapi --disable-curl --disable-debug-symbols
    make -j"$(jobs_for_build)" -C src
    make -C src install
    rm -rf "$source" "$BUILD"/librdkafka/lib/*.a
}
