/*
 * encoding_head.c - the checks of a chunk's header and directories.
 *
 * After col_head_check_directories every offset and length of the head lies
 * within the chunk, sections and vectors follow one another without overlap,
 * counts add up, and each vector's bytes fit its encoding and width; what is
 * left to check are the bytes of the sections themselves (invariant E3).
 */
#include "src/encoding/encoding_reader.h"

#include "src/encoding/decimal.h"

#include "src/base/assert.h"
#include "src/base/bytes.h"

static ColStatus
head_corrupt(ColError *error, const char *what, uint64_t found,
			 uint64_t expected)
{
	return col_error(error, COL_CORRUPT, what, found, expected);
}

/* Is the chunk what the caller expects, and of a version that is known? */
static ColStatus
head_check_identity(const ChunkHeader *header, const ChunkExpected *expected,
					ColError *error)
{
	if (header->magic != CHUNK_MAGIC)
		return head_corrupt(error, "not a column chunk", header->magic,
							CHUNK_MAGIC);
	if (header->version != CHUNK_VERSION)
		return col_error(
			error,
			header->version > CHUNK_VERSION ? COL_UNSUPPORTED_VERSION
											: COL_CORRUPT,
			"format version of a column chunk", header->version, CHUNK_VERSION);
	if (header->chunk_bytes != expected->chunk_bytes)
		return head_corrupt(error, "length of a column chunk",
							header->chunk_bytes, expected->chunk_bytes);
	if (header->n_rows != expected->n_rows)
		return head_corrupt(error, "rows of a column chunk", header->n_rows,
							expected->n_rows);
	if (header->phys != expected->phys)
		return head_corrupt(error, "physical class of a column chunk",
							header->phys, expected->phys);
	if (header->value_bytes != expected->value_bytes)
		return head_corrupt(error, "value length of a column chunk",
							header->value_bytes, expected->value_bytes);
	return COL_OK;
}

/* Streams that a root with these flags has; 0: it may not have them. */
static uint32_t
head_n_streams(const ChunkHeader *header)
{
	uint8_t flags = header->flags & (uint8_t) ~CHUNK_FLAG_DELTAS;

	switch (header->root)
	{
		case CHUNK_ENCODING_NUMERIC:
			if ((flags & ~(CHUNK_FLAG_HIGH | CHUNK_FLAG_SCALES)) != 0)
				return 0;
			return 1 + ((flags & CHUNK_FLAG_HIGH) != 0) +
				   ((flags & CHUNK_FLAG_SCALES) != 0);
		case CHUNK_ENCODING_ALP:
			/* with or without exceptions */
			return (flags & ~CHUNK_FLAG_BINARY) == 0 && header->n_streams == 2
					   ? 2
					   : (flags & ~CHUNK_FLAG_BINARY) == 0;
		case CHUNK_ENCODING_ALP_RD:
			return flags == 0 ? 2 : 0;
		case CHUNK_ENCODING_SPLIT:
			return flags == 0 ? 3 : 0;
		case CHUNK_ENCODING_DICTIONARY:
			if ((flags & ~(CHUNK_FLAG_FRONT | CHUNK_FLAG_OTHERS)) != 0 ||
				(flags != 0 && header->phys == COL_PHYS_FIXED) ||
				((flags & CHUNK_FLAG_OTHERS) != 0 &&
				 header->phys != COL_PHYS_IMAGE))
				return 0;
			return (flags & CHUNK_FLAG_OTHERS) != 0 ? 2 : 1;
		case CHUNK_ENCODING_FSST:
			return flags == 0 ? 2 : 0;
		case CHUNK_ENCODING_RAW:
			return flags == 0 || (flags == CHUNK_FLAG_PREFIX &&
								  header->phys == COL_PHYS_IMAGE &&
								  header->codec == COL_CODEC_ZSTD);
		default:
			return flags == 0;
	}
}

