/*
 * arena.c - memory of the pure C layers: a bump allocator and a growing
 * buffer over the caller's two hooks.
 *
 * Invariants (README of src/encoding names them M1 to M3):
 *   M1 every allocation goes through a ColAllocator, and a failed one leaves
 *      the arena or buffer as it was
 *   M2 what is handed out starts at a multiple of COL_ALIGN_BYTES
 *   M3 COL_TAIL_BYTES behind what was reserved in a buffer can be read
 */
#include "src/base/arena.h"

#include <string.h>
#include "src/base/assert.h"
#include "src/base/bytes.h"
#include "src/base/limits.h"
#include "src/base/sanitize.h"

#define ARENA_FIRST_BYTES 8192
#define ARENA_BLOCK_BYTES_MAX (1024 * 1024)
#define BUFFER_FIRST_BYTES 1024

/* Above this a buffer grows by a quarter, below it doubles. */
#define BUFFER_DOUBLE_BYTES ((size_t) 16 * 1024 * 1024)

struct ColArenaBlock
{
	ColArenaBlock *next;   /* older */
	size_t capacity_bytes; /* of data, from the first aligned byte */
	size_t used_bytes;
	uint8_t *data; /* aligned to COL_ALIGN_BYTES */
};

static uint8_t *
align_pointer(void *pointer)
{
	return (uint8_t *) (uintptr_t) col_align_up((uintptr_t) pointer,
												COL_ALIGN_BYTES);
}

void
col_arena_init(ColArena *arena, const ColAllocator *allocator)
{
	arena->allocator = allocator;
	arena->blocks = NULL;
	arena->total_bytes = 0;
}

/* A new newest block with room for at least bytes; false: no memory. */
static bool
arena_add_block(ColArena *arena, size_t bytes)
{
	size_t capacity = ARENA_FIRST_BYTES;
	size_t total;
	ColArenaBlock *block;

	if (arena->blocks)
		capacity = arena->blocks->capacity_bytes * 2;
	if (capacity > ARENA_BLOCK_BYTES_MAX)
		capacity = ARENA_BLOCK_BYTES_MAX;
	if (capacity < bytes)
		capacity = bytes;
	total = sizeof(ColArenaBlock) + COL_ALIGN_BYTES + capacity + COL_TAIL_BYTES;
	if (total < bytes)
		return false;
	block = arena->allocator->allocate(arena->allocator->context, total);
	if (block == NULL)
		return false;
	block->next = arena->blocks;
	block->capacity_bytes = capacity;
	block->used_bytes = 0;
	block->data = align_pointer(block + 1);
	col_sanitize_hide(block->data, capacity);
	arena->blocks = block;
	arena->total_bytes += total;
	return true;
}

void *
col_arena_alloc(ColArena *arena, size_t bytes)
{
	size_t rounded =
		col_align_up(bytes, COL_ALIGN_BYTES) + COL_SANITIZE_GAP_BYTES;
	ColArenaBlock *block = arena->blocks;
	uint8_t *result;

	if (rounded < bytes)
		return NULL;
	if (block == NULL || block->capacity_bytes - block->used_bytes < rounded)
	{
		if (!arena_add_block(arena, rounded))
			return NULL;
		block = arena->blocks;
	}
	result = block->data + block->used_bytes;
	block->used_bytes += rounded;
	col_sanitize_show(result, bytes);
	col_assert(((uintptr_t) result & (COL_ALIGN_BYTES - 1)) == 0); /* M2 */
	return result;
}

void *
col_arena_zalloc(ColArena *arena, size_t bytes)
{
	void *result = col_arena_alloc(arena, bytes);

	if (result)
		memset(result, 0, bytes);
	return result;
}

static size_t
arena_block_total(const ColArenaBlock *block)
{
	return sizeof(ColArenaBlock) + COL_ALIGN_BYTES + block->capacity_bytes +
		   COL_TAIL_BYTES;
}

static void
arena_release_block(const ColArena *arena, ColArenaBlock *block)
{
	col_sanitize_show(block->data, block->capacity_bytes);
	arena->allocator->release(arena->allocator->context, block);
}

