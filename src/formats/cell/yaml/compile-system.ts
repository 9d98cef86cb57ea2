import { APIC_MODES, SMMU_ARCHS, SMMU_IMPLS } from '../names.ts';
import { IOMMU_UNITS, LAYOUTS, type AnyStruct } from '../layouts.ts';
import type { IommuUnit } from '../records.ts';
import type { CellDescription, Platform, SystemConfig } from '../types.ts';
import type { ManifestPath } from '../../../base/diagnostic.ts';
import { compileConsole, compileParts } from './compile-parts.ts';
import { fixedBytes } from './compile-devices.ts';
import { compileRegion } from './compile-memory.ts';
import { isUntyped, unionParts } from './iommu.ts';
import type { WrittenIommuUnit, WrittenPlatform, WrittenRootCell, WrittenSystem } from './schema.ts';
import type { Scope } from './scope.ts';

const AMD_KEYS = ['amd_bdf', 'amd_base_cap', 'amd_msi_cap', 'amd_features'] as const;
const PVU_KEYS = ['tlb_base', 'tlb_size'] as const;

type UnitFields = Partial<IommuUnit>;

/** What only NXP's units have. */
function compileSmmu(scope: Scope, written: WrittenIommuUnit, path: ManifestPath): UnitFields {
  const { arm_sid_mask = 0 } = written;
  const values = {
    arm_sid_mask,
    arm_smmu_arch: scope.choice(written.arm_smmu_arch, [...path, 'arm_smmu_arch'], () => SMMU_ARCHS),
    arm_smmu_impl: scope.choice(written.arm_smmu_impl, [...path, 'arm_smmu_impl'], () => SMMU_IMPLS),
  };
  if ('arm_sid_mask' in scope.layout.iommu.fields) return values;
  for (const [key, value] of Object.entries(values)) {
    scope.refuse([...path, key], value, ({ iommu }) => key in iommu.fields);
  }
  return {};
}

/** The union of an AMD and a PVU part, by the one that is written; or its bytes. */
function compileUnion(
  scope: Scope,
  written: WrittenIommuUnit,
  amd: UnitFields,
  path: ManifestPath,
): Uint8Array {
  const { size } = scope.layout.iommu.fields.raw!;
  const parts = unionParts(size);
  const isPvu = PVU_KEYS.some((key) => written[key] !== undefined);
  const alsoAmd = AMD_KEYS.find((key) => written[key] !== undefined);
  if (isPvu && alsoAmd !== undefined)
    scope.report(
      'conflict',
      [...path, alsoAmd],
      'is given together with `tlb_base` or `tlb_size`',
      'a unit is of one kind',
    );
  if (written.raw !== undefined) {
    if (isPvu || alsoAmd !== undefined)
      scope.report(
        'conflict',
        [...path, 'raw'],
        'is given together with names for its bytes',
        'write one of them',
      );
    return fixedBytes(scope, written.raw, size, [...path, 'raw']);
  }
  const { tlb_base = 0n, tlb_size = 0 } = written;
  return isPvu ? parts.pvu.encode({ tlb_base, tlb_size }) : parts.amd.encode(amd);
}

function compileUnit(scope: Scope, written: WrittenIommuUnit, path: ManifestPath): IommuUnit {
  const { base = 0n, size = 0, amd_bdf, amd_base_cap = 0, amd_msi_cap = 0, amd_features = 0 } = written;
  const type = scope.choice(written.type, [...path, 'type'], ({ iommuTypes }) => iommuTypes);
  const { fields } = scope.layout.iommu;
  const typed = 'type' in fields ? { type } : {};
  // Without a type the unit is AMD's or Intel's by the machine, so that these need no place.
  if (!('type' in fields) && !isUntyped(type, scope.names.iommuTypes))
    scope.refuse([...path, 'type'], type, ({ iommu }) => 'type' in iommu.fields);
  const amd = { amd_bdf: amd_bdf?.bdf ?? 0, amd_base_cap, amd_msi_cap, amd_features };
  const smmu = compileSmmu(scope, written, path);
  if ('raw' in fields) {
    return { ...typed, base, size, raw: compileUnion(scope, written, amd, path), ...smmu };
  }
  for (const key of [...PVU_KEYS, 'raw'] as const)
    scope.refuse([...path, key], written[key], ({ iommu }) => 'raw' in iommu.fields);
  return { ...typed, base, size, ...amd, ...smmu };
}

function compileUnits(
  scope: Scope,
  written: readonly WrittenIommuUnit[],
  path: ManifestPath,
): IommuUnit[] | null {
  const { iommuPlace } = scope.layout;
  if (iommuPlace === 'x86' && scope.architecture !== 'x86') {
    scope.refuse(path, written, (layout) => layout.iommuPlace !== 'x86');
    return null;
  }
  if (written.length > IOMMU_UNITS)
    scope.report('value', path, `has ${written.length} units`, `there is room for ${IOMMU_UNITS}`);
  const units = written.map((unit, index) => compileUnit(scope, unit, [...path, index]));
  const empty = compileUnit(scope, {}, path);
  return Array.from({ length: IOMMU_UNITS }, (_, index) => units[index] ?? { ...empty });
}

