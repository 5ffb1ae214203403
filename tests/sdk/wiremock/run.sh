#!/bin/sh
# Compare mockhere with WireMock itself, call by call; arguments name the cases of calls.py, all if there is none.
# $MOCKHERE names the executable, otherwise it is the one of the dev preset. Without java and npm it is skipped (exit code
# 77), except where nothing may be, with CI=true.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
for command in java npm; do
    if ! command -v "$command" >/dev/null; then
        echo "run.sh: there is no $command, which a comparison with WireMock needs" >&2
        [ "${CI:-}" != true ] || exit 1
        exit 77
    fi
done
jar=$("$here/../java/jar.sh")
exec "${PYTHON:-python3}" -B "$here/compare.py" "$jar" "$@"
