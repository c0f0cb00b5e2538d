# make demo    build, then play the demo in a temporary directory
# make test    build and run the tests, check the format
# make bench   build, then measure against git
SWIFT ?= swift
BINARY = .build/release/opentraces
# For make bench, for example: make bench DATA=/srv/sample
DATA =

.PHONY: all demo test bench build lint deps

all: build

demo: build
	@sh fixtures/demo/run.sh $(BINARY)

test: deps
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --parallel
	$(MAKE) lint

bench: build
	$(SWIFT) build --package-path Benchmarks -c release --static-swift-stdlib
	Benchmarks/.build/release/opentraces-bench $(BINARY) $(if $(DATA),--data $(DATA))

build: deps
	$(SWIFT) build -c release --static-swift-stdlib --disable-local-rpath --product opentraces

lint:
	$(SWIFT) format lint --strict -r Sources Tests Benchmarks Package.swift

deps:
	@SWIFT='$(SWIFT)' sh .ci/deps
