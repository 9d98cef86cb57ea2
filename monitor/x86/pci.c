/* A PCI bus without devices, through ports and memory: reads give ones, writes are refused. */
#include "box.h"

/* What the guest left in the address port. QEMU's own stays 0, disabled. Linux serialises accesses over all CPUs. */
static uint32_t address_port;

static void report_write(const char *what, uint32_t bus_device_function, unsigned int reg, unsigned int size)
{
	print("FATAL: Invalid PCI %s write, device %02x:%02x.%x, reg: 0x%x, size: %d\n", what,
	      bus_device_function >> 8 & 0xff, bus_device_function >> 3 & 0x1f, bus_device_function & 7, reg, size);
}

bool access_pci_ports(uint32_t port, bool write, unsigned int size, uint64_t *value)
{
	if (port == PCI_ADDRESS_PORT && size == 4) {
		if (write)
			address_port = *value;
		else
			*value = address_port;
		return true;
	}
	if (port < PCI_DATA_PORT) {
		print("FATAL: Invalid PIO %s, port: %x size: %d\n", write ? "write" : "read", port, size);
		return false;
	}
	if (!write) {
		*value = ~0ul;
		return true;
	}
	report_write("config", address_port >> 8 & 0xffff, (address_port & 0xfc) + port - PCI_DATA_PORT, size);
	return false;
}

bool is_mmconfig(uint64_t address)
{
	return blob->flags & BOX_MMCONFIG && address >= blob->mmconfig_base &&
	       address - blob->mmconfig_base < (blob->mmconfig_end_bus + 1ul) << 20;
}

void report_mmconfig_write(uint64_t address, unsigned int size)
{
	uint64_t offset = address - blob->mmconfig_base;

	report_write("MMCONFIG", offset >> 12, offset & 0xfff, size);
}
