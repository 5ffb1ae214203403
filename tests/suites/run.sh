#!/bin/sh
# Run the compliance suite of RFC 9535, which an npm package brings along, with the program in $TRY.
# Without npm the test is skipped (exit code 77), except where nothing may be, with CI=true.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
folder=$(cd "$here/../.." && pwd)/build/node-suites
if ! command -v npm >/dev/null; then
    echo "run.sh: there is no npm, which fetches the suite of RFC 9535" >&2
    [ "${CI:-}" != true ] || exit 1
    exit 77
fi
wanted=$(cat "$here/package.json" "$here/package-lock.json" | sha256sum)
if [ "$(cat "$folder/stamp" 2>/dev/null)" != "$wanted" ]; then
    rm -rf "$folder"
    mkdir -p "$folder"
    cp "$here/package.json" "$here/package-lock.json" "$folder"
    (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error) >&2
    echo "$wanted" >"$folder/stamp"
fi
exec "$TRY" "$folder/node_modules/jsonpath-rfc9535/src/__tests__/jsonpath-compliance-test-suite/cts.json"
