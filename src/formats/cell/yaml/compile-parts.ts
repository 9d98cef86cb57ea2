import { CACHE_FLAGS, CACHE_TYPES } from '../names.ts';
import type { ConfigLayout } from '../layouts.ts';
import type { CacheRegion, Console, Irqchip, Regmap } from '../records.ts';
import type { CellDescription, CellHeader, PortAccess } from '../types.ts';
import type { ManifestPath } from '../../../base/diagnostic.ts';
import { compileCaps, compilePciDevice } from './compile-devices.ts';
import { compileMemory } from './compile-memory.ts';
import type { WrittenConsole, WrittenParts } from './schema.ts';
import type { Scope } from './scope.ts';
import type { Run } from '../../../base/runs.ts';

export const NAME_SIZE = 32;
export const USUAL_CPU_SET = 8;
/** One bit for each of the 65536 ports. */
export const USUAL_BITMAP = 8192;
/** No config file that is read is larger. */
const LARGEST_PART = 1 << 24;
const PINS = 128;
const REGMAP_WORDS = 8;

function compileName(
  scope: Scope,
  { name, name_tail, name_bytes }: WrittenParts,
  path: ManifestPath,
): Uint8Array {
  const out = new Uint8Array(NAME_SIZE);
  if (name_bytes !== undefined) {
    if (name !== undefined)
      scope.report('conflict', [...path, 'name_bytes'], 'is given together with `name`', 'write one of them');
    if (name_bytes.length !== NAME_SIZE)
      scope.report('value', [...path, 'name_bytes'], `has ${name_bytes.length} bytes`, 'a name has 32');
    out.set(name_bytes.subarray(0, NAME_SIZE));
    return out;
  }
  if (name === undefined) {
    scope.report('missing', [...path, 'name'], 'is missing', 'write it as `name: linux-demo`');
    return out;
  }
  const text = new TextEncoder().encode(name);
  if (text.length >= NAME_SIZE) {
    const message = `has ${text.length} bytes; there is room for 31, and a NUL`;
    scope.report('value', [...path, 'name'], message, 'shorten it');
    return out;
  }
  if (text.includes(0)) scope.report('value', [...path, 'name'], 'has a NUL in it', 'remove it');
  out.set(text);
  const room = NAME_SIZE - text.length - 1;
  if (name_tail !== undefined && name_tail.length > room)
    scope.report(
      'value',
      [...path, 'name_tail'],
      `has ${name_tail.length} bytes`,
      `there is room for ${room}`,
    );
  out.set(name_tail?.subarray(0, room) ?? [], text.length + 1);
  return out;
}

/** @returns zero bytes, of the usual size where the written one is none */
function bitSet(scope: Scope, size: number, path: ManifestPath): Uint8Array {
  if (size <= LARGEST_PART) return new Uint8Array(size);
  scope.report('value', path, `cannot be ${size}`, `at most ${LARGEST_PART} bytes are read`);
  return new Uint8Array(LARGEST_PART);
}

function setBits(set: Uint8Array, [first, last]: Run): void {
  for (let bit = first; bit <= last; bit++) set[bit >> 3]! |= 1 << (bit & 7);
}

function compileCpus(scope: Scope, { cpus, cpu_set_size }: WrittenParts, path: ManifestPath): Uint8Array {
  const set = bitSet(scope, cpu_set_size ?? USUAL_CPU_SET, [...path, 'cpu_set_size']);
  for (const [first, last] of cpus ?? []) {
    if (last < set.length * 8) {
      setBits(set, [first, last]);
      continue;
    }
    const fix = `a set of ${set.length} bytes ends at CPU ${set.length * 8 - 1}; \`cpu_set_size\` makes it wider`;
    scope.report('value', [...path, 'cpus'], `has CPU ${last}, which is not in the set`, fix);
    break;
  }
  return set;
}

