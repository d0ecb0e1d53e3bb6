/*
 * arena.h - memory of the pure C layers: a bump allocator over two hooks, so
 * that PostgreSQL gives memory of a MemoryContext and the unit tests give
 * malloc, or fail the nth call.
 *
 * Nothing is freed one by one: an arena is reset or freed whole.  A hook that
 * cannot allocate returns NULL, it does not throw.
 */
#ifndef COL_ARENA_H
#define COL_ARENA_H

#include <stddef.h>
#include <stdint.h>

typedef struct ColAllocator
{
	void *(*allocate)(void *context, size_t bytes); /* NULL: no memory */
	void (*release)(void *context, void *pointer);
	void *context;
} ColAllocator;

typedef struct ColArenaBlock ColArenaBlock;

typedef struct ColArena
{
	const ColAllocator *allocator;
	ColArenaBlock *blocks; /* newest first */
	size_t total_bytes;	   /* obtained from the allocator */
} ColArena;

extern void col_arena_init(ColArena *arena, const ColAllocator *allocator);

/* bytes may be 0; the result is aligned to COL_ALIGN_BYTES; NULL: no memory */
extern void *col_arena_alloc(ColArena *arena, size_t bytes);

/* as col_arena_alloc, zeroed */
extern void *col_arena_zalloc(ColArena *arena, size_t bytes);

/* frees everything but the largest block, which is kept for what comes */
extern void col_arena_reset(ColArena *arena);

/* frees everything; the arena can be used again */
extern void col_arena_free(ColArena *arena);

/* A byte buffer that grows; data is aligned to COL_ALIGN_BYTES. */
typedef struct ColBuffer
{
	const ColAllocator *allocator;
	void *allocation; /* what the allocator gave, data lies in it */
	uint8_t *data;
	size_t used_bytes;
	size_t capacity_bytes;
} ColBuffer;

extern void col_buffer_init(ColBuffer *buffer, const ColAllocator *allocator);

/*
 * Makes room for bytes more and returns where they start (used_bytes is not
 * moved); NULL: no memory, the buffer is as before.
 */
extern uint8_t *col_buffer_reserve(ColBuffer *buffer, size_t bytes);
extern void col_buffer_reset(ColBuffer *buffer);
extern void col_buffer_free(ColBuffer *buffer);

#endif /* COL_ARENA_H */
