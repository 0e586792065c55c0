# marvelgen. `make help` lists the targets.
#
# On a fresh Debian 12 machine with Go, gcc and make, `make demo` and `make test`
# install the other tools with apt first (as root, or through sudo).

SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
BIN  := bin/marvelgen

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

.PHONY: build
build: ## build bin/marvelgen
	go build -o $(BIN) ./cmd/marvelgen

.PHONY: deps
deps: build ## install missing tools with apt
	@missing="$$($(BIN) doctor --packages)"; if [ -n "$$missing" ]; then \
	  $(SUDO) apt-get update -q && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -q -y --no-install-recommends $$missing; fi

.PHONY: demo
demo: deps ## build, verify and measure the five MARVEL designs
	$(BIN) build specs/marvel.hcl

.PHONY: test
test: deps lint ## everything CI checks
	go test -timeout 30m ./...
	$(BIN) build specs/marvel.hcl

.PHONY: lint
lint: build ## formatting, vet, staticcheck, specs
	@unformatted="$$(gofmt -l $$(git ls-files '*.go'))"; if [ -n "$$unformatted" ]; then echo "gofmt: $$unformatted"; exit 1; fi
	go vet ./...
	go tool staticcheck ./...
	$(BIN) fmt --check specs/*.hcl specs/isa/*.hcl
	$(BIN) validate specs/*.hcl

# The source of CoreMark is not part of this repository; COREMARK names a folder
# that holds its core_*.c files and coremark.h.
COREMARK_FLAGS := -O "-O3 -funroll-loops -fgcse-sm -finline-limit=500"
.PHONY: coremark
coremark: deps ## run CoreMark on the RTL: make coremark COREMARK=DIR
	@[ -f "$(COREMARK)/core_main.c" ] || { echo "usage: make coremark COREMARK=DIR, the folder with core_main.c"; exit 2; }
	$(BIN) run $(foreach f,core_main core_list_join core_matrix core_state core_util,$(COREMARK)/$(f).c) rtl/testdata/coremark/core_portme.c \
	  -I $(COREMARK) -I rtl/testdata/coremark --compiler gcc $(COREMARK_FLAGS) --on rtl

.PHONY: clean
clean: ## remove everything that was built
	rm -rf bin build
