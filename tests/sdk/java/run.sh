#!/bin/sh
# Run Java's tests of stubs, with the client that WireMock itself comes with. $MOCKHERE names the executable under test,
# otherwise it is the one of the dev preset. Without a JDK of 11 or newer, or npm, which fetches the client, the tests are
# skipped (exit code 77), except where nothing may be, with CI=true.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
for command in java javac npm; do
    if ! command -v "$command" >/dev/null; then
        echo "run.sh: there is no $command, which the tests with WireMock's Java client need" >&2
        [ "${CI:-}" != true ] || exit 1
        exit 77
    fi
done
MOCKHERE=${MOCKHERE:-$here/../../../build/dev/mockhere}
export MOCKHERE
jar=$("$here/jar.sh")
exec java -XX:TieredStopAtLevel=1 -cp "$jar" "$here/Stubs.java" "$@"