/* Do root, its parameters and streams fit the class of the values? */
static bool
head_root_fits(const ChunkHeader *header)
{
	bool is_lane = header->phys == COL_PHYS_LANE;
	bool is_float = is_lane && col_order_is_float((ColOrder) header->order);
	bool has_planes = header->planes > 0;
	bool is_binary = (header->flags & CHUNK_FLAG_BINARY) != 0;
	int parameter = 0;
	uint32_t right_bits = 0;
	bool good;

	switch (header->root)
	{
		case CHUNK_ENCODING_CONSTANT:
		case CHUNK_ENCODING_DICTIONARY:
		case CHUNK_ENCODING_RAW:
			good = true;
			break;
		case CHUNK_ENCODING_FOR:
		case CHUNK_ENCODING_RLE:
		case CHUNK_ENCODING_SEQUENCE:
		case CHUNK_ENCODING_DELTA:
		case CHUNK_ENCODING_BITMAP:
			good = is_lane;
			break;
		case CHUNK_ENCODING_PLANES:
			good = is_lane && has_planes;
			break;
		case CHUNK_ENCODING_NUMERIC:
			parameter = header->parameter;
			good = header->phys == COL_PHYS_IMAGE && parameter >= 0 &&
				   parameter <= COL_DECIMAL_SCALE_MAX;
			break;
		case CHUNK_ENCODING_ALP:
			parameter = header->parameter;
			good = is_float && col_alp_parameter_good(header->value_bytes,
													  is_binary, parameter);
			break;
		case CHUNK_ENCODING_ALP_RD:
			right_bits = header->right_bits;
			good = is_float && right_bits > 0 &&
				   right_bits < header->value_bytes * 8U &&
				   header->value_bytes * 8U - right_bits <= 16;
			break;
		case CHUNK_ENCODING_FSST:
			good = header->phys == COL_PHYS_IMAGE;
			break;
		case CHUNK_ENCODING_SPLIT:
			parameter = header->parameter;
			good = header->phys == COL_PHYS_FIXED &&
				   header->value_bytes == 16 &&
				   (parameter == CHUNK_SPLIT_UUID ||
					parameter == CHUNK_SPLIT_INTERVAL);
			break;
		default:
			good = false;
	}
	if (has_planes &&
		(header->n_streams != 1 || header->planes > 8 ||
		 header->codec == COL_CODEC_NONE || header->codec == COL_CODEC_STORED ||
		 header->root == CHUNK_ENCODING_CONSTANT ||
		 (header->root == CHUNK_ENCODING_RAW && !is_lane) ||
		 header->root == CHUNK_ENCODING_SPLIT))
		good = false;
	if ((header->flags & CHUNK_FLAG_DELTAS) != 0 &&
		(!has_planes || header->root == CHUNK_ENCODING_DICTIONARY))
		good = false;
	return good && header->n_streams > 0 &&
		   head_n_streams(header) == header->n_streams &&
		   header->parameter == parameter && header->right_bits == right_bits;
}

/* Fields that have few values. */
static ColStatus
head_check_fields(const ChunkHeader *header, ColError *error)
{
	bool is_lane = header->phys == COL_PHYS_LANE;
	bool good_order = false;

	if (header->order == COL_ORDER_NONE)
		good_order = true;
	else if (header->order == COL_ORDER_BYTES)
		good_order = !is_lane;
	else if (header->order == COL_ORDER_NUMERIC)
		good_order = header->phys == COL_PHYS_IMAGE;
	else if (header->order == COL_ORDER_FLOAT4)
		good_order = is_lane && header->value_bytes == 4;
	else if (header->order == COL_ORDER_FLOAT8)
		good_order = is_lane && header->value_bytes == 8;
	else if (header->order <= COL_ORDER_UNSIGNED)
		good_order = is_lane;
	if (!good_order)
		return head_corrupt(error, "order of a column chunk", header->order,
							header->phys);
	if (header->codec > COL_CODEC_STORED ||
		header->dictionary_codec > COL_CODEC_ZSTD)
		return head_corrupt(error, "codec of a column chunk", header->codec,
							header->dictionary_codec);
	if (!head_root_fits(header))
		return head_corrupt(error, "encoding of a column chunk", header->root,
							header->phys);
	if (header->multiplier == 0 || header->n_nulls > header->n_rows ||
		(header->n_nulls == header->n_rows &&
		 header->root != CHUNK_ENCODING_CONSTANT))
		return head_corrupt(error, "counts of a column chunk", header->n_nulls,
							header->n_rows);
	if (header->zero0 != 0 || header->zero1 != 0 || header->zero2 != 0 ||
		(header->planes == 0 && header->base != 0))
		return head_corrupt(error, "padding of a column chunk", 1, 0);
	return COL_OK;
}

