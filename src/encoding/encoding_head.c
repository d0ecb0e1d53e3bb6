/*
 * encoding_head.c - the checks of a chunk's header and directories.
 *
 * After col_head_check_directories every offset and length of the head lies
 * within the chunk, sections and vectors follow one another without overlap,
 * counts add up, and each vector's bytes fit its encoding and width; what is
 * left to check are the bytes of the sections themselves (invariant E3).
 */
#include "src/encoding/encoding_reader.h"

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
	if (header->codec > COL_CODEC_ZSTD ||
		header->dictionary_codec > COL_CODEC_ZSTD)
		return head_corrupt(error, "codec of a column chunk", header->codec,
							header->dictionary_codec);
	if (header->root == 0 || header->root >= CHUNK_ENCODINGS ||
		(is_lane && header->root == CHUNK_ENCODING_DICTIONARY) ||
		(!is_lane && (header->root == CHUNK_ENCODING_FOR ||
					  header->root == CHUNK_ENCODING_RLE)))
		return head_corrupt(error, "encoding of a column chunk", header->root,
							header->phys);
	if (header->multiplier == 0 || header->n_nulls > header->n_rows ||
		(header->n_nulls == header->n_rows &&
		 header->root != CHUNK_ENCODING_CONSTANT))
		return head_corrupt(error, "counts of a column chunk", header->n_nulls,
							header->n_rows);
	if (header->zero0 != 0 || header->zero1 != 0 || header->zero2 != 0 ||
		header->zero3 != 0)
		return head_corrupt(error, "padding of a column chunk", 1, 0);
	return COL_OK;
}

static ColStatus
head_check_dictionary(const ChunkHeader *header, ColError *error)
{
	uint64_t raw_bytes = header->dictionary_raw_bytes;
	uint64_t packed_bytes =
		(uint64_t) header->n_dictionary * header->value_bytes;
	bool is_constant = header->root == CHUNK_ENCODING_CONSTANT &&
					   header->n_nulls < header->n_rows;
	bool good;

	if (!is_constant && header->root != CHUNK_ENCODING_DICTIONARY)
		good = header->n_dictionary == 0 && header->dictionary_bytes == 0 &&
			   raw_bytes == 0 && header->dictionary_codec == COL_CODEC_NONE;
	else
	{
		if (is_constant)
			good = header->n_dictionary == 1;
		else
			good = header->n_dictionary > 0 &&
				   header->n_dictionary <= COL_DICTIONARY_ENTRIES_MAX &&
				   raw_bytes <= COL_DICTIONARY_HEAP_BYTES;
		if (header->phys == COL_PHYS_IMAGE)
			good = good && raw_bytes >= header->n_dictionary;
		else
			good = good && raw_bytes == packed_bytes;
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
		header->vectors_bytes != n_vectors * sizeof(ChunkVector))
		return head_corrupt(error, "vector directory is misplaced",
							header->vectors_offset_bytes, at);
	at += header->vectors_bytes;
	if (header->blocks_offset_bytes != at ||
		header->blocks_bytes != header->n_blocks * sizeof(ChunkBlock))
		return head_corrupt(error, "block directory is misplaced",
							header->blocks_offset_bytes, at);
	at += header->blocks_bytes;
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

void
col_head_shape(const ChunkHeader *header, ColLaneShape *shape)
{
	bool is_code = header->root == CHUNK_ENCODING_DICTIONARY;

	shape->lane_bytes = is_code ? sizeof(uint32_t) : header->value_bytes;
	shape->base_in_payload = !is_code && col_order_is_float(header->order);
	shape->whole_bytes = false;
	shape->multiplier = header->multiplier;
}

/* Do encoding, width and bytes of an entry fit the chunk and each other? */
static bool
head_vector_fits(const ChunkHeader *header, const ColLaneShape *shape,
				 const ChunkVector *entry, uint32_t n_rows)
{
	uint32_t n_nulls = entry->nulls & CHUNK_VECTOR_NULLS;
	uint16_t flags = CHUNK_VECTOR_HAS_RANGE | CHUNK_VECTOR_HAS_NAN;

	if (n_nulls > n_rows || (entry->nulls & ~(CHUNK_VECTOR_NULLS | flags)) != 0)
		return false;
	if (header->root == CHUNK_ENCODING_CONSTANT || n_nulls == n_rows)
		return entry->encoding == CHUNK_ENCODING_CONSTANT &&
			   entry->width == 0 && entry->bytes == 0;
	if (header->phys == COL_PHYS_LANE ||
		header->root == CHUNK_ENCODING_DICTIONARY)
		return entry->encoding < CHUNK_ENCODINGS &&
			   col_encodings[entry->encoding].lanes_check != NULL &&
			   col_encodings[entry->encoding].lanes_check(entry, shape, n_rows);
	if (entry->encoding != CHUNK_ENCODING_RAW || entry->width != 0)
		return false;
	if (header->phys == COL_PHYS_FIXED)
		return entry->bytes == (uint64_t) n_rows * header->value_bytes;
	return entry->bytes >= n_rows - n_nulls;
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

	for (v = first; v < end; v++)
	{
		const ChunkVector *entry = &head->vectors[v];
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

	if (header->phys != COL_PHYS_IMAGE ||
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
	ColLaneShape shape;
	ColStatus status;
	uint32_t v;

	col_head_shape(header, &shape);
	for (v = 0; v < header->n_vectors; v++)
	{
		uint32_t n_rows = col_vector_rows(header->n_rows, v);

		if (!head_vector_fits(header, &shape, &head->vectors[v], n_rows))
			return head_corrupt(error, "entry of the vector directory", v,
								head->vectors[v].encoding);
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
						   const SimdKernels *kernels, ChunkHead *head,
						   ColError *error)
{
	const ChunkHeader *header = &head->header;
	uint32_t crc = kernels->crc32c(0, bytes, offsetof(ChunkHeader, head_crc));
	ChunkVector *vectors;
	ChunkBlock *blocks;

	crc = kernels->crc32c(crc, bytes + sizeof(ChunkHeader),
						  head->bytes - sizeof(ChunkHeader));
	if (crc != header->head_crc)
		return head_corrupt(error, "checksum of the head does not match", crc,
							header->head_crc);
	vectors = col_arena_alloc(arena, header->vectors_bytes);
	blocks = col_arena_alloc(arena, header->blocks_bytes);
	if (vectors == NULL || blocks == NULL)
		return col_error(error, COL_NO_MEMORY,
						 "out of memory for reading a column chunk", 0, 0);
	memcpy(vectors, bytes + header->vectors_offset_bytes,
		   header->vectors_bytes);
	memcpy(blocks, bytes + header->blocks_offset_bytes, header->blocks_bytes);
	head->vectors = header->n_vectors > 0 ? vectors : NULL;
	head->blocks = header->n_blocks > 0 ? blocks : NULL;
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
