# nginx.mk: the nginx module and everything that needs a server.
#
# The module is built the way Debian builds its own: against the headers and
# the ./configure of the package nginx-dev, so that the packaged nginx loads
# it.  All of it happens in $(BUILD); nothing is written to /usr.

.DEFAULT_GOAL := all

NGINX     ?= /usr/sbin/nginx
NGINX_DEV ?= /usr/share/nginx/src
JOBS      ?= 2

# Two test files at a time: half of their time is waiting.
PROVE     ?= prove -j2

# SC_SANITIZE=1 builds the module, and only the module, with ASan and UBSan;
# the runtime is then preloaded into the stock nginx (t/lib does that).  In
# nginx an empty string is often { 0, NULL } and is copied with memcpy(): only
# that is not reported here.  The core's unit tests do report it.  nodelete:
# nginx unloads modules when it exits, and a leak found after that could not be
# attributed to the module.

ifneq ($(SC_SANITIZE),)
MODULE_DIR   := $(BUILD)/asan
NGINX_CC_OPT := -g -O1 -fPIC -fno-omit-frame-pointer \
    -fsanitize=address,undefined -fno-sanitize-recover=undefined \
    -fno-sanitize=nonnull-attribute
NGINX_LD_OPT := -fsanitize=address,undefined -Wl,-z,nodelete
else
# Link-time optimisation by gcc: 7 to 9 % fewer instructions per mention
# (callgrind), for ten seconds per link.  clang would need its own linker for
# that.
ifeq ($(shell $(CC) -dM -E -x c /dev/null 2>/dev/null | grep __clang__),)
NGINX_LTO    := -flto=$(JOBS)
endif

MODULE_DIR   := $(BUILD)
NGINX_CC_OPT := -g -O2 $(NGINX_LTO) -fPIC -fstack-protector-strong -Wformat \
    -Werror=format-security -D_FORTIFY_SOURCE=2
NGINX_LD_OPT := -O2 $(NGINX_LTO) -Wl,-z,relro -Wl,-z,now
endif

MODULE_SRC := $(MODULE_DIR)/nginx-src
MODULE     := $(MODULE_DIR)/ngx_socialcare_module.so

# The module's sources and build flags.  Both are recorded in files, so that a
# change is noticed: other flags start from scratch; if a source is added or
# removed, nginx's ./configure runs again and existing objects are kept.

