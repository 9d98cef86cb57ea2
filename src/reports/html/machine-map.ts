import { hex, roundSize } from '../../base/address.ts';
import { describeRange, endOf, intersection, span, without, type AddressRange } from '../../base/ranges.ts';
import { plural } from '../../base/text.ts';
import { usersOf, type SharedOut, type User } from '../machine-shares.ts';
import { inTwoLines } from './labels.ts';
import { html, type Markup } from './markup.ts';
import { decimal, drawnStretches, scaled, enlargedText, windowAround } from './scale.ts';

const COLUMN = 64;
const SPACE = 4;
const HEAD = 46;
const ADDRESS = 16;
const GAP = 22;
const HEIGHT = 300;
const LEAST = 2;
const LETTER_HEIGHT = 15;
const NAME = 10;
/** Less than this share of the picture is enlarged. */
const SMALL = 6n;

/** Classes of colour, again from the first where there are more cells; letters tell them apart. */
const CELL_KINDS = 4;

/** A user with what is drawn of its memory; of the root cell, what it keeps. */
interface Column {
  user: User;
  kind: string;
  letter: string;
  memory: readonly AddressRange[];
  /** What the root cell gives away. */
  given: readonly AddressRange[];
}

/** What a user's memory is drawn with. */
export function userKind({ role }: User, place: number): string {
  return role === 'cell' ? `user-cell-${place % CELL_KINDS}` : `user-${role}`;
}

function columnsOf(users: readonly User[]): Column[] {
  const others = users.filter(({ role }) => role !== 'root').flatMap(({ memory }) => memory);
  let cells = 0;
  return users.map((user) => {
    const kind = userKind(user, cells);
    if (user.role === 'cell') cells++;
    const isRoot = user.role === 'root';
    const memory = isRoot ? without(user.memory, others) : user.memory;
    return {
      user,
      kind,
      letter: isRoot ? 'R' : user.letter,
      memory,
      given: isRoot ? without(user.memory, memory) : [],
    };
  });
}

interface Stretch {
  range: AddressRange;
  top: number;
  height: number;
}

function blockAt(range: AddressRange, stretch: Stretch, x: number, kind: string, letter: string): Markup {
  const height = Math.max(LEAST, scaled(range.size, stretch.range.size, stretch.height));
  const offset = scaled(range.start - stretch.range.start, stretch.range.size, stretch.height);
  const y = Math.min(stretch.top + offset, stretch.top + stretch.height - height);
  return html`<rect
      class="block ${kind}"
      x="${x}"
      y="${decimal(y)}"
      width="${COLUMN}"
      height="${decimal(height)}"
    />${
      height >= LETTER_HEIGHT &&
      html`<text class="letter" x="${x + COLUMN / 2}" y="${decimal(y + height / 2 + 4)}">${letter}</text>`
    }`;
}

function drawColumn({ kind, letter, memory, given }: Column, stretch: Stretch, index: number): Markup {
  const x = index * (COLUMN + SPACE);
  const within = (ranges: readonly AddressRange[]): AddressRange[] =>
    ranges.flatMap((range) => intersection(range, stretch.range) ?? []);
  return html`<rect
      class="free"
      x="${x}"
      y="${decimal(stretch.top)}"
      width="${COLUMN}"
      height="${decimal(stretch.height)}"
    />${within(given).map((range) =>
      blockAt(range, stretch, x, 'given', ''),
    )}${within(memory).map((range) => blockAt(range, stretch, x, kind, letter))}`;
}

interface Drawing {
  id: string;
  title: string;
  description: string;
  stretches: readonly AddressRange[];
}

