# Every target sets up what it needs: Go, Node, Python 3 and make are enough.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

MACHINE := $(shell uname -m | sed s/aarch64/arm64/)
FUNCTIONS := $(notdir $(patsubst %/lambda/main.go,%,$(wildcard functions/*/lambda/main.go)))
# One set of flags for what is shipped and what is tested, so that each package is
# compiled once; without paths, so that the same commit gives the same bytes.
export GOFLAGS := -buildvcs=false -trimpath
export CGO_ENABLED := 0

# The whole hash of the commit: tags and abbreviations differ between clones.
VERSION = $(shell scripts/version)

.PHONY: help
help: ## Show what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: bin/rekey $(foreach f,$(FUNCTIONS),dist/arm64/$(f)/bootstrap dist/x86_64/$(f)/bootstrap) dist/arm64/layer.zip dist/x86_64/layer.zip ## Build bin/rekey, every function's bootstrap, and the Lambda layer, for arm64 and x86_64

.PHONY: FORCE
FORCE: # go build decides what is out of date

bin/rekey: FORCE
	go build -ldflags "-s -w -buildid= -X main.version=$(VERSION)" -o $@ ./cmd/rekey

# Reproducible: the same commit gives the same bytes on every machine.
dist/arm64/%/bootstrap: FORCE
	GOOS=linux GOARCH=arm64 go build -tags lambda.norpc -ldflags '-s -w -buildid=' -o $@ ./functions/$*/lambda
dist/x86_64/%/bootstrap: FORCE
	GOOS=linux GOARCH=amd64 go build -tags lambda.norpc -ldflags '-s -w -buildid=' -o $@ ./functions/$*/lambda

# The Go Cryptographic Module that is certified (lib/fips140/certified.txt of Go),
# by its version, since that file changes with Go.
FIPS_MODULE := v1.0.0-c2097c7c
.PHONY: fips
fips: $(foreach a,arm64 x86_64,$(foreach f,$(FUNCTIONS),dist/fips/$(a)/$(f)/bootstrap) dist/fips/$(a)/layer.zip) ## Build the functions and the layer in FIPS 140-3 mode, to dist/fips
dist/fips/%: export GOFIPS140 = $(FIPS_MODULE)
dist/fips/arm64/%/bootstrap: FORCE
	GOOS=linux GOARCH=arm64 go build -tags lambda.norpc -ldflags '-s -w -buildid=' -o $@ ./functions/$*/lambda
dist/fips/x86_64/%/bootstrap: FORCE
	GOOS=linux GOARCH=amd64 go build -tags lambda.norpc -ldflags '-s -w -buildid=' -o $@ ./functions/$*/lambda

dist/arm64/rekey dist/x86_64/rekey dist/fips/arm64/rekey dist/fips/x86_64/rekey: FORCE
	GOOS=linux GOARCH=$(if $(findstring arm64,$@),arm64,amd64) go build -tags nolab -ldflags "-s -w -buildid= -X main.version=$(VERSION)" -o $@ ./cmd/rekey

dist/%/layer.zip: dist/%/rekey functions/decrypt/layer/rekey-exec scripts/layer
	scripts/layer $@ dist/$*/rekey functions/decrypt/layer/rekey-exec

.cache/infra: FORCE
	go build -o $@ ./infra

.PHONY: synth
synth: build .cache/infra $(foreach f,$(FUNCTIONS),dist/fips/$(MACHINE)/$(f)/bootstrap) dist/fips/$(MACHINE)/layer.zip ## Write the CloudFormation templates, for both architectures, to dist/cdk
	scripts/synth arm64
	scripts/synth x86_64 arch=x86_64
	scripts/synth complete arch=$(MACHINE) nag=true infra/testdata/complete.json
	scripts/synth environments arch=$(MACHINE) nag=true infra/testdata/environments.json

.PHONY: sam-test
sam-test: synth ## Run the functions under AWS SAM CLI, from the templates, on the lab (x86_64; with CI set, arm64 too)
	scripts/sam-test

.PHONY: demo
demo: bin/rekey dist/$(MACHINE)/decrypt/bootstrap ## Tell one story of the suite on the lab (no AWS account)
	bin/rekey demo

.PHONY: test
test: build synth lint ## Run every test
	scripts/template-check
	go test -vet=off ./... # vetted by lint
	scripts/counts
	cd shared/envelope/crosstest && go test -vet=off ./... # what vet learns of the official SDK takes it a minute
	scripts/sdk-test

.PHONY: clean
clean: ## Remove what the other targets made
	rm -rf bin dist .cache cdk.out

.PHONY: lint
lint: ## Check formatting, vet and staticcheck
	scripts/lint

.PHONY: bench
bench: dist/$(MACHINE)/decrypt/bootstrap ## Measure the envelope, the lab, cold starts and rekey exec
	scripts/bench
