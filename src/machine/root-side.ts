import { describeRange, overlaps, rangeTo, type AddressRange } from '../base/ranges.ts';
import { describeSize } from '../base/address.ts';
import { pathOf } from '../formats/dtb/walk.ts';
import type { GivenDevice } from './device.ts';
import type { Findings } from './findings.ts';
import type { PlacedLink } from './links.ts';
import type { PlacedRam } from './ram.ts';
import { memoryWords, mergedRanges, reservedFor, type MemoryWordChoice, type Reserved } from './reserve.ts';
import type { RootLinux } from './root-linux.ts';
import type { RootRam } from './root-ram.ts';
import type { Architecture } from '../base/choices.ts';

/** What the root cell's Linux must do for the cell. */
export interface RootSide {
  reserved: readonly Reserved[];
  /** With small gaps closed. */
  ranges: readonly AddressRange[];
  /** `null`: only reserved-memory of the device tree can say it. */
  words: MemoryWordChoice | null;
  /** Paths of the nodes of devices that it gives away. */
  disabled: readonly string[];
}

/** What the root's Linux must do for memory and devices of a cell. */
export function rootSideOf(
  architecture: Architecture,
  ram: RootRam,
  placed: PlacedRam,
  links: readonly PlacedLink[],
  given: readonly (GivenDevice | null | undefined)[],
): RootSide {
  const reserved = reservedFor(ram, placed, links);
  const ranges = mergedRanges(reserved);
  return {
    reserved,
    ranges,
    words: memoryWords(architecture, ram.regions, ranges),
    disabled: given.flatMap((each) => (each ? [pathOf(each.device)] : [])),
  };
}

/** What the root cell's Linux must leave alone, and what is known of whether it does. */
export function tellReserved(
  { words, ranges }: RootSide,
  placed: PlacedRam,
  linux: RootLinux,
  findings: Findings,
): void {
  const own = rangeTo(placed.ram.phys, placed.ram.phys + placed.ram.size);
  const inUse = linux.uses?.some((range) => overlaps(range, own)) ?? false;
  if (linux.uses !== null && !inUse) return;
  const fix =
    words !== null && words.words.length > 0
      ? `boot the root cell's Linux with ${words.words.join(' ')}, or with reserved-memory nodes for it`
      : 'give the root cell’s Linux a device tree with reserved-memory nodes for it: root-overlay.dts';
  const detail = ranges.map((range) => `${describeRange(range)} (${describeSize(range.size)})`).join('\n');
  if (inUse) {
    findings.warn(
      'root-memory',
      ['memory'],
      `${linux.source} has the cell's memory (${describeRange(own)}) as its own RAM`,
      fix,
      { detail, symptom: 'the root cell stops at its next access to that memory' },
    );
  } else {
    findings.note('root-unknown', ['memory'], 'which memory the root cell’s Linux uses was not given', fix, {
      detail,
    });
  }
}
