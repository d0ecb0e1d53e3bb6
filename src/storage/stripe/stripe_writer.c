/*
 * stripe_writer.c - rows gathered for a stripe, and their way to its pages.
 *
 * Path: slot -> column writers -> col_chunk_encode -> page stream -> zones ->
 * directory entry FLUSHED.
 *
 * The stream is complete in memory before its first block is taken, so that a
 * stripe is one extent.
 */
#include "postgres.h"

#include "access/detoast.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "simd/simd.h"
#include "src/encoding/bloom.h"
#include "src/pg/border.h"
#include "src/pg/guc.h"
#include "src/pg/recycler.h"
#include "src/storage/stripe/directory_free.h"
#include "src/storage/stripe/stripe_writer.h"
#include "src/storage/stripe/verdicts.h"
#include "src/storage/stripe/zonemap.h"

/* Room for what a chunk has beside its values: head, validity, dictionary. */
#define COL_ENCODE_EXTRA_BYTES (64 * 1024)

/* What is kept from column to column: this part of columnar.write_memory. */
#define RECYCLED_PART 16

ColStripeWriter *
col_stripe_writer_create(Relation rel, MemoryContext parent)
{
	TupleDesc desc = RelationGetDescr(rel);
	MemoryContext context = AllocSetContextCreate(
		parent, "columnar stripe writer", ALLOCSET_DEFAULT_SIZES);
	ColStripeWriter *writer = MemoryContextAllocZero(
		context, offsetof(ColStripeWriter, columns) +
					 Max(desc->natts, 1) * sizeof(ColColumnWriter));
	MemoryContext old;

	writer->context = context;
	old = MemoryContextSwitchTo(context);
	col_table_options_get(rel, &writer->options);
	MemoryContextSwitchTo(old);
	writer->n_columns = desc->natts;
	writer->memory_bytes = offsetof(ColStripeWriter, columns) +
						   desc->natts * sizeof(ColColumnWriter);
	writer->row_limit = col_row_limit_create(rel, context);
	writer->images =
		MemoryContextAlloc(context, Max(desc->natts, 1) * sizeof(uint16));
	writer->encode = MemoryContextAllocZero(
		context, Max(desc->natts, 1) * sizeof(ColEncodeOptions));
	for (int i = 0; i < desc->natts; i++)
	{
		ColColumnWriter *column = &writer->columns[i];

		col_column_writer_init(column, TupleDescAttr(desc, i));
		if (column->is_stored)
			writer->encode[i] = col_table_options_encode(
				&writer->options, TupleDescAttr(desc, i));
		if (column->is_stored && column->phys == COL_PHYS_IMAGE)
			writer->images[writer->n_images++] = i;
	}
	return writer;
}

bool
col_stripe_writer_takes(ColStripeWriter *writer, TupleTableSlot *slot,
						Size limit_bytes, Size *row_bytes)
{
	*row_bytes = 0;
	slot_getallattrs(slot);
	for (uint32 i = 0; i < writer->n_images; i++)
	{
		uint16 column = writer->images[i];
		Datum value = slot->tts_values[column];
		struct varlena *image = (struct varlena *) DatumGetPointer(value);

		if (slot->tts_isnull[column] ||
			(VARATT_IS_SHORT(image) && !VARATT_IS_EXTERNAL(image)))
			continue;
		*row_bytes += VARATT_IS_4B_U(image) ? VARSIZE_4B(image)
											: toast_raw_datum_size(value);
	}
	if (writer->row_limit != NULL &&
		!col_row_limit_check(writer->row_limit, slot->tts_values,
							 slot->tts_isnull))
		return false;
	return *row_bytes <= limit_bytes;
}

uint32
col_stripe_writer_run_rows(const ColStripeWriter *writer)
{
	return COL_COLUMN_RUN_ROWS - writer->n_rows % COL_COLUMN_RUN_ROWS;
}

