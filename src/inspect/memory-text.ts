import { describeNumbers } from '../base/runs.ts';
import { type AddressRange, byStart, describeRange, endOf, rangeTo } from '../base/ranges.ts';
import { describeSize, hex } from '../base/address.ts';
import { isCommRegion, isRam } from '../formats/cell/memory.ts';
import { columns, flagWords } from './layout.ts';
import type { DescribedParts } from './schema/cell.ts';

type Regions = DescribedParts['memoryRegions'];
type Devices = DescribedParts['pciDevices'];

/** What each region of an ivshmem device is, from revision 12 on; an older one has a single region. */
const SECTIONS = ['state table', 'common section'];

/** The regions that ivshmem devices use, by their index. */
function sharedRegions(devices: Devices): Map<number, string> {
  const names = new Map<number, string>();
  for (const { type, bdf, shmemRegion, shmemRegionsStart, shmemPeers } of devices) {
    if (type.name !== 'ivshmem') continue;
    if (shmemRegionsStart === null) names.set(shmemRegion ?? 0, `ivshmem ${bdf}`);
    else
      for (let part = 0; part < 2 + (shmemPeers ?? 0); part++)
        names.set(shmemRegionsStart + part, `ivshmem ${bdf} ${SECTIONS[part] ?? `output ${part - 2}`}`);
  }
  return names;
}

const gapRow = (gap: AddressRange): string[] => [
  '',
  describeRange(gap),
  describeSize(gap.size),
  '',
  'gap',
  '',
];

/** The memory map: sorted by where the guest sees it, with what each region is, and the gaps between them. */
export function memoryLines(regions: Regions, devices: Devices): string[] {
  const shared = sharedRegions(devices);
  const indexed = regions.map((region, index) => {
    const range = { start: region.virtStart, size: region.size };
    return { ...region, index, range };
  });
  const rows: string[][] = [];
  let end: bigint | null = null;
  for (const region of indexed
    .filter(({ size }) => size > 0n)
    .toSorted((a, b) => byStart(a.range, b.range))) {
    const { range, index } = region;
    if (end !== null && range.start > end) rows.push(gapRow(rangeTo(end, range.start)));
    if (end === null || endOf(range) > end) end = endOf(range);
    const raw = { flags: region.flags.value };
    rows.push([
      `${index}`,
      describeRange(range),
      describeSize(region.size),
      hex(region.physStart),
      shared.get(index) ?? (isRam(raw) ? 'RAM' : isCommRegion(raw) ? 'comm region' : 'memory'),
      flagWords(region.flags),
    ]);
  }
  const empty = indexed.filter(({ size }) => size === 0n).map(({ index }) => index);
  const head = ['#', 'guest addresses', 'size', 'physical', 'name', 'flags'];
  return [
    ...(rows.length === 0 ? [] : columns([head, ...rows], [0, 2])),
    ...(empty.length === 0 ? [] : [`empty regions: ${describeNumbers(empty)}`]),
  ];
}
