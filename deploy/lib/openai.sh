#!/usr/bin/env bash
# OpenAI's client for Node, which a test drives unchanged against the server: build/openai-client. Apache-2.0. To be sourced.

OPENAI_PACKAGE="openai@6.49.0"
OPENAI_SHA512="69809cd02e8bf3ae1e47a592608c101b25eb8b0fe7232671d0e6ef87338456e934ce8043a729e349bae2a27588eeaeb90791fc8c95f40d747db2713333a6df3e"

openai_inputs() {
    sha256sum < "$ROOT/deploy/lib/openai.sh" | cut -c1-64
}

openai_present() {
    [ -s "$BUILD/openai-client/index.mjs" ]
}

openai_run() {
    local tarball
    tarball="$(npm_tarball "$OPENAI_PACKAGE" "$OPENAI_SHA512")"
    rm -rf "$BUILD/openai-client"
    mkdir -p "$BUILD/openai-client"
    tar -xzf "$tarball" -C "$BUILD/openai-client" --strip-components=1 package
    rm -f "$tarball"
}
