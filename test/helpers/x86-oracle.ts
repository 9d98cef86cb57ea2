import type { MemoryRegion } from '../../src/formats/cell/records.ts';
import type { X86Request } from '../../src/placement/x86/place.ts';
import type { Plan } from '../../src/placement/types.ts';

// A second opinion on x86 plans, written from the format description alone: numbers and intervals, no code of src.

type Interval = readonly [start: bigint, end: bigint];

interface Release {
  loader: bigint | null;
  params: bigint;
  memory: bigint;
  longestCmdline: bigint | null;
}

const release = (revision: number): Release => {
  if (revision <= 4) return { loader: 0xf0000n, params: 0x5000n, memory: 0x10000n, longestCmdline: 40668n };
  if (revision === 8) return { loader: null, params: 0x6000n, memory: 0x6000n, longestCmdline: null };
  return { loader: 0n, params: 0x1000n, memory: 0xa000n, longestCmdline: revision <= 10 ? 7895n : 7891n };
};

const bounds = (region: MemoryRegion): Interval => [region.virt_start, region.virt_start + region.size];
const isRam = ({ flags }: MemoryRegion): boolean => (flags & 0xbfn) === 0x0fn;
const isComm = ({ flags }: MemoryRegion): boolean => (flags & 0x20n) !== 0n;
const meet = (a: Interval, b: Interval): boolean => a[0] < b[1] && b[0] < a[1] && a[0] < a[1] && b[0] < b[1];

/** Between neighbouring bounds of regions nothing changes, so one address stands for all. */
function isAllRam([start, end]: Interval, regions: readonly MemoryRegion[]): boolean {
  const cuts = regions.flatMap((region) => [...bounds(region)]).filter((cut) => start < cut && cut < end);
  return [start, ...cuts].every((address) =>
    regions.some((region) => isRam(region) && bounds(region)[0] <= address && address < bounds(region)[1]),
  );
}

/** Whether `jailhouse cell load` takes the image: the first region that holds its start decides. */
export function isLoadable([start, end]: Interval, regions: readonly MemoryRegion[]): boolean {
  for (const region of regions) {
    const [low, high] = bounds(region);
    if (low <= start && start < high) return (region.flags & 0x42n) === 0x42n && end <= high;
  }
  return false;
}

