import fc from 'fast-check';
import { layoutIdOf, type LayoutId, type Versioned } from '../../src/formats/cell/layout-ids.ts';
import { IOMMU_UNITS, type AnyStruct, type ConfigLayout } from '../../src/formats/cell/layouts.ts';
import type { CellConfig, CellDescription, SystemConfig } from '../../src/formats/cell/types.ts';
import { layoutOf } from '../../src/formats/cell/variants.ts';
import { utf8 } from './bytes.ts';

// Configs as people write them, in any layout: values that are possible, so that the bytes alone tell the layout.

/** Layouts whose cells have the same fields, but for the end of ivshmem devices. */
const SAME_CELLS: readonly (readonly LayoutId[])[] = [
  ['std12', 'nxp12', 'git12-old', 'git12-iv-c'],
  ['std13', 'git13-first'],
  ['std9', 'git9-flags'],
  ['std11', 'git11-a', 'git11-b'],
];
/** Layouts whose systems have. */
const SAME_SYSTEMS: readonly (readonly LayoutId[])[] = [['git12-old', 'git12-iv-c']];

/** Whether a config of one layout may be read as one of the other, without any difference. */
export function readAlike(kind: 'cell' | 'system', one: Versioned, other: Versioned): boolean {
  const ids = [layoutIdOf(one), layoutIdOf(other)];
  const groups = kind === 'cell' ? SAME_CELLS : SAME_SYSTEMS;
  return ids[0] === ids[1] || groups.some((group) => ids.every((id) => group.includes(id)));
}

type Fields = Record<string, unknown>;

const zero = (table: AnyStruct): Fields => table.decode(new Uint8Array(table.size));
const page = (least: number, most: number) => fc.integer({ min: least, max: most }).map((n) => n * 0x1000);
const bigPage = (least: number, most: number) => page(least, most).map(BigInt);

const name = fc.stringMatching(/^[a-z][a-z0-9-]{2,14}$/).map((text) => {
  const out = new Uint8Array(32);
  out.set(utf8(text));
  return out;
});

/** At least one CPU of the first eight; sets of machines with more CPUs are wider. */
const cpus = fc
  .tuple(fc.integer({ min: 1, max: 255 }), fc.constantFrom(8, 8, 8, 16, 32))
  .map(([first, size]) => Uint8Array.from({ length: size }, (_, index) => (index === 0 ? first : 0)));

const region = fc.record({
  phys_start: bigPage(1, 1 << 20),
  virt_start: bigPage(0, 1 << 20),
  size: bigPage(1, 1 << 16),
  flags: fc.constantFrom(1n, 3n, 7n, 0xfn),
});

const chip = fc.record({
  address: bigPage(1, 1 << 20),
  id: fc.nat(255),
  pin_base: fc.constantFrom(0, 32, 160),
  pin_bitmap: fc.array(fc.nat(0xffffffff), { minLength: 4, maxLength: 4 }),
});

const console = fc.constantFrom<Fields>(
  {},
  { address: 0x9000000n, size: 0x1000, type: 2, flags: 1 },
  { address: 0x3f8n, type: 1, flags: 0 },
);

const smallList = <T>(item: fc.Arbitrary<T>, maxLength = 3) => fc.array(item, { maxLength });

/** Devices with what they refer to; an ivshmem device has its tail as the layout has it. */
function devicesOf({ pciDevice }: ConfigLayout, hasLinks: boolean): fc.Arbitrary<Fields[]> {
  const device = fc.record({
    type: hasLinks ? fc.constantFrom(1, 3) : fc.constant(1),
    bdf: fc.nat(0xffff),
    num_msi_vectors: fc.nat(4),
  });
  const tail: Fields =
    'shmem_peers' in pciDevice.fields
      ? { shmem_regions_start: 0, shmem_dev_id: 1, shmem_peers: 2, shmem_protocol: 1 }
      : { shmem_region: 0, shmem_protocol: 1 };
  const bar = 'shmem_peers' in pciDevice.fields ? 0xfffff000 : 0xffffff00;
  const linkTail = { ...tail, ...('shmem_peers' in pciDevice.fields ? {} : { shmem_protocol: 0x100 }) };
  return smallList(device, 2).map((devices) =>
    devices.map((each) => {
      const blank = zero(pciDevice as AnyStruct);
      return each.type === 3
        ? { ...blank, ...each, ...linkTail, bar_mask: [bar, ...(blank['bar_mask'] as number[]).slice(1)] }
        : { ...blank, ...each };
    }),
  );
}

