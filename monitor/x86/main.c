/* Set-up, in the order that the parts need each other. */
#include "box.h"

struct cpu cpus[BOX_CPUS];
extern struct cpu *volatile ap_cpu;	/* start.S */

static volatile bool ap_ready, may_start;

_Static_assert(offsetof(struct cpu, vmcb) == 0x80, "CPU_VMCB of start.S");
_Static_assert(offsetof(struct cpu, vmcb_page) == 0x1000, "CPU_STACK of start.S");

void main(void) __attribute__((noreturn));
void ap_main(struct cpu *cpu) __attribute__((noreturn));
void stop_at_exception(unsigned int number, uint64_t first, uint64_t second, uint64_t address)
	__attribute__((noreturn));

struct cpu *find_cpu(uint32_t id)
{
	for (uint32_t i = 0; i < blob->num_cpus; i++)
		if (cpus[i].id == id)
			return &cpus[i];
	return NULL;
}

/* The compiler calls these two by itself. */
void *memset(void *to, int value, size_t size)
{
	void *at = to;

	asm volatile("rep stosb" : "+D"(at), "+c"(size) : "a"(value) : "memory");
	return to;
}

void *memcpy(void *to, const void *from, size_t size)
{
	void *at = to;

	asm volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(size) : : "memory");
	return to;
}

/* Of this CPU, before it runs a guest. */
static void set_up_cpu(struct cpu *cpu)
{
	set_up_memory_types();
	asm volatile("clgi");
	write_msr(MSR_VM_HSAVE_PA, (uint64_t)cpu->host_save);
	reset_apic();
}

/* All CPUs of a cell start at its reset address; Jailhouse calls that vector 100. */
void ap_main(struct cpu *cpu)
{
	set_up_cpu(cpu);
	ap_ready = true;
	while (!may_start)
		__builtin_ia32_pause();
	print("CPU %d received SIPI, vector 100\n", cpu->id);
	reset_guest(cpu, blob->reset_address);
	run_guest(cpu);
}

/* INIT, then SIPI, to the CPU with this APIC ID. */
static void start_ap(struct cpu *cpu)
{
	ap_cpu = cpu;
	ap_ready = false;
	write_apic_register(0x31, cpu->id << 24);
	write_apic_register(0x30, 0x4500);
	write_apic_register(0x31, cpu->id << 24);
	write_apic_register(0x30, 0x4600 | BOX_X86_AP_START >> 12);
	while (!ap_ready)
		__builtin_ia32_pause();
}

/* Where QEMU's first CPU goes that is not the cell's: it must not cost time. */
static void rest(void)
{
	for (;;)
		asm volatile("cli; hlt");
}

void main(void)
{
	uint32_t own_id = read_apic_register(2) >> 24;
	struct cpu *own = NULL;
	uint64_t tables;

	if (blob->magic != BOX_MAGIC || blob->version != BOX_VERSION || blob->size != sizeof(*blob) ||
	    blob->architecture != BOX_X86)
		stop_box("this monitor does not know the blob (version %d)", blob->version);
	set_up_chipset();
	memset((void *)BOX_X86_ONES, 0xff, PAGE_SIZE);
	tables = build_nested_tables();
	build_permissions();
	build_comm_region(measure_tsc_khz());

	for (uint32_t i = 0; i < blob->num_cpus; i++) {
		struct cpu *cpu = &cpus[i];

		cpu->id = blob->cpus[i].id;
		cpu->vmcb = &cpu->vmcb_page;
		cpu->vmcb->nested_cr3 = tables;
	}
	memcpy((void *)BOX_X86_AP_START, ap_start, ap_start_end - ap_start);
	for (uint32_t i = 0; i < blob->num_cpus; i++) {
		if (cpus[i].id == own_id)
			own = &cpus[i];
		else
			start_ap(&cpus[i]);
	}
	print("box: ready\n");
	may_start = true;
	if (!own)
		rest();
	/* The boot stack serves this CPU for good. */
	ap_main(own);
}

void stop_at_exception(unsigned int number, uint64_t first, uint64_t second, uint64_t address)
{
	stop_box("exception %d in the monitor, at 0x%lx or 0x%lx, CR2 0x%lx", number, first, second, address);
}
