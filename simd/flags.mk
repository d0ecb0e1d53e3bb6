# Instruction sets of the levels: simd/LEVEL/*.c are compiled with the flags of
# simd_flags_LEVEL.  Included by the makefiles that compile simd/.

simd_levels := scalar sse2 avx2 avx512 avx512vbmi2 neon

ifneq ($(filter x86_64% amd64%,$(shell $(CC) -dumpmachine)),)
simd_flags_sse2 := -msse4.2 -mpopcnt
simd_flags_avx2 := -mavx2 -mbmi -mbmi2 -mpopcnt -mfma
simd_flags_avx512 := $(simd_flags_avx2) -mavx512f -mavx512bw -mavx512dq \
	-mavx512vl -mprefer-vector-width=512
simd_flags_avx512vbmi2 := $(simd_flags_avx512) -mavx512vbmi -mavx512vbmi2 \
	-mvpclmulqdq
endif
