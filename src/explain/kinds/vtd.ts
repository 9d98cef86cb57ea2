import { hex } from '../../base/address.ts';
import { vtdFault } from '../dumps/iommu-faults.ts';
import type { Reading } from '../kind.ts';

const FIXES = {
  memory:
    'give the cell of the device a memory region with DMA there, at the address that its guest sees; a device that the root cell lost must be stopped by its driver before the cell is created',
  interrupt:
    "compare the device's iommu and its numbers of vectors in the config with the machine; reason 25 is a device that was programmed before Jailhouse started: unbind its driver before",
  device: 'give the device to a cell: an entry with its bdf, and the iommu that reported the fault',
  unit: "compare the device's iommu in the config with the unit that reported the fault",
};

const NO_ROOT_ENTRY = 0x1;
const NO_CONTEXT_ENTRY = 0x2;
const WRITE = 0x5;
const READ = 0x6;

/** What a fault of Intel's IOMMU says in words; `null`: its reason is not in the log. */
export function vtdReading(values: Readonly<Record<string, string>>): Partial<Reading> | null {
  const number = values.reason === undefined ? Number.NaN : Number.parseInt(values.reason, 16);
  if (Number.isNaN(number)) return null;
  const info = values.info === undefined ? null : BigInt(`0x${values.info.replace(/^0x/, '')}`);
  const { means, address, interrupt } = vtdFault(number, info ?? 0n);
  const device = values.device === undefined ? 'a PCI device' : `the PCI device ${values.device}`;
  const why = means ?? `reason 0x${number.toString(16)}, which is not a known one`;
  if (address === null) {
    const index = info === null || interrupt === null ? '' : ` (index ${interrupt})`;
    return {
      meaning: `the IOMMU refused an interrupt of ${device}${index}: ${why}`,
      rules: ['cell/iommu-unit', 'cell/pci-interrupts'],
      fix: FIXES.interrupt,
    };
  }
  const at = info === null ? '' : ` at ${hex(address)}`;
  const fix =
    number === WRITE || number === READ
      ? FIXES.memory
      : number === NO_ROOT_ENTRY || number === NO_CONTEXT_ENTRY
        ? FIXES.device
        : FIXES.unit;
  return {
    meaning: `the IOMMU refused an access of ${device}${at}: ${why}`,
    rules: ['cell/iommu-unit'],
    fix,
  };
}
