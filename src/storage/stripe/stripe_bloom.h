/*
 * stripe_bloom.h - bloom filters of stripes.
 */
#ifndef COL_STRIPE_BLOOM_H
#define COL_STRIPE_BLOOM_H

#include "postgres.h"

#include "src/encoding/bloom.h"
#include "src/storage/stripe/stripe_reader.h"

/*
 * May a row of the open stripe have a value with this hash in a column?  Reads the
 * one piece of the column's filter that knows; true if there is no filter, or one
 * of another kind, which the column had when it was of another type.
 */
extern bool col_stripe_may_have(ColStripeReader *reader, int column,
								ColBloomKind kind, uint64 hash);

/*
 * The whole filter of a column of the open stripe, checked, in the current memory
 * context; NULL: there is none.
 */
extern uint8 *col_stripe_bloom(ColStripeReader *reader, int column,
							   ColBloomKind *kind);

#endif /* COL_STRIPE_BLOOM_H */
