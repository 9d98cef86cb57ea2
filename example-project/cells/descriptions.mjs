// The cells of this example, in the terms of Jailhouse's cell configs; scripts/make-cells.mjs encodes them.

const READ = 0x1n;
const WRITE = 0x2n;
const EXECUTE = 0x4n;
const DMA = 0x8n;
const IO = 0x10n;
const COMM_REGION = 0x20n;
const LOADABLE = 0x40n;
const RAM = READ | WRITE | EXECUTE | DMA | LOADABLE;

const KIB = 1n << 10n;
const MIB = 1n << 20n;

/** An x86 Linux cell for Jailhouse's master: low RAM for the loader, the comm region at 1 MiB, RAM from 2 MiB on. */
const linuxCell = ({ name, cpus, physStart, highRam }) => ({
  revision: 14,
  architecture: 'x86',
  name,
  cpus,
  memoryRegions: [
    { phys_start: physStart, virt_start: 0n, size: 1n * MIB, flags: RAM },
    { phys_start: 0n, virt_start: 1n * MIB, size: 4n * KIB, flags: READ | WRITE | COMM_REGION },
    { phys_start: physStart + 2n * MIB, virt_start: 2n * MIB, size: highRam, flags: RAM },
  ],
  // Pin 4 of the IOAPIC is the interrupt of ttyS0.
  irqchips: [{ address: 0xfec00000n, id: 0xff00, pin_base: 0, pin_bitmap: [1 << 4, 0, 0, 0] }],
  // ttyS0, all eight ports as one region: that is how the guest is told of it.
  ports: [{ base: 0x3f8, length: 8 }],
});

/** What QEMU's virt machine has for a cell of Jailhouse's master: linux-arm64/cell.dts tells the kernel of the same. */
const linuxArm64Cell = {
  revision: 14,
  architecture: 'arm64',
  name: 'linux-arm64-demo',
  cpus: [2, 3],
  memoryRegions: [
    { phys_start: 0x9000000n, virt_start: 0x9000000n, size: 4n * KIB, flags: READ | WRITE | IO },
    // The loader starts at the reset address, 0.
    { phys_start: 0x5fff0000n, virt_start: 0n, size: 64n * KIB, flags: RAM },
    { phys_start: 0x60000000n, virt_start: 0x60000000n, size: 96n * MIB, flags: RAM },
    { phys_start: 0n, virt_start: 0x80000000n, size: 4n * KIB, flags: READ | WRITE | COMM_REGION },
  ],
  // SPI 1, interrupt 33, is the UART's.
  irqchips: [{ address: 0x8000000n, id: 0, pin_base: 32, pin_bitmap: [1 << 1, 0, 0, 0] }],
};

export const cells = [
  linuxCell({ name: 'payload-demo', cpus: [1], physStart: 0x3a600000n, highRam: 6n * MIB }),
  linuxCell({ name: 'linux-x86-demo', cpus: [2, 3], physStart: 0x3b000000n, highRam: 74n * MIB }),
  linuxArm64Cell,
];
