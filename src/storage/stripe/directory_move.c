/*
 * directory_move.c - pages of the directory moved to other blocks.
 *
 * The copies are complete before one record lets the meta page or the map name
 * them: a crash leaves the old or the new ones without a name.
 */
#include "postgres.h"

#include "access/generic_xlog.h"
#include "storage/bufmgr.h"

#include "src/storage/page/extent.h"
#include "src/storage/page/metapage.h"
#include "src/storage/page/page.h"
#include "src/storage/stripe/directory_move.h"
#include "src/storage/stripe/directory_page.h"

bool
col_directory_run(Relation rel, BlockNumber block, ColDirectoryRun *run)
{
	ColDirectoryCopy copy;
	bool found = false;
	Buffer buffer = col_metapage_read(rel, BUFFER_LOCK_SHARE);
	const ColMeta *meta = col_metapage_content(BufferGetPage(buffer));

	for (uint32 m = 0; m < Min(meta->n_maps, COL_META_MAPS_MAX) && !found; m++)
	{
		found = meta->maps[m].block == block;
		*run = (ColDirectoryRun){true, m, block, 1};
	}
	UnlockReleaseBuffer(buffer);
	if (found)
		return true;
	col_directory_load(rel, &copy);
	for (uint32 g = 0; g < copy.n_groups && !found; g++)
	{
		const ColGroup *group = &copy.groups[g];

		*run =
			(ColDirectoryRun){false, g, group->block, 1 + group->n_zone_blocks};
		/* zones follow their directory page */
		found = block - run->first_block < run->n_blocks &&
				(group->n_zone_blocks == 0 ||
				 group->zones_block == group->block + 1);
	}
	col_directory_copy_free(&copy);
	return found;
}

static void
link_map(Relation rel, const ColDirectoryRun *run, BlockNumber block)
{
	Buffer buffer = col_metapage_read(rel, BUFFER_LOCK_EXCLUSIVE);
	GenericXLogState *state = GenericXLogStart(rel);
	ColMeta *meta =
		col_metapage_content(GenericXLogRegisterBuffer(state, buffer, 0));

	Assert(meta->maps[run->number].block == run->first_block);
	meta->maps[run->number].block = block;
	GenericXLogFinish(state);
	UnlockReleaseBuffer(buffer);
}

static void
link_group(Relation rel, const ColDirectoryRun *run, BlockNumber block)
{
	uint32 number = run->number / COL_MAP_GROUPS_MAX;
	uint32 slot = run->number % COL_MAP_GROUPS_MAX;
	ColStripeRef ref = {.block = block, .group = run->number};
	Buffer meta_buffer = col_metapage_read(rel, BUFFER_LOCK_EXCLUSIVE);
	BlockNumber map_block =
		col_metapage_content(BufferGetPage(meta_buffer))->maps[number].block;
	Buffer map_buffer = col_page_read(rel, map_block, BUFFER_LOCK_EXCLUSIVE,
									  COL_PAGE_MAP, number, 0, NULL);
	Buffer buffer = col_directory_read(rel, &ref, BUFFER_LOCK_EXCLUSIVE);
	GenericXLogState *state = GenericXLogStart(rel);
	ColMeta *meta =
		col_metapage_content(GenericXLogRegisterBuffer(state, meta_buffer, 0));
	ColMap *map =
		col_page_content(GenericXLogRegisterBuffer(state, map_buffer, 0));
	ColDirectory *directory =
		col_page_content(GenericXLogRegisterBuffer(state, buffer, 0));

	Assert(map->groups[slot].block == run->first_block);
	map->groups[slot].block = block;
	if (meta->last_directory == run->first_block)
		meta->last_directory = block;
	if (directory->n_zone_blocks > 0)
		directory->zones_block = block + 1;
	GenericXLogFinish(state);
	UnlockReleaseBuffer(buffer);
	UnlockReleaseBuffer(map_buffer);
	UnlockReleaseBuffer(meta_buffer);
}

void
col_directory_move(Relation rel, const ColDirectoryRun *run,
				   BlockNumber first_block)
{
	col_directory_forget();
	col_extent_copy(rel, run->first_block, run->n_blocks, first_block);
	if (run->is_map)
		link_map(rel, run, first_block);
	else
		link_group(rel, run, first_block);
}