/* What the dictionary section holds. */
typedef struct SectionRules
{
	uint32_t least; /* entries */
	uint32_t most;
	uint32_t value_bytes; /* of an entry; 0: images */
} SectionRules;

static SectionRules
head_section_rules(const ChunkHeader *header)
{
	SectionRules rules = {0, 0, 0};

	if (header->flags & CHUNK_FLAG_DELTAS)
	{
		rules.least = rules.most = col_n_vectors(header->n_rows);
		rules.value_bytes = sizeof(uint64_t);
		return rules;
	}
	rules.value_bytes = header->value_bytes;
	if (header->flags & CHUNK_FLAG_PREFIX)
	{
		rules.least = rules.most = 1;
		return rules;
	}
	switch (header->root)
	{
		case CHUNK_ENCODING_CONSTANT:
			rules.least = rules.most = header->n_nulls < header->n_rows;
			break;
		case CHUNK_ENCODING_DICTIONARY:
			rules.least = 1;
			rules.most = COL_DICTIONARY_ENTRIES_MAX;
			break;
		case CHUNK_ENCODING_NUMERIC:
			if (header->flags & CHUNK_FLAG_SCALES)
				rules.most = COL_DICTIONARY_ENTRIES_MAX;
			break;
		case CHUNK_ENCODING_ALP_RD:
			rules.least = 1;
			rules.most = 8;
			break;
		case CHUNK_ENCODING_FSST:
			rules.least = rules.most = 1;
			break;
		default:
			break;
	}
	return rules;
}

static ColStatus
head_check_dictionary(const ChunkHeader *header, ColError *error)
{
	SectionRules rules = head_section_rules(header);
	uint64_t raw_bytes = header->dictionary_raw_bytes;
	bool good = header->n_dictionary >= rules.least &&
				header->n_dictionary <= rules.most;

	if (header->n_dictionary == 0)
		good = good && header->dictionary_bytes == 0 && raw_bytes == 0 &&
			   header->dictionary_codec == COL_CODEC_NONE;
	else
	{
		if (header->root != CHUNK_ENCODING_CONSTANT)
			good = good && raw_bytes <= COL_DICTIONARY_HEAP_BYTES;
		if (header->flags & CHUNK_FLAG_FRONT)
			good = good && raw_bytes > 0;
		else if (rules.value_bytes == 0)
			good = good && raw_bytes >= header->n_dictionary;
		else
			good = good && raw_bytes == (uint64_t) header->n_dictionary *
											rules.value_bytes;
		if (header->dictionary_codec == COL_CODEC_NONE)
			good = good && header->dictionary_bytes == raw_bytes;
		else
			good = good &&
				   col_block_plausible((ColBlockCodec) header->dictionary_codec,
									   header->dictionary_bytes, raw_bytes);
	}
	if (!good)
		return head_corrupt(error, "dictionary of a column chunk",
							header->n_dictionary, raw_bytes);
	return COL_OK;
}

/* Are the directories, raw_bytes of them, stored as it says? */
static bool
head_directories_fit(const ChunkHeader *header, uint64_t raw_bytes)
{
	if (header->directories_codec == COL_CODEC_NONE)
		return header->directories_bytes == 0;
	return header->directories_codec <= COL_CODEC_ZSTD &&
		   header->directories_bytes < raw_bytes &&
		   col_block_plausible((ColBlockCodec) header->directories_codec,
							   header->directories_bytes, raw_bytes);
}

