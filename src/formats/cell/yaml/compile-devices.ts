import { PCI_CAP_FLAGS, PCI_TYPES } from '../names.ts';
import { PCI_CAPABILITIES } from '../pci.ts';
import type { PciCapability, PciDevice } from '../records.ts';
import type { ManifestPath } from '../../../base/diagnostic.ts';
import { nearest, plural } from '../../../base/text.ts';
import { quoted } from '../../yaml/problem.ts';
import type { CompiledMemory } from './compile-memory.ts';
import { shmemBarMask } from '../shmem-bars.ts';
import { MSI_FLAGS } from './pci.ts';
import type { WrittenPciCap, WrittenPciDevice } from './schema.ts';
import type { Scope } from './scope.ts';

export interface CompiledCaps {
  caps: PciCapability[];
  byName: ReadonlyMap<string, number>;
}

export function compileCaps(
  scope: Scope,
  written: readonly WrittenPciCap[] | undefined,
  path: ManifestPath,
): CompiledCaps {
  const byName = new Map<string, number>();
  const caps = (written ?? []).map(({ name, id, start = 0, len = 0, flags }, index): PciCapability => {
    const at = [...path, index];
    if (name !== undefined) {
      if (byName.has(name))
        scope.report('duplicate', [...at, 'name'], 'is the name of two entries', 'give each its own name');
      byName.set(name, index);
    }
    return {
      id: scope.choice(id, [...at, 'id'], () => PCI_CAPABILITIES),
      start,
      len,
      flags: Number(scope.flags(flags, [...at, 'flags'], () => PCI_CAP_FLAGS)),
    };
  });
  return { caps, byName };
}

type Names = ReadonlyMap<string, number>;

function lookUp(
  scope: Scope,
  name: string | number,
  names: Names,
  path: ManifestPath,
  where: string,
): number | null {
  if (typeof name === 'number') return name;
  const index = names.get(name);
  if (index !== undefined) return index;
  const meant = nearest(name, names.keys());
  const fix =
    meant === undefined ? `give an entry of \`${where}\` that \`name:\`` : `did you mean \`${meant}\`?`;
  scope.report('reference', path, `names ${quoted(name)}, which is not an entry of \`${where}\``, fix);
  return null;
}

/** The index of the first of several references, which have to be neighbours. */
function consecutive(
  scope: Scope,
  references: readonly (string | number)[],
  names: Names,
  path: ManifestPath,
  where: string,
): number {
  const found = references.map((name, index) => lookUp(scope, name, names, [...path, index], where));
  const first = found[0] ?? 0;
  const astray = found.findIndex((index, offset) => index !== null && index !== first + offset);
  if (astray > 0 && !found.includes(null)) {
    const fix = `put them directly one after the other in \`${where}\`, in this order`;
    scope.report(
      'reference',
      [...path, astray],
      'is not the entry that follows the one named before it',
      fix,
    );
  }
  return first;
}

function compileCapReferences(
  scope: Scope,
  { caps, caps_start, num_caps }: WrittenPciDevice,
  { byName }: CompiledCaps,
  path: ManifestPath,
): { caps_start: number; num_caps: number } {
  if (caps === undefined) return { caps_start: caps_start ?? 0, num_caps: num_caps ?? 0 };
  if (caps_start !== undefined || num_caps !== undefined) {
    const fix = 'name the capabilities, or give the index and number of them, not both';
    scope.report('conflict', [...path, 'caps'], 'is given together with `caps_start` or `num_caps`', fix);
  }
  const first = consecutive(scope, caps, byName, [...path, 'caps'], 'pci_caps');
  if (first > 0xffff || caps.length > 0xffff)
    scope.report('value', [...path, 'caps'], 'do not fit 16 bits', 'a device has at most 65535 capabilities');
  return { caps_start: first, num_caps: caps.length };
}

function compileShmem(
  scope: Scope,
  device: WrittenPciDevice,
  { byName }: CompiledMemory,
  path: ManifestPath,
): Partial<PciDevice> {
  const { shmem_regions, shmem_dev_id = 0, shmem_peers = 0, padding } = device;
  const numbers = shmem_regions?.map((name) => (/^[0-9]+$/.test(name) ? Number(name) : name));
  if (numbers === undefined && device.type === 'ivshmem') {
    const fix = 'name the first of its regions, or a network block, from `memory`';
    scope.report('missing', [...path, 'shmem_regions'], 'is missing', fix);
  }
  const first =
    numbers === undefined ? 0 : consecutive(scope, numbers, byName, [...path, 'shmem_regions'], 'memory');
  if (first > 0xffffffff) {
    scope.report('value', [...path, 'shmem_regions'], 'does not fit 32 bits', 'name a region');
    return {};
  }
  const fields = scope.layout.pciDevice.fields;
  if ('shmem_region' in fields) {
    scope.refuse(
      [...path, 'shmem_dev_id'],
      shmem_dev_id,
      ({ pciDevice }) => 'shmem_dev_id' in pciDevice.fields,
    );
    scope.refuse([...path, 'shmem_peers'], shmem_peers, ({ pciDevice }) => 'shmem_peers' in pciDevice.fields);
    return { shmem_region: first, padding: fixedBytes(scope, padding, 2, [...path, 'padding']) };
  }
  if (padding !== undefined)
    scope.refuse([...path, 'padding'], padding, ({ pciDevice }) => 'padding' in pciDevice.fields);
  return { shmem_regions_start: first, shmem_dev_id, shmem_peers };
}

/** Bytes of a fixed number; zero where none are written. */
export function fixedBytes(
  scope: Scope,
  written: Uint8Array | undefined,
  size: number,
  path: ManifestPath,
): Uint8Array {
  if (written === undefined || written.length === size) return written ?? new Uint8Array(size);
  scope.report(
    'value',
    path,
    `has ${plural(written.length, 'byte')}`,
    `${plural(size, 'byte')} ${size === 1 ? 'is' : 'are'} there, and all are to be written`,
  );
  return new Uint8Array(size);
}

export function compilePciDevice(
  scope: Scope,
  device: WrittenPciDevice,
  memory: CompiledMemory,
  caps: CompiledCaps,
  path: ManifestPath,
): PciDevice {
  const { num_msix_vectors = 0, bar_mask } = device;
  const type = scope.choice(device.type, [...path, 'type'], () => PCI_TYPES);
  const masks = bar_mask ?? (device.type === 'ivshmem' ? shmemBarMask(scope.version, num_msix_vectors) : []);
  if (masks.length > 6)
    scope.report('value', [...path, 'bar_mask'], `has ${masks.length} masks`, 'a device has six BARs');
  if (device.bdf === undefined && device.type !== undefined)
    scope.report('missing', [...path, 'bdf'], 'is missing', "say which device it is: `bdf: '01:0c.0'`");
  return {
    type,
    iommu: device.iommu ?? 0,
    domain: device.bdf?.domain ?? 0,
    bdf: device.bdf?.bdf ?? 0,
    bar_mask: [...masks, 0, 0, 0, 0, 0, 0].slice(0, 6),
    ...compileCapReferences(scope, device, caps, path),
    num_msi_vectors: device.num_msi_vectors ?? 0,
    msi_flags: Number(scope.flags(device.msi_flags, [...path, 'msi_flags'], () => MSI_FLAGS)),
    num_msix_vectors,
    msix_region_size: device.msix_region_size ?? 0,
    msix_address: device.msix_address ?? 0n,
    ...compileShmem(scope, device, memory, path),
    shmem_protocol: scope.protocol(device.shmem_protocol, [...path, 'shmem_protocol']),
  };
}
