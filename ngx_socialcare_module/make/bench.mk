# bench.mk: what a callback costs.  See tests/bench/bench.pl.
#
#     make bench                     all of it: five minutes or so
#     make bench BENCH=store         one section: json store latency memory
#                                    growth spool
#     make bench BENCH_SECONDS=5 BENCH_ROUNDS=5

BENCH         ?=
BENCH_SECONDS ?= 2
BENCH_ROUNDS  ?= 3

BENCH_OUT  := $(BUILD)/bench
BENCH_SRC  := $(BUILD)/nginx-src
BENCH_TOOLS := $(BENCH_OUT)/load $(BENCH_OUT)/turns.so \
    $(BENCH_OUT)/bench_json $(BENCH_OUT)/bench_status \
    $(BENCH_OUT)/bench_topics \
    $(BENCH_OUT)/ngx_bench_floor_module.so

$(BENCH_OUT)/load: tests/bench/load.c $(SC_MAKE)/bench.mk
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CC) $(SC_WARNINGS) -O2 -g -o $@ $< -lcrypto

# yyjson is compared as well if it is installed: Debian 12 has no package.
BENCH_YYJSON = $(shell pkg-config --exists yyjson 2>/dev/null && \
    echo -DHAVE_YYJSON `pkg-config --cflags --libs yyjson`)

$(BENCH_OUT)/bench_json: tests/bench/bench_json.c $(SC_LIBRARY)
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CC) $(SC_WARNINGS) -O2 -g $(SC_INCLUDES) -o $@ $< $(SC_LIBRARY) \
	    -ljansson $(BENCH_YYJSON)

$(BENCH_OUT)/bench_status: tests/bench/bench_status.c $(SC_LIBRARY)
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CC) $(SC_WARNINGS) -O2 -g $(SC_INCLUDES) -o $@ $< $(SC_LIBRARY) -lm

$(BENCH_OUT)/bench_topics: tests/bench/bench_topics.c $(SC_LIBRARY)
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CC) $(SC_WARNINGS) -O2 -g $(SC_INCLUDES) -o $@ $< $(SC_LIBRARY) -lm

$(BENCH_OUT)/turns.so: tests/bench/turns.c $(SC_MAKE)/bench.mk
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CC) $(SC_WARNINGS) -O2 -g -fPIC -shared -o $@ $< -ldl

$(BENCH_OUT)/ngx_bench_floor_module.so: tests/bench/floor.c $(MODULE)
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CC) -O2 -g -fPIC -shared $(addprefix -I $(BENCH_SRC)/src/,core event \
	    event/modules os/unix http http/modules http/v2) \
	    -I $(BENCH_SRC)/objs -o $@ $<

BENCH_ENVIRONMENT = TEST_NGINX_MODULE=$(abspath $(MODULE)) \
    TEST_NGINX_BINARY=$(NGINX) BENCH_TOOLS=$(BENCH_OUT) \
    BENCH_SECONDS=$(BENCH_SECONDS) BENCH_ROUNDS=$(BENCH_ROUNDS)

.PHONY: bench bench-tools

bench-tools: $(BENCH_TOOLS)

# Installs wrk and the Lua peer; without them their rows are left out.
bench: bench-tools $(BUILD)/fault_shim.so ## cost of a callback, beside the floor and Lua (minutes)
	@test -n '$(SC_NO_BOOTSTRAP)' || sh $(SC_TOOLS)/bootstrap.sh run bench
ifneq ($(strip $(BENCH)),spool)
	@echo "## Status of 100 brands with 5 queues: rendering"; echo; echo '```'
	@$(BENCH_OUT)/bench_status; echo '```'; echo
	@echo "## Topics: CPU a mention, reading and counting"; echo; echo '```'
	@$(BENCH_OUT)/bench_topics; echo '```'; echo
	@$(BENCH_ENVIRONMENT) perl -It/lib tests/bench/bench.pl \
	    $(filter-out spool,$(BENCH))
endif
ifneq ($(filter spool,$(or $(strip $(BENCH)),spool)),)
	@$(BENCH_ENVIRONMENT) perl -It/lib tests/bench/spool.pl
endif
