#!/usr/bin/env bash
# src/Native: the C++ libraries, by CMake and Ninja into build/native. To be sourced.

# torch_root: UVLM_TORCH_ROOT, the torch folder of a Python wheel, one with CUDA say, in place of Debian's libtorch. What was built with stays the choice of
# whoever calls this later without the variable, ./run and ./test among them; set and empty it goes back to Debian's. A checkout of a version that had no
# build/torch-root has it in CMake's cache.
torch_root() {
    if [ -z "${UVLM_TORCH_ROOT+set}" ]; then
        if [ -e "$BUILD/torch-root" ]; then
            cat "$BUILD/torch-root"
        elif [ -s "$BUILD/native/lib/libuvlm_torch.so" ]; then
            sed -n 's/^TORCH_ROOT:PATH=//p' "$BUILD/native/CMakeCache.txt" 2> /dev/null || true
        fi
    elif [ -n "$UVLM_TORCH_ROOT" ]; then
        realpath -ms -- "$UVLM_TORCH_ROOT"
    fi
}

native_inputs() {
    {
        echo "$ROOT $(torch_root)"
        dpkg-query -W -f '${Package} ${Version}\n' libtorch-dev g++-12 g++ 2> /dev/null || true
        hash_files src/Native
    } | sha256sum | cut -c1-64
}

native_present() {
    local library torch
    [ -e "$BUILD/torch-root" ] || return 1
    # What was built with it can't be loaded without it.
    torch="$(torch_root)"
    [ -z "$torch" ] || [ -d "$torch" ] || return 1
    for library in torch image align; do
        [ -s "$BUILD/native/lib/libuvlm_$library.so" ] || return 1
    done
}

native_run() {
    local cache="$BUILD/native/CMakeCache.txt" torch
    torch="$(torch_root)"
    if [ -n "$torch" ] && [ ! -d "$torch" ]; then
        echo "there is no folder $torch: give UVLM_TORCH_ROOT=<site-packages>/torch anew, or UVLM_TORCH_ROOT= (empty) to build with Debian's libtorch"
        return 1
    fi
    # CMake refuses the cache of a checkout that was moved or copied.
    if [ -f "$cache" ] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$ROOT/src/Native" "$cache"; then
        rm -rf "$BUILD/native"
    fi
    # A wheel's headers want C++20.
    cmake -S "$ROOT/src/Native" -B "$BUILD/native" -G Ninja -DCMAKE_BUILD_TYPE=Release \
        -DTORCH_ROOT="$torch" -DCMAKE_CXX_STANDARD="$([ -n "$torch" ] && echo 20 || echo 17)"
    cmake --build "$BUILD/native" --parallel "$(jobs_for_build)"
    printf '%s\n' "$torch" > "$BUILD/torch-root"
}