function description(version: Versioned, fixed: Fields, hasLinks: boolean): fc.Arbitrary<CellDescription> {
  const layout = layoutOf(version);
  const parts = new Set(layout.tables.map(({ part }) => part));
  const blank = zero(layout.header);
  const pick = <T>(values: Record<string, fc.Arbitrary<T>>): Record<string, fc.Arbitrary<T>> =>
    Object.fromEntries(Object.entries(values).filter(([field]) => field in blank));
  const header = fc
    .tuple(
      name,
      fc.record(
        pick<unknown>({
          flags: fc.constantFrom(0, 1),
          vpci_irq_base: fc.nat(900),
          cpu_reset_address: bigPage(0, 100),
          msg_reply_timeout: fc.constantFrom(0n, 1000n),
          pci_cfg_base: fc.constantFrom(0n, 0xbb800000n),
          ivshmem_irq: fc.constantFrom(0, 108),
        }),
      ),
      console,
    )
    .map(([text, values, uart]) => {
      const counts = new Set(layout.tables.map(({ count }) => count));
      const all: Fields = { ...blank, ...values, name: text, ...fixed };
      if ('console' in blank) all['console'] = { ...(blank['console'] as Fields), ...uart };
      return Object.fromEntries(Object.entries(all).filter(([field]) => !counts.has(field)));
    });
  const rare = {
    smmuSids: smallList(fc.record({ sid: fc.nat(0x7fff), sid_mask: fc.nat(0x7fff) })),
    regmaps: smallList(
      fc.record({
        reg_base: bigPage(1, 1 << 20),
        reg_count: fc.nat(64),
        reg_size: fc.constantFrom(1, 2, 4),
        flags: fc.constant(3),
        reg_bitmap: fc.array(fc.nat(0xffffffff), { minLength: 8, maxLength: 8 }),
      }),
    ),
  };
  return fc.record({
    header,
    cpus,
    memoryRegions: fc.array(region, { minLength: 1, maxLength: 6 }),
    cacheRegions: smallList(fc.constant({ start: 0, size: 2, type: 1, padding: 0, flags: 0 }), 1),
    irqchips: smallList(chip),
    pio:
      layout.pio === 'bitmap'
        ? fc.constantFrom(0, 8192).map((size) => ({ bitmap: new Uint8Array(size).fill(0xff) }))
        : smallList(fc.constantFrom({ base: 0x3f8, length: 8 }, { base: 0x70, length: 2 })).map(
            (regions) => ({ regions }),
          ),
    pciDevices: devicesOf(layout, hasLinks),
    pciCaps: smallList(fc.constantFrom({ id: 5, start: 0x50, len: 14, flags: 1 })),
    streamIds: parts.has('streamIds') ? smallList(fc.nat(0xffff)) : fc.constant([]),
    ...Object.fromEntries(Object.entries(rare).filter(([part]) => parts.has(part))),
  }) as unknown as fc.Arbitrary<CellDescription>;
}

interface Shape {
  /** Whether it may have ivshmem devices; those tell the layouts of revision 12 from each other. */
  hasLinks?: boolean;
}

function plausibleCell(version: Versioned, { hasLinks = true }: Shape = {}): fc.Arbitrary<CellConfig> {
  const { signatures, namesArchitecture } = layoutOf(version);
  const fixed = {
    signature: utf8(signatures.cell),
    revision: version.revision,
    ...(namesArchitecture ? { architecture: 2 } : {}),
  };
  return description(version, fixed, hasLinks).map((parts) => ({
    kind: 'cell' as const,
    ...version,
    architecture: 'arm64' as const,
    ...parts,
    trailing: new Uint8Array(0),
  }));
}

function plausibleSystem(version: Versioned, { hasLinks = true }: Shape = {}): fc.Arbitrary<SystemConfig> {
  const layout = layoutOf(version);
  const { system, platform, iommu, iommuPlace, unionSize, signatures } = layout;
  const units = IOMMU_UNITS * iommu.size;
  const inMember = iommuPlace === 'both';
  const blank = zero(system);
  return fc
    .tuple(
      description(version, {}, hasLinks),
      bigPage(1, 1 << 20),
      bigPage(0x100, 0x4000),
      bigPage(0, 0xfffff),
    )
    .map(([rootCell, phys_start, size, mmconfig]) => ({
      kind: 'system' as const,
      ...version,
      architecture: 'arm64' as const,
      signature: utf8(signatures.system),
      ...('flags' in blank ? { flags: 0 } : {}),
      hypervisorMemory: { phys_start, virt_start: 0n, size, flags: 0n },
      debugConsole: { ...(blank['debug_console'] as object), address: 0x9000000n, size: 0x1000 } as never,
      pciMmconfigBase: mmconfig,
      pciMmconfigEndBus: 0,
      pciIsVirtual: 1,
      ...('pci_domain' in blank ? { pciDomain: 0xffff } : {}),
      iommuUnits:
        inMember || iommuPlace === 'common'
          ? Array.from({ length: IOMMU_UNITS }, () => zero(iommu) as never)
          : null,
      platform: {
        architecture: 'arm64' as const,
        fields: { ...zero(platform.arm), gic_version: 2, gicd_base: 0x8000000n } as never,
        tail: new Uint8Array(unionSize - platform.arm.size - (inMember ? units : 0)),
      },
      rootCell,
      trailing: new Uint8Array(0),
    }));
}

export const plausibleConfig = (
  kind: 'cell' | 'system',
  version: Versioned,
  shape?: Shape,
): fc.Arbitrary<CellConfig | SystemConfig> =>
  kind === 'cell' ? plausibleCell(version, shape) : plausibleSystem(version, shape);
