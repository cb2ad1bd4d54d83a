# core.mk: the plain C core: library, unit tests, fuzzing, sanitizers,
# coverage, lint.
#
# Files are picked up by wildcard: a source in a core folder joins the library,
# tests/unit/test_<name>.c becomes a test, tests/fuzz/fuzz_<name>.c a target.
# Each kind of build has its own folder ($(SC_OUT)); the folder's stamp file
# remembers compiler and flags, so that changing them rebuilds.

SC_CORE_FOLDERS := core verify platforms mention insight queue spool status
SC_CORE_SOURCES := $(sort $(foreach folder,$(SC_CORE_FOLDERS), \
                       $(wildcard ngx_socialcare_module/$(folder)/*.c)))
SC_CORE_HEADERS := $(foreach folder,$(SC_CORE_FOLDERS), \
                       $(wildcard ngx_socialcare_module/$(folder)/*.h))

SC_SCRIPTS := $(sort $(wildcard ngx_socialcare_module/queue/scripts/*.lua))
SC_PAGES   := $(sort $(wildcard ngx_socialcare_module/status/*.html))

SC_GENERATED := $(BUILD)/generated/sc_scripts.h $(BUILD)/generated/sc_pages.h

SC_INCLUDES := $(addprefix -I ngx_socialcare_module/,$(SC_CORE_FOLDERS)) \
               -I $(BUILD)/generated

SC_WARNINGS := -std=c11 -Wall -Wextra -Wshadow -Wstrict-prototypes \
               -Wmissing-prototypes -Wvla -Wcast-qual -Wformat=2 \
               -Wconversion -Werror

SC_LIBS      := -lcrypto -ljansson -lexpat -lz
SC_TEST_LIBS := -lcmocka $(SC_LIBS) -lm

# Tests run in the top folder; the macro is for those run elsewhere.
SC_TEST_DEFINES := -D SC_TOP='"$(CURDIR)"'


# What distinguishes the kinds of build.  The recipes below that need another
# kind call make again with SC_KIND set.

SC_KIND ?= $(if $(SC_SANITIZE),asan,core)
SC_OUT  := $(BUILD)/$(SC_KIND)

SC_ASAN_FLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all \
                 -fno-omit-frame-pointer

SC_FLAGS_core     := $(CFLAGS)
SC_FLAGS_asan     := -O1 -g $(SC_ASAN_FLAGS)
SC_FLAGS_fuzz     := -O1 -g $(SC_ASAN_FLAGS) -fsanitize=fuzzer-no-link
SC_FLAGS_coverage := -O0 -g --coverage

SC_COMPILE := $(CC) $(SC_WARNINGS) $(SC_FLAGS_$(SC_KIND)) $(SC_INCLUDES)
SC_LINK    := $(CC) $(filter -fsanitize% --coverage, \
                  $(SC_FLAGS_$(SC_KIND))) $(LDFLAGS)


# Folders, stamp, generated headers.

$(SC_OUT)/stamp: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(SC_COMPILE)' "$$($(CC) --version | head -n 1)" \
	    > $@.new; \
	if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

.PHONY: FORCE
FORCE:

$(BUILD)/generated/sc_scripts.h: $(SC_SCRIPTS) $(SC_TOOLS)/embed.sh FORCE
	@mkdir -p $(@D)
	@$(SC_TOOLS)/embed.sh scripts $@ $(SC_SCRIPTS)

$(BUILD)/generated/sc_pages.h: $(SC_PAGES) $(SC_TOOLS)/embed.sh FORCE
	@mkdir -p $(@D)
	@$(SC_TOOLS)/embed.sh pages $@ $(SC_PAGES)


# The library.  The archive is rebuilt from scratch: a removed source must not
# live on in it.

SC_CORE_OBJECTS := $(SC_CORE_SOURCES:ngx_socialcare_module/%.c=$(SC_OUT)/%.o)

ifeq ($(SC_KIND),core)
SC_LIBRARY := $(BUILD)/libsocialcare.a
else
SC_LIBRARY := $(SC_OUT)/libsocialcare.a
endif

$(SC_OUT)/%.o: ngx_socialcare_module/%.c $(SC_OUT)/stamp | $(SC_GENERATED)
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(SC_COMPILE) -MMD -MP -c -o $@ $<

$(SC_LIBRARY): $(SC_CORE_OBJECTS) $(SC_MAKE)/core.mk
	@echo "  AR $@"
	@rm -f $@
	@ar rcs $@ $(SC_CORE_OBJECTS)


# Unit tests.  test_*.c are tests; other files in the folder are helpers.

SC_UNIT_SOURCES  := $(sort $(wildcard tests/unit/test_*.c))
SC_UNIT_HELPERS  := $(filter-out $(SC_UNIT_SOURCES), \
                        $(sort $(wildcard tests/unit/*.c)))
SC_UNIT_TESTS    := $(SC_UNIT_SOURCES:tests/unit/%.c=$(SC_OUT)/unit/%)
SC_UNIT_OBJECTS  := $(SC_UNIT_HELPERS:tests/unit/%.c=$(SC_OUT)/unit/%.o)

$(SC_OUT)/unit/%.o: tests/unit/%.c $(SC_OUT)/stamp | $(SC_GENERATED)
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(SC_COMPILE) $(SC_TEST_DEFINES) -I tests -I tests/unit -MMD -MP -c -o $@ $<

$(SC_OUT)/unit/helpers.a: $(SC_UNIT_OBJECTS) $(SC_MAKE)/core.mk
	@rm -f $@
	@mkdir -p $(@D)
	@ar rcs $@ $(SC_UNIT_OBJECTS)

$(SC_UNIT_TESTS): %: %.o $(SC_OUT)/unit/helpers.a $(SC_LIBRARY)
	@echo "  LD $@"
	@$(SC_LINK) -o $@ $< $(SC_OUT)/unit/helpers.a $(SC_LIBRARY) \
	    $(SC_TEST_LIBS)


# Fuzz targets: with libFuzzer (kind fuzz), or with the replay driver.

FUZZ_SECONDS ?= 60

SC_FUZZ_SOURCES := $(sort $(wildcard tests/fuzz/fuzz_*.c))
SC_FUZZ_BUILT   := $(SC_FUZZ_SOURCES:tests/fuzz/fuzz_%.c=%)
SC_FUZZERS      := $(addprefix $(SC_OUT)/fuzz/fuzz_,$(SC_FUZZ_BUILT))

# fuzz_platform is built once and linked under the name of each platform.
SC_FUZZ_PLATFORMS := $(addprefix platform_,$(shell sed -n \
                         's/.*&sc_platform_\([a-z_]*\).*/\1/p' \
                         ngx_socialcare_module/platforms/sc_registry.c))
SC_FUZZ_LINKS   := $(addprefix $(SC_OUT)/fuzz/fuzz_,$(SC_FUZZ_PLATFORMS))
SC_FUZZ_NAMES   := $(filter-out platform,$(SC_FUZZ_BUILT)) \
                   $(SC_FUZZ_PLATFORMS)
SC_FUZZ_MAIN    := $(if $(filter fuzz,$(SC_KIND)),,$(SC_OUT)/fuzz/replay.o)

$(SC_OUT)/fuzz/%.o: tests/fuzz/%.c $(SC_OUT)/stamp | $(SC_GENERATED)
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(SC_COMPILE) $(SC_TEST_DEFINES) -I tests -I tests/fuzz -MMD -MP -c -o $@ $<

$(SC_FUZZERS): %: %.o $(SC_FUZZ_MAIN) $(SC_LIBRARY)
	@echo "  LD $@"
	@$(SC_LINK) $(if $(SC_FUZZ_MAIN),,-fsanitize=fuzzer) -o $@ $< \
	    $(SC_FUZZ_MAIN) $(SC_LIBRARY) $(SC_LIBS) -lm

$(SC_FUZZ_LINKS): $(SC_OUT)/fuzz/fuzz_platform
	@ln -f $< $@

.SECONDARY:

-include $(SC_CORE_OBJECTS:.o=.d) $(SC_UNIT_OBJECTS:.o=.d) \
         $(SC_UNIT_TESTS:=.d) $(SC_FUZZERS:=.d) $(SC_OUT)/fuzz/replay.d


# User-facing targets.

.PHONY: lib generated unit unit-build fuzzers asan asan-unit fuzz \
        fuzz-replay coverage lint lint-self-test tools-test

lib: $(SC_LIBRARY) ## the core as build/libsocialcare.a

generated: $(SC_GENERATED)

unit-build: $(SC_UNIT_TESTS)

# -k: one test that does not build must not hide the others' results.  It is
# still a failure, even if an older program of it is still there.
unit: ## unit tests; CC=clang works, UNIT=name runs one
	@built=0; \
	$(MAKE) --no-print-directory -k SC_KIND=$(SC_KIND) \
	    $(if $(UNIT),$(SC_OUT)/unit/test_$(UNIT),unit-build) || built=1; \
	$(SC_TOOLS)/run_unit.sh $(if $(UNIT),$(SC_OUT)/unit/test_$(UNIT), \
	    $(SC_UNIT_TESTS)) || exit 1; \
	if [ $$built != 0 ]; then echo "unit: FAILED to build"; exit 1; fi

fuzzers: $(SC_FUZZERS) $(SC_FUZZ_LINKS)

asan: ## unit tests, fuzz replay and integration tests under ASan and UBSan
	@$(MAKE) --no-print-directory SC_SANITIZE=1 SC_KIND=asan unit
	@$(MAKE) --no-print-directory fuzz-replay
	@set -e; for hook in $(SC_ASAN_HOOKS); do \
	    $(MAKE) --no-print-directory SC_SANITIZE=1 $$hook; done

fuzz: ## libFuzzer on all targets, FUZZ_SECONDS shared over them
	@$(MAKE) --no-print-directory CC=$(CLANG) SC_KIND=fuzz fuzzers
	@$(SC_TOOLS)/run_fuzz.sh $(BUILD)/fuzz $(FUZZ_SECONDS) $(SC_FUZZ_NAMES)

fuzz-replay: ## corpora and fixtures through every fuzz target under ASan
	@$(MAKE) --no-print-directory SC_KIND=asan fuzzers
	@$(SC_TOOLS)/run_replay.sh $(BUILD)/asan $(SC_FUZZ_NAMES)

COVERAGE_CC ?= gcc
GCOV        ?= gcov

coverage: ## line coverage of the core by unit tests, per file
	@rm -rf $(BUILD)/coverage
	@$(MAKE) --no-print-directory CC=$(COVERAGE_CC) SC_KIND=coverage unit
	@GCOV=$(GCOV) $(SC_TOOLS)/coverage.sh $(BUILD)/coverage

lint: $(SC_GENERATED) ## layering, banned functions, style, cppcheck, clang-tidy
	@$(SC_TOOLS)/lint.sh
	@$(MAKE) --no-print-directory SC_KIND=core lib
	@$(SC_TOOLS)/lint.sh --objects $(BUILD)/libsocialcare.a
	@set -e; for hook in $(SC_LINT_HOOKS); do \
	    $(MAKE) --no-print-directory $$hook; done

lint-self-test: ## plants a violation for each gate and sees it caught
	@$(SC_TOOLS)/lint.sh --self-test

tools-test: lint-self-test ## the tools of the test run themselves
	@$(SC_TOOLS)/test_tools.sh
