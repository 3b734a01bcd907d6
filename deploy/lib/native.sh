#!/usr/bin/env bash
# src/Native: the C++ libraries, by CMake and Ninja into build/native. To be sourced.

native_inputs() {
    {
        echo "$ROOT"
        dpkg-query -W -f '${Package} ${Version}\n' libtorch-dev g++-12 g++ 2> /dev/null || true
        hash_files src/Native
    } | sha256sum | cut -c1-64
}

native_present() {
    local library
    for library in torch image align; do
        [ -s "$BUILD/native/lib/libuvlm_$library.so" ] || return 1
    done
}

native_run() {
    local cache="$BUILD/native/CMakeCache.txt"
    # CMake refuses the cache of a checkout that was moved or copied.
    if [ -f "$cache" ] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$ROOT/src/Native" "$cache"; then
        rm -rf "$BUILD/native"
    fi
    cmake -S "$ROOT/src/Native" -B "$BUILD/native" -G Ninja -DCMAKE_BUILD_TYPE=Release
    cmake --build "$BUILD/native" --parallel "$(jobs_for_build)"
}
