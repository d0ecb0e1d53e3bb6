/*
 * encoding_options.c - the encodings that may be asked for, and of which columns.
 */
#include "src/encoding/encoding_internal.h"

#include "src/base/assert.h"

const char *
col_encoding_choice_name(ColEncodingChoice choice)
{
	static const char *const names[COL_ENCODING_CHOICES] = {
		[COL_ENCODE_AUTO] = "auto",
		[COL_ENCODE_RAW] = "raw",
		[COL_ENCODE_FOR] = "for",
		[COL_ENCODE_RLE] = "run-length",
		[COL_ENCODE_DICTIONARY] = "dictionary",
		[COL_ENCODE_DELTA] = "delta",
		[COL_ENCODE_DECIMAL] = "decimal",
		[COL_ENCODE_FSST] = "fsst",
		[COL_ENCODE_BLOCK] = "block"};

	col_assert(choice < COL_ENCODING_CHOICES);
	return names[choice];
}

bool
col_encoding_choice_fits(ColEncodingChoice choice, ColPhys phys, ColOrder order)
{
	switch (choice)
	{
		case COL_ENCODE_FOR:
		case COL_ENCODE_RLE:
			return phys == COL_PHYS_LANE;
		case COL_ENCODE_DELTA:
			return phys == COL_PHYS_LANE && !col_order_is_float(order);
		case COL_ENCODE_DECIMAL:
			return order == COL_ORDER_NUMERIC || col_order_is_float(order);
		case COL_ENCODE_FSST:
			return phys == COL_PHYS_IMAGE && order != COL_ORDER_NUMERIC;
		default:
			return choice < COL_ENCODING_CHOICES;
	}
}
