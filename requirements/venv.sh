#!/bin/sh
# Make a virtual environment with PYTHON, or with the newest of these that is 3.11 or newer.
# Usage: requirements/venv.sh FOLDER [PYTHON]
set -u
usable() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

make_with_any_of() {
    folder=$1
    shift
    for python in "$@"; do
        if usable "$python"; then
            exec "$python" -m venv "$folder"
        fi
    done
}

candidates=${2:-python3.13 python3.12 python3.11 python3}
make_with_any_of "$1" $candidates
if [ $# = 1 ] && command -v apt-get >/dev/null; then
    root=$([ "$(id -u)" = 0 ] || echo "sudo -n")
    if $root true 2>/dev/null; then
        echo "Installing python3-venv"
        { $root apt-get update -qq && $root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y python3-venv; } >/dev/null
        make_with_any_of "$1" $candidates
    fi
fi
echo "No usable Python 3.11 or newer among: $candidates." \
    "Debian, Ubuntu: sudo apt-get install python3-venv; macOS: brew install python; or name one: make PYTHON=/path/to/python3" >&2
exit 1
