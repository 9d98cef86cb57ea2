// Names of registers by their offsets, for the controllers that a hypervisor emulates.

interface NamedRange {
  from: number;
  /** The last one. */
  to: number;
  name: string;
}

type Registers = readonly NamedRange[];

const at = (from: number, name: string, size = 4): NamedRange => ({ from, to: from + size - 1, name });
const range = (from: number, to: number, name: string): NamedRange => ({ from, to, name });

/** Of a GIC's distributor (Arm, GIC architecture specifications 2, 3 and 4). */
const DISTRIBUTOR: Registers = [
  at(0x0, 'GICD_CTLR'),
  at(0x4, 'GICD_TYPER'),
  at(0x8, 'GICD_IIDR'),
  range(0x80, 0xff, 'GICD_IGROUPR'),
  range(0x100, 0x17f, 'GICD_ISENABLER'),
  range(0x180, 0x1ff, 'GICD_ICENABLER'),
  range(0x200, 0x27f, 'GICD_ISPENDR'),
  range(0x280, 0x2ff, 'GICD_ICPENDR'),
  range(0x300, 0x37f, 'GICD_ISACTIVER'),
  range(0x380, 0x3ff, 'GICD_ICACTIVER'),
  range(0x400, 0x7ff, 'GICD_IPRIORITYR'),
  range(0x800, 0xbff, 'GICD_ITARGETSR'),
  range(0xc00, 0xcff, 'GICD_ICFGR'),
  at(0xf00, 'GICD_SGIR'),
  range(0xfd0, 0xfff, 'its id registers'),
  range(0x6000, 0x7fff, 'GICD_IROUTER'),
  range(0xffd0, 0xffff, 'its id registers'),
];

/** Of the two frames of a redistributor. */
const REDISTRIBUTOR: Registers = [
  at(0x0, 'GICR_CTLR'),
  at(0x4, 'GICR_IIDR'),
  at(0x8, 'GICR_TYPER', 8),
  at(0x14, 'GICR_WAKER'),
  range(0xffd0, 0xffff, 'its id registers'),
  range(0x10080, 0x10083, 'GICR_IGROUPR0'),
  range(0x10100, 0x10103, 'GICR_ISENABLER0'),
  range(0x10180, 0x10183, 'GICR_ICENABLER0'),
  range(0x10400, 0x1041f, 'GICR_IPRIORITYR'),
  range(0x10c00, 0x10c07, 'GICR_ICFGR'),
];

/** Of a GICv2's interface to a CPU. */
const CPU_INTERFACE: Registers = [
  at(0x0, 'GICC_CTLR'),
  at(0x4, 'GICC_PMR'),
  at(0x8, 'GICC_BPR'),
  at(0xc, 'GICC_IAR'),
  at(0x10, 'GICC_EOIR'),
  at(0x14, 'GICC_RPR'),
  at(0x18, 'GICC_HPPIR'),
  at(0xfc, 'GICC_IIDR'),
  at(0x1000, 'GICC_DIR'),
];

/** Of an IOAPIC's page (Intel, 82093AA). */
const IOAPIC: Registers = [
  at(0x0, 'its index register'),
  at(0x10, 'its data register'),
  at(0x40, 'its EOI register'),
];

/** By the names that the hypervisor's resources have in checks. */
const CONTROLLERS: Readonly<Record<string, Registers>> = {
  GICD: DISTRIBUTOR,
  GICC: CPU_INTERFACE,
  GICV: CPU_INTERFACE,
  GICR: REDISTRIBUTOR,
  'GICR of the other CPUs': REDISTRIBUTOR,
  IOAPIC,
};

/** Redistributors follow each other. */
const REPEATS: Readonly<Record<string, number>> = { 'GICR of the other CPUs': 0x20000 };

/** The register of a controller; `null` if it has no name. */
export function controllerRegister(controller: string, offset: bigint): string | null {
  const repeat = REPEATS[controller];
  const place = repeat === undefined ? Number(offset) : Number(offset) % repeat;
  return CONTROLLERS[controller]?.find(({ from, to }) => from <= place && place <= to)?.name ?? null;
}

/** The first 64 bytes of a device's configuration (PCI, header type 0). */
const PCI_HEADER: Registers = [
  range(0x0, 0x3, 'vendor and device id'),
  range(0x4, 0x5, 'command'),
  range(0x6, 0x7, 'status'),
  range(0x8, 0xb, 'revision and class'),
  at(0xc, 'cache line size', 1),
  at(0xd, 'latency timer', 1),
  at(0xe, 'header type', 1),
  at(0xf, 'self test', 1),
  ...Array.from({ length: 6 }, (_, index) => at(0x10 + index * 4, `BAR ${index}`)),
  at(0x28, 'CardBus pointer'),
  range(0x2c, 0x2f, 'subsystem ids'),
  at(0x30, 'expansion ROM'),
  at(0x34, 'pointer to the capabilities', 1),
  at(0x3c, 'interrupt line', 1),
  at(0x3d, 'interrupt pin', 1),
];

/** `null` for what has no name, and for all beyond the header. */
export const pciHeaderRegister = (register: number): string | null =>
  PCI_HEADER.find(({ from, to }) => from <= register && register <= to)?.name ?? null;

/** Ports of a PC that have had one owner since the AT, or whose use is known to stop cells. */
const PORTS: Registers = [
  range(0x00, 0x0f, 'the ISA DMA controller'),
  range(0x20, 0x21, 'the PC interrupt controller'),
  range(0x2e, 0x2f, 'a super-I/O chip'),
  range(0x40, 0x43, 'the PC timer (PIT)'),
  range(0x4e, 0x4f, 'a super-I/O chip'),
  range(0x60, 0x60, 'the keyboard controller (i8042)'),
  range(0x61, 0x61, 'the PC speaker'),
  range(0x64, 0x64, 'the keyboard controller (i8042); writing fe there resets the machine'),
  range(0x70, 0x71, 'the CMOS clock'),
  range(0x80, 0x80, 'the port for boot codes, which kernels write to wait a moment'),
  range(0x81, 0x8f, 'the page registers of the ISA DMA controller'),
  range(0x92, 0x92, 'system control port A; bit 0 resets the machine'),
  range(0xa0, 0xa1, 'the second PC interrupt controller'),
  range(0xc0, 0xdf, 'the second ISA DMA controller'),
  range(0xed, 0xed, 'a port that kernels write to wait a moment'),
  range(0x170, 0x177, 'the second ATA channel'),
  range(0x1f0, 0x1f7, 'the first ATA channel'),
  range(0x378, 0x37f, 'the parallel port'),
  range(0x3b0, 0x3df, 'VGA'),
  range(0x3f0, 0x3f7, 'the floppy controller'),
  range(0xcf8, 0xcff, 'the PCI configuration; cf9 resets the machine'),
  range(0x5658, 0x5658, 'the back door of VMware, which its guests ask for'),
];

/** Who has a port on a PC; `null`: that differs from machine to machine. */
export const portName = (port: number): string | null =>
  PORTS.find(({ from, to }) => from <= port && port <= to)?.name ?? null;
