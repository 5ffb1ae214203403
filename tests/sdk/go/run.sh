#!/bin/sh
# Run Go's tests of stubs, with go-wiremock and Cohere's Go SDK; arguments go to `go test`. $MOCKHERE names
# the executable under test, otherwise it is the one of the dev preset. Without Go 1.21 the tests are skipped
# (exit code 77), except where nothing may be, with CI=true.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$here/environment.sh"
cd "$here"
exec go test -count=1 "$@" .
