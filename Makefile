# make demo    build, then play the demo in a temporary directory
# make test    build and run the tests, check the format
# make bench   build, then measure against git
# make fuzz    play random histories against git, for example: make fuzz SEEDS='5000..<9000'
# make scenarios   play the scenarios of attribution and print the table
SWIFT ?= swift
BINARY = .build/release/opentraces
# For make bench, for example: make bench DATA=/srv/sample
DATA =
# For make fuzz: seeds, or one seed, whose history is then told.
SEEDS = 10000..<20000

.PHONY: all demo test bench fuzz scenarios build lint deps

all: build

demo: build
	@sh fixtures/demo/run.sh $(BINARY)

test: deps
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --parallel
	$(MAKE) lint

bench: build
	$(SWIFT) build --package-path Benchmarks -c release --static-swift-stdlib
	Benchmarks/.build/release/opentraces-bench $(BINARY) $(if $(DATA),--data $(DATA)) $(if $(QUESTIONS),--questions $(QUESTIONS))

fuzz: deps
	$(SWIFT) build --build-tests
	OPENTRACES_FUZZ_SEEDS='$(SEEDS)' $(SWIFT) test --skip-build --parallel --filter HistoryFuzzTests

scenarios: deps
	$(SWIFT) build --build-tests
	@rm -f .build/scenarios.tsv
	OPENTRACES_SCENARIO_TABLE=$(CURDIR)/.build/scenarios.tsv $(SWIFT) test --skip-build --parallel --filter ScenarioTests; \
	  code=$$?; sort -n .build/scenarios.tsv | awk -f fixtures/scenarios/table.awk; exit $$code

build: deps
	$(SWIFT) build -c release --static-swift-stdlib --disable-local-rpath --product opentraces

lint:
	$(SWIFT) format lint --strict -r Sources Tests Benchmarks Package.swift

deps:
	@SWIFT='$(SWIFT)' sh .ci/deps
