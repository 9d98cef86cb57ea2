import { hex, roundSize } from '../../base/address.ts';
import {
  byStart,
  describeRange,
  endOf,
  holds,
  overlaps,
  rangeTo,
  span,
  type AddressRange,
} from '../../base/ranges.ts';
import { plural } from '../../base/text.ts';
import type { Placed } from '../../placement/types.ts';
import { excessOf, partKind, type LaidRegion, type PlanLayout } from '../plan-layout.ts';
import { LETTERS } from '../plan-picture.ts';
import { drawBars, scaleOf, type Bar, type Block } from './bars.ts';
import { html, type Markup } from './markup.ts';
import { drawnStretches, scaled, enlargedText, windowAround } from './scale.ts';

/** More labels than these stand in each other's way: the largest get one. */
const MOST_LABELS = 16;
/** Thinner is hard to see. */
const THIN = 5;
const USUAL_HEIGHT = 200;
const MOST_DETAILS = 3;

export const KIND_WORDS: Readonly<Record<LaidRegion['kind'], string>> = {
  ram: 'RAM',
  shared: 'ivshmem',
  device: 'device',
  comm: 'comm region',
  other: 'other memory',
};

const noteOf = ({ start, size }: AddressRange): string => `${hex(start)}, ${roundSize(size)}`;

/** What matters most first: RAM, then the larger. */
function labelled(regions: readonly LaidRegion[]): ReadonlySet<LaidRegion> {
  const rank = ({ kind }: LaidRegion): number => (kind === 'ram' ? 0 : kind === 'other' ? 2 : 1);
  return new Set(
    regions
      .toSorted((a, b) => rank(a) - rank(b) || (a.range.size > b.range.size ? -1 : 1))
      .slice(0, MOST_LABELS),
  );
}

function overviewBars(regions: readonly LaidRegion[]): Bar[] {
  const withLabel = labelled(regions);
  const stretches = drawnStretches(regions.map(({ range }) => range));
  return stretches.map((range, index) => {
    const before = stretches[index - 1];
    return {
      range,
      blocks: regions
        .filter((region) => holds(range, region.range.start))
        .map((region) => ({
          range: region.range,
          kind: `region-${region.kind}`,
          letter: '',
          label: withLabel.has(region) ? `${region.name}: ${KIND_WORDS[region.kind]}` : null,
          note: noteOf(region.range),
        })),
      ...(before ? { gap: `${roundSize(range.start - endOf(before))} left out` } : {}),
    };
  });
}

function partBlock(part: Placed, region: LaidRegion): Block {
  const kind = partKind(part);
  const excess = excessOf(part, region);
  return {
    range: part,
    kind: `part-${kind}${excess > 0n ? ' excess' : ''}`,
    letter: LETTERS[kind],
    label: excess > 0n ? `${part.label}: ${roundSize(excess)} too long` : part.label,
    note: noteOf(part),
  };
}

const freeBlock = (range: AddressRange): Block => ({
  range,
  kind: 'free',
  letter: '',
  label: 'free',
  note: noteOf(range),
});

/** What sticks out is drawn as far as half of the region. */
function windowOf({ range, parts }: LaidRegion): AddressRange {
  const furthest = parts.reduce((end, part) => (endOf(part) > end ? endOf(part) : end), endOf(range));
  const limit = endOf(range) + range.size / 2n;
  return rangeTo(range.start, furthest < limit ? furthest : limit);
}

/** Where parts are thin that have others beside them, as windows with what is near. */
function thinWindows({ parts }: LaidRegion, window: AddressRange): AddressRange[] {
  const heightOf = ({ size }: AddressRange): number => scaled(size, window.size, USUAL_HEIGHT);
  const groups: AddressRange[] = [];
  for (const part of parts.filter((each) => heightOf(each) < THIN)) {
    const last = groups.at(-1);
    const both = last && span(last, part);
    if (both && heightOf(both) < 4 * THIN) groups[groups.length - 1] = both;
    else groups.push(part);
  }
  return groups
    .map((group) => windowAround(group, window))
    .filter(
      (around) => around.size * 8n < window.size && parts.filter((part) => overlaps(part, around)).length > 1,
    )
    .slice(0, MOST_DETAILS);
}

interface Drawn {
  heading: string;
  figure: Markup;
}

interface Zoom {
  heading: string;
  window: AddressRange;
  region: LaidRegion;
}

function zoomsOf(region: LaidRegion): Zoom[] {
  const window = windowOf(region);
  return [
    { heading: region.name, window, region },
    ...thinWindows(region, window).map((around) => ({
      heading: `${region.name}, ${describeRange(around)}`,
      window: around,
      region,
    })),
  ];
}

function drawZoom(id: string, { heading, window, region }: Zoom, overview: number): Drawn {
  const largest = region.free.reduce((most, { size }) => (size > most ? size : most), 0n);
  const blocks = [
    ...region.parts.map((part) => partBlock(part, region)),
    ...region.free.filter(({ size }) => size === largest).map(freeBlock),
  ].toSorted((a, b) => byStart(a.range, b.range));
  const bars = [{ range: window, blocks }];
  const enlarged = enlargedText(scaleOf({ bars }) / overview);
  const parts = region.parts.filter((part) => overlaps(part, window)).map(({ label }) => label);
  return {
    heading: `${heading}${enlarged}`,
    figure: drawBars({
      id,
      title: `${heading}${enlarged}`,
      description: `${roundSize(window.size)} of the guest’s memory, to a scale of its own: ${parts.join(', ')}. The table below has the addresses.`,
      bars,
    }),
  };
}

const figure = ({ heading, figure: drawn }: Drawn): Markup =>
  html`<figure>
    <figcaption>${heading}</figcaption>
    ${drawn}
  </figure>`;

/** The memory of a cell as the guest sees it: all of it to scale, then each region that something is placed in. */
export function guestMap(id: string, { regions }: PlanLayout): Markup {
  if (regions.length === 0) return html`<p>The cell has no memory.</p>`;
  const bars = overviewBars(regions);
  const overview = scaleOf({ bars });
  const zooms = regions.filter(({ parts }) => parts.length > 0).flatMap(zoomsOf);
  const all = drawBars({
    id: `${id}-all`,
    title: 'Overview of the guest’s memory',
    description: `${plural(regions.length, 'region')} of guest addresses, to scale. The table below has all of them.`,
    bars,
  });
  const left = regions.length - MOST_LABELS;
  return html`<p class="legend">
      To scale; addresses grow downwards. What is too small for its size to show is a
      line.${left > 0 && ` ${plural(left, 'region')} without a label: the table below has all of them.`} The
      letters are those of <code>plan</code>.
    </p>
    <div class="figures">
      ${figure({
        heading: 'Overview, to scale',
        figure: all,
      })}${zooms.map((zoom, index) => figure(drawZoom(`${id}-${index}`, zoom, overview)))}
    </div>`;
}
