# spool.mk: the program that inspects spools, and the libraries with which tests
# make disks fail, shift the wall clock and refuse memory.

SC_SPOOL_SOURCES := $(sort $(wildcard $(SC_TOOLS)/spool/*.c))
SC_SPOOL_OBJECTS := $(SC_SPOOL_SOURCES:$(SC_TOOLS)/spool/%.c=$(SC_OUT)/tools/%.o)

ifeq ($(SC_KIND),core)
SC_SPOOL_TOOL := $(BUILD)/socialcare-spool
else
SC_SPOOL_TOOL := $(SC_OUT)/socialcare-spool
endif

# Never sanitized: it is loaded into processes of all kinds.
SC_FAULT_SHIM  := $(BUILD)/fault_shim.so
SC_TIME_SHIM   := $(BUILD)/time_shim.so
SC_MEMORY_SHIM := $(BUILD)/memory_shim.so
SC_SHIMS       := $(SC_FAULT_SHIM) $(SC_TIME_SHIM) $(SC_MEMORY_SHIM)
SC_SHIM_FLAGS  := $(filter-out -Wmissing-prototypes,$(SC_WARNINGS)) \
                  -O1 -g -fPIC -shared

$(SC_OUT)/tools/%.o: $(SC_TOOLS)/spool/%.c $(SC_OUT)/stamp
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(SC_COMPILE) -I $(SC_TOOLS)/spool -MMD -MP -c -o $@ $<

$(SC_SPOOL_TOOL): $(SC_SPOOL_OBJECTS) $(SC_LIBRARY)
	@echo "  LD $@"
	@$(SC_LINK) -o $@ $(SC_SPOOL_OBJECTS) $(SC_LIBRARY) -ljansson

$(SC_FAULT_SHIM): tests/faults/fault_shim.c $(SC_MAKE)/spool.mk
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CC) $(SC_SHIM_FLAGS) -o $@ $< -ldl

$(SC_TIME_SHIM): tests/faults/time_shim.c $(SC_MAKE)/spool.mk
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CC) $(SC_SHIM_FLAGS) -o $@ $<

$(SC_MEMORY_SHIM): tests/faults/memory_shim.c $(SC_MAKE)/spool.mk
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CC) $(SC_SHIM_FLAGS) -o $@ $<

-include $(SC_SPOOL_OBJECTS:.o=.d)

.PHONY: spool-tools

spool-tools: $(SC_SPOOL_TOOL) $(SC_SHIMS) ## the program build/socialcare-spool

# t/spool_tool.t, t/fault_shim.t, t/trends.t, t/memory.t and others run them.
integration: spool-tools
