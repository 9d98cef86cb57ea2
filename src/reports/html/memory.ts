import { hex, roundSize } from '../../base/address.ts';
import { describeRange } from '../../base/ranges.ts';
import { nameFlags } from '../../formats/cell/names.ts';
import { namesOf } from '../../formats/cell/variants.ts';
import type { CellConfig } from '../../formats/cell/types.ts';
import type { Placed, Plan } from '../../placement/types.ts';
import { usersOf, type SharedOut } from '../machine-shares.ts';
import {
  excessOf,
  layOutPlan,
  lostParts,
  partKind,
  type LaidRegion,
  type PlanLayout,
} from '../plan-layout.ts';
import { LETTERS } from '../plan-picture.ts';
import { guestMap, KIND_WORDS } from './guest-map.ts';
import { machineMap, userKind } from './machine-map.ts';
import { html, type Child, type Markup } from './markup.ts';
import { table } from './tables.ts';

const swatch = (kind: string, letter: string): Markup =>
  html`<svg class="swatch" aria-hidden="true" width="16" height="16">
    <rect class="block ${kind}" x="1" y="1" width="14" height="14" />
    <text class="letter" x="8" y="12">${letter}</text>
  </svg>`;

const partRow = (part: Placed, text: Child, physical: bigint | null): readonly Child[] => [
  html`<span class="within">${describeRange(part)}</span>`,
  roundSize(part.size),
  html`${swatch(`part-${partKind(part)}`, LETTERS[partKind(part)])} ${text}`,
  physical === null ? '' : hex(physical),
  '',
];

function regionRows(cell: CellConfig, laid: LaidRegion): (readonly Child[])[] {
  const { name, kind, region, range, parts, free } = laid;
  const { names } = nameFlags(namesOf(cell).memoryFlags, region.flags);
  const left = free.reduce((sum, { size }) => sum + size, 0n);
  const rest = parts.length === 0 ? null : html`<br />${roundSize(left)} free`;
  return [
    [
      describeRange(range),
      roundSize(range.size),
      html`${swatch(`region-${kind}`, '')} ${name}: ${KIND_WORDS[kind]}${rest}`,
      kind === 'comm' ? '' : hex(region.phys_start),
      names.join(' '),
    ],
    ...parts.map((part) => {
      const excess = excessOf(part, laid);
      const text = excess > 0n ? `${part.label}: sticks out by ${roundSize(excess)}` : part.label;
      return partRow(part, text, region.phys_start + (part.start - range.start));
    }),
  ];
}

const guestTable = (cell: CellConfig, layout: PlanLayout): Markup =>
  table(
    'Memory of the guest',
    [
      { head: 'Guest address', isCode: true },
      { head: 'Size', isNumber: true },
      { head: 'What' },
      { head: 'In the machine', isCode: true },
      { head: 'Access' },
    ],
    [
      ...layout.regions.flatMap((region) => regionRows(cell, region)),
      ...lostParts(layout).map((part) => partRow(part, `${part.label}: in no region of RAM`, null)),
    ],
  );

/** What a cell sees of memory, and what the plan puts into it. */
export function guestMemory(id: string, cell: CellConfig, plan: Plan | null): Markup {
  const layout = layOutPlan(cell, plan?.placed ?? []);
  return html`${guestMap(id, layout)}${guestTable(cell, layout)}`;
}

/** Who has what of a machine's memory. */
export function machineMemory(id: string, shared: SharedOut): Markup {
  let cells = 0;
  const rows = usersOf(shared).flatMap((user) => {
    const kind = userKind(user, cells);
    if (user.role === 'cell') cells++;
    const letter = user.role === 'root' ? 'R' : user.letter;
    const name = html`${swatch(kind, letter)}
    ${user.name}${user.role === 'root' && ' (with what it gives away)'}`;
    return user.memory.map((range) => [name, describeRange(range), roundSize(range.size)]);
  });
  return html`${machineMap(id, shared)}${table(
    'Memory of the machine',
    [{ head: 'Who' }, { head: 'Address', isCode: true }, { head: 'Size', isNumber: true }],
    rows,
  )}`;
}
