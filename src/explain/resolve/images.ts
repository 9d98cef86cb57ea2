import { hex } from '../../base/address.ts';
import { describeRange, holds } from '../../base/ranges.ts';
import { placedRegions, regionText } from '../../checks/cell/ranges.ts';
import type { Party } from '../../checks/cell/scene.ts';
import { isLoadable } from '../../formats/cell/memory.ts';
import { contains } from '../../base/ranges.ts';
import { givenOf, type Loaded, type Machine } from './machine.ts';

const loadedText = ({ name, range }: Loaded, address: bigint): string =>
  `${name} (${describeRange(range)}), ${hex(address - range.start)} after its start`;

/** What a bundle loads at a physical address that the CPU ran: sentences, or none where nothing is known. */
export function nameCode(machine: Machine, owner: Party, address: bigint): string[] {
  const loaded = givenOf(machine, owner)?.loaded ?? null;
  const image = loaded?.find(({ range }) => holds(range, address));
  if (image !== undefined) return [`by the bundle, ${hex(address)} is in ${loadedText(image, address)}`];
  const region = placedRegions(owner, 'virt_start').find(({ range }) => holds(range, address));
  if (region === undefined)
    return [`${hex(address)} is in no memory region of ${owner.title}, so there is no code`];
  const nothing = loaded === null ? '' : ', where the bundle loads nothing';
  return [`${hex(address)} is in ${regionText(region)} of ${owner.title}${nothing}`];
}

/** Why `jailhouse cell load` refuses what a bundle loads: the first region that holds the start decides. */
export function nameRefusedLoads(machine: Machine, owner: Party): string[] {
  const regions = placedRegions(owner, 'virt_start');
  return (givenOf(machine, owner)?.loaded ?? []).flatMap((image) => {
    const { name, range } = image;
    const region = regions.find((each) => holds(each.range, range.start));
    const shown = `${name} (${describeRange(range)})`;
    if (region === undefined) return [`${shown} starts in no memory region of ${owner.title}`];
    if (!isLoadable(region.region))
      return [`${shown} starts in ${regionText(region)}, which lacks loadable or write`];
    return contains(region.range, range) ? [] : [`${shown} ends after ${regionText(region)}`];
  });
}
