import { alignUp, describeSize, hex, PAGE_SIZE } from '../base/address.ts';
import type { Architecture } from '../base/choices.ts';
import type { ManifestPath } from '../base/diagnostic.ts';
import { describeRange, joined, overlaps, rangeTo, without, type AddressRange } from '../base/ranges.ts';
import type { Wish } from '../manifest/wish/parse.ts';
import type { Findings } from './findings.ts';
import { LAYOUTS, type GuestLayout } from './guest-layout.ts';
import { anchorsOf, candidatesOf, fit, nearest, search, within, type Chosen } from './ram-search.ts';
import type { RootLinux } from './root-linux.ts';
import { isWithin, type RootRam } from './root-ram.ts';

const MIB = 1n << 20n;

/** Memory of the cell, and where the cell sees it. */
export interface GuestMemory {
  phys: bigint;
  guest: bigint;
  size: bigint;
}

export interface PlacedRam {
  ram: GuestMemory;
  /** Where Jailhouse's loader for Linux runs. */
  loader: GuestMemory;
  /** The communication region, at the address that the loader knows. */
  comm: bigint;
}

/** Guest addresses that RAM must leave to others, where the guest sees it at its own addresses. */
const reservedForGuest = ({ loaderSize, comm, ram, limit }: GuestLayout): AddressRange[] =>
  ram === null
    ? [{ start: 0n, size: loaderSize }, { start: comm, size: PAGE_SIZE }, rangeTo(limit, limit + (1n << 64n))]
    : [];

const largest = (ranges: readonly AddressRange[]): bigint =>
  ranges.reduce((most, { size }) => (size > most ? size : most), 0n);

/** Why each region was not taken. */
const refusals = (ram: RootRam, free: readonly AddressRange[], linux: RootLinux): string =>
  ram.regions
    .map((region) => {
      const left = within(free, region);
      const others = [
        ...new Set(ram.taken.filter(({ range }) => overlaps(range, region)).map(({ by }) => by)),
      ];
      const kept = linux.keeps.some((range) => overlaps(range, region)) ? ['the root’s Linux'] : [];
      const by = [...others, ...kept];
      const gone = by.length === 0 ? '' : `; the rest is of ${by.join(', ')}`;
      return `${describeRange(region)}: at most ${describeSize(largest(left))} in one piece${gone}`;
    })
    .join('\n') || 'the root cell has no region of RAM';

const AT: ManifestPath = ['memory'];

/** The RAM at a pinned place; what speaks against it is asked for. */
function checkPinned(
  pinned: AddressRange,
  ram: RootRam,
  linux: RootLinux,
  layout: GuestLayout,
  findings: Findings,
): boolean {
  const at: ManifestPath = [...AT, 'at'];
  const refuse = (what: string, fix: string): false => {
    findings.ask('memory', at, `the cell’s RAM cannot be at ${describeRange(pinned)}: ${what}`, fix, {
      detail: refusals(ram, without(ram.free, linux.keeps), linux),
    });
    return false;
  };
  const elsewhere = 'choose another address, or leave `at` out';
  if (pinned.start % PAGE_SIZE !== 0n) return refuse('it is not a multiple of 4 KiB', 'round it to 2 MiB');
  const known = joined([...ram.regions, ...ram.doubtful]);
  if (!isWithin(pinned, known)) return refuse('the root cell’s config has no RAM there', elsewhere);
  const owner = ram.taken.find(({ range }) => overlaps(range, pinned));
  if (owner !== undefined) return refuse(`${describeRange(owner.range)} is of ${owner.by}`, elsewhere);
  const kept = linux.keeps.find((range) => overlaps(range, pinned));
  if (kept !== undefined)
    return refuse(`${describeRange(kept)} is of the root’s kernel or firmware`, elsewhere);
  const guest = reservedForGuest(layout).find((range) => overlaps(range, pinned));
  if (guest !== undefined) {
    const what =
      guest.start === layout.comm
        ? `a cell has its communication region at ${hex(layout.comm)}`
        : guest.start === 0n
          ? 'a cell has its loader at 0'
          : 'it must end below 4 GiB on arm';
    return refuse(what, elsewhere);
  }
  return true;
}