function compilePorts(
  scope: Scope,
  { ports, pio_bitmap_size }: WrittenParts,
  path: ManifestPath,
): PortAccess {
  if (scope.layout.pio === 'regions') {
    scope.refuse([...path, 'pio_bitmap_size'], pio_bitmap_size, ({ pio }) => pio === 'bitmap');
    (ports ?? []).forEach(({ base, length }, index) => {
      if (base < 0x10000 && length < 0x10000) return;
      const fix = 'a region begins below 0x10000 and has at most 0xffff ports; write two';
      scope.report('value', [...path, 'ports', index], 'is too large for a region of this revision', fix);
    });
    return { regions: [...(ports ?? [])] };
  }
  const usual = scope.architecture === 'x86' ? USUAL_BITMAP : 0;
  const bitmap = bitSet(scope, pio_bitmap_size ?? usual, [...path, 'pio_bitmap_size']);
  (ports ?? []).forEach(({ base, length }, index) => {
    if (length > 0 && base + length > bitmap.length * 8) {
      const fix =
        bitmap.length === 0
          ? 'only x86 has ports: is `architecture` right?'
          : `the bitmap of ${bitmap.length} bytes ends there; \`pio_bitmap_size\` makes it larger`;
      scope.report('value', [...path, 'ports', index], `has ports above ${bitmap.length * 8 - 1}`, fix);
    } else if (length > 0) setBits(bitmap, [base, base + length - 1]);
  });
  // A set bit denies.
  return { bitmap: bitmap.map((byte) => ~byte) };
}

export function compileConsole(scope: Scope, written: WrittenConsole, path: ManifestPath): Console {
  const inFlags = scope.names.console.typeIn === 'flags';
  const type = scope.choice(written.type, [...path, 'type'], ({ console: names }) => names.types);
  const flags = Number(scope.flags(written.flags, [...path, 'flags'], ({ console: names }) => names.flags));
  const { address = 0n, size = 0, divider = 0, gate_nr = 0, clock_reg = 0n } = written;
  const rest = { address, size, divider, gate_nr, clock_reg };
  if (!inFlags) {
    if (flags > 0xffff)
      scope.report('value', [...path, 'flags'], 'do not fit 16 bits', 'the highest bit is 0x8000');
    return { ...rest, type, flags: flags & 0xffff };
  }
  if (type > 0xf || flags & 0xf)
    scope.report(
      'value',
      path,
      'has a type or flags that do not fit this revision',
      'the type is 0 to 0xf, flags begin at 0x10',
    );
  return { ...rest, flags: (flags | type) >>> 0 };
}

function compileIrqchip(
  scope: Scope,
  chip: NonNullable<WrittenParts['irqchips']>[number],
  path: ManifestPath,
): Irqchip {
  const { address = 0n, id = 0, pin_base = 0, pins = [] } = chip;
  const set = new Uint8Array(PINS / 8);
  for (const [first, last] of pins) {
    if (first >= pin_base && last < pin_base + PINS) {
      setBits(set, [first - pin_base, last - pin_base]);
      continue;
    }
    const fix = `an entry has the 128 pins from \`pin_base\` on, ${pin_base} to ${pin_base + PINS - 1} here`;
    scope.report('value', [...path, 'pins'], `has pin ${first < pin_base ? first : last}`, fix);
    break;
  }
  const view = new DataView(set.buffer);
  const pin_bitmap = [0, 4, 8, 12].map((at) => view.getUint32(at, true));
  return { address, id, pin_base, pin_bitmap };
}

function compileStreamIds(scope: Scope, { stream_ids = [] }: WrittenParts, path: ManifestPath): number[] {
  if (!scope.layout.streamIds)
    scope.refuse([...path, 'stream_ids'], stream_ids, ({ streamIds }) => streamIds);
  return stream_ids.map((id) => (typeof id === 'number' ? id : (((id.mask_out ?? 0) << 16) | id.id) >>> 0));
}

function compileRegmap(
  scope: Scope,
  written: NonNullable<WrittenParts['regmaps']>[number],
  path: ManifestPath,
): Regmap {
  const { reg_base = 0n, reg_count = 0, reg_size = 0, flags = 0, reg_bitmap = [] } = written;
  if (reg_bitmap.length > REGMAP_WORDS)
    scope.report(
      'value',
      [...path, 'reg_bitmap'],
      `has ${reg_bitmap.length} numbers`,
      `there is room for ${REGMAP_WORDS}`,
    );
  const words = Array.from({ length: REGMAP_WORDS }, (_, index) => reg_bitmap[index] ?? 0);
  return { reg_base, reg_count, reg_size, flags, reg_bitmap: words };
}

