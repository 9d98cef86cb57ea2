import { bitRuns, describeRuns, type Run } from '../../../base/runs.ts';
import { hex } from '../../../base/address.ts';
import {
  APIC_MODES,
  CACHE_FLAGS,
  CACHE_TYPES,
  SMMU_ARCHS,
  SMMU_IMPLS,
  typeAndFlags,
  type RevisionNames,
} from '../names.ts';
import { formatBdf } from '../pci.ts';
import type { Console, IommuUnit, Irqchip, Regmap } from '../records.ts';
import type { Versioned } from '../layout-ids.ts';
import { namesOf } from '../variants.ts';
import type { CellConfig, CellDescription, PortAccess, SystemConfig } from '../types.ts';
import type { Architecture } from '../../../base/choices.ts';
import { NAME_SIZE, USUAL_BITMAP, USUAL_CPU_SET } from './compile-parts.ts';
import { capNames, describeCaps, describePciDevice } from './describe-devices.ts';
import { describeMemory, describeRegion } from './describe-memory.ts';
import { unionParts } from './iommu.ts';
import {
  bytesUnlessZero,
  choiceWord,
  fields,
  flagWords,
  hexUnlessZero,
  unlessEmpty,
  unlessZero,
  type Plain,
  type PlainMap,
} from './plain.ts';
import { formatBytes, formatPorts, formatSize } from './texts.ts';

/** Text that stands in YAML as it is. */
const READABLE = /^[^\p{C}\p{Zl}\p{Zp}\ufffd]*$/u;

function describeName(name: Uint8Array): PlainMap {
  const end = name.indexOf(0);
  const raw = end < 0 ? null : name.subarray(0, end);
  try {
    const text = raw && new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
    if (text === null || !READABLE.test(text)) return { name_bytes: formatBytes(name) };
    const tail = name.subarray(end + 1, NAME_SIZE);
    return fields({ name: text, name_tail: bytesUnlessZero(tail) });
  } catch {
    return { name_bytes: formatBytes(name) };
  }
}

function describeConsole(console: Console, names: RevisionNames): PlainMap {
  const { type, flags } = typeAndFlags(names.console, console);
  return fields({
    type: type === 0 ? undefined : choiceWord(names.console.types, type),
    address: hexUnlessZero(console.address),
    size: unlessZero(console.size, formatSize),
    flags: flagWords(names.console.flags, flags),
    divider: unlessZero(console.divider),
    gate_nr: unlessZero(console.gate_nr),
    clock_reg: hexUnlessZero(console.clock_reg),
  });
}

function describeIrqchip({ address, id, pin_base, pin_bitmap }: Irqchip): PlainMap {
  const bits = new Uint8Array(Uint32Array.from(pin_bitmap).buffer);
  const pins = bitRuns(bits, 1).map(([first, last]): Run => [first + pin_base, last + pin_base]);
  return fields({
    address: hexUnlessZero(address),
    id: hexUnlessZero(id),
    pin_base: unlessZero(pin_base),
    pins: pins.length === 0 ? undefined : describeRuns(pins),
  });
}

/** Ports that the cell may use, and the bitmap's size where it is not the usual one. */
function describePorts(pio: PortAccess, architecture: Architecture): PlainMap {
  if ('regions' in pio) return fields({ ports: unlessEmpty(pio.regions.map(formatPorts)) });
  const { bitmap } = pio;
  const usual = architecture === 'x86' ? USUAL_BITMAP : 0;
  const allowed = bitRuns(bitmap, 0).map((run) => describeRuns([run], hex));
  return fields({
    ports: unlessEmpty(allowed),
    pio_bitmap_size: bitmap.length === usual ? undefined : String(bitmap.length),
  });
}

/** A stream id of more than 16 bits is most likely an MMU-500's, with a mask. */
const describeStreamId = (id: number): Plain =>
  id > 0xffff ? { id: hex(id & 0xffff), mask_out: hex(id >>> 16) } : hex(id);

