import { createCellConfig, type NewCell } from '../../src/formats/cell/create.ts';
import type { PciDevice } from '../../src/formats/cell/records.ts';
import type { CellEvidence } from '../../src/checks/kernel/evidence.ts';
import { makeCellEvidence } from './kernel-evidence.ts';
import { PASSIVE_COMMREG } from './cell-flags.ts';
import { EMPTY_DEVICE } from './machine.ts';

const IOAPIC = 0xfec00000n;

interface ConsoleCell extends Partial<Omit<NewCell, 'ports' | 'irqchips'>> {
  /** Base and length of each PIO region. */
  ports?: readonly (readonly [number, number])[];
  /** Of the IOAPIC; `null`: the cell has none. */
  pins?: readonly number[] | null;
  ioapic?: bigint;
}

/** An ivshmem device with a protocol; Jailhouse 0.12 and newer. */
export const ivshmem = (protocol: number): PciDevice => ({
  ...EMPTY_DEVICE,
  type: 3,
  bdf: 0,
  shmem_regions_start: 0,
  shmem_dev_id: 0,
  shmem_peers: 0,
  shmem_protocol: protocol,
});

/** A PCI device that is no ivshmem one. */
export const pciCard = (): PciDevice => ({ ...ivshmem(0), type: 1 });

/** A cell with ports and pins; the first UART and its pin where nothing is said. */
export function consoleCell(change: ConsoleCell = {}, uartFlags = true): CellEvidence {
  const { ports = [[0x3f8, 8]], pins = [4], ioapic = IOAPIC, ...rest } = change;
  const config = createCellConfig({
    revision: 14,
    architecture: 'x86',
    name: 'demo',
    flags: PASSIVE_COMMREG,
    cpus: [1],
    memoryRegions: [{ phys_start: 0x40000000n, virt_start: 0n, size: 0x10000000n, flags: 0x4fn }],
    ports: ports.map(([base, length]) => ({ base, length })),
    irqchips:
      pins === null
        ? []
        : [
            {
              address: ioapic,
              id: 0xff00,
              pin_base: 0,
              pin_bitmap: [pins.reduce((bits, pin) => bits | (1 << pin), 0), 0, 0, 0],
            },
          ],
    ...rest,
  });
  return makeCellEvidence({ config, uartFlags });
}

/** A cell of Jailhouse 0.10 or 0.11: a bitmap of ports, and a setup_data that says nothing of UARTs. */
export const oldCell = (change: ConsoleCell = {}): CellEvidence =>
  consoleCell({ revision: 10, ...change }, false);
