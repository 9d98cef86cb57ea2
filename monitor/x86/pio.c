/* I/O ports that exit: what the cell does not own, and what it may use only in part. */
#include "box.h"

#define I8042_COMMAND		0x64
#define I8042_WRITE_OUTPUT	0xd1
#define I8042_PULSE_OUTPUT	0xf0

#define DELAY			0x80

/* The channel to the harness is out of the guest's reach also where the cell owns these ports. */
static bool is_channel(uint32_t port)
{
	return port == BOX_X86_DEBUG_PORT || port == BOX_X86_EXIT_PORT;
}

bool is_trapped_port(uint32_t port)
{
	return port == I8042_COMMAND || is_channel(port);
}

/* The keyboard controller can reset the machine: Jailhouse lets only harmless commands through. */
static bool access_i8042(bool write, uint64_t *value)
{
	uint8_t command = *value;

	if (!write) {
		*value = in8(I8042_COMMAND);
		return true;
	}
	if (command == I8042_WRITE_OUTPUT || (command & I8042_PULSE_OUTPUT) == I8042_PULSE_OUTPUT) {
		print("FATAL: Invalid write to i8042 controller port\n");
		return false;
	}
	out8(I8042_COMMAND, command);
	return true;
}

static bool refuse(uint32_t port, bool write, unsigned int size)
{
	print("FATAL: Invalid PIO %s, port: %x size: %d\n", write ? "write" : "read", port, size);
	return false;
}

static bool access_port(uint32_t port, bool write, unsigned int size, uint64_t *value)
{
	if (port >= PCI_ADDRESS_PORT && port <= PCI_DATA_PORT + 3)
		return access_pci_ports(port, write, size, value);
	if (port == I8042_COMMAND && size == 1 && owns_port(port))
		return access_i8042(write, value);
	if (is_channel(port) && size == 1 && owns_port(port)) {
		*value = 0xff;
		return true;
	}
	if (port == DELAY && size == 1 && write)
		return true;
	if (port == blob->pm_timer && size == 4 && !write) {
		*value = read_pm_timer();
		return true;
	}
	return refuse(port, write, size);
}

void exit_io(struct cpu *cpu)
{
	struct vmcb *vmcb = cpu->vmcb;
	uint64_t info = vmcb->exit_info_1;
	uint32_t port = info >> 16 & 0xffff;
	bool write = !(info & IO_IN);
	unsigned int size = IO_SIZE(info);
	uint64_t value = vmcb->rax;

	if (info & (IO_STRING | IO_REPEATED) ? !refuse(port, write, size) : !access_port(port, write, size, &value))
		park(cpu);
	if (!write) {
		/* 32 bits clear the upper half of RAX, less leave the rest of it alone. */
		uint64_t kept = size == 4 ? 0 : vmcb->rax & ~0ul << size * 8;

		vmcb->rax = kept | (value & ((1ul << size * 8) - 1));
	}
	vmcb->rip = vmcb->exit_info_2;
}
