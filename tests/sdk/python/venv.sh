#!/bin/sh
# Make build/venv-python with what requirements.txt names, and print where its python is. Nothing is
# done, and no network needed, when it was made of the same requirements by the same Python before.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
venv=$(cd "$here/../../.." && pwd)/build/venv-python
python=${PYTHON:-python3}
wanted=$({ "$python" --version; cat "$here/requirements.txt" "$here/constraints.txt"; } | sha256sum)

if [ ! -x "$venv/bin/python" ] || [ "$(cat "$venv/stamp" 2>/dev/null)" != "$wanted" ]; then
    rm -rf "$venv"
    "$python" -m venv "$venv" >&2
    "$venv/bin/pip" install --quiet --disable-pip-version-check \
        --requirement "$here/requirements.txt" --constraint "$here/constraints.txt" >&2
    echo "$wanted" >"$venv/stamp"
fi
echo "$venv/bin/python"
