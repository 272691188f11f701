#!/usr/bin/env bash
# Sets up and runs every check and test; --quick leaves out slow and browser tests and other people's clients. CI runs this very script.
set -euo pipefail

# shellcheck source=tools/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/tools/setup.sh"
cd "$root"

quick=false
case ${1-} in
--quick) quick=true ;;
'') ;;
*)
    echo "usage: ./run_tests.sh [--quick]" >&2
    exit 2
    ;;
esac

# Browser tests drive a headless Chromium.
set_up_browser() {
    if ! grep -rqs 'mark\.browser' tests || command -v chromium chromium-browser google-chrome >/dev/null; then
        return
    fi
    if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
        fail "browser tests need Chromium: install it (Debian: apt-get install chromium), then run this script again."
    fi
    say "installing Chromium"
    apt-get update -qq && apt-get install -y -qq chromium >/dev/null
}

# Scripts and styles of the page are checked by Biome, which comes through npm.
set_up_npm() {
    if command -v npm >/dev/null || [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
        return # without npm the set-up below says how to get it
    fi
    say "installing npm"
    apt-get update -qq && apt-get install -y -qq npm >/dev/null
}

./start_unified.sh --setup-only --full
set_up_npm
set_up_development
make --no-print-directory check
if $quick; then
    make --no-print-directory test
    exit 0
fi
set_up_browser
make --no-print-directory test-all
make --no-print-directory clients
