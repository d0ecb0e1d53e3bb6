/*
 * compile.h - the compilers of text/.
 */
#ifndef COL_TEXT_COMPILE_H
#define COL_TEXT_COMPILE_H

#include "src/expr/expr.h"

extern ColExpr *col_compile_length(ColCompiler *compiler, Expr *source);
extern ColExpr *col_compile_like(ColCompiler *compiler, Expr *source);
extern ColExpr *col_compile_concat(ColCompiler *compiler, Expr *source);

#endif /* COL_TEXT_COMPILE_H */
