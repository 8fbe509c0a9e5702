#!/bin/sh
# Resolve what pyproject.toml asks for: demo.txt and test.txt the newest, oldest.txt the lowest versions that its ranges
# allow, without what the extras bring and without the readers of exports. Usage: requirements/lock.sh UV
set -eu
cd "$(dirname "$0")/.."
options="--quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate --upgrade"
constraints="-c requirements/constraints.txt"

"$1" pip compile pyproject.toml --group build --group test --group engines --group readers $options $constraints -o requirements/test.txt
"$1" pip compile pyproject.toml --group build $options $constraints -c requirements/test.txt -o requirements/demo.txt
"$1" pip compile pyproject.toml --group build --group fuzz $options $constraints -c requirements/test.txt -o requirements/fuzz.txt
printf 'evidently==0.7.23\npandas<3\n' | "$1" pip compile - $options -o requirements/bench.txt
"$1" pip compile pyproject.toml --group build --group test --resolution lowest-direct $options $constraints \
    -o requirements/oldest.txt
