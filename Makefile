# socialcare: build, test and run.  `make help` lists the targets.
#
# The work is done in ngx_socialcare_module/make/: core.mk (the plain C core:
# library, unit tests, fuzzing, sanitizers, coverage, lint), nginx.mk (the nginx
# module, integration tests, run, install), and one file each for the spool's
# program, the benchmark, conformance, the ledger and the demo.  All that is
# built goes to $(BUILD).

.DEFAULT_GOAL := help

BUILD   ?= build
CC      ?= cc
CLANG   ?= clang
CFLAGS  ?= -O2 -g
LDFLAGS ?=

SC_MAKE  := ngx_socialcare_module/make
SC_TOOLS := ngx_socialcare_module/tools

# SC_SANITIZE=1 builds whatever is asked for with ASan and UBSan, beside the
# plain build and never mixed with it.  `make asan` sets it.
SC_SANITIZE ?=

# Hooks that the other files append to: what `make test`, `make asan`,
# `make lint` and `make clean` do besides the core's part.
SC_TEST_HOOKS  :=
SC_ASAN_HOOKS  :=
SC_LINT_HOOKS  :=
SC_CLEAN_HOOKS :=

include $(SC_MAKE)/core.mk
-include $(SC_MAKE)/nginx.mk
-include $(SC_MAKE)/spool.mk
-include $(SC_MAKE)/bench.mk
-include $(SC_MAKE)/conformance.mk
-include $(SC_MAKE)/ledger.mk
-include $(SC_MAKE)/demo.mk
-include $(SC_MAKE)/model.mk


.PHONY: help test clean

help: ## this list
	@echo "Targets:"
	@awk -F ':.*## ' '/^[a-z][a-z0-9_-]*:.*## / \
	    { printf "  %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST) | sort
	@echo "Variables: CC, CLANG, CFLAGS, LDFLAGS, BUILD, FUZZ_SECONDS"

# One after the other, also under -j, so that the closing lines stay apart.
test: ## unit tests, replay of the fuzz corpora, integration tests
	@$(MAKE) --no-print-directory unit
	@$(MAKE) --no-print-directory fuzz-replay
	@set -e; for hook in $(SC_TEST_HOOKS); do \
	    $(MAKE) --no-print-directory $$hook; done

clean: $(SC_CLEAN_HOOKS) ## remove everything that was built
	rm -rf $(BUILD) coverage