/* Sections lie one behind the other, without gaps but alignment. */
static ColStatus
head_check_sections(const ChunkHeader *header, ColError *error)
{
	uint64_t at = sizeof(ChunkHeader);
	bool some_nulls = header->n_nulls > 0 && header->n_nulls < header->n_rows;
	uint32_t n_vectors = col_n_vectors(header->n_rows);

	if (header->root == CHUNK_ENCODING_CONSTANT && !some_nulls)
		n_vectors = 0;
	if (header->n_vectors != n_vectors || header->n_blocks > header->n_rows ||
		(header->n_blocks > 0) != (header->codec != COL_CODEC_NONE))
		return head_corrupt(error, "directories of a column chunk",
							header->n_vectors, header->n_blocks);
	if (header->vectors_offset_bytes != at ||
		header->vectors_bytes !=
			(uint64_t) n_vectors * header->n_streams * sizeof(ChunkVector))
		return head_corrupt(error, "vector directory is misplaced",
							header->vectors_offset_bytes, at);
	at += header->vectors_bytes;
	if (header->blocks_offset_bytes != at ||
		header->blocks_bytes != header->n_blocks * sizeof(ChunkBlock))
		return head_corrupt(error, "block directory is misplaced",
							header->blocks_offset_bytes, at);
	at += header->blocks_bytes;
	if (!head_directories_fit(header, at - sizeof(ChunkHeader)))
		return head_corrupt(error, "length of the directories",
							header->directories_bytes, at);
	if (header->directories_bytes > 0)
		at = sizeof(ChunkHeader) +
			 col_align_up(header->directories_bytes, CHUNK_ALIGN_BYTES);
	if (header->validity_offset_bytes != at ||
		header->validity_bytes > n_vectors * CHUNK_BITMAP_BYTES)
		return head_corrupt(error, "validity is misplaced",
							header->validity_offset_bytes, at);
	at += header->validity_bytes;
	if (header->dictionary_offset_bytes != at)
		return head_corrupt(error, "dictionary is misplaced",
							header->dictionary_offset_bytes, at);
	at = col_align_up(at + header->dictionary_bytes, CHUNK_ALIGN_BYTES);
	if (header->payload_offset_bytes != at || at > header->chunk_bytes ||
		header->payload_bytes != header->chunk_bytes - at)
		return head_corrupt(error, "payload is misplaced",
							header->payload_offset_bytes, at);
	return COL_OK;
}

ColStatus
col_head_check_header(const uint8_t *bytes, uint64_t n_bytes,
					  const ChunkExpected *expected, ChunkHead *head,
					  ColError *error)
{
	ChunkHeader *header = &head->header;
	ColStatus status;

	if (n_bytes < sizeof(ChunkHeader))
		return head_corrupt(error, "column chunk is too short", n_bytes,
							sizeof(ChunkHeader));
	memcpy(header, bytes, sizeof(ChunkHeader));
	status = head_check_identity(header, expected, error);
	if (status == COL_OK)
		status = head_check_fields(header, error);
	if (status == COL_OK)
		status = head_check_dictionary(header, error);
	if (status == COL_OK)
		status = head_check_sections(header, error);
	if (status == COL_OK)
	{
		head->bytes = header->validity_offset_bytes;
		col_assert(head->bytes <= expected->chunk_bytes); /* E3 */
	}
	return status;
}

ColStreamKind
col_head_stream(const ChunkHeader *header, uint32_t s, ColLaneShape *shape)
{
	bool has_high = (header->flags & CHUNK_FLAG_HIGH) != 0;

	memset(shape, 0, sizeof(*shape));
	shape->lane_bytes = header->value_bytes;
	shape->multiplier = s == 0 ? header->multiplier : 1;
	switch (header->root)
	{
		case CHUNK_ENCODING_DICTIONARY:
			shape->lane_bytes = sizeof(uint32_t);
			shape->base_in_payload = header->phys == COL_PHYS_LANE;
			return s == 0 ? COL_STREAM_LANES : COL_STREAM_IMAGES;
		case CHUNK_ENCODING_NUMERIC:
			shape->lane_bytes = s == 0 || (s == 1 && has_high)
									? sizeof(uint64_t)
									: sizeof(uint16_t);
			return COL_STREAM_LANES;
		case CHUNK_ENCODING_ALP:
			shape->base_in_payload = s == 0;
			return s == 0 ? COL_STREAM_LANES : COL_STREAM_PATCHES;
		case CHUNK_ENCODING_ALP_RD:
			shape->base_in_payload = s == 0;
			if (s > 0)
				shape->lane_bytes = sizeof(uint32_t);
			return COL_STREAM_LANES;
		case CHUNK_ENCODING_FSST:
			shape->lane_bytes = sizeof(uint32_t);
			return s == 0 ? COL_STREAM_LANES : COL_STREAM_BYTES;
		case CHUNK_ENCODING_SPLIT:
			shape->lane_bytes =
				(uint16_t) col_split_lane_bytes(header->parameter, s);
			return COL_STREAM_LANES;
		default:
			shape->base_in_payload =
				col_order_is_float((ColOrder) header->order);
			return header->phys == COL_PHYS_LANE ? COL_STREAM_LANES
												 : COL_STREAM_IMAGES;
	}
}

