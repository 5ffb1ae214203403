# The front door, thin over the presets of CMakePresets.json. `make help` lists the targets.

# What `make run` and `make bench` pass on, e.g. make run ARGS="--port 9000"
ARGS =
# The stages of `make test` and `make night` to run, e.g. make test STAGES="asan tsan"; all if empty
STAGES =

JOBS := $(shell nproc)
export CMAKE_BUILD_PARALLEL_LEVEL ?= $(JOBS)
export CTEST_PARALLEL_LEVEL ?= $(JOBS)

.PHONY: build run check test bench night format lint clean help packages test-packages

build: packages ## Build build/mockhere (the default)
	@cmake --preset release >/dev/null
	@cmake --build --preset release
	@ln -f build/release/mockhere build/mockhere

run: build ## Build and serve; ARGS="--port 9000" passes options on
	@exec build/mockhere serve $(ARGS)

check: test-packages ## The two-minute loop: development build, unit tests, lint
	@tests/support/run_stages.sh check

test: test-packages ## Everything: all builds, all tests, the time of each stage
	@tests/support/run_stages.sh test $(STAGES)

night: test-packages ## What takes longer: WireMock beside us, valgrind, -fanalyzer, long fuzzing, coverage
	@tests/support/run_stages.sh night $(STAGES)

bench: build ## Measure the release build beside other servers; ARGS="--only upload" chooses rows
	@tests/bench/run $(ARGS)

lint: test-packages ## All lints, clang-tidy and cppcheck too
	@tests/support/run_stages.sh lint

format: ## Lay out all C code as clang-format has it
	@git ls-files -co --exclude-standard -- '*.c' '*.h' | xargs -r clang-format -i

clean: ## Remove build/
	@rm -rf build

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

packages:
	@docker/install.sh run build ui

test-packages:
	@docker/install.sh run build ui test
