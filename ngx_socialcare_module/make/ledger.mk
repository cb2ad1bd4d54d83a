# ledger.mk: is every acknowledged event in the queue, once?
#
#     make ledger LEDGER_SECONDS=60 LEDGER_SEED=1
#
# See tests/ledger/ledger.pl; t/ledger.t is a short run of the same.

LEDGER_SECONDS ?= 60
LEDGER_SEED    ?= 1

LEDGER_OUT   := $(BUILD)/ledger
LEDGER_TOOLS := $(LEDGER_OUT)/platform $(LEDGER_OUT)/desk

$(LEDGER_OUT)/platform: tests/ledger/platform.c $(SC_MAKE)/ledger.mk
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CC) $(SC_WARNINGS) -O2 -g -o $@ $< -lcrypto

$(LEDGER_OUT)/desk: tests/ledger/desk.c $(SC_MAKE)/ledger.mk
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CC) $(SC_WARNINGS) -O2 -g -o $@ $< -lhiredis

.PHONY: ledger ledger-tools

ledger-tools: $(LEDGER_TOOLS)

ledger: module spool-tools ledger-tools ## nothing lost or doubled under faults
	@TEST_NGINX_MODULE=$(abspath $(MODULE)) TEST_NGINX_BINARY=$(NGINX) \
	    LEDGER_TOOLS=$(LEDGER_OUT) LEDGER_SECONDS=$(LEDGER_SECONDS) \
	    LEDGER_SEED=$(LEDGER_SEED) perl tests/ledger/ledger.pl

integration: ledger-tools
