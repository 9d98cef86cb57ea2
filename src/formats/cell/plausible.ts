import { hex } from '../../base/address.ts';
import { nameFlags, type RevisionNames } from './names.ts';
import { tableOddities, type Parts } from './odd-parts.ts';
import { isOffPage, type Oddity, type Subject } from './oddity.ts';
import type { CellHeader } from './types.ts';

// What holds for all configs that are known (5,400 files of 80 trees), and fails where bytes are read by a wrong table.

function nameOddities(name: Uint8Array): Oddity[] {
  const odd = (text: string): Oddity[] => [{ subject: 'name', text }];
  const end = name.indexOf(0);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(name.subarray(0, end < 0 ? name.length : end));
  } catch {
    return odd('the name is not UTF-8');
  }
  if (/\p{Cc}/u.test(text)) return odd('the name has a control character');
  return end >= 0 && name.subarray(end).some((byte) => byte !== 0)
    ? odd('bytes follow the end of the name')
    : [];
}

export function headerOddities(header: CellHeader, names: RevisionNames): Oddity[] {
  const { name, flags, vpci_irq_base, cpu_reset_address = 0n, msg_reply_timeout = 0n, console } = header;
  const { pci_cfg_base = 0n, pci_cfg_size = 0n } = header;
  const odd = (isOdd: boolean, subject: Subject, text: string): Oddity[] =>
    isOdd ? [{ subject, text }] : [];
  const { unknown } = nameFlags(names.cellFlags, flags);
  return [
    ...nameOddities(name),
    ...odd(unknown !== 0n, 'cell flags', `the cell has the unknown flags ${hex(unknown)}`),
    ...odd(vpci_irq_base >= 2048, 'header', `vpci_irq_base is ${vpci_irq_base}`),
    ...odd(isOffPage(cpu_reset_address), 'header', `cpu_reset_address is ${hex(cpu_reset_address)}`),
    ...odd(msg_reply_timeout >= 1n << 32n, 'header', `msg_reply_timeout is ${msg_reply_timeout}`),
    ...odd(
      isOffPage(pci_cfg_base) || isOffPage(pci_cfg_size),
      'header',
      'pci_cfg_base or pci_cfg_size is not a multiple of 4 KiB',
    ),
    ...odd(
      console !== undefined && ((console.type ?? 0) > 11 || (console.flags & ~0x700f) !== 0),
      'console',
      `the cell's console has type ${console?.type} and flags ${hex(console?.flags ?? 0)}`,
    ),
  ];
}

/** What is odd about a cell's description, by the names of its layout. */
export const descriptionOddities = (header: CellHeader, parts: Parts, names: RevisionNames): Oddity[] => [
  ...headerOddities(header, names),
  ...tableOddities(parts, names),
];

const MOST_ENTRIES = 1024;

/** A table with more entries than any config has; checked before it is read. */
export const countOddities = (counts: readonly number[]): Oddity[] =>
  counts.some((count) => count > MOST_ENTRIES)
    ? [{ subject: 'counts', text: `a table of ${Math.max(...counts)} entries` }]
    : [];
