import { describeSize, hex } from '../../base/address.ts';
import { endOf, holds } from '../../base/ranges.ts';
import { placedRegions, physicalRegions, regionText, type PlacedRegion } from '../../checks/cell/ranges.ts';
import type { Party } from '../../checks/cell/scene.ts';
import {
  describeFlags,
  isCommRegion,
  isReadable,
  isRootShared,
  isSubPage,
  isWritable,
} from '../../formats/cell/memory.ts';
import { nameFlags, MEMORY_FLAGS } from '../../formats/cell/names.ts';
import { namesOf } from '../../formats/cell/variants.ts';
import { landmarksAt, type Landmark } from './landmarks.ts';
import { treeOf, type Machine } from './machine.ts';
import { sectionAt } from './sections.ts';
import { nodeAt, nodePath, nodeText, type FoundNode } from './tree.ts';

/** An access that the hypervisor refused. */
export interface Access {
  address: bigint;
  /** As the guest sees memory, or as the machine does. */
  side: 'virt_start' | 'phys_start';
  kind: 'read' | 'write' | 'execute';
  /** Bytes; `null`: not known. */
  size: number | null;
}

/** What is known of an address. */
export interface AddressAnswer {
  /** The first region of the owner that holds it: `null` if none does. */
  region: PlacedRegion | null;
  landmarks: readonly Landmark[];
  /** Of the owner's device tree. */
  node: FoundNode | null;
  /** In sentences, the most telling first. */
  sentences: readonly string[];
  /** One clause for the first line of a report. */
  short: string;
}

const VERBS = { read: 'read', write: 'wrote', execute: 'jumped to' } as const;

const RIGHTS = {
  read: { has: isReadable, flag: 'read' },
  write: { has: isWritable, flag: 'write' },
  execute: {
    has: ({ flags }: PlacedRegion['region']) => (flags & MEMORY_FLAGS.execute) !== 0n,
    flag: 'execute',
  },
} as const;

const widthFlag = (size: number): string => `io_${size * 8}`;

/** What the flags of a region that no page maps say of an access. */
function emulatedFault(
  party: Party,
  { region }: PlacedRegion,
  { size, address, side }: Access,
): string | null {
  const names = nameFlags(namesOf(party).memoryFlags, region.flags).names;
  if (size === null || size === 0) return null;
  const flag = widthFlag(size);
  if (!names.includes(flag))
    return `it lacks ${flag}, which lets accesses of ${describeSize(BigInt(size))} pass`;
  const isOff = (address - region[side]) % BigInt(size) !== 0n;
  return isOff && !names.includes('io_unaligned')
    ? 'it lacks io_unaligned, and the address is not a multiple of the size'
    : null;
}

/** Memory that another cell took from the root cell. */
function takenFrom(machine: Machine, owner: Party, physical: bigint): string | null {
  if (owner.index !== null) return null;
  for (const party of machine.scene.cells) {
    const placed = physicalRegions(party).find(
      ({ range, region }) => holds(range, physical) && !isRootShared(region),
    );
    if (placed !== undefined) {
      return `${regionText(placed)} of ${party.title} takes it away while that cell exists, as it has no rootshared`;
    }
  }
  return null;
}

const physicalOf = ({ region }: PlacedRegion, address: bigint, side: Access['side']): bigint =>
  side === 'phys_start' ? address : address - region.virt_start + region.phys_start;

/** What is wrong with a region that holds the address. */
function insideSentences(machine: Machine, owner: Party, placed: PlacedRegion, access: Access): string[] {
  const { region, index } = placed;
  const { address, side, kind } = access;
  const section = isCommRegion(region) ? 'the comm region' : sectionAt(owner, index);
  const what = section === null ? '' : `, ${section}`;
  const sentences = [
    `${hex(address)} is in ${regionText(placed)} of ${owner.title}${what}; its flags are ${nameFlags(namesOf(owner).memoryFlags, region.flags).names.join(' ') || describeFlags(region)}`,
  ];
  const { has, flag } = RIGHTS[kind];
  const taken = takenFrom(machine, owner, physicalOf(placed, address, side));
  const emulated = isSubPage(region);
  if (taken !== null) sentences.push(taken);
  if (!has(region)) sentences.push(`the region lacks ${flag}`);
  else if (emulated) {
    const fault = kind === 'execute' ? null : emulatedFault(owner, placed, access);
    sentences.push(
      `its address or size is not a multiple of 4 KiB, so no page maps it and each access is emulated${fault === null ? '' : `: ${fault}`}`,
    );
  } else if (taken === null) {
    sentences.push(
      'the region allows that access: the config on the target may be another one, or the hypervisor emulates a part of that page (MSI-X table, unaligned region)',
    );
  }
  return sentences;
}

