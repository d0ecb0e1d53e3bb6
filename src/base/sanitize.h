/*
 * sanitize.h - tells the address sanitizer which bytes of an allocation are
 * handed out, so that it sees who leaves them.  Without it nothing is done.
 */
#ifndef COL_SANITIZE_H
#define COL_SANITIZE_H

#if defined(__SANITIZE_ADDRESS__)
#define COL_SANITIZE_ADDRESS
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define COL_SANITIZE_ADDRESS
#endif
#endif

/*
 * col_sanitize_hide(bytes, n), col_sanitize_show(bytes, n): these may no longer
 * be touched, may be touched.  COL_SANITIZE_GAP_BYTES: to keep between what is
 * handed out.
 */
#ifdef COL_SANITIZE_ADDRESS
#include <sanitizer/asan_interface.h>
#define col_sanitize_hide(bytes, n) __asan_poison_memory_region(bytes, n)
#define col_sanitize_show(bytes, n) __asan_unpoison_memory_region(bytes, n)
#define COL_SANITIZE_GAP_BYTES 64
#else
#define col_sanitize_hide(bytes, n) ((void) (bytes), (void) (n))
#define col_sanitize_show(bytes, n) ((void) (bytes), (void) (n))
#define COL_SANITIZE_GAP_BYTES 0
#endif

#endif /* COL_SANITIZE_H */
