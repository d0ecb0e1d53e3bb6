/*
 * recycler.h - an allocator for memory that is taken and released again and again.
 *
 * The system clears each page that it gives; what is released here is kept, and given
 * again where it fits.
 */
#ifndef COL_RECYCLER_H
#define COL_RECYCLER_H

#include "postgres.h"

#include "utils/palloc.h"

#include "src/base/arena.h"

/*
 * As col_border_allocator, but up to limit_bytes of what is released are kept until the
 * context goes.
 */
extern const ColAllocator *col_recycler_create(MemoryContext context,
											   Size limit_bytes);

#endif /* COL_RECYCLER_H */
