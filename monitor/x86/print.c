/* The channel to the harness, a byte at a time through QEMU's debug port, and the end of a cell. */
#include <stdarg.h>
#include "box.h"

/* QEMU ends with twice this and 1. */
enum { CELL_DIED = 16, BOX_FAILED = 17 };

static int line;

static void put_string(const char *string)
{
	while (*string)
		print_character(*string++);
}

static void put_number(uint64_t value, unsigned int base, unsigned int width)
{
	char digits[20];
	unsigned int length = 0;

	do {
		digits[length++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	for (; width > length; width--)
		print_character('0');
	while (length)
		print_character(digits[--length]);
}

/* Knows %s, %d, %x, a width of zeroes before it, and l. */
static void print_list(const char *format, va_list arguments)
{
	for (; *format; format++) {
		unsigned int width = 0;
		bool is_long = false;
		uint64_t value;

		if (*format != '%') {
			print_character(*format);
			continue;
		}
		for (format++; *format >= '0' && *format <= '9'; format++)
			width = width * 10 + (*format - '0');
		if (*format == 'l') {
			is_long = true;
			format++;
		}
		if (*format == 's') {
			put_string(va_arg(arguments, const char *));
			continue;
		}
		value = is_long ? va_arg(arguments, uint64_t) : va_arg(arguments, uint32_t);
		put_number(value, *format == 'x' ? 16 : 10, width);
	}
}

void print_character(char character)
{
	out8(BOX_X86_DEBUG_PORT, character);
}

void print(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	lock(&line);
	print_list(format, arguments);
	unlock(&line);
	va_end(arguments);
}

static void end(uint8_t code)
{
	out8(BOX_X86_EXIT_PORT, code);
	for (;;)
		asm volatile("cli; hlt");
}

void park(const struct cpu *cpu)
{
	const struct vmcb *vmcb = cpu->vmcb;
	/* system calls may be off only behind the guest's back: guest.c */
	uint64_t efer = vmcb->efer | (cpu->syscall_wanted ? EFER_SCE : 0);

	print("RIP: 0x%016lx RSP: 0x%016lx FLAGS: %lx\n", vmcb->rip, vmcb->rsp, vmcb->rflags);
	print("RAX: 0x%016lx RBX: 0x%016lx RCX: 0x%016lx\n", vmcb->rax, cpu->registers[RBX], cpu->registers[RCX]);
	print("RDX: 0x%016lx RSI: 0x%016lx RDI: 0x%016lx\n", cpu->registers[RDX], cpu->registers[RSI],
	      cpu->registers[RDI]);
	print("CS: %x BASE: 0x%016lx AR-BYTES: %x EFER.LMA %d\n", vmcb->cs.selector, vmcb->cs.base,
	      vmcb->cs.attributes, !!(efer & EFER_LMA));
	print("CR0: 0x%016lx CR3: 0x%016lx CR4: 0x%016lx\n", vmcb->cr0, vmcb->cr3, vmcb->cr4);
	print("EFER: 0x%016lx\n", efer);
	print("Parking CPU %d (Cell: \"%s\")\n", cpu->id, (const char *)blob->name);
	end(CELL_DIED);
	__builtin_unreachable();
}

void stop_box(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print("box: error: ");
	print_list(format, arguments);
	print("\n");
	end(BOX_FAILED);
	__builtin_unreachable();
}
