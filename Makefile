# marvelgen. `make help` lists the targets.
#
# On a fresh Debian 12 machine with Go, gcc and make, `make demo` and `make test`
# install the other tools with apt first (as root, or through sudo).

SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
BIN  := bin/marvelgen

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

.PHONY: build
build: ## build bin/marvelgen
	go build -o $(BIN) ./cmd/marvelgen

.PHONY: deps
deps: build ## install missing tools with apt
	@missing="$$($(BIN) doctor --packages)"; if [ -n "$$missing" ]; then \
	  $(SUDO) apt-get update -q && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -q -y --no-install-recommends $$missing; fi

.PHONY: demo
demo: deps ## build, verify and measure the five MARVEL designs; recognise a digit on the RTL
	$(BIN) build specs/marvel.hcl
	$(BIN) run specs/networks/lenet5.tflite --input specs/networks/digit.pgm --on rtl

.PHONY: test
test: deps lint ## everything CI checks
	go test -timeout 60m ./...
	$(BIN) build specs/marvel.hcl --strict
	$(BIN) verify specs/marvel.hcl --random 500000 --qemu 100000
	$(BIN) verify specs/marvel.hcl --formal --design v4

.PHONY: verify
verify: deps ## prove all units and the cores of the five MARVEL designs
	$(BIN) verify specs/marvel.hcl --formal

.PHONY: mutate
mutate: deps ## damage v4 and the test extension; count what the judges find
	$(BIN) verify specs/marvel.hcl --design v4 --mutate
	$(BIN) verify verif/cosim/testdata/ldot.hcl --mutate

# Random programs start from another seed every day; a failure prints its own.
SEED := $(shell date +%Y%m%d)
.PHONY: nightly
nightly: deps verify mutate fuzz soak csmith ## the long sweeps: proofs, 20 M random instructions, QEMU, mutants, fuzzing, soak, random C
	$(BIN) verify specs/marvel.hcl --random 20000000 --qemu 5000000 --seed $(SEED)
	for s in ldot odd late wide; do $(BIN) verify verif/cosim/testdata/$$s.hcl --random 1000000 --seed $(SEED) || exit 1; done
	$(BIN) verify verif/cosim/testdata/ldot.hcl --formal