const describeRegmap = ({ reg_base, reg_count, reg_size, flags, reg_bitmap }: Regmap): PlainMap =>
  fields({
    reg_base: hexUnlessZero(reg_base),
    reg_count: unlessZero(reg_count),
    reg_size: unlessZero(reg_size),
    flags: hexUnlessZero(flags),
    reg_bitmap: reg_bitmap.every((word) => word === 0) ? undefined : reg_bitmap.map(hex),
  });

/** What a cell and a root cell have in common. */
function describeParts(cell: CellDescription, version: Versioned, architecture: Architecture): PlainMap {
  const names = namesOf(version);
  const { header, cpus } = cell;
  const { memory, names: memoryNames } = describeMemory(cell.memoryRegions, cell.pciDevices, names);
  const caps = capNames(cell.pciDevices, cell.pciCaps);
  return fields({
    ...describeName(header.name),
    id: unlessZero(header.id),
    flags: flagWords(names.cellFlags, header.flags),
    cpus: describeRuns(bitRuns(cpus, 1)) || undefined,
    cpu_set_size: cpus.length === USUAL_CPU_SET ? undefined : String(cpus.length),
    cpu_reset_address: hexUnlessZero(header.cpu_reset_address),
    msg_reply_timeout: unlessZero(header.msg_reply_timeout),
    vpci_irq_base: unlessZero(header.vpci_irq_base),
    pci_cfg_base: hexUnlessZero(header.pci_cfg_base),
    pci_cfg_size: unlessZero(header.pci_cfg_size, formatSize),
    ivshmem_irq: unlessZero(header.ivshmem_irq),
    console: header.console && unlessEmpty(describeConsole(header.console, names)),
    memory: unlessEmpty(memory),
    cache_regions: unlessEmpty(
      cell.cacheRegions.map(({ start, size, type, flags, padding }) =>
        fields({
          start: unlessZero(start),
          size: unlessZero(size),
          type: choiceWord(CACHE_TYPES, type),
          flags: flagWords(CACHE_FLAGS, flags),
          padding: hexUnlessZero(padding),
        }),
      ),
    ),
    irqchips: unlessEmpty(cell.irqchips.map(describeIrqchip)),
    ...describePorts(cell.pio, architecture),
    pci_devices: unlessEmpty(
      cell.pciDevices.map((device) => describePciDevice(device, version, memoryNames, caps, cell.pciCaps)),
    ),
    pci_caps: unlessEmpty(describeCaps(cell.pciCaps, caps)),
    stream_ids: unlessEmpty(cell.streamIds.map(describeStreamId)),
    smmu_sids: unlessEmpty(
      (cell.smmuSids ?? []).map(({ sid, sid_mask }) =>
        fields({ sid: hexUnlessZero(sid), sid_mask: hexUnlessZero(sid_mask) }),
      ),
    ),
    regmaps: unlessEmpty((cell.regmaps ?? []).map(describeRegmap)),
  });
}

const trailing = (bytes: Uint8Array): PlainMap =>
  bytes.length === 0 ? {} : { trailing: formatBytes(bytes) };

/** The union's bytes by the part that can say all of them; else as they are. */
function describeUnion(raw: Uint8Array, isPvu: boolean): Record<string, Plain | undefined> {
  const parts = unionParts(raw.length);
  const { unused, ...amd } = parts.amd.decode(raw);
  if (!isPvu && unused.every((byte) => byte === 0)) return describeAmd(amd);
  const { before, behind, tlb_base, tlb_size } = parts.pvu.decode(raw);
  if ([...before, ...behind].some((byte) => byte !== 0)) return { raw: formatBytes(raw) };
  return { tlb_base: hexUnlessZero(tlb_base), tlb_size: unlessZero(tlb_size, formatSize) };
}

const describeAmd = ({ amd_bdf, amd_base_cap, amd_msi_cap, amd_features }: Partial<IommuUnit>) => ({
  amd_bdf: amd_bdf ? formatBdf(0, amd_bdf) : undefined,
  amd_base_cap: hexUnlessZero(amd_base_cap),
  amd_msi_cap: hexUnlessZero(amd_msi_cap),
  amd_features: hexUnlessZero(amd_features),
});