/* Do encoding, width and bytes of an entry fit its stream and each other? */
static bool
head_vector_fits(const ChunkHead *head, uint32_t s, uint32_t v)
{
	const ChunkHeader *header = &head->header;
	const ChunkVector *entry = col_head_entry(head, s, v);
	uint32_t n_rows = col_vector_rows(header->n_rows, v);
	uint32_t n_nulls = entry->nulls & CHUNK_VECTOR_NULLS;
	uint16_t flags = CHUNK_VECTOR_HAS_RANGE | CHUNK_VECTOR_HAS_NAN;
	uint8_t id = entry->encoding & (uint8_t) ~CHUNK_VECTOR_PATCHED;
	ColLaneShape shape;
	ColStreamKind kind = col_head_stream(header, s, &shape);

	if (n_nulls > n_rows ||
		(entry->nulls & ~(CHUNK_VECTOR_NULLS | flags)) != 0 ||
		n_nulls != (head->vectors[v].nulls & CHUNK_VECTOR_NULLS))
		return false;
	if (header->root == CHUNK_ENCODING_CONSTANT || n_nulls == n_rows)
		return entry->encoding == CHUNK_ENCODING_CONSTANT &&
			   entry->width == 0 && entry->bytes == 0;
	if (header->planes > 0)
		return entry->encoding == CHUNK_ENCODING_PLANES &&
			   header->planes <= shape.lane_bytes &&
			   entry->width == header->planes * 8 &&
			   entry->bytes == n_rows * header->planes;
	switch (kind)
	{
		case COL_STREAM_LANES:
			if (col_entry_is_patched(entry) && id != CHUNK_ENCODING_FOR &&
				id != CHUNK_ENCODING_DELTA)
				return false;
			return id < CHUNK_ENCODINGS &&
				   col_encodings[id].lanes_check != NULL &&
				   col_encodings[id].lanes_check(entry, &shape, n_rows);
		case COL_STREAM_PATCHES:
			return entry->encoding == CHUNK_ENCODING_PATCHES &&
				   entry->width == 0 &&
				   col_alp_patches_check(entry->bytes, shape.lane_bytes,
										 n_rows);
		default:
			break;
	}
	if (entry->encoding != CHUNK_ENCODING_RAW || entry->width != 0)
		return false;
	/* a code stands for 8 bytes at most, an image has a header and padding */
	if (kind == COL_STREAM_BYTES)
		return entry->max >= (int64_t) n_rows - n_nulls &&
			   (uint64_t) entry->max <=
				   (uint64_t) entry->bytes * COL_FSST_SYMBOL_BYTES +
					   (uint64_t) n_rows * 2 * COL_IMAGE_ALIGN_BYTES;
	if (header->phys == COL_PHYS_FIXED)
		return entry->bytes == (uint64_t) n_rows * header->value_bytes;
	return header->root == CHUNK_ENCODING_DICTIONARY ||
		   entry->bytes >= n_rows - n_nulls;
}

/*
 * Vectors first .. end - 1 lie one behind the other from offset 0: *bytes is
 * where the last ends.
 */
