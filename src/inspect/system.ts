import { hex } from '../base/address.ts';
import { portsTellX86 } from '../formats/cell/config.ts';
import { APIC_MODES, IOMMU_TYPES, nameFlags, nameOf, NAMES } from '../formats/cell/names.ts';
import { formatBdf } from '../formats/cell/pci.ts';
import type { IommuUnit } from '../formats/cell/records.ts';
import { releaseOf } from '../formats/cell/releases.ts';
import { parseSystemConfig } from '../formats/cell/system.ts';
import type { Platform } from '../formats/cell/types.ts';
import type { Architecture } from '../base/choices.ts';
import { architectureSource, describeConsole, describeMemory, describeParts } from './cell.ts';

function describeUnit(unit: IommuUnit, index: number) {
  const { type, base, size, amd_bdf, amd_features } = unit;
  return {
    index,
    used: base !== 0n || size !== 0 || (type ?? 0) !== 0,
    ...unit,
    type: type === undefined ? undefined : { value: type, name: nameOf(IOMMU_TYPES, type) },
    size: hex(size),
    ...(amd_bdf === undefined ? {} : { amd_bdf: formatBdf(0, amd_bdf) }),
    ...(amd_features === undefined ? {} : { amd_features: hex(amd_features) }),
  };
}

function describePlatform({ fields, tail }: Platform) {
  const { pm_timer_address, apic_mode } = fields;
  const mode = Number(apic_mode);
  return {
    fields: {
      ...fields,
      ...(pm_timer_address === undefined ? {} : { pm_timer_address: hex(Number(pm_timer_address)) }),
      ...(apic_mode === undefined ? {} : { apic_mode: nameOf(APIC_MODES, mode) ?? `unknown (${mode})` }),
    },
    tail,
  };
}

/**
 * @param given what the user says the architecture is, for files that do not name it
 * @throws InputError as `parseSystemConfig` does
 */
export function describeSystem(file: Uint8Array, given?: Architecture) {
  const system = parseSystemConfig(file, given);
  const { revision, architecture } = system;
  const names = NAMES[revision];
  return {
    kind: 'system' as const,
    revision,
    release: releaseOf(revision),
    architecture,
    /** `null`: nothing tells; arm64 is assumed. */
    architectureFrom: architectureSource(revision, given, portsTellX86(system.rootCell.pio)),
    ...(system.flags === undefined ? {} : { flags: nameFlags(names.systemFlags, system.flags) }),
    hypervisor_memory: describeMemory(names, system.hypervisorMemory),
    debug_console: describeConsole(names, system.debugConsole),
    pci_mmconfig_base: system.pciMmconfigBase,
    pci_mmconfig_end_bus: system.pciMmconfigEndBus,
    pci_is_virtual: system.pciIsVirtual,
    ...(system.pciDomain === undefined ? {} : { pci_domain: system.pciDomain }),
    iommu_units: system.iommuUnits?.map(describeUnit) ?? [],
    platform: describePlatform(system.platform),
    rootCell: describeParts(system.rootCell, revision),
    trailing: system.trailing,
  };
}

export type DescribedSystem = ReturnType<typeof describeSystem>;
