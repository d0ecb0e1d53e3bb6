/*
 * agg_serialize.c - transition values as PostgreSQL's own serialize functions write
 * them (numeric.c: int8_avg_serialize, numeric_avg_serialize, numeric_poly_serialize,
 * numeric_serialize).
 */
#include "postgres.h"

#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "src/agg/aggregate_internal.h"

/*
 * A finite numeric as these functions write a NumericVar: number of digits, weight,
 * sign, display scale, digits of base 10000; numeric_send's form has 2 bytes each.
 */
static void
send_var(StringInfo buffer, Datum value)
{
	bytea *sent = DatumGetByteaP(DirectFunctionCall1(numeric_send, value));
	const uint8 *bytes = (const uint8 *) VARDATA_ANY(sent);
	int n_digits = bytes[0] << 8 | bytes[1];

	for (int i = 0; i < 4; i++)
		pq_sendint32(buffer, (int16) (bytes[i * 2] << 8 | bytes[i * 2 + 1]));
	for (int i = 0; i < n_digits; i++)
		pq_sendint16(buffer, bytes[8 + i * 2] << 8 | bytes[9 + i * 2]);
}

/* What numeric states have beside: the largest scale, special values. */
static void
send_numeric(StringInfo buffer, int64 n, Datum sum, const int64 *specials)
{
	int scale = DatumGetInt32(DirectFunctionCall1(numeric_scale, sum));

	pq_sendint32(buffer, scale);
	pq_sendint64(buffer, n); /* values of that scale, at most */
	for (int i = 0; i < 3; i++)
		pq_sendint64(buffer, specials[i]);
}

bytea *
col_agg_serialize(int64 n, Datum sum, bool numeric, const int64 *specials)
{
	StringInfoData buffer;

	pq_begintypsend(&buffer);
	pq_sendint64(&buffer, n);
	send_var(&buffer, sum);
	if (numeric)
		send_numeric(&buffer, n, sum, specials);
	return pq_endtypsend(&buffer);
}

bytea *
col_agg_serialize_squares(int64 n, Datum sum, Datum squares, bool numeric)
{
	static const int64 no_specials[3];
	StringInfoData buffer;

	pq_begintypsend(&buffer);
	pq_sendint64(&buffer, n);
	send_var(&buffer, sum);
	send_var(&buffer, squares);
	if (numeric)
		send_numeric(&buffer, n, sum, no_specials);
	return pq_endtypsend(&buffer);
}
