# Setting up EditX: the virtual environment, the pinned packages, the parts of the embedded engine.
# Sourced by start_unified.sh and run_tests.sh.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root
readonly venv="$root/.venv"
readonly venv_python="$venv/bin/python"
readonly needed_mb=8000 # packages with CUDA libraries, their download, and 0.5 GB of weights

say() { printf 'editx: %s\n' "$*"; }

fail() {
    printf 'editx: %s\n' "$@" >&2
    exit 1
}

# Brings everything the service needs; a second call with nothing changed does nothing and takes a moment.
set_up_service() {
    install_once service requirements.txt requirements-nodeps.txt constraints.txt
}

# What checks and tests need on top.
set_up_development() {
    install_once development requirements-dev.txt constraints.txt tools/web/package-lock.json
}

# The embedded engine's weights, verified; quick when they are there. Status 1: some are missing.
prepare_parts() {
    run_app prepare "$@"
}

# The program, from any folder: relative paths in flags stay relative to the caller's.
run_app() {
    PYTHONPATH="$root" "$venv_python" -P -m app.main "$@"
}

# install_once NAME FILES...: install_NAME unless the stamp says that it is done for these very files and this Python.
install_once() {
    local name=$1
    shift
    ensure_venv
    local stamp="$venv/.editx-$name" wanted
    wanted=$(fingerprint "$@")
    if [[ -f $stamp && $(<"$stamp") == "$wanted" ]]; then
        return
    fi
    rm -f "$stamp"
    check_disk
    "install_$name"
    printf '%s\n' "$wanted" >"$stamp"
}

fingerprint() {
    (cd "$root" && cat "$@" && "$venv_python" --version) | sha256sum | cut -d' ' -f1
}

install_service() {
    say "installing packages into .venv (the first time takes some minutes)"
    if ! has_nvidia; then
        install_cpu_torch
    fi
    pip_install -r requirements.txt
    pip_install --no-deps -r requirements-nodeps.txt
    check_onnxruntime
}

install_development() {
    say "installing what checks and tests need"
    pip_install -r requirements-dev.txt
    install_web_tools
}

# Biome, which has no package for pip, goes into .venv too; it needs Node's npm.
install_web_tools() {
    command -v npm >/dev/null || fail "the checks of the page's scripts need npm, which was not found." \
        "Debian, Ubuntu: apt-get install npm     Elsewhere: https://nodejs.org/"
    cp "$root/tools/web/package.json" "$root/tools/web/package-lock.json" "$venv/"
    (cd "$venv" && npm ci --silent --no-audit --no-fund) ||
        fail "npm could not install Biome. Check the network and any proxy, then run this script again."
}

pip_install() {
    if ! (cd "$root" && "$venv_python" -m pip install --quiet --disable-pip-version-check -c constraints.txt "$@"); then
        fail "pip could not install the packages (its own message stands above)." \
            "Check the network and any proxy, then run this script again: it goes on where it stopped."
    fi
}

has_nvidia() { command -v nvidia-smi >/dev/null && nvidia-smi --list-gpus 2>/dev/null | grep -q GPU; }

# Without an NVIDIA GPU the CUDA libraries that the usual torch brings (3 GB) are of no use. Where no CPU build can be
# had, requirements.txt brings the usual one.
install_cpu_torch() {
    local pinned
    pinned=$(grep -m1 '^torch==' "$root/requirements.txt")
    local pip=("$venv_python" -m pip install --quiet --disable-pip-version-check --retries 1 --timeout 20)
    (cd "$root" && "${pip[@]}" -c constraints.txt "$pinned+cpu") 2>/dev/null ||
        (cd "$root" && "${pip[@]}" -c constraints.txt "$pinned+cpu" \
            --extra-index-url https://download.pytorch.org/whl/cpu) 2>/dev/null ||
        say "no CPU build of torch could be had; taking the usual one"
}

# onnxruntime and onnxruntime-gpu write over each other's files; exactly the second must be there.
check_onnxruntime() {
    local found
    found=$("$venv_python" -m pip list --disable-pip-version-check --format=freeze | grep -i '^onnxruntime' || true)
    if [[ $found != onnxruntime-gpu==* || $found == *$'\n'* ]]; then
        fail "expected onnxruntime-gpu alone, found: ${found:-nothing}" "Delete .venv and run this script again."
    fi
}

ensure_venv() {
    if [[ -x $venv_python ]] && is_python_311 "$venv_python"; then
        return
    fi
    local python
    python=$(find_python) || fail "Python 3.11 was not found (looked for python3.11, python3 and python)." \
        "Debian, Ubuntu: apt-get install python3.11 python3.11-venv     Fedora: dnf install python3.11" \
        "Elsewhere: https://www.python.org/downloads/ or pyenv install 3.11"
    check_disk
    say "creating .venv with $("$python" --version)"
    rm -rf "$venv"
    if ! "$python" -m venv "$venv"; then
        rm -rf "$venv"
        fail "Python's venv module does not work (its own message stands above)." \
            "On Debian and Ubuntu: apt-get install python3.11-venv"
    fi
}

find_python() {
    local name
    for name in python3.11 python3 python; do
        if command -v "$name" >/dev/null && is_python_311 "$name"; then
            command -v "$name"
            return
        fi
    done
    return 1
}

is_python_311() { "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; }

check_disk() {
    local free_mb
    free_mb=$(df -Pm "$root" | awk 'NR == 2 { print $4 }')
    if ((free_mb < needed_mb)); then
        fail "$root has ${free_mb} MB free; a set-up needs about ${needed_mb} MB." "Free some space, then run this script again."
    fi
}