/** From the address to the nearest one that the region has. */
const distance = ({ range }: PlacedRegion, address: bigint): bigint =>
  address < range.start ? range.start - address : address - endOf(range) + 1n;

function placeBeside({ range }: PlacedRegion, address: bigint): string {
  if (address < range.start) return `${describeSize(range.start - address)} before its start`;
  const after = address - endOf(range);
  return after === 0n ? 'right after its end' : `${describeSize(after)} after its end`;
}

/** Farther away, a region has nothing to do with an address. */
const NEAR = 1n << 40n;

function nearestSentences(owner: Party, regions: readonly PlacedRegion[], address: bigint): string[] {
  const [first, ...others] = regions;
  if (first === undefined) return [`${owner.title} has no memory region`];
  const nearest = others.reduce(
    (best, each) => (distance(each, address) < distance(best, address) ? each : best),
    first,
  );
  if (distance(nearest, address) >= NEAR) return [];
  return [`the nearest is ${regionText(nearest)}: the address is ${placeBeside(nearest, address)}`];
}

function nodeSentences(owner: Party, node: FoundNode | null, region: PlacedRegion | null): string[] {
  if (node === null) return [];
  const enabled = node.enabled ? 'enables' : 'has, switched off,';
  const end =
    region === null && node.enabled
      ? `: give ${owner.title} a region for it, or set \`status = "disabled"\` in ${nodePath(node)}`
      : '';
  return [`the device tree ${enabled} ${nodeText(node)}${end}`];
}

function shortOf(
  owner: Party,
  { address, kind }: Access,
  answer: Omit<AddressAnswer, 'short' | 'sentences'>,
): string {
  const who = owner.index === null ? 'the root cell' : 'the guest';
  const { region, node, landmarks } = answer;
  const touched = `${who} ${VERBS[kind]} ${hex(address)}`;
  if (region !== null) {
    const missing = RIGHTS[kind].has(region.region) ? '' : ` without ${RIGHTS[kind].flag}`;
    return `${touched}, which is in ${region.name} of ${owner.title}${missing}`;
  }
  const [landmark] = landmarks;
  const more =
    node !== null && node.enabled
      ? `: the device tree enables ${node.name}`
      : landmark !== undefined
        ? `: that is ${landmark.name}`
        : '';
  return `${touched}, which no region of ${owner.title} covers${more}`;
}

/**
 * Whether an address that no region covers is one of the machine's memory: where a guest's RAM is, its own kernel does not
 * see on x86. Devices are where the machine has them.
 */
const isPhysical = ({ scene }: Machine, owner: Party, side: Access['side']): boolean =>
  side === 'phys_start' || owner.index === null || scene.architecture !== 'x86';

/** Names what is at an address of a party. */
export function nameAddress(machine: Machine, owner: Party, access: Access): AddressAnswer {
  const { address, side } = access;
  const regions = placedRegions(owner, side);
  const holding = regions.filter(({ range }) => holds(range, address));
  const [region = null] = holding;
  const tree = treeOf(machine, owner);
  const node = tree === null ? null : nodeAt(tree, address);
  const landmarks =
    region === null
      ? landmarksAt(machine, owner, address).filter(({ isRam }) => !isRam || isPhysical(machine, owner, side))
      : landmarksAt(machine, owner, physicalOf(region, address, side)).filter(
          ({ kind }) => kind !== 'region',
        );
  const others = holding.slice(1).map(({ name }) => name);
  const sentences = [
    ...(region === null
      ? [`no memory region of ${owner.title} covers ${hex(address)}`, ...nodeSentences(owner, node, null)]
      : [
          ...insideSentences(machine, owner, region, access),
          ...(others.length === 0
            ? []
            : [`${others.join(', ')} of the same cell ${others.length === 1 ? 'covers' : 'cover'} it too`]),
          ...nodeSentences(owner, node, region),
        ]),
    ...landmarks.map(({ text }) => `the machine has there ${text}`),
    ...(region === null ? nearestSentences(owner, regions, address) : []),
  ];
  const answer = { region, landmarks, node };
  return { ...answer, sentences, short: shortOf(owner, access, answer) };
}

/** The same where nobody knows whose it is: only what is at that physical address. */
export const namePhysical = (machine: Machine, address: bigint): string[] =>
  landmarksAt(machine, null, address).map(({ text }) => `the machine has at ${hex(address)} ${text}`);
