import { portsTellX86 } from '../config.ts';
import { LAYOUTS } from '../layouts.ts';
import { layoutOf } from '../variants.ts';
import { NAMES, type RevisionNames } from '../names.ts';
import { uartFlags } from '../resources.ts';
import type { Revision } from '../releases.ts';
import type { CellConfig, PortAccess, SystemConfig } from '../types.ts';
import type { Diagnostic, ManifestPath } from '../../../base/diagnostic.ts';
import type { Architecture } from '../../../base/choices.ts';
import { plural } from '../../../base/text.ts';
import { pathText, quoted } from '../../yaml/problem.ts';
import { carryConsoles } from './carry-consoles.ts';
import { carryMachine } from './carry-machine.ts';
import { note } from './carry.ts';
import { compileData } from './compile.ts';
import { describeConfig } from './describe.ts';
import { describeRegion } from './describe-memory.ts';
import type { Plain, PlainMap } from './plain.ts';
import { describeRevision } from '../releases.ts';
import { NOT_IN_RELEASE } from './scope.ts';
import { netRegions } from './shmem-net.ts';

/** A config for another release. */
export interface ConvertedConfig {
  /** Null where `problems` says why there is none. */
  config: CellConfig | SystemConfig | null;
  /** What got lost, was assumed, or means something else now. */
  notes: Diagnostic[];
  problems: Diagnostic[];
}

const partsData = (data: PlainMap): PlainMap => (data.root_cell as PlainMap | undefined) ?? data;

const listOf = (data: PlainMap, key: string): PlainMap[] => (data[key] ?? []) as PlainMap[];

/** Takes the value at a path out of the data; a list closes up. */
function remove(data: PlainMap, path: ManifestPath): void {
  const parent = path.slice(0, -1).reduce<Plain>((at, step) => (at as PlainMap)[step]!, data);
  const key = path.at(-1)!;
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete (parent as PlainMap)[key];
}

const backwards = (a: ManifestPath, b: ManifestPath): number =>
  pathText(b).localeCompare(pathText(a), 'en', { numeric: true });

/** Network blocks as the four regions that they stand for. */
function expandBlocks(data: PlainMap, names: RevisionNames): void {
  if (data.memory === undefined) return;
  data.memory = listOf(data, 'memory').flatMap((entry) => {
    if (entry.shmem_net === undefined) return [entry];
    const { start, dev_id } = entry.shmem_net as { start: string; dev_id: string };
    const regions = netRegions(BigInt(start), dev_id === '1' ? 1 : 0, names.memoryFlags);
    return regions.map((region, index) => ({
      ...(index === 0 && entry.name !== undefined ? { name: entry.name } : {}),
      ...describeRegion(region, names),
    }));
  });
}

/** A list of regions holds 0xffff ports in one of them, a bitmap any number. */
function splitPorts(data: PlainMap): void {
  if (!Array.isArray(data.ports)) return;
  data.ports = (data.ports as string[]).flatMap((range) =>
    range === '0x0-0xffff' ? ['0x0-0x7fff', '0x8000-0xffff'] : [range],
  );
}

/** On arm only NXP's layouts have units without a type, and no release has one for them. */
function nameIommus(data: PlainMap, notes: Diagnostic[]): void {
  listOf(data, 'iommu_units').forEach((unit, index) => {
    if (Object.keys(unit).length === 0) return;
    unit.type = Object.keys(unit).some((key) => key.startsWith('amd_')) ? 'amd' : 'intel';
    const message = `IOMMU unit ${index} is assumed to be ${unit.type as string}: the old format does not say`;
    notes.push(note('assumed', message, 'check whether it is right', ['iommu_units', index, 'type']));
  });
}

/** Bytes without a name belong to one layout alone. */
function dropUnnamedBytes(data: PlainMap, notes: Diagnostic[]): void {
  const platform = data.platform as PlainMap | undefined;
  for (const key of ['tail', 'padding']) {
    if (platform?.[key] === undefined) continue;
    delete platform[key];
    notes.push(
      note('lost', `${quoted(`platform.${key}`)} is left out: its bytes have no name`, 'nothing reads them'),
    );
  }
}

