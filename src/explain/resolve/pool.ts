import { plural } from '../../base/text.ts';
import { pageTablePages } from '../../checks/cell/rules/page-table.ts';
import { partiesOf, type Machine } from './machine.ts';

/** What is said of the hypervisor's memory: pages of 4 KiB. */
export interface PoolUsage {
  used: bigint;
  total: bigint;
}

/** What the page tables of the cells need of the hypervisor's memory, beside what is left of it. */
export function namePool(machine: Machine, usage: PoolUsage | null): string[] {
  const { scene } = machine;
  const parties = partiesOf(machine);
  if (parties.length === 0) return [];
  const left = usage === null ? null : usage.total - usage.used;
  const needs = parties.map((party) => ({ party, pages: pageTablePages(party, scene) }));
  const sentences = [
    ...(left === null ? [] : [`${left} of the ${usage!.total} pages are left`]),
    `page tables need about ${needs.map(({ party, pages }) => `${plural(Number(pages), 'page')} (${party.title})`).join(', ')}`,
  ];
  const tooLarge =
    left === null ? [] : needs.filter(({ party, pages }) => party.index !== null && pages > left);
  return [
    ...sentences,
    ...tooLarge.map(
      ({ party }) =>
        `${party.title} does not fit any more, unless it is in already: creating it fails with ENOMEM`,
    ),
  ];
}
