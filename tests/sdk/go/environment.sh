# shellcheck shell=sh
# For the scripts beside it: Go with its modules below build/, fetched on first use; or the end, where there is none.
skip() {
    echo "$(basename "$0"): $1" >&2
    [ "${CI:-}" != true ] || exit 1
    exit 77
}

version=$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null || true)
case $version in
go1.2[1-9]* | go1.[3-9]* | go[2-9]*) ;;
*) skip "there is no Go 1.21 or newer, which the tests with Go's clients need" ;;
esac
# shellcheck disable=SC2154 # set by who reads this
build=$(cd "$here/../../.." && pwd)/build/go
export GOTOOLCHAIN=local GOFLAGS=-modcacherw GOWORK=off GOMODCACHE="$build/modules" GOCACHE="$build/cache"
