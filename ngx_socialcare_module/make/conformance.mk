# conformance.mk: callbacks signed and verified by the platforms' own
# libraries, compared with our engine.  See tests/conformance/README.md.
#
#     make conformance                         about a minute
#     make conformance CONFORMANCE_SEED=123    the same cases again
#     make conformance CONFORMANCE_CASES=200   fewer of each
#
# Needs node and npm; without them it says so and does nothing.

CONFORMANCE_CASES ?= 1200
CONFORMANCE_SEED  ?=

CONFORMANCE_OUT := $(BUILD)/conformance

$(CONFORMANCE_OUT)/judge: tests/conformance/judge.c $(SC_LIBRARY)
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CC) $(SC_WARNINGS) $(SC_FLAGS_$(SC_KIND)) $(SC_INCLUDES) -o $@ $< \
	    $(SC_LIBRARY) $(SC_LIBS)

# The libraries are installed in the build folder, never in the sources.
$(CONFORMANCE_OUT)/installed: tests/conformance/package-lock.json \
    tests/conformance/package.json tests/conformance/.npmrc
	@mkdir -p $(@D)
	@cp tests/conformance/package.json tests/conformance/package-lock.json \
	    tests/conformance/.npmrc $(@D)
	@echo "  NPM $(@D)"
	@cd $(@D) && npm ci --omit=optional --omit=peer --loglevel=error
	@touch $@

.PHONY: conformance conformance-run

conformance: ## the platforms' own libraries against our engine (needs npm)
	@if command -v node > /dev/null && command -v npm > /dev/null; then \
	    $(MAKE) --no-print-directory conformance-run; \
	else \
	    echo "conformance: SKIPPED: node and npm are not installed"; \
	fi

conformance-run: $(CONFORMANCE_OUT)/judge $(CONFORMANCE_OUT)/installed
	@cp tests/conformance/*.mjs $(CONFORMANCE_OUT)
	@cd $(CONFORMANCE_OUT) && for word in ok mismatch; do \
	    printf '#!/bin/sh\nexec sed "s/.*/%s/"\n' $$word > blind; \
	    chmod +x blind; \
	    if timeout 60 node run.mjs ./blind 40 > blind.log 2>&1 \
	        || ! grep -q WRONG blind.log || grep -q ': ok' blind.log; \
	    then cat blind.log; \
	        echo "conformance: a judge that only says $$word passes"; \
	        exit 1; fi; done
	@cd $(CONFORMANCE_OUT) && timeout 170 node run.mjs ./judge \
	    $(CONFORMANCE_CASES) $(CONFORMANCE_SEED)
