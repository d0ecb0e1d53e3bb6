/*
 * open.c - the table that a function is asked about.
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/objectaddress.h"
#include "miscadmin.h"
#include "utils/acl.h"

#include "src/sqlfunc/open.h"
#include "src/tableam/columnar_am.h"

Relation
col_sql_open_columnar(Oid relid)
{
	Relation rel = relation_open(relid, AccessShareLock);
	AclResult allowed;

	if (!col_relation_is_columnar(rel))
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
						errmsg("\"%s\" is not a columnar table",
							   RelationGetRelationName(rel))));
	allowed = pg_class_aclcheck(relid, GetUserId(), ACL_SELECT);
	if (allowed != ACLCHECK_OK)
		aclcheck_error(allowed, get_relkind_objtype(rel->rd_rel->relkind),
					   RelationGetRelationName(rel));
	return rel;
}
