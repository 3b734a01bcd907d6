#!/usr/bin/env bash
# src/Native: the C++ libraries, by CMake and Ninja into build/native. To be sourced.

native_inputs() {
    {
        echo "$ROOT ${UVLM_TORCH_ROOT:-}"
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
    # UVLM_TORCH_ROOT: the torch folder of a Python wheel, one with CUDA say, in place of Debian's libtorch. Its headers want C++20.
    cmake -S "$ROOT/src/Native" -B "$BUILD/native" -G Ninja -DCMAKE_BUILD_TYPE=Release \
        -DTORCH_ROOT="${UVLM_TORCH_ROOT:-}" -DCMAKE_CXX_STANDARD="$([ -n "${UVLM_TORCH_ROOT:-}" ] && echo 20 || echo 17)"
    cmake --build "$BUILD/native" --parallel "$(jobs_for_build)"
}
