# model.mk: the core's status as a program, for the reference model.
#
# See tests/model/status.c; t/model.t runs it.

MODEL_STATUS := $(SC_OUT)/model/status

$(MODEL_STATUS): tests/model/status.c $(SC_LIBRARY) $(SC_MAKE)/model.mk
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(SC_COMPILE) -o $@ $< $(SC_LIBRARY) $(SC_LIBS) -lm

.PHONY: model-tools

model-tools: $(MODEL_STATUS)

integration: model-tools
