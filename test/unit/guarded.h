/*
 * guarded.h - memory that ends at a page which must not be touched.
 */
#ifndef TEST_GUARDED_H
#define TEST_GUARDED_H

#include <stddef.h>

#define GUARDED_BYTES (64 * 1024)

typedef struct Guarded
{
	unsigned char *begin;
	unsigned char *end; /* of what may be read */
} Guarded;

extern void guarded_open(Guarded *guarded);
extern void guarded_close(Guarded *guarded);

/* A copy of bytes that ends where the memory does. */
extern void *guarded_copy(Guarded *guarded, const void *bytes, size_t n_bytes);

#endif /* TEST_GUARDED_H */
