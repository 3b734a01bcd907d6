#!/usr/bin/env bash
# The browser that the tests of the page drive: Debian's Chromium, Playwright's client for Node without its own browsers (Apache-2.0) and the
# rules of axe for accessibility (MPL-2.0), both in build/browser. To be sourced.

BROWSER_PACKAGES=(
    "playwright-core playwright-core@1.65.1 86a3e9cfb6e548c3f1595768784d728814b35ec2a254e77693e9230af994cb00f618f3b60ddf477dc5a7abd34dd061db3590c5819f497c116bf97e7f04ba34ab"
    "axe-core axe-core@4.14.1 1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b734f8c22a0dab86ee6a6f64b8afbe804b214d36db85a2826965edfb3a0b9d546b5"
)

browser_inputs() {
    sha256sum < "$ROOT/deploy/lib/browser.sh" | cut -c1-64
}

browser_present() {
    [ -x /usr/bin/chromium ] && [ -s "$BUILD/browser/playwright-core/index.mjs" ] && [ -s "$BUILD/browser/axe-core/axe.min.js" ]
}

browser_run() {
    local entry name spec sha512 tarball folder
    if [ ! -x /usr/bin/chromium ]; then
        as_root apt-get -q update || true
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 install --no-install-recommends --no-remove chromium
    fi
    for entry in "${BROWSER_PACKAGES[@]}"; do
        read -r name spec sha512 <<< "$entry"
        folder="$BUILD/browser/$name"
        tarball="$(npm_tarball "$spec" "$sha512")"
        rm -rf "$folder"
        mkdir -p "$folder"
        tar -xzf "$tarball" -C "$folder" --strip-components=1 package
        rm -f "$tarball"
    done
}
