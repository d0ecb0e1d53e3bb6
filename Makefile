# columnar - columnar tables for PostgreSQL
#
#   make                    builds columnar.so      make install   installs it
#   make check              every test; one kind: check-unit, check-fuzz,
#                           check-regress, check-isolation, check-tap
#                           [TESTS="name ..."]
#   make check-long DURATION=600                    what takes longer
#   make check-postgres     PostgreSQL's own suites, compared with heap
#                           [MODE=plain|stripes] [SUITE=regress|isolation]
#   make check-versions     builds and checks on other versions of PostgreSQL,
#                           in trees of Debian [VERSIONS="17 18"] [GOAL=..]
#   make lint               layers, sizes, formatting, headers, shell
#   make demo [DATA=file.csv[.zst]]                 a tour in one minute
#   make bench SUITE=flights [PART=load] [QUERY=..] [SCALE=..] [DATA=..]
#
# Variables: PG_CONFIG (the server to build for), COL_WERROR=1 (all warnings,
# as errors), COL_DEBUG=1 (asserts, -O1), ACCEPT=1 (check-regress,
# check-isolation, check-postgres: take the results as the expected output), KEEP=1 (keep the
# tests' work directory).  See docs/testing.md.

PG_CONFIG ?= $(firstword $(wildcard $(patsubst \
	%,/usr/lib/postgresql/%/bin/pg_config,15 17 18)) pg_config)

SCRIPT_GOALS := check check-unit check-fuzz check-regress check-isolation \
	check-tap check-long check-postgres check-versions lint demo bench

ifneq ($(filter $(SCRIPT_GOALS),$(MAKECMDGOALS)),)

# ---- goals that install what is missing, then build and run by script ----

export PG_CONFIG COL_WERROR COL_DEBUG TESTS ACCEPT KEEP DURATION DATA SUITE
export QUERY SCALE SIMD_LEVEL MODE PG_SOURCE VERSIONS_DIR GOAL

.PHONY: $(SCRIPT_GOALS) all install clean

check:
	+@test/check.sh

check-unit check-fuzz check-regress check-isolation check-tap \
check-long: check-%:
	+@test/run.sh $*

check-postgres:
	+@test/postgres/run.sh

check-versions:
	+@test/versions/run.sh $(VERSIONS)

lint:
	+@test/lint/all.sh

demo:
	+@test/demo/demo.sh

bench:
	+@bench/bench.sh

# beside one of the above: a make of its own
all install clean:
	+@$(MAKE) --no-print-directory MAKECMDGOALS= $@

else

# ---- the module, by PGXS ----

EXTENSION = columnar
MODULE_big = columnar
DATA = $(sort $(wildcard sql/columnar--*.sql))

# every .c file below src/ and simd/ is part of the module
SOURCES := $(sort $(shell find src simd -name '*.c'))
OBJS = $(SOURCES:.c=.o)

# warnings that PostgreSQL sets and C11 code has no use for are off
PG_CFLAGS = -std=gnu11 -ffp-contract=off -Wno-declaration-after-statement \
	-MMD -MP
SHLIB_LINK = -lzstd -llz4 -Wl,--version-script=columnar.map
EXTRA_CLEAN = build $(SOURCES:.c=.d)

# no LLVM bitcode: it cannot carry the kernels' instruction sets
override with_llvm := no

PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifeq ($(wildcard $(PGXS)),)
$(error No PostgreSQL server headers (pg_config: $(PG_CONFIG)). Run \
test/lib/packages.sh, or give PG_CONFIG=/path/to/pg_config)
endif
include $(PGXS)

# the layers that know nothing of PostgreSQL
PURE_OBJS := $(filter simd/% src/base/% src/text/% src/vector/% \
	src/encoding/%,$(OBJS))
BORDER_OBJS := $(filter-out $(PURE_OBJS),$(OBJS))

ifdef COL_DEBUG
override CFLAGS += -O1 -DCOL_ASSERT -DUSE_ASSERT_CHECKING=1
else
$(filter simd/% src/expr/% src/group/% src/agg/%,$(OBJS)): override CFLAGS += -O3
endif

include simd/flags.mk
$(foreach level,$(simd_levels),$(eval \
	$(filter simd/$(level)/%,$(OBJS)): override CFLAGS += $(simd_flags_$(level))))

ifdef COL_WERROR
# PostgreSQL's headers and callback signatures trip some of -Wextra
override CFLAGS += -Wall -Wextra -Werror
override CPPFLAGS += -isystem $(includedir_server)
$(BORDER_OBJS): override CFLAGS += -Wno-unused-parameter -Wno-sign-compare \
	-Wno-missing-field-initializers -Wno-clobbered -Wno-cast-function-type
endif

# objects are made again when the server or the flags change
FLAGS_NOW := $(PG_CONFIG) $(CC) $(CPPFLAGS) $(CFLAGS)
FLAGS_OF_BUILD := $(if $(wildcard build/flags),$(shell cat build/flags))
ifneq ($(strip $(FLAGS_NOW)),$(strip $(FLAGS_OF_BUILD)))
.PHONY: build/flags
endif
build/flags:
	@mkdir -p build
	@printf '%s\n' '$(strip $(FLAGS_NOW))' >$@

$(OBJS): build/flags
$(filter simd/%,$(OBJS)): simd/flags.mk
columnar.so: columnar.map

-include $(wildcard $(SOURCES:.c=.d))

endif