void
col_arena_reset(ColArena *arena)
{
	ColArenaBlock *largest = arena->blocks;
	ColArenaBlock *block;

	for (block = arena->blocks; block; block = block->next)
		if (block->capacity_bytes > largest->capacity_bytes)
			largest = block;
	for (block = arena->blocks; block;)
	{
		ColArenaBlock *next = block->next;

		if (block != largest)
			arena_release_block(arena, block);
		block = next;
	}
	arena->blocks = largest;
	arena->total_bytes = 0;
	if (largest)
	{
		largest->next = NULL;
		largest->used_bytes = 0;
		col_sanitize_hide(largest->data, largest->capacity_bytes);
		arena->total_bytes = arena_block_total(largest);
	}
}

void
col_arena_free(ColArena *arena)
{
	ColArenaBlock *block = arena->blocks;

	while (block)
	{
		ColArenaBlock *next = block->next;

		arena_release_block(arena, block);
		block = next;
	}
	arena->blocks = NULL;
	arena->total_bytes = 0;
}

void
col_buffer_init(ColBuffer *buffer, const ColAllocator *allocator)
{
	buffer->allocator = allocator;
	buffer->allocation = NULL;
	buffer->data = NULL;
	buffer->used_bytes = 0;
	buffer->capacity_bytes = 0;
}

static size_t
buffer_grown_bytes(size_t capacity_bytes, size_t needed_bytes)
{
	size_t grown = capacity_bytes;

	if (grown < BUFFER_FIRST_BYTES)
		grown = BUFFER_FIRST_BYTES;
	else if (grown < BUFFER_DOUBLE_BYTES)
		grown *= 2;
	else
		grown += grown / 4;
	return grown < needed_bytes ? needed_bytes : grown;
}

/* n_bytes of the buffer and COL_TAIL_BYTES are there, no more. */
static void
buffer_show(ColBuffer *buffer, size_t n_bytes)
{
	size_t shown_bytes = n_bytes + COL_TAIL_BYTES;
	size_t all_bytes = buffer->capacity_bytes + COL_TAIL_BYTES;

	col_sanitize_show(buffer->data, shown_bytes);
	col_sanitize_hide(buffer->data + shown_bytes, all_bytes - shown_bytes);
}

static void
buffer_release(ColBuffer *buffer)
{
	if (buffer->allocation == NULL)
		return;
	col_sanitize_show(buffer->data, buffer->capacity_bytes + COL_TAIL_BYTES);
	buffer->allocator->release(buffer->allocator->context, buffer->allocation);
}

uint8_t *
col_buffer_reserve(ColBuffer *buffer, size_t bytes)
{
	size_t needed = buffer->used_bytes + bytes;
	size_t capacity;
	size_t total;
	void *allocation;
	uint8_t *data;

	if (needed < bytes)
		return NULL;
	if (buffer->data != NULL && needed <= buffer->capacity_bytes)
	{
		buffer_show(buffer, needed);
		return buffer->data + buffer->used_bytes;
	}
	capacity = buffer_grown_bytes(buffer->capacity_bytes, needed);
	total = capacity + COL_ALIGN_BYTES + COL_TAIL_BYTES; /* M3 */
	if (total < capacity)
		return NULL;
	allocation = buffer->allocator->allocate(buffer->allocator->context, total);
	if (allocation == NULL)
		return NULL;
	data = align_pointer(allocation);
	if (buffer->used_bytes > 0)
		memcpy(data, buffer->data, buffer->used_bytes);
	memset(data + capacity, 0, COL_TAIL_BYTES);
	buffer_release(buffer);
	buffer->allocation = allocation;
	buffer->data = data;
	buffer->capacity_bytes = capacity;
	buffer_show(buffer, needed);
	return data + buffer->used_bytes;
}

void
col_buffer_reset(ColBuffer *buffer)
{
	buffer->used_bytes = 0;
}

void
col_buffer_free(ColBuffer *buffer)
{
	buffer_release(buffer);
	col_buffer_init(buffer, buffer->allocator);
}
