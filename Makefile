# The commands of the README; everything else is meson's. `make V=1` shows more.
BUILD ?= build
MESON_ARGS ?=
CORPUS ?=
CORPUS_ARGS ?=

.PHONY: all build deps demo test lint asan bench interop corpus agreement fuzz clean
all: build

deps:            ## installs what debian/control lists, when something is missing
	@tools/deps

$(BUILD)/build.ninja: | deps
	@meson setup $(BUILD) $(MESON_ARGS) >/dev/null

build: $(BUILD)/build.ninja
	@meson compile -C $(BUILD) $(if $(V),-v,)

demo: build      ## signs a real letter with a virtual token and has it verified
	@tools/demo $(BUILD)

test: build      ## unit, component and end-to-end tests
	@meson test -C $(BUILD) --no-rebuild --print-errorlogs --suite unit --suite component --suite e2e

interop: build   ## other people's programs judge what Pena makes
	@tools/interop $(BUILD)

asan: deps       ## the tests again under AddressSanitizer and UBSan
	@tools/asan

lint: build      ## style, layers, texts, man pages
	@tools/lint

bench: build     ## figures beside the peers that are installed
	@tools/bench $(BUILD)

corpus: build    ## signs every PDF below CORPUS and prints what became of it
	@tools/corpus $(BUILD) "$(CORPUS)" $(CORPUS_ARGS)

agreement: build ## has Pena, EU DSS and pyHanko judge every signature below CORPUS
	@tools/agreement $(BUILD) "$(CORPUS)" $(CORPUS_ARGS)

fuzz: deps       ## hostile inputs made by libFuzzer (clang), FUZZ_SECONDS (60) a target
	@tools/fuzz

clean:
	@rm -rf build build-*