function notesOnMeaning(
  from: CellConfig | SystemConfig,
  to: Revision,
  data: PlainMap,
  architecture: Architecture,
): Diagnostic[] {
  const notes: Diagnostic[] = [];
  const source = layoutOf(from);
  const target = LAYOUTS[to];
  const links = listOf(partsData(data), 'pci_devices').filter(({ type }) => type === 'ivshmem');
  if (
    links.length > 0 &&
    'shmem_peers' in source.pciDevice.fields !== 'shmem_peers' in target.pciDevice.fields
  ) {
    notes.push(
      note(
        'meaning',
        `${plural(links.length, 'ivshmem device')}: revision 12 changed what they share`,
        'older ones share one region; from 12 on there are a state table, a common section and one for each peer',
      ),
    );
  }
  if (
    'cpu_reset_address' in source.header.fields !== 'cpu_reset_address' in target.header.fields &&
    from.kind === 'cell'
  ) {
    notes.push(
      note(
        'meaning',
        `the CPUs of the cell start at another address: \`cpu_reset_address\` exists since revision 5, before that the address was fixed`,
        architecture === 'x86'
          ? 'x86 cells of Jailhouse 0.6 and 0.7 have their loader at 0xf0000, from 0.9 on at 0'
          : 'check whether the inmate is linked for it',
        ['cpu_reset_address'],
      ),
    );
  }
  return notes;
}

/** Values without a name keep their number, whatever the other release means by it. */
function notesOnNumbers(data: Plain, path: ManifestPath = []): Diagnostic[] {
  if (typeof data !== 'object') {
    const isNamed =
      ['type', 'shmem_protocol', 'apic_mode'].includes(String(path.at(-1))) || path.at(-2) === 'flags';
    if (!isNamed || typeof data !== 'string' || !data.startsWith('0x')) return [];
    const message = `${quoted(pathText(path))} keeps its number ${data}, which has no name`;
    return [note('number', message, 'check what it means in the other release', path)];
  }
  return Object.entries(data).flatMap(([key, value]) =>
    notesOnNumbers(value, [...path, Array.isArray(data) ? Number(key) : key]),
  );
}

/**
 * A config for another revision: the same names, whatever their numbers are there. What the revision has no place for
 * is left out, and told.
 *
 * @param architecture what the config is for, where its file does not say
 */
export function convertConfig(
  from: CellConfig | SystemConfig,
  to: Revision,
  architecture: Architecture,
): ConvertedConfig {
  const source = layoutOf(from);
  const target = LAYOUTS[to];
  const data = describeConfig(from, architecture);
  data.revision = String(to);
  delete data.layout;
  const notes = notesOnMeaning(from, to, data, architecture);
  if (source.pio === 'bitmap' && target.pio === 'regions') splitPorts(partsData(data));
  if (!('shmem_peers' in target.pciDevice.fields)) expandBlocks(partsData(data), source.names);
  const move = { data, source, from: from.revision, target, to, architecture, notes };
  carryConsoles(move);
  carryMachine(move);
  const isTyped = 'type' in target.iommu.fields;
  if (architecture === 'x86' && isTyped && !('type' in source.iommu.fields)) nameIommus(data, notes);
  if (source.unionSize !== target.unionSize || source.platform !== target.platform)
    dropUnnamedBytes(data, notes);
  if (source.names !== NAMES[to]) notes.push(...notesOnNumbers(data));

  for (;;) {
    const { config, problems } = compileData(data, from.kind);
    const lost = problems.filter(({ code }) => code === NOT_IN_RELEASE);
    if (lost.length === 0) {
      if (config?.kind === 'cell' && from.kind === 'cell') notes.push(...notesOnUarts(from.pio, config.pio));
      return { config, notes, problems };
    }
    const fix = `${describeRevision(to)} has no place for it`;
    notes.push(
      ...lost.map(({ path = [], message }) => note('lost', `${message}: it is left out`, fix, path)),
    );
    const places = lost.map(({ path = [] }) => path);
    for (const path of places.toSorted(backwards)) remove(data, path);
  }
}

function notesOnUarts(before: PortAccess, after: PortAccess): Diagnostic[] {
  if (portsTellX86(before) === null || uartFlags(before) === uartFlags(after)) return [];
  const fix =
    'with 0.12 and newer a guest learns of a UART only from a region of exactly its 8 ports: [0x3f8-0x3ff]';
  return [note('meaning', 'the guest learns of other UARTs than before', fix, ['ports'])];
}
