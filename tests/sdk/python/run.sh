#!/bin/sh
# Run the tests with Cohere's Python SDK; arguments go to pytest. $MOCKHERE names the executable
# under test, otherwise it is the one of the dev preset.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
python=$("$here/venv.sh")
cd "$here"
exec "$python" -m pytest "$@"
