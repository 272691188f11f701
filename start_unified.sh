#!/usr/bin/env bash
# Sets up what is missing and starts EditX: page and API in one process.
set -euo pipefail

# shellcheck source=tools/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/tools/setup.sh"

usage() {
    cat <<'TEXT'
usage: ./start_unified.sh [--local | --docker] [--setup-only] [flags of the service]

  --local        run on this machine in .venv (the default)
  --docker       run in a GPU container (comes in a later version)
  --setup-only   install and fetch everything, then end
  --help         this text and, once set up, the flags of the service

Example: ./start_unified.sh --server-port 8000 --api-key my-secret
TEXT
}

mode=local setup_only=false help=false flags=()
for flag in "$@"; do
    case $flag in
    --local) mode=local ;;
    --docker) mode=docker ;;
    --setup-only) setup_only=true ;;
    --help | -h) help=true ;;
    *) flags+=("$flag") ;;
    esac
done

if $help; then
    usage
    if [[ -f $venv/.editx-service ]]; then
        echo && run_app --help
    fi
    exit 0
fi

if [[ $mode == docker ]]; then
    echo "editx: the GPU container comes in a later version. Leave --docker out to run on this machine." >&2
    exit 2
fi

set_up_service

status=0
prepare_parts "${flags[@]}" || status=$?
if ((status > 1)); then
    exit "$status" # wrong flags: the program has said which
fi
if $setup_only; then
    if ((status)); then
        fail "the packages are installed, but some parts are missing (see above); run this script again to fetch them."
    fi
    say "set up; ./start_unified.sh starts the service"
    exit 0
fi
if ((status)); then
    say "some parts are missing (see above): jobs that need them are refused until they are there"
fi

export PYTHONPATH="$root"
exec "$venv_python" -P -m app.main "${flags[@]}"