static ColStatus
head_check_offsets(const ChunkHead *head, uint32_t first, uint32_t end,
				   uint64_t *bytes, ColError *error)
{
	uint64_t at = 0;
	uint32_t v;
	uint32_t s;

	for (v = first; v < end; v++)
		for (s = 0; s < head->header.n_streams; s++)
		{
			const ChunkVector *entry = col_head_entry(head, s, v);
			uint64_t start = 0;

			if (entry->bytes > 0)
				start = col_align_up(at, CHUNK_ALIGN_BYTES);
			if (entry->offset_bytes != start)
				return head_corrupt(error, "vector is misplaced",
									entry->offset_bytes, start);
			if (entry->bytes > 0)
				at = start + entry->bytes;
		}
	*bytes = at;
	return COL_OK;
}

/* Do vectors first .. end - 1 have no bytes? */
static bool
head_no_bytes(const ChunkHead *head, uint32_t first, uint32_t end)
{
	uint32_t v;

	for (v = first; v < end; v++)
		if (head->vectors[v].bytes > 0 || head->vectors[v].offset_bytes > 0)
			return false;
	return true;
}

/*
 * A block of rows first .. end - 1 that begins or ends within a vector of images: it
 * holds a piece of that one alone.  *pieces_bytes: of those before it, and then of it
 * too, or 0 when it is the last.
 */
static ColStatus
head_check_piece(const ChunkHead *head, uint32_t first, uint32_t end,
				 uint64_t raw_bytes, uint64_t *pieces_bytes, ColError *error)
{
	const ChunkHeader *header = &head->header;
	bool begins_inside = first % COL_VECTOR_ROWS != 0;
	uint32_t v = (begins_inside ? first : end - 1) / COL_VECTOR_ROWS;
	uint32_t vector_end =
		v * COL_VECTOR_ROWS + col_vector_rows(header->n_rows, v);
	const ChunkVector *entry = &head->vectors[v];

	if (header->phys != COL_PHYS_IMAGE || header->n_streams != 1 ||
		entry->encoding != CHUNK_ENCODING_RAW || entry->offset_bytes != 0 ||
		!head_no_bytes(head, col_n_vectors(first), v) ||
		(end > vector_end &&
		 !(end % COL_VECTOR_ROWS == 0 || end == header->n_rows)) ||
		!head_no_bytes(head, v + 1, col_n_vectors(end)))
		return head_corrupt(error, "block begins within a vector", first, end);
	*pieces_bytes += raw_bytes;
	if (end < vector_end)
		return COL_OK;
	if (*pieces_bytes != entry->bytes)
		return head_corrupt(error, "length of a vector in pieces",
							*pieces_bytes, entry->bytes);
	*pieces_bytes = 0;
	return COL_OK;
}

static ColStatus
head_check_blocks(const ChunkHead *head, ColError *error)
{
	const ChunkHeader *header = &head->header;
	uint64_t stored_bytes = 0;
	uint64_t pieces_bytes = 0;
	uint32_t b;

	for (b = 0; b < header->n_blocks; b++)
	{
		const ChunkBlock *block = &head->blocks[b];
		uint32_t first = block->first_row;
		uint32_t end =
			b + 1 < header->n_blocks ? block[1].first_row : header->n_rows;
		uint64_t raw_bytes = block->raw_bytes;
		ColStatus status;

		if ((b == 0 && first != 0) || end <= first || end > header->n_rows)
			return head_corrupt(error, "first row of a block", first, end);
		if (first % COL_VECTOR_ROWS != 0 ||
			(end % COL_VECTOR_ROWS != 0 && end != header->n_rows))
			status = head_check_piece(head, first, end, raw_bytes,
									  &pieces_bytes, error);
		else
			status = head_check_offsets(head, first / COL_VECTOR_ROWS,
										col_n_vectors(end), &raw_bytes, error);
		if (status != COL_OK)
			return status;
		if (block->raw_bytes != raw_bytes ||
			!col_block_plausible((ColBlockCodec) header->codec,
								 block->stored_bytes, block->raw_bytes))
			return head_corrupt(error, "length of a block", block->raw_bytes,
								raw_bytes);
		if (block->offset_bytes != stored_bytes)
			return head_corrupt(error, "block is misplaced",
								block->offset_bytes, stored_bytes);
		stored_bytes += block->stored_bytes;
	}
	if (stored_bytes != header->payload_bytes)
		return head_corrupt(error, "blocks do not fill the payload",
							stored_bytes, header->payload_bytes);
	return COL_OK;
}