function drawColumns(columns: readonly Column[], { id, title, description, stretches }: Drawing): Markup {
  const total = stretches.reduce((sum, { size }) => sum + size, 0n);
  const width = Math.max(columns.length * (COLUMN + SPACE) - SPACE, 2 * COLUMN);
  let top = HEAD;
  const drawn = stretches.map((range, index) => {
    const before = stretches[index - 1];
    if (before) top += GAP;
    const gap =
      before &&
      html`<text class="gap" x="0" y="${decimal(top - 6)}"
        >${roundSize(range.start - endOf(before))} left out</text
      >`;
    const stretch = {
      range,
      top: top + ADDRESS,
      height: Math.max(LEAST, scaled(range.size, total, HEIGHT)),
    };
    const bottom = stretch.top + stretch.height;
    top = bottom + ADDRESS;
    return html`${gap ?? null}<text class="address" x="0" y="${decimal(stretch.top - 4)}"
        >${hex(range.start)}</text
      >${columns.map((column, at) => drawColumn(column, stretch, at))}<text
        class="address"
        x="0"
        y="${decimal(bottom + 12)}"
        >${hex(endOf(range))}</text
      >`;
  });
  const heads = columns.map(({ user, letter }, index) => {
    const x = index * (COLUMN + SPACE) + COLUMN / 2;
    return html`<text class="head" x="${x}" y="12">${letter}</text>${inTwoLines(user.name, NAME).map(
        (line, at) => line !== '' && html`<text class="headname" x="${x}" y="${25 + 12 * at}">${line}</text>`,
      )}`;
  });
  return html`<svg
    class="map wide"
    role="img"
    viewBox="-1 0 ${width + 2} ${decimal(top + 2)}"
    width="${width + 2}"
    height="${decimal(top + 2)}"
    aria-labelledby="${id}-t ${id}-d"
  >
    <title id="${id}-t">${title}</title>
    <desc id="${id}-d">${description}</desc>
    ${heads}${drawn}
  </svg>`;
}

/** What the root cell does not keep, where it is small in the picture of everything. */
function smallWindows(columns: readonly Column[], stretches: readonly AddressRange[]): AddressRange[] {
  const total = stretches.reduce((sum, { size }) => sum + size, 0n);
  const others = columns.filter(({ user }) => user.role !== 'root').flatMap(({ memory }) => memory);
  return stretches.flatMap((stretch) => {
    const [first, ...rest] = others.flatMap((range) => intersection(range, stretch) ?? []);
    if (first === undefined) return [];
    const window = windowAround(rest.reduce(span, first), stretch);
    return window.size * SMALL < total ? [window] : [];
  });
}

const scrolled = (label: string, content: Markup): Markup =>
  html`<div class="scroll" role="group" tabindex="0" aria-label="${label}">${content}</div>`;

/** The memory of a machine, a column for each that has some of it. */
export function machineMap(id: string, shared: SharedOut): Markup {
  const columns = columnsOf(usersOf(shared));
  const ranges = columns.flatMap(({ user }) => user.memory).filter(({ size }) => size > 0n);
  if (ranges.length === 0) return html`<p>No memory of the machine is known.</p>`;
  const stretches = drawnStretches(ranges);
  const total = stretches.reduce((sum, { size }) => sum + size, 0n);
  const windows = smallWindows(columns, stretches);
  const hasRoot = columns.some(({ user }) => user.role === 'root');
  return html`<p class="legend">
      To scale; addresses grow downwards. What is too small for its size to show is a
      line.${hasRoot && ' What the root cell gives away is dashed in its column.'}
    </p>
    <div class="figures">
      <figure>
        <figcaption>Overview, to scale</figcaption>
        ${scrolled(
          'Overview of the machine’s memory',
          drawColumns(columns, {
            id: `${id}-all`,
            title: 'Overview of the machine’s memory',
            description: `${plural(columns.length, 'column')}: who has what of ${roundSize(total)}. The table below has the addresses.`,
            stretches,
          }),
        )}
      </figure>
      ${windows.map((window, index) => {
        const enlarged = enlargedText(Number((total * 100n) / window.size) / 100);
        const title = `${describeRange(window)}${enlarged}`;
        return html`<figure>
          <figcaption>${title}</figcaption>
          ${scrolled(
            title,
            drawColumns(columns, {
              id: `${id}-${index}`,
              title,
              description: `What the root cell does not keep${enlarged}. The table below has the addresses.`,
              stretches: [window],
            }),
          )}
        </figure>`;
      })}
    </div>`;
}
