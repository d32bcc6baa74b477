# A thin front for meson. `make help` says what there is.
BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=
.DEFAULT_GOAL := build
.PHONY: help build run test test-containers bench fuzz asan valgrind install uninstall clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

build: ## build everything into build/
	@tools/setup build test
	@test -f $(BUILD)/build.ninja || meson setup $(BUILD) --prefix $(PREFIX) $(if $(CI),--werror) >$(BUILD).log || { cat $(BUILD).log; false; }
	@ninja -C $(BUILD) --quiet

run: build ## the main job on real input: record, generate, check, run (examples/workspace)
	@tools/setup run
	@examples/workspace/demo $(BUILD)/src/callgate

test: build ## all tests; the last line is "N passed, N failed, N skipped"
	@tools/setup run
	@tests/run $(BUILD)

test-containers: build ## whole containers of runc, podman and docker, recorded and started again; as root
	@tools/setup containers
	@TEST_TIMEOUT=1500 tests/run $(BUILD) containers/

bench: ## speed and size, beside the peers, in one run
	@tools/setup build test bench
	@test -f build-release/build.ninja || meson setup build-release --buildtype release -Db_ndebug=true -Dtests=disabled >/dev/null
	@ninja -C build-release --quiet
	@bench/run build-release

fuzz: ## every parser, for a short while (FUZZ_SECONDS each)
	@tools/setup build fuzz
	@tests/fuzz/run $(or $(FUZZ_SECONDS),20)

asan: ## all tests under the address and undefined-behaviour sanitizers
	@tools/setup build test
	@test -f build-asan/build.ninja || meson setup build-asan -Db_sanitize=address,undefined -Db_lundef=false >/dev/null
	@ninja -C build-asan --quiet
	@tests/run build-asan

valgrind: build ## unit, golden and parser tests under valgrind
	@tests/run --valgrind $(BUILD)

install: build ## install to DESTDIR and PREFIX
	@meson configure $(BUILD) --prefix $(PREFIX) >/dev/null
	@DESTDIR=$(DESTDIR) meson install -C $(BUILD) --quiet

uninstall: ## take away what the last `make install` of this build put there
	@ninja -C $(BUILD) uninstall >/dev/null

clean: ## remove what was built
	@rm -rf build build-asan build-release build-fuzz