static ColStatus
head_check_vectors(const ChunkHead *head, ColError *error)
{
	const ChunkHeader *header = &head->header;
	uint64_t n_nulls = 0;
	uint64_t validity_bytes = 0;
	uint64_t payload_bytes = 0;
	ColStatus status;
	uint32_t v;
	uint32_t s;

	for (v = 0; v < header->n_vectors; v++)
	{
		for (s = 0; s < header->n_streams; s++)
			if (!head_vector_fits(head, s, v))
				return head_corrupt(error, "entry of the vector directory", v,
									col_head_entry(head, s, v)->encoding);
		n_nulls += col_head_nulls(head, v);
		if (col_head_has_bitmap(head, v))
			validity_bytes += CHUNK_BITMAP_BYTES;
	}
	if (header->n_vectors > 0 && n_nulls != header->n_nulls)
		return head_corrupt(error, "null counts do not add up", n_nulls,
							header->n_nulls);
	if (validity_bytes != header->validity_bytes)
		return head_corrupt(error, "length of validity", header->validity_bytes,
							validity_bytes);
	if (header->codec != COL_CODEC_NONE)
		return head_check_blocks(head, error);
	status =
		head_check_offsets(head, 0, header->n_vectors, &payload_bytes, error);
	if (status == COL_OK && payload_bytes != header->payload_bytes)
		return head_corrupt(error, "vectors do not fill the payload",
							payload_bytes, header->payload_bytes);
	return status;
}

ColStatus
col_head_check_directories(const uint8_t *bytes, ColArena *arena,
						   ColCodecs *codecs, const SimdKernels *kernels,
						   ChunkHead *head, ColError *error)
{
	const ChunkHeader *header = &head->header;
	uint32_t crc = kernels->crc32c(0, bytes, offsetof(ChunkHeader, head_crc));
	const uint8_t *stored = bytes + sizeof(ChunkHeader);
	uint32_t raw_bytes = header->vectors_bytes + header->blocks_bytes;
	uint64_t padding = 0;
	uint8_t *raw;

	crc = kernels->crc32c(crc, stored, head->bytes - sizeof(ChunkHeader));
	if (crc != header->head_crc)
		return head_corrupt(error, "checksum of the head does not match", crc,
							header->head_crc);
	raw = col_arena_alloc(arena, raw_bytes);
	if (raw == NULL)
		return col_error(error, COL_NO_MEMORY,
						 "out of memory for reading a column chunk", 0, 0);
	if (header->directories_codec == COL_CODEC_NONE)
		memcpy(raw, stored, raw_bytes);
	else
	{
		ColStatus status = col_block_decompress(
			codecs, (ColBlockCodec) header->directories_codec, stored,
			header->directories_bytes, raw, raw_bytes, NULL, 0, error);

		if (status != COL_OK)
			return status;
		memcpy(&padding, stored + header->directories_bytes,
			   head->bytes - sizeof(ChunkHeader) - header->directories_bytes);
		if (padding != 0)
			return head_corrupt(error, "padding of the directories", padding,
								0);
	}
	if (header->n_vectors > 0)
		head->vectors = (const ChunkVector *) (const void *) raw;
	if (header->n_blocks > 0)
		head->blocks =
			(const ChunkBlock *) (const void *) (raw + header->vectors_bytes);
	return head_check_vectors(head, error);
}

ColPhys
col_chunk_phys(const uint8_t *chunk)
{
	return (ColPhys) chunk[offsetof(ChunkHeader, phys)];
}

uint32_t
col_head_block(const ChunkHead *head, uint32_t row)
{
	uint32_t low = 0;
	uint32_t high = head->header.n_blocks;

	col_assert(high > 0);
	while (high - low > 1)
	{
		uint32_t middle = low + (high - low) / 2;

		if (head->blocks[middle].first_row <= row)
			low = middle;
		else
			high = middle;
	}
	col_assert(head->blocks[low].first_row <= row);
	return low;
}
