import { hex } from '../../base/address.ts';
import { endOf, intersection, type AddressRange } from '../../base/ranges.ts';
import { html, type Child, type Markup } from './markup.ts';
import { fit, spread } from './labels.ts';
import { decimal, scaled } from './scale.ts';

/** A piece of memory in a bar. */
export interface Block {
  range: AddressRange;
  /** Its class of colour. */
  kind: string;
  /** Shown on it, where there is room. */
  letter: string;
  /** `null`: it has no label, only a row of the table. */
  label: string | null;
  note: string;
}

/** A stretch of addresses from top to bottom. */
export interface Bar {
  range: AddressRange;
  blocks: readonly Block[];
  /** What is left out before it. */
  gap?: string;
}

interface Figure {
  id: string;
  title: string;
  description: string;
  bars: readonly Bar[];
}

const WIDTH = 330;
const BAR = 84;
const LABELS = 108;
const LETTER_HEIGHT = 15;
/** Of the address above a bar, and of that below it. */
const ADDRESS = 16;
const GAP = 22;
const LEAST = 2;
const LABEL_STEP = 31;
const COLUMNS = 31;
const SHORTEST = 200;
const TALLEST = 340;

interface Laid {
  block: Block;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Blocks that overlap, straight or through others, stand side by side. */
function lanesOf(blocks: readonly Block[]): { lane: number; count: number }[] {
  const lanes: { lane: number; count: number }[] = [];
  let group: { lane: number; count: number }[] = [];
  let ends: bigint[] = [];
  for (const { range } of blocks) {
    if (ends.every((end) => end <= range.start)) [group, ends] = [[], []];
    const free = ends.findIndex((end) => end <= range.start);
    const lane = free < 0 ? ends.length : free;
    ends[lane] = endOf(range);
    const own = { lane, count: 1 };
    group.push(own);
    for (const each of group) each.count = ends.length;
    lanes.push(own);
  }
  return lanes;
}

function layBlocks({ range, blocks }: Bar, top: number, height: number): Laid[] {
  const shown = blocks.flatMap((block) => {
    const part = intersection(block.range, range);
    return part === null ? [] : [{ block, part }];
  });
  const lanes = lanesOf(shown.map(({ block }) => block));
  return shown.map(({ block, part }, index) => {
    const { lane, count } = lanes[index]!;
    const width = BAR / count;
    const own = Math.max(LEAST, scaled(part.size, range.size, height));
    const y = Math.min(top + scaled(part.start - range.start, range.size, height), top + height - own);
    return { block, x: lane * width, y, width, height: own };
  });
}

const drawBlock = ({ block, x, y, width, height }: Laid): Markup =>
  html`<rect
      class="block ${block.kind}"
      x="${decimal(x)}"
      y="${decimal(y)}"
      width="${decimal(width)}"
      height="${decimal(height)}"
    />${
      height >= LETTER_HEIGHT &&
      html`<text class="letter" x="${decimal(x + width / 2)}" y="${decimal(y + height / 2 + 4)}"
        >${block.letter}</text
      >`
    }`;

function drawLabels(laid: readonly Laid[]): { labels: Child; bottom: number } {
  const labelled = laid.filter(({ block }) => block.label !== null).toSorted((a, b) => a.y - b.y);
  const wanted = labelled.map(({ y, height }) => y + height / 2);
  const places = spread(wanted, LABEL_STEP, LABEL_STEP / 2);
  return {
    labels: labelled.map(({ block, x, width }, index) => {
      const y = places[index]!;
      const from = decimal(x + width);
      return html`<path
          class="leader"
          d="M${from} ${decimal(wanted[index]!)}L${BAR + 8} ${decimal(wanted[index]!)}L${
            LABELS - 6
          } ${decimal(y)}"
        /><text class="label" x="${LABELS}" y="${decimal(y - 1)}">${fit(block.label!, COLUMNS)}</text
        ><text class="note" x="${LABELS}" y="${decimal(y + 12)}">${block.note}</text>`;
    }),
    bottom: (places.at(-1) ?? 0) + LABEL_STEP / 2,
  };
}

/** How high a bar of all these addresses is drawn. */
const heightOf = (count: number): number => Math.max(SHORTEST, Math.min(TALLEST, count * LABEL_STEP));

/** Pixels for a byte, as far as bars of one figure are drawn. */
export function scaleOf({ bars }: Pick<Figure, 'bars'>): number {
  const total = bars.reduce((sum, { range }) => sum + range.size, 0n);
  return heightOf(labelCount(bars)) / Number(total);
}

const labelCount = (bars: readonly Bar[]): number =>
  bars.reduce((sum, { blocks }) => sum + blocks.filter(({ label }) => label !== null).length, 0);

/** Bars one below the other, all to the same scale, with labels beside them. */
export function drawBars({ id, title, description, bars }: Figure): Markup {
  const total = bars.reduce((sum, { range }) => sum + range.size, 0n);
  const height = heightOf(labelCount(bars));
  let top = 0;
  const drawn = bars.map((bar) => {
    const gapAt = top + GAP - 6;
    if (bar.gap !== undefined) top += GAP;
    const start = top + ADDRESS;
    const own = Math.max(LEAST, scaled(bar.range.size, total, height));
    const laid = layBlocks(bar, start, own);
    top = start + own + ADDRESS;
    return {
      laid,
      frame: html`${
          bar.gap !== undefined && html`<text class="gap" x="0" y="${decimal(gapAt)}">${bar.gap}</text>`
        }<text class="address" x="0" y="${decimal(start - 4)}">${hex(bar.range.start)}</text
        ><rect
          class="free"
          x="0"
          y="${decimal(start)}"
          width="${BAR}"
          height="${decimal(own)}"
        />${laid.filter(({ block }) => block.kind !== 'free').map(drawBlock)}<text
          class="address"
          x="0"
          y="${decimal(start + own + 12)}"
          >${hex(endOf(bar.range))}</text
        >`,
    };
  });
  const { labels, bottom } = drawLabels(drawn.flatMap(({ laid }) => laid));
  const full = decimal(Math.max(top, bottom) + 2);
  return html`<svg
    class="map"
    role="img"
    viewBox="-1 0 ${WIDTH} ${full}"
    width="${WIDTH}"
    height="${full}"
    aria-labelledby="${id}-t ${id}-d"
  >
    <title id="${id}-t">${title}</title>
    <desc id="${id}-d">${description}</desc>
    ${drawn.map(({ frame }) => frame)}${labels}
  </svg>`;
}
