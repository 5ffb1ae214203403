#!/usr/bin/env bash
# Runs the stages of one plan one after the other and says how each of them went and how long it
# took:
#
#     run_stages.sh check|lint|test|night [STAGE...]    (all of the plan's, if none is named)
#
# A stage that fails does not keep the next from running, but the run has failed then. With CI=true,
# a test that is skipped counts as failed.
#
# The last line is "N passed, N failed", the sum over the stages. A build that is broken counts as
# one failure.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 3

# The folder is that in build/. The labels are those of the CTest tests to run, "-": none, building
# is all. A stage is left out until the place exists where its tests live.
#
# plan  stage    folder   preset   labels                                 where      options for cmake
stages='
check check    dev      dev      unit,lint,docs                         .
lint  lint     dev      dev      lint,lint-slow                         .
test  dev      dev      dev      unit,wire,scenario,fault,lint,lint-slow,docs .
test  asan     asan     asan     unit,wire,scenario,fault               .
test  tsan     tsan     tsan     threads,wire                           tests/wire
test  fuzz     fuzz     fuzz     fuzz                                   tests/fuzz -DMOCKHERE_FUZZ_SECONDS=10
test  release  release  release  -                                      .
test  sdk      dev      dev      sdk,browser,bench                      tests/sdk
night wiremock dev      dev      night                                  tests/sdk/wiremock
night memcheck memcheck dev      unit                                   .          -DMOCKHERE_MEMCHECK=ON
night analyzer analyzer dev      -                                      .          -DMOCKHERE_ANALYZE=base;core;store
night fuzz     fuzz     fuzz     fuzz                                   tests/fuzz -DMOCKHERE_FUZZ_SECONDS=600
night faults   faults   dev      fault                                  tests/faults -DMOCKHERE_FAULTS_LONG=ON
night coverage coverage coverage unit,wire,scenario                     .
'

# Configures and builds folder $1 from preset $2 with the cmake options in the rest.
build() {
    local folder=$1 preset=$2
    shift 2
    cmake --preset "$preset" -B "build/$folder" "$@" && cmake --build "build/$folder"
}

# Prints the attribute $2 of the first element of CTest's report $1.
report_count() {
    sed -n "s/^[[:space:]]*$2=\"\([0-9]*\)\".*/\1/p" "$1" | head -n 1
}

# Runs the tests of folder $1 with any of the labels $2, reporting to $3; sets passed and failed.
run_tests() {
    local folder=$1 labels=$2 report=$3 skipped status=0

    rm -f "$report"
    ctest --test-dir "build/$folder" -L "^(${labels//,/|})\$" --no-tests=error \
        --output-on-failure --output-junit "$report" >"$report.log" 2>&1 || status=$?
    if [ ! -s "$report" ]; then
        cat "$report.log"
        return
    fi
    skipped=$(($(report_count "$report" skipped) + $(report_count "$report" disabled)))
    failed=$(report_count "$report" failures)
    passed=$(($(report_count "$report" tests) - failed - skipped))
    [ $status = 0 ] || [ "$failed" != 0 ] || failed=1
    [ "$failed" = 0 ] || grep -vE '^ +Start |   Passed |^Internal ctest|^Test project' "$report.log"
    if [ "$skipped" != 0 ]; then
        [ "$failed" != 0 ] || grep -E '\*\*\*(Skipped|Not Run)' "$report.log"
        [ "${CI:-}" != true ] || failed=$((failed + skipped))
    fi
}

# TSan and valgrind lose track of Check's forks, and old counts are not this run's coverage. There is
# time then to let each call and allocation fail.
before_stage() {
    unset CK_FORK MOCKHERE_SWEEP_ALL
    case $1 in
    tsan | memcheck) export CK_FORK=no ;;
    coverage)
        export MOCKHERE_SWEEP_ALL=1
        find build/coverage -name '*.gcda' -delete 2>/dev/null
        ;;
    esac
}

# What a stage does beyond building and testing.
after_stage() {
    case $1 in
    release) ln -f build/release/mockhere build/mockhere ;;
    coverage) tests/support/coverage.sh build/coverage ;;
    esac
}

run_stage() {
    local stage=$1 folder=$2 preset=$3 labels=$4 log=$PWD/build/logs/$1-build.log
    shift 4

    passed=0
    failed=1
    if ! build "$folder" "$preset" "$@" >"$log" 2>&1; then
        grep -vE '^(\[[0-9]+/[0-9]+\] (Building|Linking)|-- )' "$log" | tail -n 60
        return
    fi
    if [ "$labels" != - ]; then
        run_tests "$folder" "$labels" "$PWD/build/logs/$stage.xml"
    else
        passed=1
        failed=0
    fi
    after_stage "$stage" || failed=$((failed + 1))
}

plan=${1:?check, lint, test or night}
only=${*:2}
mkdir -p build/logs
all_passed=0
all_failed=0
summary=
while read -r of stage folder preset labels where options; do
    if [ "$of" != "$plan" ] || [ ! -e "$where" ]; then continue; fi
    if [[ $only && " $only " != *" $stage "* ]]; then continue; fi
    echo "== $stage"
    started=$(date +%s)
    before_stage "$stage"
    # shellcheck disable=SC2086 # the options are words
    run_stage "$stage" "$folder" "$preset" "$labels" $options </dev/null
    line=$(printf '%-10s %4d s %5d passed %3d failed' \
        "$stage" $(($(date +%s) - started)) "$passed" "$failed")
    echo "$line"
    summary+="$line"$'\n'
    all_passed=$((all_passed + passed))
    all_failed=$((all_failed + failed))
done <<<"$stages"

if [ -z "$summary" ]; then
    echo "run_stages.sh: there is no such plan or stage: $*" >&2
    exit 2
fi
printf '\nStages (logs in build/logs):\n%s\n' "$summary"
echo "$all_passed passed, $all_failed failed"
[ "$all_failed" = 0 ]
