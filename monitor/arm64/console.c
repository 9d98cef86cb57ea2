/*
 * The monitor's channel: the emergency write of virtio's console (Virtual I/O Device 1.1, 5.3.4), one store a
 * character, no queues. Semihosting would be simpler still, but the guest could use it, too, and it opens the host's
 * files.
 */
#include "monitor.h"

/* Device-specific configuration of a virtio-mmio device is at 0x100, emerg_wr 8 bytes into it. */
#define EMERG_WR	(*(volatile u32 *)(QEMU_VIRTIO_CONSOLE + 0x100 + 8))

static char lock;

/* A character of NUL is no write. */
void put_char(char c)
{
	EMERG_WR = (u8)c;
}

static void put_text(const char *text, u32 limit)
{
	while (*text && limit--)
		put_char(*text++);
}

static void put_number(u64 value, u32 base, u32 width)
{
	char digits[24];
	u32 count = 0;

	do {
		digits[count++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	while (count < width)
		digits[count++] = '0';
	while (count)
		put_char(digits[--count]);
}

/* As printf, of which it knows %s %.32s %d (not negative) %x, a width of zeros, and l. */
void print(const char *format, ...)
{
	va_list arguments;

	while (__atomic_test_and_set(&lock, __ATOMIC_ACQUIRE))
		;
	va_start(arguments, format);
	for (; *format; format++) {
		u32 numbers[2] = { 0, ~0u };	/* width, precision */
		u32 at = 0, is_long = 0;

		if (*format != '%') {
			put_char(*format);
			continue;
		}
		for (format++; (*format >= '0' && *format <= '9') || *format == '.'; format++) {
			if (*format == '.')
				numbers[at = 1] = 0;
			else
				numbers[at] = numbers[at] * 10 + (*format - '0');
		}
		for (; *format == 'l'; format++)
			is_long = 1;
		if (*format == 's')
			put_text(va_arg(arguments, const char *), numbers[1]);
		else
			put_number(is_long ? va_arg(arguments, u64) : va_arg(arguments, u32),
				   *format == 'd' ? 10 : 16, numbers[0]);
	}
	va_end(arguments);
	__atomic_clear(&lock, __ATOMIC_RELEASE);
}
