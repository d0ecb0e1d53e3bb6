/*
 * reader_pool.c - stripes that a session keeps open.
 *
 * What a FLUSHED stripe holds does not change as long as its table has its file, and
 * row numbers are not used twice: a reader stays right over transactions, once its
 * entry has been looked up again.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/inval.h"
#include "utils/memutils.h"

#include "src/pg/compat.h"
#include "src/storage/stripe/reader_pool.h"

/* Memory of all readers, beyond which those not used lately are closed. */
#define POOL_BYTES (16 * 1024 * 1024)

typedef struct PoolEntry
{
	ColStripeReader *reader; /* NULL: none */
	ColRelFile file;
	Oid relid;
	TupleDesc desc; /* the reader's */
	uint64 used;	/* by the clock */
	bool stale;		/* the table has changed */
} PoolEntry;

static PoolEntry pool[COL_POOL_READERS];
static MemoryContext pool_context = NULL;
static uint64 pool_clock = 0;
static bool touched = false; /* in this transaction */

static void
pool_invalidate(Datum arg pg_attribute_unused(), Oid relid)
{
	for (int i = 0; i < COL_POOL_READERS; i++)
	{
		if (relid == InvalidOid || relid == pool[i].relid)
			pool[i].stale = true;
	}
}

static void
pool_close(PoolEntry *entry)
{
	ColStripeReader *reader = entry->reader;
	TupleDesc desc = entry->desc;

	*entry = (PoolEntry){0};
	if (reader != NULL)
		col_stripe_reader_free(reader);
	if (desc != NULL)
		FreeTupleDesc(desc);
}

static PoolEntry *
pool_entry_of(Relation rel, uint64 row)
{
	for (int i = 0; i < COL_POOL_READERS; i++)
	{
		PoolEntry *entry = &pool[i];
		const ColStripeEntry *stripe;

		if (entry->reader == NULL || entry->stale ||
			!COL_REL_FILE_EQUALS(entry->file, COL_REL_FILE(rel)))
			continue;
		stripe = &entry->reader->stripe.entry;
		if (row >= stripe->first_row &&
			row < stripe->first_row + stripe->n_rows && !entry->reader->broken)
			return entry;
	}
	return NULL;
}

/* Is it the stripe that was opened, where it was? */
static bool
is_same(const ColStripeEntry *a, const ColStripeEntry *b)
{
	return a->state == b->state && a->first_row == b->first_row &&
		   a->xmin == b->xmin && a->cmin == b->cmin && a->n_rows == b->n_rows &&
		   a->first_block == b->first_block && a->n_blocks == b->n_blocks &&
		   a->stream_bytes == b->stream_bytes;
}

bool
col_reader_pool_find(Relation rel, uint64 row, ColStripe *stripe,
					 ColStripeReader **reader)
{
	PoolEntry *entry = pool_entry_of(rel, row);

	*reader = NULL;
	if (!col_directory_find(rel, row, stripe))
		return false;
	if (entry == NULL)
		return true;
	if (!is_same(&stripe->entry, &entry->reader->stripe.entry))
	{
		/* it may be dead, but not another one; or it was moved */
		entry->stale = true;
		return true;
	}
	entry->used = ++pool_clock;
	touched = true;
	entry->reader->stripe = *stripe;
	entry->reader->rel = rel;
	*reader = entry->reader;
	return true;
}

static Size
entry_bytes(const PoolEntry *entry)
{
	return entry->reader == NULL
			   ? 0
			   : MemoryContextMemAllocated(entry->reader->context, true);
}

/* The reader that was not used for the longest time; NULL: there is none. */
static PoolEntry *
pool_oldest(void)
{
	PoolEntry *oldest = NULL;

	for (int i = 0; i < COL_POOL_READERS; i++)
	{
		if (pool[i].reader != NULL &&
			(oldest == NULL || pool[i].used < oldest->used))
			oldest = &pool[i];
	}
	return oldest;
}

/* Closes readers of tables that have changed, and those that take too much. */
static void
pool_trim(void)
{
	Size bytes = 0;

	for (int i = 0; i < COL_POOL_READERS; i++)
	{
		if (pool[i].stale)
			pool_close(&pool[i]);
		bytes += entry_bytes(&pool[i]);
	}
	while (bytes > POOL_BYTES)
	{
		PoolEntry *oldest = pool_oldest();

		bytes -= entry_bytes(oldest);
		pool_close(oldest);
	}
}

/* An entry without a reader, or the one used least recently. */
static PoolEntry *
pool_room(void)
{
	for (int i = 0; i < COL_POOL_READERS; i++)
	{
		if (pool[i].reader == NULL)
			return &pool[i];
	}
	return pool_oldest();
}

ColStripeReader *
col_reader_pool_open(Relation rel, const ColStripe *stripe)
{
	PoolEntry *entry;
	MemoryContext old;

	if (pool_context == NULL)
	{
		pool_context = AllocSetContextCreate(
			TopMemoryContext, "columnar reader pool", ALLOCSET_DEFAULT_SIZES);
		CacheRegisterRelcacheCallback(pool_invalidate, (Datum) 0);
	}
	touched = true;
	pool_trim();
	entry = pool_room();
	if (entry->reader == NULL || entry->relid != RelationGetRelid(rel) ||
		!COL_REL_FILE_EQUALS(entry->file, COL_REL_FILE(rel)))
	{
		pool_close(entry);
		old = MemoryContextSwitchTo(pool_context);
		entry->desc = CreateTupleDescCopyConstr(RelationGetDescr(rel));
		entry->reader =
			col_stripe_reader_create(rel, entry->desc, NULL, pool_context);
		entry->reader->pooled = true;
		entry->relid = RelationGetRelid(rel);
		entry->file = COL_REL_FILE(rel);
		MemoryContextSwitchTo(old);
	}
	entry->reader->rel = rel;
	entry->used = ++pool_clock;
	col_stripe_reader_open(entry->reader, stripe);
	return entry->reader;
}

void
col_reader_pool_forget(Relation rel)
{
	for (int i = 0; i < COL_POOL_READERS; i++)
	{
		if (pool[i].relid == RelationGetRelid(rel))
			pool_close(&pool[i]);
	}
}

void
col_reader_pool_end_subxact(SubTransactionId subxact, SubTransactionId parent,
							bool commit)
{
	for (int i = 0; touched && i < COL_POOL_READERS; i++)
	{
		if (pool[i].reader != NULL)
			col_stripe_reader_end_subxact(pool[i].reader, subxact, parent,
										  commit);
	}
}

void
col_reader_pool_end_xact(void)
{
	if (!touched)
		return;
	for (int i = 0; i < COL_POOL_READERS; i++)
	{
		if (pool[i].reader != NULL)
			pool[i].reader->n_holders = 0;
	}
	pool_trim();
	touched = false;
}
