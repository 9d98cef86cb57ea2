/*
 * The monitor's channel: virtio's console (Virtual I/O Device 1.1, 5.3) behind virtio-mmio in its legacy form (4.2.4),
 * a line at a time. Its emergency write would need no queue, but drops what the host does not read fast enough.
 * Semihosting would be simpler still, but the guest could use it, too, and it opens the host's files.
 */
#include "monitor.h"

#define REGISTER(offset)	(*(volatile u32 *)(QEMU_VIRTIO_CONSOLE + (offset)))
#define DRIVER_FEATURES		REGISTER(0x020)
#define GUEST_PAGE_SIZE		REGISTER(0x028)
#define QUEUE_SELECT		REGISTER(0x030)
#define QUEUE_SIZE		REGISTER(0x038)
#define QUEUE_ALIGN		REGISTER(0x03c)
#define QUEUE_PAGE		REGISTER(0x040)
#define QUEUE_NOTIFY		REGISTER(0x050)
#define STATUS			REGISTER(0x070)

#define STATUS_ACKNOWLEDGE	1
#define STATUS_DRIVER		2
#define STATUS_DRIVER_OK	4

#define TRANSMIT		1	/* the queue of port 0 */

/* A queue of one descriptor; in legacy form it fills two pages. */
static struct {
	struct {
		u64 address;
		u32 length;
		u16 flags;
		u16 next;
	} descriptor;
	struct {
		u16 flags;
		u16 index;
		u16 ring[1];
	} available;
	u8 padding[PAGE_SIZE - 16 - 6];
	struct {
		u16 flags;
		volatile u16 index;
	} used;
} __attribute__((aligned(PAGE_SIZE))) queue;

static char line[256];
static u32 length;
static char lock;

void open_console(void)
{
	STATUS = 0;
	STATUS = STATUS_ACKNOWLEDGE;
	STATUS = STATUS_ACKNOWLEDGE | STATUS_DRIVER;
	DRIVER_FEATURES = 0;		/* one port, which is open */
	GUEST_PAGE_SIZE = PAGE_SIZE;
	QUEUE_SELECT = TRANSMIT;
	QUEUE_SIZE = 1;
	QUEUE_ALIGN = PAGE_SIZE;
	QUEUE_PAGE = (u64)&queue / PAGE_SIZE;
	STATUS = STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_DRIVER_OK;
	queue.descriptor.address = (u64)line;
}

/* Waits until the host has it all. */
static void flush(void)
{
	if (!length)
		return;
	queue.descriptor.length = length;
	queue.available.index++;
	asm volatile("dsb sy" : : : "memory");
	QUEUE_NOTIFY = TRANSMIT;
	while (queue.used.index != queue.available.index)
		;
	length = 0;
}

static void put(char c)
{
	line[length++] = c;
	if (c == '\n' || length == sizeof(line))
		flush();
}

static void put_text(const char *text, u32 limit)
{
	while (limit-- && *text)
		put(*text++);
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
		put(digits[--count]);
}

static void take_lock(void)
{
	while (__atomic_test_and_set(&lock, __ATOMIC_ACQUIRE))
		;
}

static void drop_lock(void)
{
	__atomic_clear(&lock, __ATOMIC_RELEASE);
}

void put_char(char c)
{
	take_lock();
	put(c);
	drop_lock();
}

/* As printf, of which it knows %s %.32s %d (not negative) %x, a width of zeros, and l. */
void print(const char *format, ...)
{
	va_list arguments;

	take_lock();
	va_start(arguments, format);
	for (; *format; format++) {
		u32 numbers[2] = { 0, ~0u };	/* width, precision */
		u32 at = 0, is_long = 0;

		if (*format != '%') {
			put(*format);
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
	drop_lock();
}

void close_console(void)
{
	take_lock();
	flush();
	drop_lock();
}
