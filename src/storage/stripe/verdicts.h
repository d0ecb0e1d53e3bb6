/*
 * verdicts.h - how columns of tables were encoded last, for the next stripe.
 */
#ifndef COL_VERDICTS_H
#define COL_VERDICTS_H

#include "postgres.h"

#include "utils/rel.h"

#include "src/encoding/encoding.h"

/*
 * The verdict of a column (0-based attribute number), kept for the session while
 * few other columns are written.  Good until the next call.
 */
extern ColVerdict *col_verdict(Relation rel, int column);

#endif /* COL_VERDICTS_H */