/** The tables that vendors added. */
function compileVendorTables(
  scope: Scope,
  { smmu_sids = [], regmaps = [] }: WrittenParts,
  path: ManifestPath,
): Pick<CellDescription, 'smmuSids' | 'regmaps'> {
  const hasTable = (part: keyof CellDescription, { tables }: ConfigLayout): boolean =>
    tables.some((table) => table.part === part);
  const has = (part: keyof CellDescription): boolean => hasTable(part, scope.layout);
  if (!has('smmuSids'))
    scope.refuse([...path, 'smmu_sids'], smmu_sids, (layout) => hasTable('smmuSids', layout));
  if (!has('regmaps')) scope.refuse([...path, 'regmaps'], regmaps, (layout) => hasTable('regmaps', layout));
  return {
    ...(has('smmuSids')
      ? { smmuSids: smmu_sids.map(({ sid = 0, sid_mask = 0 }) => ({ sid, sid_mask })) }
      : {}),
    ...(has('regmaps')
      ? { regmaps: regmaps.map((each, index) => compileRegmap(scope, each, [...path, 'regmaps', index])) }
      : {}),
  };
}

const LATER_FIELDS = [
  'cpu_reset_address',
  'msg_reply_timeout',
  'pci_cfg_base',
  'pci_cfg_size',
  'ivshmem_irq',
] as const;

/** The fields of the header that the layout may lack. */
function compileLaterFields(scope: Scope, written: WrittenParts, path: ManifestPath): Partial<CellHeader> {
  const { fields } = scope.layout.header;
  const later: Record<string, unknown> = {};
  for (const key of LATER_FIELDS) {
    if (key in fields) later[key] = written[key] ?? (fields[key]!.size === 8 ? 0n : 0);
    else scope.refuse([...path, key], written[key], ({ header }) => key in header.fields);
  }
  if ('console' in fields) later.console = compileConsole(scope, written.console ?? {}, [...path, 'console']);
  else scope.refuse([...path, 'console'], written.console, ({ header }) => 'console' in header.fields);
  return later;
}

/** What a cell and a root cell have in common; `identity` is what begins the header. */
export function compileParts(
  scope: Scope,
  written: WrittenParts,
  path: ManifestPath,
  identity: Pick<CellHeader, 'signature' | 'architecture' | 'revision'>,
): CellDescription {
  const memory = compileMemory(scope, written.memory, [...path, 'memory']);
  const caps = compileCaps(scope, written.pci_caps, [...path, 'pci_caps']);
  const at = (key: string, index: number): ManifestPath => [...path, key, index];
  return {
    header: {
      ...identity,
      name: compileName(scope, written, path),
      id: written.id ?? 0,
      flags: Number(scope.flags(written.flags, [...path, 'flags'], ({ cellFlags }) => cellFlags)),
      vpci_irq_base: written.vpci_irq_base ?? 0,
      ...compileLaterFields(scope, written, path),
    },
    cpus: compileCpus(scope, written, path),
    memoryRegions: memory.regions,
    origins: memory.origins,
    cacheRegions: (written.cache_regions ?? []).map(
      ({ start = 0, size = 0, type, flags, padding = 0 }, index): CacheRegion => ({
        start,
        size,
        type: scope.choice(type, [...at('cache_regions', index), 'type'], () => CACHE_TYPES),
        padding,
        flags: Number(scope.flags(flags, [...at('cache_regions', index), 'flags'], () => CACHE_FLAGS)),
      }),
    ),
    irqchips: (written.irqchips ?? []).map((chip, index) =>
      compileIrqchip(scope, chip, at('irqchips', index)),
    ),
    pio: compilePorts(scope, written, path),
    pciDevices: (written.pci_devices ?? []).map((device, index) =>
      compilePciDevice(scope, device, memory, caps, at('pci_devices', index)),
    ),
    pciCaps: caps.caps,
    streamIds: compileStreamIds(scope, written, path),
    ...compileVendorTables(scope, written, path),
  };
}
