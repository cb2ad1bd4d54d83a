# demo.mk: the article's day sent through a real nginx and checked against what
# is known of it, then the page to look at.
#
#     make demo                 runs until Ctrl-C
#     make demo DEMO_ONCE=1     only the comparison
#
# See tests/demo/demo.pl; t/demo.t runs the same.

DEMO_ONCE  ?=
DEMO_SEED  ?= 1
DEMO_SCALE ?= 1

.PHONY: demo

demo: ## 17 channels, a normal day and a spike: numbers checked, page shown
	@test -n '$(SC_NO_BOOTSTRAP)' || sh $(SC_TOOLS)/bootstrap.sh run
	@$(MAKE) --no-print-directory module
	@TEST_NGINX_MODULE=$(abspath $(MODULE)) TEST_NGINX_BINARY=$(NGINX) \
	    DEMO_ONCE=$(DEMO_ONCE) DEMO_SEED=$(DEMO_SEED) \
	    DEMO_SCALE=$(DEMO_SCALE) perl tests/demo/demo.pl
