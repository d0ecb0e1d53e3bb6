/*
 * simd_text_template.h - search for a needle in bytes, for one level.
 * Contract: simd.h.
 *
 * Vectors look for the first and the last byte of the needle at their distance,
 * and compare the rest where both are.
 */
static inline bool
SIMD_NAME(is_at)(const uint8_t *at, const uint8_t *needle, size_t needle_bytes)
{
	return memcmp(at, needle, needle_bytes) == 0;
}

/* The first of the places, counted from at, where the needle is; NULL: none. */
static inline const uint8_t *
SIMD_NAME(first_place)(uint64_t places, const uint8_t *at,
					   const uint8_t *needle, size_t needle_bytes)
{
	for (; places != 0; places &= places - 1)
	{
		const uint8_t *place = at + __builtin_ctzll(places);

		if (SIMD_NAME(is_at)(place, needle, needle_bytes))
			return place;
	}
	return NULL;
}

#if SIMD_BYTES == 64

#define FIND_STEP 64
#define FIND_MASK(at, first, last, distance)                            \
	(_mm512_mask_cmpeq_epi8_mask(                                       \
		_mm512_cmpeq_epi8_mask(_mm512_loadu_si512((const void *) (at)), \
							   (first)),                                \
		_mm512_loadu_si512((const void *) ((at) + (distance))), (last)))
#define FIND_MASK_OF(lanes, at, first, last, distance)                        \
	(_mm512_mask_cmpeq_epi8_mask(                                             \
		_mm512_mask_cmpeq_epi8_mask(                                          \
			(lanes), _mm512_maskz_loadu_epi8((lanes), (const void *) (at)),   \
			(first)),                                                         \
		_mm512_maskz_loadu_epi8((lanes), (const void *) ((at) + (distance))), \
		(last)))
#define FIND_VECTOR __m512i
#define FIND_SET _mm512_set1_epi8

#elif SIMD_BYTES == 32

#define FIND_STEP 32
#define FIND_MASK(at, first, last, distance)                             \
	((uint32_t) _mm256_movemask_epi8(_mm256_and_si256(                   \
		_mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i_u *) (at)),  \
						  (first)),                                      \
		_mm256_cmpeq_epi8(                                               \
			_mm256_loadu_si256((const __m256i_u *) ((at) + (distance))), \
			(last)))))
#define FIND_VECTOR __m256i
#define FIND_SET _mm256_set1_epi8

#elif SIMD_BYTES == 16 && defined(__x86_64__)

#define FIND_STEP 16
#define FIND_MASK(at, first, last, distance)                                \
	((uint32_t) _mm_movemask_epi8(_mm_and_si128(                            \
		_mm_cmpeq_epi8(_mm_loadu_si128((const __m128i_u *) (at)), (first)), \
		_mm_cmpeq_epi8(                                                     \
			_mm_loadu_si128((const __m128i_u *) ((at) + (distance))),       \
			(last)))))
#define FIND_VECTOR __m128i
#define FIND_SET _mm_set1_epi8

#endif

static size_t
SIMD_NAME(find)(const uint8_t *bytes, size_t n_bytes, size_t from,
				const uint8_t *needle, size_t needle_bytes)
{
	const uint8_t *at = bytes + from;
	const uint8_t *end; /* the last place where needle fits, and one more */

	if (needle_bytes == 0)
		return from;
	if (n_bytes - from < needle_bytes)
		return SIZE_MAX;
	end = bytes + n_bytes - needle_bytes + 1;
#ifdef FIND_STEP
	{
		FIND_VECTOR first = FIND_SET((char) needle[0]);
		FIND_VECTOR last = FIND_SET((char) needle[needle_bytes - 1]);

		while (end - at >= FIND_STEP)
		{
			uint64_t places = FIND_MASK(at, first, last, needle_bytes - 1);
			const uint8_t *place =
				SIMD_NAME(first_place)(places, at, needle, needle_bytes);

			if (place != NULL)
				return (size_t) (place - bytes);
			at += FIND_STEP;
			/* the last vector may look again at what another has seen */
			if (at < end && end - at < FIND_STEP)
				at = end - FIND_STEP;
		}
#ifdef FIND_MASK_OF
		if (at < end)
		{
			uint64_t places = FIND_MASK_OF(~(uint64_t) 0 >> (64 - (end - at)),
										   at, first, last, needle_bytes - 1);
			const uint8_t *place =
				SIMD_NAME(first_place)(places, at, needle, needle_bytes);

			if (place != NULL)
				return (size_t) (place - bytes);
			return SIZE_MAX;
		}
#endif
	}
#endif
	while (at < end)
	{
		at = memchr(at, needle[0], (size_t) (end - at));
		if (at == NULL)
			break;
		if (SIMD_NAME(is_at)(at, needle, needle_bytes))
			return (size_t) (at - bytes);
		at++;
	}
	return SIZE_MAX;
}
