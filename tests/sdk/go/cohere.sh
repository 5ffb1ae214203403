#!/bin/sh
# Run the test suite of Cohere's own Go SDK, as it is, in the place of the WireMock that it asks for: on port 8080, with
# the SDK's file of stubs. $MOCKHERE names the executable under test, otherwise it is the one of the dev preset. Skipped
# (exit code 77) without Go 1.21 or where that port is taken, except where nothing may be, with CI=true.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/environment.sh"
executable=${MOCKHERE:-$here/../../../build/dev/mockhere}
sdk=github.com/cohere-ai/cohere-go/v2
tests=43

cd "$here"
folder=$(mktemp -d)
server=
end() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    wait
    rm -rf "$folder"
}
trap end EXIT

go mod download "$sdk"
mkdir "$folder/mappings"
cp "$(go list -m -f '{{.Dir}}' "$sdk")/wiremock/wiremock-mappings.json" "$folder/mappings"
"$executable" serve --port 8080 --root-dir "$folder" --ready-file "$folder/ready" >"$folder/log" 2>&1 &
server=$!
while [ ! -e "$folder/ready" ]; do
    if ! kill -0 "$server" 2>/dev/null; then
        cat "$folder/log" >&2
        if grep -q 'is in use' "$folder/log"; then
            skip "the tests of Cohere's Go SDK need port 8080"
        fi
        exit 1
    fi
    sleep 0.05
done

# One package after the other: they share the journal.
# shellcheck disable=SC2046 # a list of words
if ! go test -v -count=1 -p 1 $(go list "$sdk/..." | grep '_test$') >"$folder/tests" 2>&1; then
    cat "$folder/tests"
    tail -n 40 "$folder/log"
    exit 1
fi
passed=$(grep -c '^--- PASS' "$folder/tests")
echo "$passed passed, 0 failed"
[ "$passed" -eq $tests ] || { echo "cohere.sh: there should have been $tests tests" >&2; exit 1; }
