/*
 * test_arena.c - arena, buffer and cursors: alignment, growth, failure of the
 * allocator.
 */
#include <string.h>
#include "src/base/arena.h"
#include "src/base/bytes.h"
#include "src/base/limits.h"
#include "test/unit/harness.h"

static bool
is_aligned(const void *pointer)
{
	return ((uintptr_t) pointer & (COL_ALIGN_BYTES - 1)) == 0;
}

static void
arena_gives_aligned_memory(void)
{
	TestMemory memory;
	ColArena arena;
	size_t bytes;

	test_memory_init(&memory);
	col_arena_init(&arena, &memory.allocator);
	for (bytes = 0; bytes < 40000; bytes = bytes * 3 / 2 + 1)
	{
		uint8_t *first = col_arena_alloc(&arena, bytes);
		uint8_t *second = col_arena_zalloc(&arena, bytes);
		size_t i;
		bool zero = true;

		if (!CHECK(first && second && (bytes == 0 || first != second)))
			break;
		CHECK(is_aligned(first) && is_aligned(second));
		memset(first, 0xaa, bytes);
		for (i = 0; i < bytes; i++)
			zero = zero && second[i] == 0;
		CHECK(zero);
	}
	CHECK(arena.total_bytes == memory.live_bytes);
	col_arena_free(&arena);
	CHECK(memory.n_live == 0 && arena.total_bytes == 0);
}

static void
arena_reset_keeps_the_largest_block(void)
{
	TestMemory memory;
	ColArena arena;
	int64_t calls;
	int i;

	test_memory_init(&memory);
	col_arena_init(&arena, &memory.allocator);
	col_arena_reset(&arena);
	CHECK(memory.n_live == 0);
	for (i = 0; i < 10; i++)
		CHECK(col_arena_alloc(&arena, 5000) != NULL);
	CHECK(col_arena_alloc(&arena, 3000000) != NULL);
	CHECK(col_arena_alloc(&arena, 100) != NULL);
	col_arena_reset(&arena);
	CHECK(memory.n_live == 1 && arena.total_bytes == memory.live_bytes);
	calls = memory.n_calls;
	CHECK(col_arena_alloc(&arena, 2900000) != NULL);
	CHECK(memory.n_calls == calls);
	col_arena_free(&arena);
	CHECK(memory.n_live == 0);
}

static void
arena_survives_a_failed_allocation(void)
{
	TestMemory memory;
	ColArena arena;
	uint8_t *first;

	test_memory_init(&memory);
	col_arena_init(&arena, &memory.allocator);
	memory.fail_at = 1;
	CHECK(col_arena_alloc(&arena, 10) == NULL);
	first = col_arena_alloc(&arena, 10);
	CHECK(first != NULL);
	memory.fail_at = 1;
	CHECK(col_arena_alloc(&arena, 100000) == NULL);
	CHECK(col_arena_alloc(&arena, SIZE_MAX - 5) == NULL);
	CHECK(col_arena_alloc(&arena, 10) != NULL);
	col_arena_free(&arena);
	CHECK(memory.n_live == 0);
}

static void
buffer_keeps_its_bytes_when_it_grows(void)
{
	TestMemory memory;
	ColBuffer buffer;
	uint32_t i;
	bool same = true;

	test_memory_init(&memory);
	col_buffer_init(&buffer, &memory.allocator);
	CHECK(col_buffer_reserve(&buffer, 0) != NULL);
	for (i = 0; i < 50000; i++)
	{
		uint8_t *at = col_buffer_reserve(&buffer, 4);

		if (!CHECK(at != NULL))
			break;
		col_store_u32(at, i);
		buffer.used_bytes += 4;
	}
	CHECK(is_aligned(buffer.data));
	for (i = 0; i < 50000; i++)
		same = same && col_load_u32(buffer.data + i * 4) == i;
	CHECK(same);
	memory.fail_at = 1;
	CHECK(col_buffer_reserve(&buffer, 1000000) == NULL);
	CHECK(buffer.used_bytes == 200000 && col_load_u32(buffer.data) == 0);
	CHECK(col_buffer_reserve(&buffer, SIZE_MAX - 100) == NULL);
	/* the tail behind what was reserved can be read, here all of it */
	col_buffer_reserve(&buffer, buffer.capacity_bytes - buffer.used_bytes);
	CHECK(buffer.data[buffer.capacity_bytes + COL_TAIL_BYTES - 1] == 0);
	col_buffer_reset(&buffer);
	CHECK(buffer.used_bytes == 0 && buffer.capacity_bytes >= 200000);
	col_buffer_free(&buffer);
	CHECK(memory.n_live == 0 && buffer.data == NULL);
}

static void
cursors_stay_within_their_bytes(void)
{
	uint8_t bytes[15];
	ColWriteCursor out;
	ColReadCursor in;

	memset(bytes, 0xee, sizeof(bytes));
	col_write_init(&out, bytes, 14);
	col_write_u8(&out, 0x01);
	col_write_u16(&out, 0x0203);
	col_write_u32(&out, 0x04050607);
	CHECK(!out.failed);
	col_write_u64(&out, 1);
	CHECK(out.failed && bytes[14] == 0xee && bytes[7] == 0xee);
	col_write_u8(&out, 9);
	CHECK(bytes[7] == 0xee);
	CHECK(col_write_room(&out, 0) == NULL);

	col_read_init(&in, bytes, 7);
	CHECK(col_read_u8(&in) == 0x01);
	CHECK(col_read_u16(&in) == 0x0203);
	CHECK(col_read_left_bytes(&in) == 4);
	CHECK(col_read_u64(&in) == 0 && in.failed);
	CHECK(col_read_u32(&in) == 0);
	col_read_init(&in, bytes + 3, 4);
	CHECK(col_read_u32(&in) == 0x04050607 && !in.failed);
	CHECK(col_read_bytes(&in, 0) == bytes + 7 && !in.failed);
}

static void
integer_helpers(void)
{
	uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};

	CHECK(col_bit_width(0) == 0 && col_bit_width(1) == 1);
	CHECK(col_bit_width(255) == 8 && col_bit_width(256) == 9);
	CHECK(col_bit_width(UINT64_MAX) == 64);
	CHECK(col_align_up(0, 8) == 0 && col_align_up(1, 8) == 8);
	CHECK(col_align_up(64, 64) == 64 && col_align_up(65, 64) == 128);
	CHECK(col_load_uint(bytes, 3) == 0x030201);
	CHECK(col_load_uint(bytes, 8) == UINT64_C(0x0807060504030201));
}

const TestCase arena_tests[] = {
	{"arena: aligned memory", arena_gives_aligned_memory},
	{"arena: reset keeps the largest block",
	 arena_reset_keeps_the_largest_block},
	{"arena: a failed allocation", arena_survives_a_failed_allocation},
	{"buffer: growth keeps the bytes", buffer_keeps_its_bytes_when_it_grows},
	{"bytes: cursors stay within", cursors_stay_within_their_bytes},
	{"bytes: integer helpers", integer_helpers},
	{NULL, NULL}};
