/*
 * recycler.c - an allocator for memory that is taken and released again and again.
 *
 * Small pieces are left to the memory context, which keeps its blocks itself.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "src/pg/recycler.h"

#define RECYCLED_BYTES_MIN (32 * 1024)
#define KEPT_PIECES_MAX 32

/* Before each piece; its size keeps what follows aligned. */
typedef union PieceHead
{
	Size bytes; /* behind the head */
	char padding[MAXIMUM_ALIGNOF];
} PieceHead;

typedef struct Recycler
{
	ColAllocator allocator;
	MemoryContext context;
	Size limit_bytes;
	Size kept_bytes;
	int n_kept;
	PieceHead *kept[KEPT_PIECES_MAX];
} Recycler;

/* The smallest piece of those kept that holds bytes, and not twice as many; or NULL. */
static PieceHead *
take_kept(Recycler *recycler, Size bytes)
{
	int best = -1;
	PieceHead *piece;

	for (int i = 0; i < recycler->n_kept; i++)
	{
		Size has_bytes = recycler->kept[i]->bytes;

		if (has_bytes >= bytes && has_bytes / 2 <= bytes &&
			(best < 0 || has_bytes < recycler->kept[best]->bytes))
			best = i;
	}
	if (best < 0)
		return NULL;
	piece = recycler->kept[best];
	recycler->kept[best] = recycler->kept[--recycler->n_kept];
	recycler->kept_bytes -= piece->bytes;
	return piece;
}

static void *
recycler_allocate(void *context, size_t bytes)
{
	Recycler *recycler = context;
	PieceHead *piece = NULL;

	if (bytes >= RECYCLED_BYTES_MIN)
		piece = take_kept(recycler, bytes);
	if (piece == NULL)
	{
		if (bytes > MaxAllocHugeSize - sizeof(PieceHead))
			return NULL;
		piece = MemoryContextAllocExtended(recycler->context,
										   sizeof(PieceHead) + bytes,
										   MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);
		if (piece == NULL)
			return NULL;
		piece->bytes = bytes;
	}
	return piece + 1;
}

static void
recycler_release(void *context, void *pointer)
{
	Recycler *recycler = context;
	PieceHead *piece = (PieceHead *) pointer - 1;

	if (piece->bytes < RECYCLED_BYTES_MIN ||
		recycler->n_kept == KEPT_PIECES_MAX ||
		piece->bytes > recycler->limit_bytes - recycler->kept_bytes)
	{
		pfree(piece);
		return;
	}
	recycler->kept[recycler->n_kept++] = piece;
	recycler->kept_bytes += piece->bytes;
}

const ColAllocator *
col_recycler_create(MemoryContext context, Size limit_bytes)
{
	Recycler *recycler = MemoryContextAllocZero(context, sizeof(Recycler));

	recycler->allocator.allocate = recycler_allocate;
	recycler->allocator.release = recycler_release;
	recycler->allocator.context = recycler;
	recycler->context = context;
	recycler->limit_bytes = limit_bytes;
	return &recycler->allocator;
}
