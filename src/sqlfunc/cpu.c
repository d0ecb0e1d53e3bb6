/*
 * cpu.c - columnar.cpu(): the kernels in use, and what the CPU can run.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "simd/simd.h"

PG_FUNCTION_INFO_V1(colstore_cpu);

#define MAX_NAMES 32

static Datum
text_array(Datum *names, int n_names)
{
	return PointerGetDatum(
		construct_array(names, n_names, TEXTOID, -1, false, TYPALIGN_INT));
}

Datum
colstore_cpu(PG_FUNCTION_ARGS)
{
	TupleDesc tuple_desc;
	Datum levels[MAX_NAMES];
	Datum features[MAX_NAMES];
	Datum values[3];
	bool nulls[3] = {false, false, false};
	int n_levels = 0;
	int n_features = 0;
	const SimdKernels *kernels;
	const char *name;
	bool present;

	if (get_call_result_type(fcinfo, NULL, &tuple_desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	while (n_levels < MAX_NAMES &&
		   (kernels = simd_level_table((unsigned) n_levels)) != NULL)
		levels[n_levels++] = CStringGetTextDatum(kernels->name);
	for (unsigned n = 0;
		 n < MAX_NAMES && (name = simd_cpu_feature(n, &present)) != NULL; n++)
	{
		if (present)
			features[n_features++] = CStringGetTextDatum(name);
	}
	values[0] = CStringGetTextDatum(simd_kernels()->name);
	values[1] = text_array(levels, n_levels);
	values[2] = text_array(features, n_features);
	PG_RETURN_DATUM(HeapTupleGetDatum(
		heap_form_tuple(BlessTupleDesc(tuple_desc), values, nulls)));
}