# Models of others, which are no part of the project; those that are not there are left out.
MODELS := ../shared/models
NETS    = specs/networks/lenet5.tflite $(wildcard $(MODELS)/tflite/*.tflite $(MODELS)/onnx/*.onnx $(MODELS)/kwt_tiny/*.json) zoo:kwt zoo:bert_tiny zoo:mobilenetv1 zoo:mobilenetv2 zoo:resnet50 zoo:densenet121 zoo:vgg16
.PHONY: bench-nets
bench-nets: deps ## run all networks whole on the simulator, into build/bench-nets.json
	$(BIN) bench $(NETS) --out build/bench-nets.json

# The networks that the CNN family is held to, the long ones first; specs/cnn.hcl says
# what its designs are.
CNN_NETS = zoo:vgg16 zoo:resnet50 zoo:densenet121 zoo:mobilenetv1 zoo:mobilenetv2 \
           $(addprefix $(MODELS)/tflite/,mobilenetv1_025_128.tflite ic_resnet8.tflite kws_dscnn.tflite) specs/networks/lenet5.tflite
.PHONY: bench-cnn
bench-cnn: deps ## speed-up and area of every design of specs/cnn.hcl, into build/bench-cnn.json and .html
	$(BIN) front specs/cnn.hcl $(CNN_NETS) --out build/bench-cnn.json
	$(BIN) report build/bench-cnn.json

# The networks of the MARVEL paper, small ones first.
CC_NETS = specs/networks/lenet5.tflite zoo:mobilenetv2 zoo:mobilenetv1 zoo:densenet121 zoo:resnet50 zoo:vgg16
CC_OPT ?= -O2
.PHONY: bench-cc
bench-cc: deps ## what `marvelgen cc` makes of plain loops compiled with CC_OPT where files may grow by CC_GROW hundredths (or any; else as by default), on MARVEL's designs and on those of specs/cc.hcl, into build/bench-cc*.json
	$(BIN) bench $(CC_NETS) --spec specs/cc.hcl --designs base,plain,packed,all --plain --cc --compiler gcc --opt $(CC_OPT) $(CC_GROW:%=--grow %) --out build/bench-cc-own.json
	$(BIN) bench $(CC_NETS) --spec specs/marvel.hcl --designs v0,v1,v2,v3,v4 --write-ports 3 --plain --cc --compiler gcc --opt $(CC_OPT) $(CC_GROW:%=--grow %) --out build/bench-cc.json

# Transformers: KWT-Tiny by its own weights where they are there, else by seeded ones.
KWT_NETS = $(firstword $(wildcard $(MODELS)/kwt_tiny/kwt_tiny.json) zoo:kwt) zoo:bert_tiny
.PHONY: bench-kwt
bench-kwt: deps ## KWT-Tiny in soft float, in integers and on every design of specs/transformer.hcl, into build/bench-kwt.json
	$(BIN) compare specs/transformer.hcl $(KWT_NETS) --out build/bench-kwt.json

.PHONY: bench-tables
bench-tables: deps ## area, errors and cycles of design paper with tables of six sizes, into build/bench-tables.json
	go run ./cmd/tables build/tables
	$(BIN) compare build/tables/tables.hcl $(firstword $(KWT_NETS)) --out build/bench-tables.json

.PHONY: bench-energy
bench-energy: deps ## energy of an inference on design wide and on the core alone, into build/energy.json
	$(BIN) energy specs/cnn.hcl $(CNN_NETS) --design wide --out build/energy.json

# Debian 12 has no nextpnr for the ECP5; Debian 13's runs from a folder of its own.
TRIXIE := build/trixie
.PHONY: pnr
pnr: build ## place and route design wide and the core alone on an ECP5, into build/pnr.json; wants root and mmdebstrap
	@if ! command -v nextpnr-ecp5 >/dev/null && [ ! -e $(TRIXIE)/usr/bin/nextpnr-ecp5 ] && command -v mmdebstrap >/dev/null; then \
	  $(SUDO) rm -rf $(TRIXIE).part && mkdir -p build && \
	  $(SUDO) mmdebstrap --variant=minbase --include=yosys,nextpnr-ecp5,fpga-trellis trixie $(TRIXIE).part && $(SUDO) mv $(TRIXIE).part $(TRIXIE); fi
	$(SUDO) $(BIN) pnr specs/cnn.hcl --design wide --root $(TRIXIE) --out build/pnr.json

FUZZTIME := 60s
.PHONY: fuzz
fuzz: deps ## fuzz every reader and decoder, FUZZTIME each
	@set -e; for f in $$(grep -lr '^func Fuzz' --include=*_test.go .); do \
	  for t in $$(sed -n 's/^func \(Fuzz[A-Za-z]*\)(.*/\1/p' $$f); do \
	    echo "$$(dirname $$f) $$t"; go test $$(dirname $$f) -run '^$$' -fuzz "^$$t\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s; done; done

.PHONY: soak
soak: deps ## stop 200 builds at random moments
	go test ./cmd/marvelgen -run TestSoak -soak 200 -timeout 2h -v

CSMITH := 2000
.PHONY: csmith
csmith: deps ## rewrite the assembly of CSMITH random C programs and compare what they print
	go test ./cmd/marvelgen -run 'TestCsmith$$' -csmith $(CSMITH) -csmith-seed $(SEED) -timeout 12h -v

.PHONY: lint
lint: build ## formatting, vet, staticcheck, specs
	@unformatted="$$(gofmt -l $$(git ls-files '*.go'))"; if [ -n "$$unformatted" ]; then echo "gofmt: $$unformatted"; exit 1; fi
	go vet ./...
	go tool staticcheck ./...
	$(BIN) fmt --check specs/*.hcl specs/isa/*.hcl
	$(BIN) validate specs/*.hcl

# The source of CoreMark is not part of this repository; COREMARK names a folder
# that holds its core_*.c files and coremark.h. The second -O undoes those of our
# flags that change the code: the result is that of gcc with the first -O alone.
ITERATIONS     := 50
COREMARK_FLAGS := -O3 -funroll-loops -fgcse-sm -finline-limit=500
COREMARK_PORT  := rtl/testdata/coremark
.PHONY: coremark
coremark: deps ## run CoreMark on the RTL: make coremark COREMARK=DIR
	@[ -f "$(COREMARK)/core_main.c" ] || { echo "usage: make coremark COREMARK=DIR, the folder with core_main.c"; exit 2; }
	@[ ! -e "$(COREMARK)/core_portme.h" ] || { echo "$(COREMARK)/core_portme.h would be taken for $(COREMARK_PORT)/core_portme.h: remove it"; exit 2; }
	$(BIN) run $(foreach f,core_list_join core_main core_matrix core_state core_util,"$(COREMARK)/$(f).c") $(COREMARK_PORT)/core_portme.c \
	  -I "$(COREMARK)" -I $(COREMARK_PORT) -D ITERATIONS=$(ITERATIONS) -D 'COMPILER_FLAGS="$(COREMARK_FLAGS)"' \
	  --compiler gcc -O "$(COREMARK_FLAGS)" -O "-fbuiltin -fno-function-sections -fno-data-sections" --on rtl

# MNIST names a folder with the four IDX files, gzipped; the images are not part of
# this repository. specs/networks/README.md says what comes of it.
.PHONY: lenet5
lenet5: ## train LeNet-5 and write specs/networks/lenet5.tflite: make lenet5 MNIST=DIR
	@[ -f "$(MNIST)/train-images-idx3-ubyte.gz" ] || { echo "usage: make lenet5 MNIST=DIR, the folder with train-images-idx3-ubyte.gz"; exit 2; }
	go run ./cmd/lenet5 -mnist "$(MNIST)"

.PHONY: clean
clean: ## remove everything that was built
	rm -rf bin build