function chooseRam(
  size: bigint,
  ram: RootRam,
  linux: RootLinux,
  layout: GuestLayout,
  findings: Findings,
): Chosen | null {
  const usable = without(ram.free, joined(reservedForGuest(layout)));
  const free = without(usable, linux.keeps);
  const candidates = candidatesOf(ram);
  const unused = linux.uses === null ? null : search(candidates, without(free, linux.uses), size, layout);
  const found = unused ?? search(candidates, free, size, layout);
  if (found !== null) return found;
  const doubtful = fit(
    without(ram.doubtful, joined(ram.taken.map(({ range }) => range))),
    size,
    layout.alignments.at(-1)!,
    true,
  );
  if (doubtful !== null) {
    findings.ask(
      'memory-doubtful',
      AT,
      `only ${describeRange({ start: doubtful, size })} has room for ${describeSize(size)}, and it is not sure to be RAM: the root cell cannot execute there`,
      `if it is RAM without another user (firmware, OP-TEE), write \`memory: { size: ${hex(size)}, at: ${hex(doubtful)} }\``,
    );
    return null;
  }
  findings.ask(
    'memory',
    AT,
    `the root cell has no ${describeSize(size)} of RAM in one piece to give away`,
    'ask for less, or enlarge a RAM region of the system config',
    {
      requested: describeSize(size),
      actual: describeSize(largest(free)),
      detail: refusals(ram, free, linux),
    },
  );
  return null;
}

/** Memory for a new link, nearest to the hypervisor's; `null` if there is none. */
export function placeLink(
  ram: RootRam,
  linux: RootLinux,
  size: bigint,
  used: readonly AddressRange[],
): bigint | null {
  const [hypervisor] = anchorsOf(ram);
  const free = without(without(ram.free, linux.keeps), joined(used));
  const unused = linux.uses === null ? [] : without(free, linux.uses);
  const near = hypervisor ?? { start: 0n, size: 0n };
  return nearest(unused, size, 0x10000n, near) ?? nearest(free, size, 0x10000n, near);
}

/** Chooses the cell's memory, or says why there is none. */
export function placeRam(
  { memory }: Wish,
  architecture: Architecture,
  ram: RootRam,
  linux: RootLinux,
  findings: Findings,
): PlacedRam | null {
  const layout = LAYOUTS[architecture];
  const size = alignUp(memory.size, 2n * MIB);
  let start: bigint;
  if (memory.at !== null) {
    if (!checkPinned({ start: memory.at, size }, ram, linux, layout, findings)) return null;
    start = memory.at;
    findings.choose('memory', describeRange({ start, size }), 'as the wish has it');
  } else {
    const found = chooseRam(size, ram, linux, layout, findings);
    if (found === null) return null;
    ({ start } = found);
    findings.choose('memory', describeRange({ start, size }), found.why);
  }
  const own = { start, size };
  // Who says that a place is RAM says so of the region that it is in.
  const agreed = ram.doubtful.filter((region) => overlaps(region, own));
  const taken = joined(ram.taken.map(({ range }) => range));
  const rest = without(without(joined([...ram.free, ...without(agreed, taken)]), [own]), linux.keeps);
  const unused = linux.uses === null ? [] : without(rest, linux.uses);
  const loader =
    nearest(unused, layout.loaderSize, layout.loaderSize, own) ??
    nearest(rest, layout.loaderSize, layout.loaderSize, own);
  if (loader === null) {
    findings.ask(
      'memory',
      AT,
      `no ${describeSize(layout.loaderSize)} of RAM are left for the cell’s loader`,
      'ask for 2 MiB less: the loader needs memory of its own',
    );
    return null;
  }
  findings.choose(
    'loader',
    describeRange({ start: loader, size: layout.loaderSize }),
    'the free memory that is nearest to the RAM',
  );
  return {
    ram: { phys: start, guest: layout.ram ?? start, size },
    loader: { phys: loader, guest: 0n, size: layout.loaderSize },
    comm: layout.comm,
  };
}
