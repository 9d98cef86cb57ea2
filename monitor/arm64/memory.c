/* What the compiler may call for. Built without the optimisation that makes such loops into calls of themselves. */
#include "monitor.h"

void *memset(void *to, int byte, size_t size)
{
	for (u8 *at = to; size--; )
		*at++ = byte;
	return to;
}

void *memcpy(void *to, const void *from, size_t size)
{
	const u8 *source = from;

	for (u8 *at = to; size--; )
		*at++ = *source++;
	return to;
}
