import { concatBytes, copyOf } from '../../base/bytes.ts';
import type { Architecture } from '../../base/choices.ts';
import { portsTellX86, unencodable } from './config.ts';
import { decodeDescription, encodeDescription } from './description.ts';
import { archNumber, cutShort, identifyConfig } from './identify.ts';
import { chooseLayout } from './choose.ts';
import type { Versioned } from './layout-ids.ts';
import { IOMMU_UNITS, SIGNATURE_SIZE, type AnyStruct, type ConfigLayout } from './layouts.ts';
import type { Console, IommuUnit, MemoryRegion } from './records.ts';
import type { Platform, SystemConfig } from './types.ts';
import { layoutOf } from './variants.ts';

/** What a system config holds between its signature and the IOMMU units or the union, by its ABI names. */
interface SystemFields {
  flags?: number;
  hypervisor_memory: MemoryRegion;
  debug_console: Console;
  pci_mmconfig_base: bigint;
  pci_mmconfig_end_bus: number;
  pci_is_virtual: number;
  pci_domain?: number;
}

/** arm and arm64 share one member of the union. */
const memberOf = (layout: ConfigLayout, architecture: Architecture): AnyStruct =>
  layout.platform[architecture === 'x86' ? 'x86' : 'arm'];

const hasUnitsInMember = (layout: ConfigLayout, architecture: Architecture): boolean =>
  layout.iommuPlace === 'both' || (layout.iommuPlace === 'x86' && architecture === 'x86');

const decodeUnits = (file: Uint8Array, at: number, layout: ConfigLayout): IommuUnit[] =>
  Array.from(
    { length: IOMMU_UNITS },
    (_, index) => layout.iommu.decode(file, at + index * layout.iommu.size) as unknown as IommuUnit,
  );

/**
 * Reads a system config (the root cell's file) of revision 3 to 14, loss-free; see {@link parseCellConfig}.
 *
 * @param architecture for revisions 3 to 13, which do not name it; without it the root cell's ports tell x86,
 *   and arm64 is taken otherwise. A wrong guess still encodes to the same bytes.
 * @param chosen the layout, whatever the file shows
 * @throws InputError as {@link parseCellConfig} does
 */
export function parseSystemConfig(
  file: Uint8Array,
  architecture?: Architecture,
  chosen?: Versioned,
): SystemConfig {
  const identity = identifyConfig(file, 'system');
  const version = chooseLayout(file, 'system', identity, chosen);
  const layout = layoutOf(version);

  const unitsAt = SIGNATURE_SIZE + layout.system.size;
  const unionAt = unitsAt + (layout.iommuPlace === 'common' ? IOMMU_UNITS * layout.iommu.size : 0);
  const { rootCellAt } = layout;
  if (rootCellAt > file.length) throw cutShort('system', rootCellAt, file.length, 'the platform part');
  const { description, end } = decodeDescription(file, rootCellAt, layout, 'system');

  const effective = identity.architecture ?? architecture ?? portsTellX86(description.pio) ?? 'arm64';
  const member = memberOf(layout, effective);
  const unitsInMember = hasUnitsInMember(layout, effective);
  const memberEnd = unionAt + member.size + (unitsInMember ? IOMMU_UNITS * layout.iommu.size : 0);
  const platform: Platform = {
    architecture: effective,
    fields: member.decode(file, unionAt) as Platform['fields'],
    tail: copyOf(file, memberEnd, rootCellAt),
  };
  const iommuUnits =
    layout.iommuPlace === 'common'
      ? decodeUnits(file, unitsAt, layout)
      : unitsInMember
        ? decodeUnits(file, unionAt + member.size, layout)
        : null;

  const fields = layout.system.decode(file, SIGNATURE_SIZE) as unknown as SystemFields;
  return {
    kind: 'system',
    ...version,
    architecture: effective,
    signature: copyOf(file, 0, layout.signatures.system.length),
    ...(fields.flags === undefined ? {} : { flags: fields.flags }),
    hypervisorMemory: fields.hypervisor_memory,
    debugConsole: fields.debug_console,
    pciMmconfigBase: fields.pci_mmconfig_base,
    pciMmconfigEndBus: fields.pci_mmconfig_end_bus,
    pciIsVirtual: fields.pci_is_virtual,
    ...(fields.pci_domain === undefined ? {} : { pciDomain: fields.pci_domain }),
    iommuUnits,
    platform,
    rootCell: description,
    trailing: copyOf(file, end),
  };
}

/** @throws RangeError unless the IOMMU units and the union's parts are what the revision has at their places */
function checkSizes({ iommuUnits, platform }: SystemConfig, layout: ConfigLayout): void {
  const inMember = hasUnitsInMember(layout, platform.architecture);
  const wanted = inMember || layout.iommuPlace === 'common' ? IOMMU_UNITS : 0;
  const units = iommuUnits?.length ?? 0;
  if (units !== wanted) throw new RangeError(`iommuUnits: ${units} where ${wanted} are required`);
  const used = memberOf(layout, platform.architecture).size + (inMember ? wanted * layout.iommu.size : 0);
  const tail = layout.unionSize - used;
  if (platform.tail.length !== tail) {
    throw new RangeError(`platform.tail: ${platform.tail.length} bytes where ${tail} are required`);
  }
}

function encodeIdentity(
  { signature, architecture, revision }: SystemConfig,
  layout: ConfigLayout,
): Uint8Array {
  const wanted = layout.signatures.system;
  if (String.fromCharCode(...signature) !== wanted) throw new RangeError(`signature: must be ${wanted}`);
  const start = new Uint8Array(SIGNATURE_SIZE);
  start.set(signature);
  if (layout.namesArchitecture) start[5] = archNumber(architecture);
  start[6] = revision;
  return start;
}

/**
 * Writes a system config; the inverse of {@link parseSystemConfig}, byte for byte.
 *
 * @throws InputError `cell/value` if a value does not fit its field or its revision
 */
export function encodeSystemConfig(config: SystemConfig): Uint8Array<ArrayBuffer> {
  const layout = layoutOf(config);
  const fields: SystemFields = {
    ...(config.flags === undefined ? {} : { flags: config.flags }),
    hypervisor_memory: config.hypervisorMemory,
    debug_console: config.debugConsole,
    pci_mmconfig_base: config.pciMmconfigBase,
    pci_mmconfig_end_bus: config.pciMmconfigEndBus,
    pci_is_virtual: config.pciIsVirtual,
    ...(config.pciDomain === undefined ? {} : { pci_domain: config.pciDomain }),
  };
  try {
    checkSizes(config, layout);
    const units = (config.iommuUnits ?? []).map((unit) => layout.iommu.encode({ ...unit }));
    const member = memberOf(layout, config.platform.architecture).encode(config.platform.fields);
    return concatBytes([
      encodeIdentity(config, layout),
      layout.system.encode({ ...fields }),
      ...(layout.iommuPlace === 'common' ? [...units, member] : [member, ...units]),
      config.platform.tail,
      ...encodeDescription(config.rootCell, layout),
      config.trailing,
    ]);
  } catch (error) {
    throw unencodable(error);
  }
}
