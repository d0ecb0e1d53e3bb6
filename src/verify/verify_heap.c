/*
 * verify_heap.c - heap pages: page header, line pointers, tuple headers.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/multixact.h"
#include "access/transam.h"
#include "storage/bufpage.h"

#include "src/verify/verify.h"

static void
report_item(ColVerify *v, OffsetNumber offset, const char *what)
{
	col_verify_report(v, "corrupt heap page", "Line pointer %u %s.", offset,
					  what);
}

/* Is it possible in a table whose ids were frozen up to oldest? */
static bool
xid_is_possible(TransactionId xid, TransactionId oldest)
{
	if (!TransactionIdIsNormal(xid))
		return xid == FrozenTransactionId || xid == BootstrapTransactionId;
	return TransactionIdPrecedes(xid, ReadNextTransactionId()) &&
		   (!TransactionIdIsNormal(oldest) ||
			TransactionIdPrecedesOrEquals(oldest, xid));
}

static const char *
xids_problem(ColVerify *v, HeapTupleHeader tuple)
{
	Form_pg_class class = v->rel->rd_rel;
	TransactionId xmax = HeapTupleHeaderGetRawXmax(tuple);

	if (!HeapTupleHeaderXminFrozen(tuple) &&
		!HeapTupleHeaderXminInvalid(tuple) &&
		!xid_is_possible(HeapTupleHeaderGetRawXmin(tuple), class->relfrozenxid))
		return "has an impossible xmin";
	if ((tuple->t_infomask & HEAP_XMAX_INVALID) != 0)
		return NULL;
	if ((tuple->t_infomask & HEAP_XMAX_IS_MULTI) != 0)
	{
		if (!MultiXactIdIsValid(xmax) ||
			!MultiXactIdPrecedes(xmax, ReadNextMultiXactId()) ||
			MultiXactIdPrecedes(xmax, class->relminmxid))
			return "has an impossible xmax";
		return NULL;
	}
	if (xmax != InvalidTransactionId &&
		!xid_is_possible(xmax, class->relfrozenxid))
		return "has an impossible xmax";
	return NULL;
}

/* The rows of an aborted transaction may have a column that it had added. */
static bool
xmin_committed(ColVerify *v, HeapTupleHeader tuple)
{
	TransactionId xmin = HeapTupleHeaderGetRawXmin(tuple);

	if (HeapTupleHeaderXminCommitted(tuple)) /* or frozen */
		return true;
	return !HeapTupleHeaderXminInvalid(tuple) &&
		   (!xid_is_possible(xmin, v->rel->rd_rel->relfrozenxid) ||
			TransactionIdDidCommit(xmin));
}

static const char *
tuple_problem(ColVerify *v, HeapTupleHeader tuple, uint32 n_bytes)
{
	int natts = HeapTupleHeaderGetNatts(tuple);
	uint32 header_bytes = SizeofHeapTupleHeader;

	if (natts > RelationGetNumberOfAttributes(v->rel) &&
		xmin_committed(v, tuple))
		return "has more columns than the table";
	if ((tuple->t_infomask & HEAP_HASNULL) != 0)
		header_bytes += BITMAPLEN(natts);
	if (tuple->t_hoff != MAXALIGN(header_bytes) || tuple->t_hoff > n_bytes)
		return "has a wrong header length";
	return xids_problem(v, tuple);
}

/* Where an item lies; *n_bytes are those of a tuple. */
static const char *
item_problem(ColVerify *v, Page page, OffsetNumber last, ItemId item)
{
	uint32 start = ItemIdGetOffset(item);
	uint32 n_bytes = ItemIdGetLength(item);

	if (ItemIdIsRedirected(item))
	{
		OffsetNumber to = ItemIdGetRedirect(item);

		if (to < FirstOffsetNumber || to > last)
			return "redirects beyond the others";
		if (!ItemIdIsNormal(PageGetItemId(page, to)))
			return "redirects to no tuple";
		return NULL;
	}
	if (!ItemIdIsNormal(item))
		return n_bytes > 0 ? "is without a tuple, but has a length" : NULL;
	if (start != MAXALIGN(start))
		return "is not aligned";
	if (start < ((PageHeader) page)->pd_upper || start + n_bytes > BLCKSZ)
		return "leaves the page";
	if (n_bytes < MAXALIGN(SizeofHeapTupleHeader))
		return "is shorter than a tuple";
	return tuple_problem(v, (HeapTupleHeader) PageGetItem(page, item), n_bytes);
}

static int
item_compare(const void *a, const void *b)
{
	uint16 first = ItemIdGetOffset(*(const ItemId *) a);
	uint16 second = ItemIdGetOffset(*(const ItemId *) b);

	return first < second ? -1 : first > second;
}

/* No two tuples share bytes. */
static void
check_overlap(ColVerify *v, Page page, OffsetNumber last)
{
	ItemId items[MaxHeapTuplesPerPage];
	int n = 0;

	for (OffsetNumber offset = FirstOffsetNumber; offset <= last; offset++)
	{
		ItemId item = PageGetItemId(page, offset);

		if (ItemIdIsNormal(item))
			items[n++] = item;
	}
	qsort(items, n, sizeof(ItemId), item_compare);
	for (int i = 1; i < n; i++)
	{
		if (ItemIdGetOffset(items[i - 1]) + ItemIdGetLength(items[i - 1]) >
			ItemIdGetOffset(items[i]))
			report_item(v,
						items[i] - PageGetItemId(page, FirstOffsetNumber) + 1,
						"points into another's tuple");
	}
}

void
col_verify_heap_page(ColVerify *v, Page page)
{
	PageHeader header = (PageHeader) page;
	OffsetNumber last;

	if (header->pd_lower < SizeOfPageHeaderData ||
		header->pd_lower > header->pd_upper ||
		header->pd_upper > header->pd_special || header->pd_special != BLCKSZ ||
		(header->pd_lower - SizeOfPageHeaderData) % sizeof(ItemIdData) != 0 ||
		PageGetPageSize(page) != BLCKSZ ||
		PageGetPageLayoutVersion(page) != PG_PAGE_LAYOUT_VERSION ||
		(header->pd_flags & ~PD_VALID_FLAG_BITS) != 0 ||
		PageGetMaxOffsetNumber(page) > MaxHeapTuplesPerPage)
	{
		col_verify_report(v, "corrupt page header",
						  "lower %u, upper %u, special %u, flags %u, page size "
						  "and version %u; a heap page was expected.",
						  header->pd_lower, header->pd_upper,
						  header->pd_special, header->pd_flags,
						  header->pd_pagesize_version);
		return;
	}
	last = PageGetMaxOffsetNumber(page);
	for (OffsetNumber offset = FirstOffsetNumber; offset <= last; offset++)
	{
		const char *problem =
			item_problem(v, page, last, PageGetItemId(page, offset));

		if (problem)
			report_item(v, offset, problem);
	}
	check_overlap(v, page, last);
}
