#!/bin/sh
# Install the libraries of the system that PDF reports need, where they are missing and where that is permitted.
# Without them everything but the PDF works. Usage: requirements/system.sh PYTHON
set -u
apt="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"

loads() { "$1" -c 'import weasyprint' >/dev/null 2>&1; }

loads "$1" && exit 0
if command -v apt-get >/dev/null; then
    root=$([ "$(id -u)" = 0 ] || echo "sudo -n")
    type="sudo apt-get install $apt"
    if $root true 2>/dev/null; then
        echo "Installing the libraries that PDF reports need: $apt"
        { $root apt-get update -qq && $root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y $apt; } >/dev/null
    fi
elif command -v brew >/dev/null; then
    type="brew install pango"
    brew install --quiet pango
else
    type="install Pango with your system's package manager"
fi
loads "$1" || echo "No PDF reports: the system's Pango library is missing. To get them, type: $type"