/** What is wrong with a plan that is said to boot; empty if nothing is. */
export function objections({ cell, kernel, initrdSize, cmdline }: X86Request, plan: Plan): string[] {
  const wrong: string[] = [];
  const want = (holds: boolean, what: string): void => void (holds || wrong.push(what));
  const { memoryRegions: regions, revision, header } = cell;
  const { params: paramsAt, memory, longestCmdline, loader } = release(revision);
  const base = loader ?? header.cpu_reset_address ?? 0n;

  const images = new Map<string, Interval>();
  for (const item of plan.load) {
    if (item.kind !== 'image' || item.address === null) continue;
    images.set(item.role, [item.address, item.address + (item.size ?? 1n)]);
  }
  const [loaderImage, kernelImage, paramsImage] = (['loader', 'kernel', 'params'] as const).map((role) =>
    images.get(role)!,
  ) as [Interval, Interval, Interval];
  const initrd = images.get('initrd');
  const { pref_address: pref, init_size: initSize } = kernel.image.header;
  const runArea: Interval = [pref, pref + BigInt(initSize)];
  const loaderArea: Interval = [base, base + memory];

  want([...images.keys()][0] === 'loader', 'the loader is loaded first');
  want(loaderImage[0] === base, 'loader address');
  want(paramsImage[0] === base + paramsAt, 'params address');
  want(paramsImage[1] - paramsImage[0] === BigInt(plan.params.length), 'params size');
  want(kernelImage[0] === pref - BigInt(kernel.image.setupSize), 'kernel address');
  want(kernelImage[1] - kernelImage[0] === BigInt(kernel.image.size), 'kernel size');
  want(plan.entry === pref + 0x200n, 'entry');
  const isRelocatable = kernel.image.header.relocatable_kernel !== 0;
  want(!isRelocatable || pref.toString(2).lastIndexOf('1') === 0, 'pref_address is a power of two');
  want((initrd === undefined) === (initrdSize === null), 'initrd present');

  for (const [role, image] of images) want(isLoadable(image, regions), `${role} loadable`);
  want(isAllRam(loaderArea, regions), 'loader in RAM');
  want(isAllRam(paramsImage, regions), 'params in RAM');
  want(
    regions.some((region) => isRam(region) && region.size > 0n && bounds(region)[0] < 0x100000n),
    'RAM below 1 MiB',
  );
  want(initSize > 0 && isAllRam(runArea, regions), 'run area in RAM');
  if (initrd) {
    want(isAllRam(initrd, regions), 'initrd in RAM');
    want(initrd[0] % 0x1000n === 0n, 'initrd on a page');
    want(initrd[0] >= runArea[1], 'initrd behind the run area');
    want(initrd[1] <= BigInt(kernel.image.header.initrd_addr_max) + 1n, 'initrd_addr_max');
    want(initrd[1] - initrd[0] === initrdSize, 'initrd size');
  }

  const low: [string, Interval][] = [
    ['loader area', loaderArea],
    ['loader', loaderImage],
    ['params', paramsImage],
  ];
  const high: [string, Interval][] = [
    ['kernel', kernelImage],
    ['run area', runArea],
  ];
  const last: [string, Interval][] = initrd ? [['initrd', initrd]] : [];
  const comm = regions.filter(isComm).map((region): [string, Interval] => ['comm region', bounds(region)]);
  const apart = (some: [string, Interval][], others: [string, Interval][]): void => {
    for (const [a, one] of some) for (const [b, two] of others) want(!meet(one, two), `${a} on ${b}`);
  };
  apart(low, [...high, ...last, ...comm]);
  apart(high, [...last, ...comm]);
  apart(last, comm);
  if (loader === null) want(!meet(loaderImage, paramsImage), 'loader on params');
  want(
    regions.some((region) => isComm(region) && region.virt_start === 0x100000n && region.size >= 0x1000n),
    'comm region at 0x100000',
  );

  const length = BigInt(new TextEncoder().encode(cmdline).length);
  want(longestCmdline === null || length <= longestCmdline, 'cmdline in the window');
  want(length <= BigInt(kernel.image.header.cmdline_size), 'cmdline_size');

  const page = new DataView(plan.params.buffer, plan.params.byteOffset, plan.params.byteLength);
  const e820 = regions.filter((region) => isRam(region) || isComm(region));
  want(e820.length >= 2 && e820.length <= 128 && page.getUint8(0x1e8) === e820.length, 'e820 entries');
  for (const [index, region] of e820.entries()) {
    const at = 0x2d0 + 20 * index;
    const entry = [
      page.getBigUint64(at, true),
      page.getBigUint64(at + 8, true),
      page.getUint32(at + 16, true),
    ];
    const wanted = [region.virt_start, region.size, isRam(region) ? 1 : 2];
    want(
      entry.every((value, field) => value === wanted[field]),
      `e820 entry ${index}`,
    );
  }
  want(BigInt(page.getUint32(0x218, true)) === (initrd?.[0] ?? 0n), 'ramdisk_image');
  want(BigInt(page.getUint32(0x21c, true)) === (initrdSize ?? 0n), 'ramdisk_size');
  want(BigInt(page.getUint32(0x228, true)) + length + 1n === paramsImage[1], 'cmd_line_ptr');
  want(page.getBigUint64(0x230, true) === pref, 'kernel_alignment');
  want(page.getBigUint64(0x250, true) === paramsImage[0] + 0x1000n, 'setup_data');
  return wrong;
}
