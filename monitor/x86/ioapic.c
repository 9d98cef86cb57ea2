/* The IOAPIC, as far as the cell owns its pins; QEMU's own does the work. */
#include "box.h"

enum { OFFSET_INDEX = 0x00, OFFSET_DATA = 0x10, OFFSET_EOI = 0x40 };
#define FIRST_ENTRY	0x10	/* index of pin 0; an entry has two words */
#define PINS		24	/* that QEMU's has */

static uint32_t index;		/* as the guest selected it */
static int busy;

static bool owns_pin(uint32_t pin)
{
	return pin < PINS && blob->ioapic_pins[pin / 32] >> pin % 32 & 1;
}

static bool owns_any_pin(void)
{
	for (uint32_t pin = 0; pin < PINS; pin++)
		if (owns_pin(pin))
			return true;
	return false;
}

static volatile uint32_t *at(unsigned int offset)
{
	return (volatile uint32_t *)(IOAPIC_PAGE + offset);
}

static bool access_data(bool write, uint64_t *value)
{
	if (index < FIRST_ENTRY) {
		/* Identity and version: to be read only. */
		if (write)
			return false;
	} else if (!owns_pin((index - FIRST_ENTRY) / 2)) {
		if (!write)
			*value = 0;
		return true;
	}
	*at(OFFSET_INDEX) = index;
	if (write)
		*at(OFFSET_DATA) = *value;
	else
		*value = *at(OFFSET_DATA);
	return true;
}

static bool access(unsigned int offset, bool write, uint64_t *value)
{
	switch (offset) {
	case OFFSET_INDEX:
		if (write)
			index = *value & 0xff;
		else
			*value = index;
		return true;
	case OFFSET_DATA:
		return access_data(write, value);
	case OFFSET_EOI:
		if (!write || !owns_any_pin())
			return false;
		*at(OFFSET_EOI) = *value;
		return true;
	default:
		return false;
	}
}

bool access_ioapic(unsigned int offset, bool write, uint64_t *value)
{
	bool ok;

	lock(&busy);
	ok = access(offset, write, value);
	unlock(&busy);
	if (!ok)
		print("FATAL: Invalid IOAPIC %s, reg: %x, index: %x\n", write ? "write" : "read", offset, index);
	return ok;
}