/** A key of the platform that has no place in its layout: another revision has it, or another architecture. */
function refuseKey(scope: Scope, key: string, value: unknown, path: ManifestPath): void {
  const own = scope.architecture === 'x86' ? 'x86' : 'arm';
  const other = own === 'x86' ? 'arm' : 'x86';
  if (key in LAYOUTS[14].platform[other].fields && value !== undefined) {
    const fix = `it belongs to ${other}: remove it, or fix \`architecture\``;
    scope.report('value', [...path, key], `is not in the platform of ${scope.architecture}`, fix);
  } else scope.refuse([...path, key], value, ({ platform }) => key in platform[own].fields);
}

function compilePlatform(scope: Scope, written: WrittenPlatform, path: ManifestPath): Platform {
  const { layout, architecture } = scope;
  const member: AnyStruct = layout.platform[architecture === 'x86' ? 'x86' : 'arm'];
  const { tail, padding, ...rest } = written;
  const values: Record<string, number | bigint | undefined> = {
    ...rest,
    apic_mode:
      rest.apic_mode === undefined
        ? undefined
        : scope.choice(rest.apic_mode, [...path, 'apic_mode'], () => APIC_MODES),
  };
  for (const [key, value] of Object.entries(values)) {
    if (!(key in member.fields)) refuseKey(scope, key, value, path);
  }
  const room = member.fields.padding?.size ?? 0;
  const unused = fixedBytes(scope, padding, room, [...path, 'padding']);
  const fields: Platform['fields'] = {};
  for (const [key, { size }] of Object.entries(member.fields)) {
    if (key === 'padding') fields.padding = size === 1 ? unused[0]! : unused;
    else fields[key] = values[key] ?? (size === 8 ? 0n : 0);
  }
  const inMember =
    layout.iommuPlace === 'both' || (layout.iommuPlace === 'x86' && architecture === 'x86')
      ? IOMMU_UNITS * layout.iommu.size
      : 0;
  const left = layout.unionSize - member.size - inMember;
  return { architecture, fields, tail: fixedBytes(scope, tail, left, [...path, 'tail']) };
}

/** The header of the root cell: its signature, revision and architecture are zero but for strange files. */
function compileRootCell(scope: Scope, written: WrittenRootCell, path: ManifestPath): CellDescription {
  const { layout } = scope;
  const size = layout.signatures.cell.length;
  const signature = fixedBytes(scope, written.signature, size, [...path, 'signature']);
  if (!layout.namesArchitecture)
    scope.refuse(
      [...path, 'architecture'],
      written.architecture,
      ({ namesArchitecture }) => namesArchitecture,
    );
  return compileParts(scope, written, path, {
    signature,
    ...(layout.namesArchitecture ? { architecture: written.architecture ?? 0 } : {}),
    revision: written.revision ?? 0,
  });
}

export function compileSystem(scope: Scope, written: WrittenSystem): Omit<SystemConfig, 'kind' | 'trailing'> {
  const { layout, version, architecture } = scope;
  const { fields } = layout.system;
  scope.refuse(
    ['flags'],
    'flags' in fields ? undefined : written.flags,
    ({ system }) => 'flags' in system.fields,
  );
  scope.refuse(
    ['pci_domain'],
    'pci_domain' in fields ? undefined : written.pci_domain,
    ({ system }) => 'pci_domain' in system.fields,
  );
  return {
    ...version,
    architecture,
    signature: new TextEncoder().encode(layout.signatures.system),
    ...('flags' in fields
      ? { flags: Number(scope.flags(written.flags, ['flags'], ({ systemFlags }) => systemFlags)) }
      : {}),
    hypervisorMemory: compileRegion(scope, written.hypervisor_memory ?? {}, ['hypervisor_memory']),
    debugConsole: compileConsole(scope, written.debug_console ?? {}, ['debug_console']),
    pciMmconfigBase: written.pci_mmconfig_base ?? 0n,
    pciMmconfigEndBus: written.pci_mmconfig_end_bus ?? 0,
    pciIsVirtual: written.pci_is_virtual ?? 0,
    ...('pci_domain' in fields ? { pciDomain: written.pci_domain ?? 0 } : {}),
    iommuUnits: compileUnits(scope, written.iommu_units ?? [], ['iommu_units']),
    platform: compilePlatform(scope, written.platform ?? {}, ['platform']),
    rootCell: compileRootCell(scope, written.root_cell ?? {}, ['root_cell']),
  };
}
