import { hex } from '../../base/address.ts';
import { plural } from '../../base/text.ts';
import { describeRange, holds } from '../../base/ranges.ts';
import { physicalRegions, regionText } from '../../checks/cell/ranges.ts';
import type { Party } from '../../checks/cell/scene.ts';
import { isIvshmem, nameOf, PCI_CAP_FLAGS, PCI_TYPES } from '../../formats/cell/names.ts';
import { formatBdf, PCI_CAPABILITIES } from '../../formats/cell/pci.ts';
import type { PciCapability, PciDevice } from '../../formats/cell/records.ts';
import { partiesOf, type Machine } from './machine.ts';
import { pciHeaderRegister } from './registers.ts';

const BDF = /^(?:[0-9a-f]{1,4}:)?([0-9a-f]{1,2}):([0-9a-f]{1,2})\.([0-7])$/;

/** `00:1c.0`, or in four hex digits as releases up to 0.10 print it; `null` for what is neither. */
export function parseBdf(text: string): number | null {
  const [, bus, device, fn] = BDF.exec(text) ?? [];
  if (bus !== undefined) return (parseInt(bus, 16) << 8) | (parseInt(device!, 16) << 3) | parseInt(fn!, 16);
  return /^[0-9a-f]{4}$/.test(text) ? parseInt(text, 16) : null;
}

const deviceOf = ({ description }: Party, bdf: number): PciDevice | null =>
  description.pciDevices.find((device) => device.bdf === bdf) ?? null;

/** The device's capabilities, as its cell's config has them. */
const capabilitiesOf = ({ description }: Party, { caps_start, num_caps }: PciDevice): PciCapability[] =>
  description.pciCaps.slice(caps_start, caps_start + num_caps);

const capabilityName = (id: number): string => {
  const name = nameOf(PCI_CAPABILITIES, id);
  return name === null ? `capability ${hex(id)}` : `capability ${hex(id)} (${name})`;
};

const isWritable = ({ flags }: PciCapability): boolean => (BigInt(flags) & PCI_CAP_FLAGS.write!) !== 0n;

/** The MSI and MSI-X capabilities are the hypervisor's own matter. */
const EMULATED: ReadonlySet<number> = new Set([PCI_CAPABILITIES.msi!, PCI_CAPABILITIES.msix!]);

const HEADER_END = 0x40;

/** `register 0xa2, in capability 0x1 (pm), which the cell may only read` */
export function configRegisterText(owner: Party | null, bdf: number, register: number): string {
  const shown = `register ${hex(register)}`;
  if (register < HEADER_END) {
    const name = pciHeaderRegister(register);
    return `${shown} of its header${name === null ? '' : `, ${name}`}`;
  }
  const device = owner && deviceOf(owner, bdf);
  if (owner === null || device === null) return shown;
  const capability = capabilitiesOf(owner, device).find(
    ({ start, len }) => start <= register && register < start + len,
  );
  if (capability === undefined) {
    return `${shown}, which is in no capability of its entry: the config leaves it out, so the hypervisor refuses writes`;
  }
  const { id, start, len } = capability;
  const may = EMULATED.has(id)
    ? 'which the hypervisor emulates'
    : isWritable(capability)
      ? 'which the cell may write'
      : 'which the cell may only read: its entry has no flag `write`';
  return `${shown}, in ${capabilityName(id)} at ${describeRange({ start: BigInt(start), size: BigInt(len) })}, ${may}`;
}

const typeText = ({ type }: PciDevice): string => {
  const name = nameOf(PCI_TYPES, type);
  return name === null ? `type ${type}` : name;
};

/** Whose the device is, and what its entry says. */
export function pciDeviceText(machine: Machine, owner: Party | null, bdf: number): string {
  const shown = formatBdf(machine.scene.system?.pciDomain ?? 0, bdf);
  const own = owner && deviceOf(owner, bdf);
  if (owner !== null && own !== null) {
    const { iommu, num_msi_vectors, num_msix_vectors, num_caps } = own;
    return `${shown} is PCI device ${owner.description.pciDevices.indexOf(own)} of ${owner.title}: type ${typeText(own)}, iommu ${iommu}, ${plural(num_caps, 'PCI capability record')}, ${num_msi_vectors} MSI and ${num_msix_vectors} MSI-X vectors`;
  }
  const others = partiesOf(machine).filter((party) => party !== owner && deviceOf(party, bdf) !== null);
  const elsewhere = others.map(({ title }) => title).join(' and ');
  if (owner === null) {
    return others.length === 0
      ? `${shown} is in none of the configs that were given`
      : `${shown} is a PCI device of ${elsewhere}`;
  }
  return others.length === 0
    ? `${shown} is not among the PCI devices of ${owner.title}, nor of another config that was given: the hypervisor refuses writes to it`
    : `${shown} is not among the PCI devices of ${owner.title}: it is one of ${elsewhere}`;
}

/** What may be wrong with the MSI-X table of a device, whose pages the hypervisor takes; none where it has no such table. */
export function msixSentences(machine: Machine, bdf: number): string[] {
  const holder = holderOf(machine, bdf);
  if (holder === null || holder.device.num_msix_vectors === 0 || isIvshmem(holder.device)) return [];
  const { party, device } = holder;
  const range = { start: device.msix_address, size: BigInt(device.msix_region_size) };
  const placed = physicalRegions(party).find((each) => holds(each.range, range.start));
  const where =
    placed === undefined
      ? `in no memory region of ${party.title}`
      : `in ${regionText(placed)} of ${party.title}`;
  const isOdd = range.size === 0n || (range.size & (range.size - 1n)) !== 0n;
  const size = isOdd ? `, and its size of ${hex(range.size)} is not a power of two` : '';
  return [`its MSI-X table is at ${hex(range.start)}, ${where}${size}`];
}

/** Whose device it is: the cell's that took it, else the root cell's. */
export function holderOf(machine: Machine, bdf: number): { party: Party; device: PciDevice } | null {
  for (const party of partiesOf(machine).toReversed()) {
    const device = deviceOf(party, bdf);
    if (device !== null) return { party, device };
  }
  return null;
}

/** What stands in the address port of PCI's first mechanism. */
export const addressPort = (value: number): { bdf: number; register: number } => ({
  bdf: (value >>> 8) & 0xffff,
  // AMD has four more bits of the register above the bus.
  register: (value & 0xfc) | ((value >>> 16) & 0xf00),
});