MODULE_FILES := $(sort $(wildcard ngx_socialcare_module/*/*.c \
    ngx_socialcare_module/queue/scripts/*.lua \
    $(addprefix ngx_socialcare_module/status/*.,html css js)))
MODULE_FLAGS := $(CURDIR) $(CC) $(NGINX_DEV) $(NGINX_CC_OPT) $(NGINX_LD_OPT)

.PHONY: all module module-objects integration check-builds run install \
    uninstall bootstrap asan-module asan-integration
.PHONY: FORCE

all: module

module: $(MODULE) ## the dynamic module for the packaged nginx (default)

$(MODULE_DIR)/nginx-src.flags: FORCE
	@mkdir -p $(@D)
	@echo '$(MODULE_FLAGS)' > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(MODULE_DIR)/nginx-src.list: FORCE
	@mkdir -p $(@D)
	@echo '$(MODULE_FILES)' > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

FORCE:

$(NGINX_DEV)/conf_flags:
	@echo "nginx's headers are missing: install the package nginx-dev" \
	    "(make bootstrap does)" >&2
	@exit 1

$(MODULE_SRC)/.copied: $(MODULE_DIR)/nginx-src.flags config config.make \
    $(NGINX_DEV)/conf_flags
	@rm -rf $(MODULE_SRC)
	@cp -Rp $(NGINX_DEV) $(MODULE_SRC)
	@touch $@

# ./configure tries about a hundred small programs, and runs some of them: a
# leak in such a program is of no interest.  Every object depends on
# ngx_auto_config.h; if its content is unchanged, it keeps its timestamp.

$(MODULE_SRC)/objs/Makefile: $(MODULE_SRC)/.copied \
    $(MODULE_DIR)/nginx-src.list
	@echo "nginx: ./configure --add-dynamic-module"
	@rm -f $@
	@cd $(MODULE_SRC) && { test ! -f objs/ngx_auto_config.h \
	    || mv objs/ngx_auto_config.h objs/ngx_auto_config.old; }
	@cd $(MODULE_SRC) && CONF_CC='$(CC)' CONF_CC_OPT='$(NGINX_CC_OPT)' \
	    CONF_LD_OPT='$(NGINX_LD_OPT)' CONF_ADDON='$(CURDIR)' \
	    ASAN_OPTIONS=detect_leaks=0 SC_DEPFILES=1 \
	    bash -c '. ./conf_flags && ./configure "$${NGX_CONF_FLAGS[@]}" \
	        --with-cc="$$CONF_CC" --with-cc-opt="$$CONF_CC_OPT" \
	        --with-ld-opt="$$CONF_LD_OPT" \
	        --add-dynamic-module="$$CONF_ADDON"' > configure.log 2>&1 \
	    || { tail -n 8 configure.log >&2; rm -f objs/Makefile; exit 1; }
	@cd $(MODULE_SRC)/objs && { \
	    ! cmp -s ngx_auto_config.old ngx_auto_config.h \
	    || mv ngx_auto_config.old ngx_auto_config.h; }

# Only the Makefile that nginx generated knows what is out of date.

module-objects: $(MODULE_SRC)/objs/Makefile
	@$(MAKE) --no-print-directory -s -j$(JOBS) -C $(MODULE_SRC) \
	    -f objs/Makefile modules

$(MODULE): module-objects
	@cmp -s $(MODULE_SRC)/objs/$(@F) $@ || { \
	    cp $(MODULE_SRC)/objs/$(@F) $@.new && mv $@.new $@ && echo "$@"; }

bootstrap: ## install what is missing on a Debian machine
	@sh $(SC_TOOLS)/bootstrap.sh run test

# `make test` alone must be enough on a fresh machine.  SC_NO_BOOTSTRAP=1: test
# with what is installed.
test: $(if $(SC_NO_BOOTSTRAP),,bootstrap)


# Installs what a Debian package of a module would.

MODULES_DIR   ?= /usr/lib/nginx/modules
AVAILABLE_DIR ?= /usr/share/nginx/modules-available
DOC_DIR       ?= /usr/share/doc/ngx-socialcare-module

install: module ## install the module and the sample configurations (DESTDIR)
	install -d $(DESTDIR)$(MODULES_DIR) $(DESTDIR)$(AVAILABLE_DIR) \
	    $(DESTDIR)$(DOC_DIR)/conf
	install -m 644 $(MODULE) $(DESTDIR)$(MODULES_DIR)/
	echo 'load_module modules/ngx_socialcare_module.so;' \
	    > $(DESTDIR)$(AVAILABLE_DIR)/mod-socialcare.conf
	cp -R conf/. $(DESTDIR)$(DOC_DIR)/conf/
	@echo "enable it: ln -s $(AVAILABLE_DIR)/mod-socialcare.conf" \
	    "/etc/nginx/modules-enabled/50-mod-socialcare.conf"

uninstall: ## remove what install installed
	rm -f $(DESTDIR)$(MODULES_DIR)/ngx_socialcare_module.so \
	    $(DESTDIR)$(AVAILABLE_DIR)/mod-socialcare.conf
	rm -rf $(DESTDIR)$(DOC_DIR)


# Tests that need the module in a server.

SC_TEST_HOOKS += integration
SC_ASAN_HOOKS += integration

TESTS ?= t

integration: module ## the module in a real nginx (TESTS=t/build.t picks)
	@TEST_NGINX_MODULE=$(abspath $(MODULE)) TEST_NGINX_BINARY=$(NGINX) \
	    TEST_NGINX_SANITIZE=$(SC_SANITIZE) CC='$(CC)' \
	    $(PROVE) -r -It/lib $(TESTS)

asan-module: ## the module with ASan and UBSan: build/asan/
	@$(MAKE) --no-print-directory SC_SANITIZE=1 module

asan-integration: ## integration tests on the module with ASan and UBSan
	@$(MAKE) --no-print-directory SC_SANITIZE=1 integration

check-builds: ## build through nginx's plain ./configure, dynamic and static
	@CC='$(CC)' CLANG='$(CLANG)' sh $(SC_TOOLS)/check-builds.sh $(abspath $(BUILD))/check-builds

run: ## install what is missing, build, and run a private demonstration
	@exec sh $(SC_TOOLS)/run.sh
