#!/usr/bin/env bash
# Writes the coverage report of the build folder $1, to its coverage.html and in short to stdout,
# and fails when less is covered than we ask for. The branch on which an assert fails is not counted.
set -euo pipefail
cd "$(dirname "$0")/../.."

filters=(--filter 'server/')
[ ! -d client/src ] || filters+=(--filter 'client/src/')
gcovr --root . "${filters[@]}" --exclude-unreachable-branches \
    --exclude-branches-by-pattern '.*\bassert\(.*' \
    --html-details "$1/coverage.html" --print-summary --txt "$1/coverage.txt" \
    --fail-under-line 90 --fail-under-branch 80 "$1"
