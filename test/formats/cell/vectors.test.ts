import { describe, expect, test } from 'vitest';
import { encodeCellConfig, parseCellConfig } from '../../../src/formats/cell/config.ts';
import { encodeSystemConfig, parseSystemConfig } from '../../../src/formats/cell/system.ts';
import type { CellDescription, SystemConfig } from '../../../src/formats/cell/types.ts';
import { cellVectors } from '../../helpers/vectors.ts';

/** Our values in the vectors' spelling: bytes as hex (Latin-1 text for name and signature), numbers as JSON has them. */
function plain(value: unknown, name = ''): unknown {
  if (value instanceof Uint8Array) {
    return name === 'name' || name === 'signature'
      ? Buffer.from(value).toString('latin1')
      : Buffer.from(value).toString('hex');
  }
  if (typeof value === 'bigint') return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  if (Array.isArray(value)) return value.map((item) => plain(item));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item, key)]));
  }
  return value;
}

function descriptionFields(cell: CellDescription, revision: number): Record<string, unknown> {
  const { pio } = cell;
  return {
    ...(plain(cell.header) as object),
    cpu_set_size: cell.cpus.length,
    num_memory_regions: cell.memoryRegions.length,
    num_cache_regions: cell.cacheRegions.length,
    num_irqchips: cell.irqchips.length,
    num_pio: 'bitmap' in pio ? pio.bitmap.length : pio.regions.length,
    num_pci_devices: cell.pciDevices.length,
    num_pci_caps: cell.pciCaps.length,
    ...(revision >= 12 ? { num_stream_ids: cell.streamIds.length, stream_ids: cell.streamIds } : {}),
    cpus: plain(cell.cpus),
    mem_regions: plain(cell.memoryRegions),
    cache_regions: plain(cell.cacheRegions),
    irqchips: plain(cell.irqchips),
    ...('bitmap' in pio ? { pio_bitmap: plain(pio.bitmap) } : { pio_regions: plain(pio.regions) }),
    pci_devices: plain(cell.pciDevices),
    pci_caps: plain(cell.pciCaps),
  };
}

function systemFields(system: SystemConfig): Record<string, unknown> {
  return {
    signature: plain(system.signature, 'signature'),
    revision: system.revision,
    ...(system.revision >= 14 ? { architecture: ['x86', 'arm', 'arm64'].indexOf(system.architecture) } : {}),
    ...(system.flags === undefined ? {} : { flags: system.flags }),
    hypervisor_memory: plain(system.hypervisorMemory),
    debug_console: plain(system.debugConsole),
    pci: {
      pci_mmconfig_base: plain(system.pciMmconfigBase),
      pci_mmconfig_end_bus: system.pciMmconfigEndBus,
      pci_is_virtual: system.pciIsVirtual,
      ...(system.pciDomain === undefined ? {} : { pci_domain: system.pciDomain }),
    },
    arch: plain(system.platform.fields),
    ...(system.iommuUnits === null ? {} : { iommu_units: plain(system.iommuUnits) }),
    union_tail: plain(system.platform.tail),
    root_cell: descriptionFields(system.rootCell, system.revision),
  };
}

const vectors = cellVectors();

test('the vectors cover both kinds in every revision', () => {
  const seen = new Set(vectors.map(({ kind, revision }) => `${kind}/${revision}`));
  expect(seen.size).toBe(24);
});

describe.each(vectors)('$id', (vector) => {
  const file = new Uint8Array(Buffer.from(vector.hex, 'hex'));

  if (vector.kind === 'cell') {
    test('decodes to its fields and encodes to its bytes', () => {
      const cell = parseCellConfig(file);
      expect(descriptionFields(cell, cell.revision)).toEqual(vector.fields);
      expect(Buffer.from(cell.trailing).toString('hex')).toBe(vector.trailing);
      expect(Buffer.from(encodeCellConfig(cell)).toString('hex')).toBe(vector.hex);
      expect([vector.arch, null]).toContain(cell.architecture);
    });
  } else {
    test('decodes to its fields and encodes to its bytes', () => {
      const system = parseSystemConfig(file, vector.arch);
      expect(systemFields(system)).toEqual(vector.fields);
      expect(Buffer.from(system.trailing).toString('hex')).toBe(vector.trailing);
      expect(Buffer.from(encodeSystemConfig(system)).toString('hex')).toBe(vector.hex);
    });

    test.each(['x86', 'arm64', undefined] as const)('encodes to its bytes read as %s', (architecture) => {
      expect(Buffer.from(encodeSystemConfig(parseSystemConfig(file, architecture))).toString('hex')).toBe(
        vector.hex,
      );
    });
  }
});
