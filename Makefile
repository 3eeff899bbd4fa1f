# Every target is carried out by packaging/tasks.py, which sets up what is missing first.
# On Windows, without make: python packaging\tasks.py TARGET

PYTHON ?= python3
TARGETS := demo test test-core-without-qt test-qt test-keyring crash torture lint types bench screenshots lock clean

.PHONY: help $(TARGETS)

help:
	@echo "make demo   open the console on the sandbox brand (sets everything up)"
	@echo "make test   run every check and every test (sets everything up)"
	@echo "also: $(TARGETS)"

$(TARGETS):
	@$(PYTHON) packaging/tasks.py $@