function describeUnit(unit: IommuUnit, { iommuTypes }: RevisionNames): PlainMap {
  const { type, base, size, raw, arm_sid_mask, arm_smmu_arch, arm_smmu_impl } = unit;
  const described = fields({
    base: hexUnlessZero(base),
    size: unlessZero(size, formatSize),
    ...(raw === undefined ? describeAmd(unit) : describeUnion(raw, type === iommuTypes.pvu)),
    arm_sid_mask: hexUnlessZero(arm_sid_mask),
    arm_smmu_arch: arm_smmu_arch ? choiceWord(SMMU_ARCHS, arm_smmu_arch) : undefined,
    arm_smmu_impl: arm_smmu_impl ? choiceWord(SMMU_IMPLS, arm_smmu_impl) : undefined,
  });
  // Where types count from 0, only what else is there tells a unit from an empty one.
  const isTyped =
    type !== undefined && (type !== 0 || (iommuTypes.none === undefined && unlessEmpty(described)));
  return isTyped ? { type: choiceWord(iommuTypes, type), ...described } : described;
}

/** The units up to the last one that is not empty. */
function describeUnits(units: readonly IommuUnit[], names: RevisionNames): PlainMap[] {
  const described = units.map((unit) => describeUnit(unit, names));
  const last = described.findLastIndex((unit) => unlessEmpty(unit) !== undefined);
  return described.slice(0, last + 1);
}

const ADDRESSES: ReadonlySet<string> = new Set([
  'pm_timer_address',
  'gicd_base',
  'gicc_base',
  'gich_base',
  'gicv_base',
  'gicr_base',
]);

function describePlatform({ platform }: SystemConfig): PlainMap {
  const described: Record<string, Plain | undefined> = {};
  for (const [key, value] of Object.entries(platform.fields)) {
    if (key === 'apic_mode') described[key] = value === 0 ? undefined : choiceWord(APIC_MODES, Number(value));
    else if (value instanceof Uint8Array) described[key] = bytesUnlessZero(value);
    else if (key === 'padding') described[key] = bytesUnlessZero(Uint8Array.of(Number(value)));
    else described[key] = ADDRESSES.has(key) ? hexUnlessZero(value) : unlessZero(value);
  }
  return fields({ ...described, tail: bytesUnlessZero(platform.tail) });
}

const describeVersion = ({ revision, layout }: Versioned): PlainMap =>
  fields({ revision: String(revision), layout });

const describeCell = (cell: CellConfig, architecture: Architecture): PlainMap => ({
  format: 'cell',
  ...describeVersion(cell),
  architecture,
  ...describeParts(cell, cell, architecture),
  ...trailing(cell.trailing),
});

function describeSystem(system: SystemConfig): PlainMap {
  const { architecture, rootCell } = system;
  const names = namesOf(system);
  return fields({
    format: 'system',
    ...describeVersion(system),
    architecture,
    flags: system.flags === undefined ? undefined : flagWords(names.systemFlags, system.flags),
    hypervisor_memory: unlessEmpty(describeRegion(system.hypervisorMemory, names)),
    debug_console: unlessEmpty(describeConsole(system.debugConsole, names)),
    pci_mmconfig_base: hexUnlessZero(system.pciMmconfigBase),
    pci_mmconfig_end_bus: hexUnlessZero(system.pciMmconfigEndBus),
    pci_is_virtual: system.pciIsVirtual === 1 ? true : hexUnlessZero(system.pciIsVirtual),
    pci_domain: unlessZero(system.pciDomain),
    iommu_units:
      system.iommuUnits === null ? undefined : unlessEmpty(describeUnits(system.iommuUnits, names)),
    platform: unlessEmpty(describePlatform(system)),
    root_cell: {
      ...fields({
        signature: bytesUnlessZero(rootCell.header.signature),
        revision: unlessZero(rootCell.header.revision),
        architecture: unlessZero(rootCell.header.architecture),
      }),
      ...describeParts(rootCell, system, architecture),
    },
    ...trailing(system.trailing),
  });
}

/** A config as the data of its description. */
export const describeConfig = (config: CellConfig | SystemConfig, architecture: Architecture): PlainMap =>
  config.kind === 'cell' ? describeCell(config, architecture) : describeSystem(config);