void
col_stripe_writer_append(ColStripeWriter *writer, TupleTableSlot **slots,
						 uint32 n_rows)
{
	Assert(n_rows <= col_stripe_writer_run_rows(writer));
	Assert(slots[n_rows - 1]->tts_nvalid == (int) writer->n_columns);
	for (uint32 i = 0; i < writer->n_columns; i++)
		writer->memory_bytes +=
			col_column_writer_append(&writer->columns[i], writer->context,
									 writer->n_rows, slots, i, n_rows);
	writer->n_rows += n_rows;
}

bool
col_stripe_writer_vector_full(const ColStripeWriter *writer, Size limit_bytes)
{
	for (uint32 i = 0; i < writer->n_columns; i++)
	{
		const ColColumnWriter *column = &writer->columns[i];

		if (column->heap_used_bytes - column->vector_start_bytes > limit_bytes)
			return true;
	}
	return false;
}

/* Bytes of the stream before its chunks. */
static Size
head_bytes(uint32 n_columns)
{
	return sizeof(ColStripeHeader) + n_columns * sizeof(ColChunkRef);
}

/*
 * Encodes one column into out, and its bloom filter if one is wanted; each is
 * padded to a multiple of 8.
 */
static void
encode_column(ColStripeWriter *writer, Relation rel, uint64 stripe, uint32 i,
			  const ColAllocator *scratch, ColBuffer *out, ColChunkRef *ref,
			  ColZone *zone)
{
	ColEncodeOptions *options = &writer->encode[i];
	Size value_bytes =
		col_column_writer_bytes(&writer->columns[i], writer->n_rows);
	ColColumn column;
	ColError error = {0};
	ColStatus status = COL_NO_MEMORY;
	Size padding;

	col_column_writer_column(&writer->columns[i], writer->n_rows, &column);
	options->verdict = col_verdict(rel, i);
	/* at once: growing would copy, and need both copies for a while */
	if (col_buffer_reserve(out, value_bytes + value_bytes / 16 +
									COL_ENCODE_EXTRA_BYTES))
		status = col_chunk_encode(&column, options, col_border_codecs(),
								  scratch, out, zone, &error);
	ref->n_bytes = out->used_bytes;
	padding = -ref->n_bytes & 7;
	if (status == COL_OK && padding > 0)
	{
		uint8 *room = col_buffer_reserve(out, padding);

		if (room == NULL)
			status = COL_NO_MEMORY;
		else
			memset(room, 0, padding);
		out->used_bytes += padding;
	}
	if (status == COL_OK && options->bloom != COL_BLOOM_NONE)
		status = col_bloom_build(&column, options->bloom, scratch, out,
								 &ref->bloom_bytes, &error);
	if (status != COL_OK)
		col_border_throw(
			rel, stripe,
			NameStr(TupleDescAttr(RelationGetDescr(rel), i)->attname),
			InvalidBlockNumber, status, &error);
	Assert(ref->bloom_bytes % 8 == 0);
	if (ref->bloom_bytes > 0)
		zone->flags |= COL_ZONE_HAS_BLOOM;
	writer->raw_bytes += value_bytes;
}

static void
announce_extent(Relation rel, BlockNumber first_block, uint32 n_blocks,
				void *context)
{
	col_directory_set_extent(rel, (ColStripe *) context, first_block, n_blocks);
}

/* Writes the stream into free blocks of the table, or behind its end. */
static void
write_stream(Relation rel, ColStripe *stripe, const ColStreamPiece *pieces,
			 int n_pieces)
{
	uint64 owner = stripe->entry.first_row;

	/* what an attempt that failed has left */
	if (stripe->entry.first_block != InvalidBlockNumber)
		col_directory_abandon(rel, stripe);
	if (col_directory_take(rel, stripe,
						   col_page_stream_blocks(stripe->entry.stream_bytes)))
		col_page_stream_overwrite(rel, owner, pieces, n_pieces,
								  stripe->entry.first_block);
	else
		col_page_stream_write(rel, owner, pieces, n_pieces, announce_extent,
							  stripe);
}

