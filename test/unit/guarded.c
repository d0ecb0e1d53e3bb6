/*
 * guarded.c - memory that ends at a page which must not be touched.
 */
#include "test/unit/guarded.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* as large as a page is anywhere */
#define GUARD_BYTES (64 * 1024)

void
guarded_open(Guarded *guarded)
{
	guarded->begin =
		mmap(NULL, GUARDED_BYTES + GUARD_BYTES, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (guarded->begin == MAP_FAILED)
		abort();
	guarded->end = guarded->begin + GUARDED_BYTES;
	if (mprotect(guarded->end, GUARD_BYTES, PROT_NONE) != 0)
		abort();
}

void
guarded_close(Guarded *guarded)
{
	munmap(guarded->begin, GUARDED_BYTES + GUARD_BYTES);
}

void *
guarded_copy(Guarded *guarded, const void *bytes, size_t n_bytes)
{
	unsigned char *at = guarded->end - n_bytes;

	if (n_bytes > 0)
		memcpy(at, bytes, n_bytes);
	return at;
}
