import { describeSize, hex } from '../base/address.ts';
import { portsTellX86 } from '../formats/cell/config.ts';
import {
  APIC_MODES,
  nameFlags,
  nameOf,
  SMMU_ARCHS,
  SMMU_IMPLS,
  type RevisionNames,
  type ValueNames,
} from '../formats/cell/names.ts';
import { formatBdf } from '../formats/cell/pci.ts';
import type { IommuUnit } from '../formats/cell/records.ts';
import type { Platform, SystemConfig } from '../formats/cell/types.ts';
import { namesOf } from '../formats/cell/variants.ts';
import type { Architecture } from '../base/choices.ts';
import { describeRange } from '../base/ranges.ts';
import { camelcase } from './camelcase.ts';
import {
  architectureSource,
  describeConsole,
  describeMemory,
  describeParts,
  describeVersion,
} from './cell.ts';
import { consoleText, partsLines, revisionText, titleOf, trailingLines, valueWord } from './cell-text.ts';
import { columns, fact, flagWords, indented, section } from './layout.ts';
import type { DescribedPlatform, DescribedSystem } from './schema/system.ts';

const named = (value: number | undefined, names: ValueNames) =>
  value === undefined ? null : { value, name: nameOf(names, value) };

function describeUnit(
  unit: IommuUnit,
  index: number,
  { iommuTypes }: RevisionNames,
): DescribedSystem['iommuUnits'][number] {
  const { type, base, size, amd_bdf, amd_features, arm_sid_mask, arm_smmu_arch, arm_smmu_impl } = unit;
  return {
    index,
    used: base !== 0n || size !== 0 || (type ?? 0) !== 0,
    amdBaseCap: null,
    amdMsiCap: null,
    raw: null,
    ...camelcase(unit),
    type: named(type, iommuTypes),
    size: hex(size),
    amdBdf: amd_bdf === undefined ? null : formatBdf(0, amd_bdf),
    amdFeatures: amd_features === undefined ? null : hex(amd_features),
    armSidMask: arm_sid_mask === undefined ? null : hex(arm_sid_mask),
    armSmmuArch: named(arm_smmu_arch, SMMU_ARCHS),
    armSmmuImpl: named(arm_smmu_impl, SMMU_IMPLS),
  };
}

/** What the platforms of the other architectures and revisions have. */
const NO_PLATFORM: Omit<DescribedPlatform, 'tail'> = {
  pmTimerAddress: null,
  apicMode: null,
  vtdInterruptLimit: null,
  tscKhz: null,
  apicKhz: null,
  maintenanceIrq: null,
  gicVersion: null,
  gicdBase: null,
  giccBase: null,
  gichBase: null,
  gicvBase: null,
  gicrBase: null,
  padding: null,
};

function describePlatform({ fields, tail }: Platform): DescribedPlatform {
  const { pm_timer_address, apic_mode } = fields;
  const mode = Number(apic_mode);
  const known = {
    ...camelcase(fields),
    ...(pm_timer_address === undefined ? {} : { pmTimerAddress: hex(Number(pm_timer_address)) }),
    ...(apic_mode === undefined ? {} : { apicMode: nameOf(APIC_MODES, mode) ?? `unknown (${mode})` }),
  };
  // In the platform's own order.
  return { ...known, ...NO_PLATFORM, ...known, tail };
}

/**
 * @param given what the user says the architecture is, for files that do not name it
 */
export function describeSystem(system: SystemConfig, given?: Architecture): DescribedSystem {
  const { architecture } = system;
  const names = namesOf(system);
  return {
    kind: 'system',
    ...describeVersion(system),
    architecture,
    /** `null`: nothing tells; arm64 is assumed. */
    architectureFrom: architectureSource(system, given, portsTellX86(system.rootCell.pio)),
    flags: system.flags === undefined ? null : nameFlags(names.systemFlags, system.flags),
    hypervisorMemory: describeMemory(names, system.hypervisorMemory),
    debugConsole: describeConsole(names, system.debugConsole),
    pciMmconfigBase: system.pciMmconfigBase,
    pciMmconfigEndBus: system.pciMmconfigEndBus,
    pciIsVirtual: system.pciIsVirtual,
    pciDomain: system.pciDomain ?? null,
    iommuUnits: system.iommuUnits?.map((unit, index) => describeUnit(unit, index, names)) ?? [],
    platform: describePlatform(system.platform),
    rootCell: describeParts(system.rootCell, names),
    trailing: system.trailing,
  };
}

function unitLines(units: DescribedSystem['iommuUnits']): string[] {
  return columns(
    units
      .filter(({ used }) => used)
      .map(({ index, type, base, size }) => [
        `unit ${index}`,
        type === null ? '' : valueWord(type),
        `${hex(base)}, ${describeSize(BigInt(size))}`,
      ]),
  );
}

const headerName = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const platformLines = (platform: DescribedPlatform): string[] =>
  Object.entries(platform).flatMap(([name, value]) => {
    if (name === 'padding' || name === 'tail' || value === null) return [];
    return fact(headerName(name), typeof value === 'bigint' ? hex(value) : String(value));
  });

function mmconfigText(system: DescribedSystem): string {
  const { pciMmconfigBase, pciMmconfigEndBus, pciDomain, pciIsVirtual } = system;
  const domain = !pciDomain ? '' : `, domain ${pciDomain}`;
  const isVirtual = pciIsVirtual === 0 ? '' : ', a virtual host bridge';
  if (pciMmconfigBase === 0n) return `none${domain}${isVirtual}`;
  return `${hex(pciMmconfigBase)}, buses 0-${pciMmconfigEndBus}${domain}${isVirtual}`;
}

function architectureText({ architecture, architectureFrom, revision }: DescribedSystem): string {
  if (architectureFrom === 'file') return architecture;
  if (architectureFrom === 'given') return `${architecture}, as given`;
  if (architectureFrom === 'ports') return `${architecture}, as the root cell has I/O ports`;
  return `not named: revision ${revision} files do not say; read as ${architecture}`;
}

export function systemLines(system: DescribedSystem): string[] {
  const { hypervisorMemory: memory, rootCell } = system;
  return [
    titleOf('system config, root cell', rootCell),
    ...indented([
      ...fact('architecture', architectureText(system)),
      ...fact('revision', revisionText(system)),
      ...fact('flags', system.flags === null ? null : flagWords(system.flags)),
      ...fact(
        'hypervisor memory',
        `${describeRange({ start: memory.physStart, size: memory.size })}, ${describeSize(memory.size)}`,
      ),
      ...fact('debug console', consoleText(system.debugConsole)),
      ...fact('PCI MMCONFIG', mmconfigText(system)),
      ...section('platform', platformLines(system.platform)),
      ...section('IOMMU units in use', unitLines(system.iommuUnits)),
      ...section('root cell', partsLines(rootCell, system.architecture === 'x86')),
      ...trailingLines(system.trailing),
    ]),
  ];
}
