#!/bin/sh
# Install in build/node-wiremock the jar of WireMock, which is its client too, as package-lock.json names it, and print
# where it is. Nothing is done, and no network needed, when it was made of the same list before.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
folder=$(cd "$here/../../.." && pwd)/build/node-wiremock
wanted=$(cat "$here/package.json" "$here/package-lock.json" | sha256sum)

if [ "$(cat "$folder/stamp" 2>/dev/null)" != "$wanted" ]; then
    rm -rf "$folder"
    mkdir -p "$folder"
    cp "$here/package.json" "$here/package-lock.json" "$folder"
    (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error) >&2
    echo "$wanted" >"$folder/stamp"
fi
echo "$folder"/node_modules/wiremock/build/wiremock-standalone-*.jar
