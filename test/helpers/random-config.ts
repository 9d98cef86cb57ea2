import { codePoint } from './any-text.ts';
import fc from 'fast-check';
import { IOMMU_UNITS, LAYOUTS, type AnyStruct } from '../../src/formats/cell/layouts.ts';
import {
  cacheRegion,
  irqchip,
  memoryRegion,
  pciCapability,
  pioRegion,
} from '../../src/formats/cell/records.ts';
import type { Revision } from '../../src/formats/cell/releases.ts';
import type { CellConfig, CellDescription, SystemConfig } from '../../src/formats/cell/types.ts';
import { utf8 } from './bytes.ts';

/** Bytes with the values that configs are full of: zero, one bit, all bits. */
const bytes = (size: number, anything: boolean) =>
  anything
    ? fc.uint8Array({ minLength: size, maxLength: size })
    : fc
        .array(fc.constantFrom(0, 0, 0, 1, 2, 3, 4, 0x10, 0x40, 0x80, 0xff), {
          minLength: size,
          maxLength: size,
        })
        .map((list) => Uint8Array.from(list));

const record = (table: { size: number; decode(from: Uint8Array): unknown }, anything: boolean) =>
  bytes(table.size, anything).map((raw) => table.decode(raw) as never);

const name = fc.string({ unit: codePoint, maxLength: 10 }).map((random) => {
  const text = random.replaceAll('\0', '');
  const out = new Uint8Array(32);
  out.set(new TextEncoder().encode(text).subarray(0, 31));
  return out;
});

/** @param anything bytes without a name are random too, and trailing ones follow */
function description(
  revision: Revision,
  anything: boolean,
  fixed: Partial<CellDescription['header']>,
): fc.Arbitrary<CellDescription> {
  const layout = LAYOUTS[revision];
  const list = (table: { size: number; decode(from: Uint8Array): unknown }, maxLength = 6) =>
    fc.array(record(table, anything), { maxLength });
  const clean = (device: Record<string, unknown>): never =>
    (anything || !('padding' in device) ? device : { ...device, padding: new Uint8Array(2) }) as never;
  return fc.record({
    header: fc
      .tuple(record(layout.header, anything), anything ? bytes(32, true) : name)
      .map(([header, text]) => {
        const { cpu_set_size: _, ...rest } = header as Record<string, unknown>;
        const kept = Object.entries(rest).filter(([key]) => !key.startsWith('num_'));
        return { ...Object.fromEntries(kept), name: text, ...fixed } as never;
      }),
    cpus: fc.oneof(bytes(8, true), fc.uint8Array({ maxLength: 20 })),
    memoryRegions: list(memoryRegion, 12),
    cacheRegions: list(cacheRegion),
    irqchips: list(irqchip),
    pio:
      layout.pio === 'bitmap'
        ? fc
            .oneof(fc.uint8Array({ maxLength: 40 }), fc.constant(new Uint8Array(8192).fill(0xff)))
            .map((bitmap) => ({ bitmap }))
        : list(pioRegion).map((regions) => ({ regions })),
    pciDevices: list(layout.pciDevice).map((devices) => devices.map(clean)),
    pciCaps: list(pciCapability),
    streamIds: layout.streamIds ? fc.array(fc.nat(0xffffffff), { maxLength: 4 }) : fc.constant([]),
  });
}

const trailing = (anything: boolean) =>
  anything ? fc.uint8Array({ maxLength: 80 }) : fc.constant(new Uint8Array(0));
const architecture = fc.constantFrom('x86', 'arm', 'arm64' as const);

export const randomCell = (revision: Revision, anything: boolean): fc.Arbitrary<CellConfig> =>
  architecture.chain((arch) => {
    const layout = LAYOUTS[revision];
    const fixed = {
      signature: utf8(layout.signatures.cell),
      revision,
      ...(layout.namesArchitecture ? { architecture: ['x86', 'arm', 'arm64'].indexOf(arch) } : {}),
    };
    return fc.tuple(description(revision, anything, fixed), trailing(anything)).map(([parts, rest]) => ({
      kind: 'cell' as const,
      revision,
      architecture: arch,
      ...parts,
      trailing: rest,
    }));
  });

export const randomSystem = (revision: Revision, anything: boolean): fc.Arbitrary<SystemConfig> =>
  architecture.chain((arch) => {
    const layout = LAYOUTS[revision];
    const member: AnyStruct = layout.platform[arch === 'x86' ? 'x86' : 'arm'];
    const inMember = layout.iommuPlace === 'both' || (layout.iommuPlace === 'x86' && arch === 'x86');
    const hasUnits = inMember || layout.iommuPlace === 'common';
    const left = layout.unionSize - member.size - (inMember ? IOMMU_UNITS * layout.iommu.size : 0);
    const zeroPadding = (fields: Record<string, unknown>) => {
      const { padding } = fields;
      if (anything || padding === undefined) return fields;
      return {
        ...fields,
        padding: typeof padding === 'number' ? 0 : new Uint8Array((padding as Uint8Array).length),
      };
    };
    const root = anything ? {} : { signature: new Uint8Array(layout.signatures.cell.length) };
    return fc
      .record({
        system: record(layout.system, anything),
        units: fc.array(record(layout.iommu, anything), { minLength: IOMMU_UNITS, maxLength: IOMMU_UNITS }),
        fields: record(member, anything),
        tail: anything ? bytes(left, true) : fc.constant(new Uint8Array(left)),
        rootCell: description(revision, anything, root),
        rest: trailing(anything),
      })
      .map(({ system, units, fields, tail, rootCell, rest }) => {
        const head = system as Record<string, never>;
        return {
          kind: 'system' as const,
          revision,
          architecture: arch,
          signature: utf8(layout.signatures.system),
          ...('flags' in head ? { flags: head.flags! } : {}),
          hypervisorMemory: head.hypervisor_memory!,
          debugConsole: head.debug_console!,
          pciMmconfigBase: head.pci_mmconfig_base!,
          pciMmconfigEndBus: head.pci_mmconfig_end_bus!,
          pciIsVirtual: head.pci_is_virtual!,
          ...('pci_domain' in head ? { pciDomain: head.pci_domain! } : {}),
          iommuUnits: hasUnits ? units : null,
          platform: { architecture: arch, fields: zeroPadding(fields) as never, tail },
          rootCell,
          trailing: rest,
        };
      });
  });