void
col_stripe_writer_encode(ColStripeWriter *writer, Relation rel, uint64 stripe,
						 ColEncodedStripe *encoded)
{
	uint32 n_columns = writer->n_columns;
	ColChunkRef *refs = palloc0(Max(n_columns, 1) * sizeof(ColChunkRef));
	ColZone *zones = palloc0(Max(n_columns, 1) * sizeof(ColZone));
	ColStreamPiece *pieces = palloc(Max(n_columns, 1) * sizeof(ColStreamPiece));
	const ColAllocator *allocator = col_border_allocator(CurrentMemoryContext);
	const ColAllocator *scratch =
		col_recycler_create(CurrentMemoryContext,
							(Size) col_write_memory_kb * 1024 / RECYCLED_PART);
	uint64 stream_bytes = head_bytes(n_columns);
	uint32 n_pieces = 0;

	Assert(writer->n_rows > 0);
	writer->raw_bytes = 0;
	for (uint32 i = 0; i < n_columns; i++)
	{
		ColBuffer chunk;

		CHECK_FOR_INTERRUPTS();
		if (!writer->columns[i].is_stored)
			continue;
		col_buffer_init(&chunk, allocator);
		refs[i].offset_bytes = stream_bytes;
		encode_column(writer, rel, stripe, i, scratch, &chunk, &refs[i],
					  &zones[i]);
		stream_bytes += chunk.used_bytes;
		pieces[n_pieces++] = (ColStreamPiece){chunk.data, chunk.used_bytes};
	}
	*encoded = (ColEncodedStripe){.n_rows = writer->n_rows,
								  .n_columns = n_columns,
								  .raw_bytes = writer->raw_bytes,
								  .refs = refs,
								  .zones = zones,
								  .n_pieces = n_pieces,
								  .pieces = pieces};
}

void
col_stripe_write(const ColEncodedStripe *encoded, Relation rel,
				 ColStripe *stripe)
{
	Size header_bytes = head_bytes(encoded->n_columns);
	ColStripeHeader *header = palloc0(header_bytes);
	ColStreamPiece *pieces =
		palloc((1 + encoded->n_pieces) * sizeof(ColStreamPiece));
	uint64 stream_bytes = header_bytes;

	Assert(stripe->entry.state == COL_STRIPE_RESERVED);
	Assert(stripe->entry.reserved_rows >= encoded->n_rows);
	for (uint32 i = 0; i < encoded->n_pieces; i++)
	{
		pieces[i + 1] = encoded->pieces[i];
		stream_bytes += encoded->pieces[i].n_bytes;
	}
	header->magic = COL_STRIPE_MAGIC;
	header->version = COL_FORMAT_VERSION;
	header->n_columns = encoded->n_columns;
	header->n_rows = encoded->n_rows;
	header->first_row = stripe->entry.first_row;
	header->stream_bytes = stream_bytes;
	memcpy(header + 1, encoded->refs, encoded->n_columns * sizeof(ColChunkRef));
	header->crc = simd_kernels()->crc32c(0, header, header_bytes);
	pieces[0] = (ColStreamPiece){(const uint8 *) header, header_bytes};

	stripe->entry.n_rows = encoded->n_rows;
	stripe->entry.n_columns = encoded->n_columns;
	stripe->entry.stream_bytes = stream_bytes;
	stripe->entry.raw_bytes = encoded->raw_bytes;
	write_stream(rel, stripe, pieces, 1 + encoded->n_pieces);
	col_zonemap_write(rel, stripe, encoded->zones, encoded->n_columns);
	col_directory_flushed(rel, stripe);
	pfree(pieces);
	pfree(header);
}

void
col_stripe_writer_flush(ColStripeWriter *writer, Relation rel,
						ColStripe *stripe)
{
	ColEncodedStripe encoded;
	MemoryContext context;
	MemoryContext old;

	/* what an attempt that failed has left */
	MemoryContextDeleteChildren(writer->context);
	context = AllocSetContextCreate(writer->context, "columnar stripe encoding",
									ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(context);
	col_stripe_writer_encode(writer, rel, stripe->entry.first_row, &encoded);
	col_stripe_write(&encoded, rel, stripe);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}

void
col_stripe_writer_free(ColStripeWriter *writer)
{
	MemoryContextDelete(writer->context);
}
