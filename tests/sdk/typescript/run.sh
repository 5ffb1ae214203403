#!/bin/sh
# Run the tests with Cohere's TypeScript SDK; arguments name the files of tests, all if there is none.
# $MOCKHERE names the executable under test, otherwise it is the one of the dev preset. Without node or
# npm the tests are skipped (exit code 77), except where nothing may be, with CI=true.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
rm -f "${MOCKHERE_SDK_CALLS:-}"
for command in node npm; do
    if ! command -v "$command" >/dev/null; then
        echo "run.sh: there is no $command, which the tests with the TypeScript SDK need" >&2
        [ "${CI:-}" != true ] || exit 1
        exit 77
    fi
done
NODE_FOLDER=$("$here/packages.sh")
export NODE_FOLDER
exec node "$here/run.mjs" "$@"
