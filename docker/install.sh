#!/usr/bin/env bash
# Installs what is missing of the Debian packages that the named sections of packages.txt list:
#
#     docker/install.sh run build
#
# Does nothing, and needs neither a network nor root, when all are there.
set -euo pipefail

list=$(dirname "$0")/packages.txt

say() {
    echo "install.sh: $*" >&2
}

# Prints the packages of section $1, one a line, without those whose command is there already.
section_packages() {
    local section='' name word command

    while read -r name word command; do
        case $name in
        '' | '#'*) continue ;;
        '['*) section=$name ;;
        *)
            [ "$section" = "[$1]" ] || continue
            if [ "$word" = unless ] && command -v "$command" >/dev/null; then continue; fi
            echo "$name"
            ;;
        esac
    done <"$list"
}

# Prints those of its arguments that are not installed.
missing_packages() {
    local installed name

    installed=" $(dpkg-query -W -f '${db:Status-Status}:${Package} ' "$@" 2>/dev/null || true)"
    for name in "$@"; do
        case $installed in
        *" installed:$name "*) ;;
        *) echo "$name" ;;
        esac
    done
}

packages=()
for section in "$@"; do
    if ! grep -qxF "[$section]" "$list"; then
        say "packages.txt has no section [$section]"
        exit 2
    fi
    mapfile -t -O "${#packages[@]}" packages < <(section_packages "$section")
done
[ ${#packages[@]} -gt 0 ] || exit 0

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say "this is no Debian, so please see to it that you have what these packages hold" \
        "(then run cmake --preset release): ${packages[*]}"
    exit 3
fi
mapfile -t missing < <(missing_packages "${packages[@]}")
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
        say "only root may install packages, and there is no sudo. As root, please run:" \
            "apt-get install --no-install-recommends ${missing[*]}"
        exit 3
    fi
    as_root=(sudo env DEBIAN_FRONTEND=noninteractive)
fi
say "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
if ! { "${as_root[@]}" apt-get -q update &&
    "${as_root[@]}" apt-get -q -y --no-install-recommends install "${missing[@]}"; } >&2; then
    say "apt-get could not install ${missing[*]}: see its words above"
    exit 3
fi
