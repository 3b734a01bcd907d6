#!/usr/bin/env bash
# The .NET SDK: finding it, and the steps that restore and build the solution. To be sourced.

# use_dotnet: puts the SDK's folder on PATH and sets DOTNET_ROOT, so that a built program finds the runtime it was built with.
# Exit status 1 where there is no dotnet command.
use_dotnet() {
    local folder
    for folder in "${DOTNET_ROOT:-}" "${HOME:-}/.dotnet"; do
        if ! command -v dotnet > /dev/null && [ -x "$folder/dotnet" ]; then
            PATH="$folder:$PATH"
        fi
    done
    command -v dotnet > /dev/null || return 1
    if [ -z "${DOTNET_ROOT:-}" ]; then
        folder="$(dirname "$(readlink -f "$(command -v dotnet)")")"
        [ -d "$folder/host/fxr" ] && export DOTNET_ROOT="$folder"
    fi
    export PATH DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=1
    # No build server stays behind: it would hold memory and cores that a benchmark or a test right after the build needs.
    export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0
}

require_dotnet_sdk() {
    local advice="install it (https://dotnet.microsoft.com/download/dotnet/10.0) and put 'dotnet' on PATH" found
    use_dotnet || fail "the .NET 10 SDK is missing: $advice"
    found="$(dotnet --list-sdks | sed 's/ .*//' | paste -sd ' ')"
    case " $found" in
        *" 10.0."*) ;;
        *) fail "the .NET 10 SDK is missing (found: ${found:-runtimes only}): $advice" ;;
    esac
}

# Central files that restore and build both depend on.
DOTNET_CENTRAL=(UnifiedVlm.sln Directory.Build.props Directory.Packages.props tests/Directory.Build.props global.json nuget.config)

restore_inputs() {
    {
        dotnet --list-sdks
        echo "$ROOT"
        (cd "$ROOT" && sha256sum "${DOTNET_CENTRAL[@]}" && find src tests \( -name '*.csproj' -o -name '*.targets' -o -name packages.lock.json \) -print0 \
            | LC_ALL=C sort -z | xargs -0 sha256sum)
    } | sha256sum | cut -c1-64
}

# Packages lie in a folder of the user's, which may be emptied, or be another user's than the one who restored: the build, which restores nothing, would
# then fail each time. NuGet writes down which files it needs there.
restore_present() {
    local project folder file
    for project in Server Chaos Tests.{Unit,Golden,Component,EndToEnd}; do
        folder="$ROOT/artifacts/obj/UnifiedVlm.$project"
        { [ -f "$folder/project.assets.json" ] && [ -r "$folder/project.nuget.cache" ]; } || return 1
        while read -r file; do
            [ -r "$file" ] || return 1
        done < <(sed -n 's|^ *"\(/.*\.nupkg\.sha512\)",\{0,1\}$|\1|p' "$folder/project.nuget.cache")
    done
}

restore_run() {
    dotnet restore "$ROOT/UnifiedVlm.sln" --locked-mode -p:Precompile=true
}

build_inputs() {
    {
        restore_inputs
        # The native libraries are copied beside every program.
        cat "$STAMPS/native" "$STAMPS/librdkafka" 2> /dev/null || true
        sha256sum "$ROOT/.editorconfig"
        hash_files src tests
    } | sha256sum | cut -c1-64
}

build_present() {
    local program
    for program in Server/release/uvlm Chaos/release/ Tests.{Unit,Golden,Component,EndToEnd}/release/; do
        [ -e "$ROOT/artifacts/bin/UnifiedVlm.$program" ] || return 1
    done
}

build_run() {
    # Without the compiler server a build leaves no process behind. Compiled ahead of time, the program starts sooner.
    dotnet build "$ROOT/UnifiedVlm.sln" -c Release --no-restore -p:UseSharedCompilation=false -p:Precompile=true
}
