/*
 * border.c - memory, errors and types between PostgreSQL and the pure C
 * layers.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "src/pg/border.h"

static void *
border_allocate(void *context, size_t bytes)
{
	return MemoryContextAllocExtended((MemoryContext) context,
									  bytes == 0 ? 1 : bytes,
									  MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);
}

static void
border_release(void *context pg_attribute_unused(), void *pointer)
{
	pfree(pointer);
}

const ColAllocator *
col_border_allocator(MemoryContext context)
{
	ColAllocator *allocator = MemoryContextAlloc(context, sizeof(*allocator));

	allocator->allocate = border_allocate;
	allocator->release = border_release;
	allocator->context = context;
	return allocator;
}

ColCodecs *
col_border_codecs(void)
{
	static ColCodecs *codecs = NULL;

	if (codecs == NULL)
		codecs = col_codecs_create();
	if (codecs == NULL)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory"),
						errdetail("Failed to create compression contexts.")));
	return codecs;
}

/* What is wrong, for a detail: where as far as it is known, and the numbers. */
static char *
describe(const char *column, BlockNumber block, const ColError *error)
{
	StringInfoData text;

	initStringInfo(&text);
	if (column)
		appendStringInfo(&text, "Column \"%s\"", column);
	if (block != InvalidBlockNumber)
		appendStringInfo(&text, "%s %u", column ? ", block" : "Block", block);
	if (text.len > 0)
		appendStringInfoString(&text, ": ");
	appendStringInfo(
		&text, "%s (found " UINT64_FORMAT ", expected " UINT64_FORMAT ").",
		error && error->what ? error->what : "unknown",
		error ? error->detail[0] : 0, error ? error->detail[1] : 0);
	return text.data;
}

void
col_border_throw(Relation rel, uint64 stripe, const char *column,
				 BlockNumber block, ColStatus status, const ColError *error)
{
	const char *table = RelationGetRelationName(rel);
	const char *detail = describe(column, block, error);

	switch (status)
	{
		case COL_NO_MEMORY:
			ereport(ERROR,
					(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory"),
					 errdetail("Failed in a stripe of table \"%s\".", table)));
			break;
		case COL_UNSUPPORTED_VERSION:
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("stripe " UINT64_FORMAT " of table \"%s\" has a "
							"newer format version",
							stripe, table),
					 errdetail_internal("%s", detail),
					 errhint("Update the columnar extension's library.")));
			break;
		case COL_TOO_LARGE:
			ereport(
				ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("value too large for a stripe of table \"%s\"", table),
				 errdetail_internal("%s", detail)));
			break;
		case COL_CORRUPT:
			ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
							errmsg("stripe " UINT64_FORMAT
								   " of table \"%s\" is corrupt",
								   stripe, table),
							errdetail_internal("%s", detail)));
			break;
		default:
			elog(ERROR, "stripe " UINT64_FORMAT " of table \"%s\": %s", stripe,
				 table, detail);
	}
	pg_unreachable();
}

bool
col_border_is_stored(Form_pg_attribute attribute)
{
	return !attribute->attisdropped &&
		   attribute->attgenerated != ATTRIBUTE_GENERATED_VIRTUAL;
}

ColPhys
col_border_phys(Form_pg_attribute attribute)
{
	if (attribute->attlen == -1)
		return COL_PHYS_IMAGE;
	if (attribute->attbyval)
		return COL_PHYS_LANE;
	if (attribute->attlen > 0)
		return COL_PHYS_FIXED;
	ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					errmsg("column \"%s\" has a type of no storable length",
						   NameStr(attribute->attname)),
					errdetail("Type %u has length %d.", attribute->atttypid,
							  attribute->attlen)));
}

uint16
col_border_value_bytes(Form_pg_attribute attribute)
{
	return attribute->attlen == -1 ? 0 : attribute->attlen;
}

/*
 * Only types whose btree order is the order of their bits: for a domain, of
 * its base type.  Text's order by bytes prunes only where its collation
 * allows; that is for the reader of the zone to decide.
 */
ColOrder
col_border_order(Oid type)
{
	switch (getBaseType(type))
	{
		case BOOLOID:
		case OIDOID:
		case PG_LSNOID:
		case XID8OID:
			return COL_ORDER_UNSIGNED;
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case CASHOID:
		case DATEOID:
		case TIMEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return COL_ORDER_SIGNED;
		case FLOAT4OID:
			return COL_ORDER_FLOAT4;
		case FLOAT8OID:
			return COL_ORDER_FLOAT8;
		case TEXTOID:
		case VARCHAROID:
		case BYTEAOID:
		case UUIDOID:
			return COL_ORDER_BYTES;
		case NUMERICOID:
			return COL_ORDER_NUMERIC;
		default:
			return COL_ORDER_NONE;
	}
}

ColBloomKind
col_border_bloom_kind(Oid type)
{
	if (getBaseType(type) == BPCHAROID)
		return COL_BLOOM_BLANKS;
	switch (col_border_order(type))
	{
		case COL_ORDER_SIGNED:
			return COL_BLOOM_SIGNED;
		case COL_ORDER_UNSIGNED:
			return COL_BLOOM_UNSIGNED;
		case COL_ORDER_FLOAT4:
		case COL_ORDER_FLOAT8:
			return COL_BLOOM_FLOAT;
		case COL_ORDER_BYTES:
			return COL_BLOOM_BYTES;
		case COL_ORDER_NUMERIC:
			return COL_BLOOM_NUMERIC;
		case COL_ORDER_NONE:
			break;
	}
	return COL_BLOOM_NONE;
}

Datum
col_border_numeric(uint64 low, int64 high, int scale)
{
	uint128 rest = (uint128) (uint64) high << 64 | low;
	char digits[300];
	char *first = digits + sizeof(digits) - 1;
	int n_digits = 0;

	if (high < 0)
		rest = -rest;
	*first = '\0';
	while (rest > 0 || n_digits <= scale)
	{
		if (n_digits == scale && scale > 0)
			*--first = '.';
		*--first = '0' + (int) (rest % 10);
		rest /= 10;
		n_digits++;
	}
	if (high < 0)
		*--first = '-';
	return DirectFunctionCall3(numeric_in, CStringGetDatum(first),
							   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}
