import type { AddressRange } from '../base/ranges.ts';
import { diagnosticOf, InputError } from '../base/diagnostic.ts';
import type { Revision } from '../formats/cell/releases.ts';
import type { CellConfig } from '../formats/cell/types.ts';
import type { ImageRole, LoadItem, Placed, PlanResult } from './types.ts';

/**
 * The loader of the Jailhouse release that reads a cell's config.
 *
 * @param known an architecture's loaders by config revision
 * @throws InputError `placement/release` for a revision that no release had
 */
export function loaderAbiOf<T>({ revision }: CellConfig, known: Readonly<Partial<Record<Revision, T>>>): T {
  const abi = known[revision];
  if (abi !== undefined) return abi;
  throw new InputError(
    'placement/release',
    `no Jailhouse release had config revision ${revision}, so there is no loader to plan for`,
    {
      requested: `one of the revisions ${Object.keys(known).join(', ')}`,
      actual: `revision ${revision}`,
      fix: 'build the cell config with the headers of the Jailhouse release on the target',
      path: ['cell'],
    },
  );
}

/** Where everything but the initrd goes, on every architecture. */
export interface Layout {
  /** The memory that the loader uses; its file is loaded at the start. */
  loader: AddressRange;
  params: AddressRange;
  /** The whole kernel file as it is loaded. */
  kernel: AddressRange;
  /** What the kernel uses from its start on, before it knows its memory. */
  runArea: AddressRange;
}

/** What the map calls the parts of a layout. */
export type LayoutLabels = Readonly<Record<keyof Layout, string>>;

/** Everything that occupies memory, in words, for the map. */
export const placedParts = (layout: Layout, initrd: AddressRange | null, labels: LayoutLabels): Placed[] => [
  ...(['loader', 'params', 'kernel', 'runArea'] as const).map((part) => ({
    label: labels[part],
    ...layout[part],
  })),
  ...(initrd === null ? [] : [{ label: 'initrd', ...initrd }]),
];

const imageAt = (role: ImageRole, { start, size }: AddressRange): LoadItem => ({
  kind: 'image',
  role,
  address: start,
  size,
});

/** @param first the loader, and its argument string where it has one */
export const loadItems = (
  first: readonly LoadItem[],
  layout: Layout,
  initrd: AddressRange | null,
): LoadItem[] => [
  ...first,
  imageAt('kernel', layout.kernel),
  ...(initrd === null ? [] : [imageAt('initrd', initrd)]),
  imageAt('params', layout.params),
];

/** What `make` plans, or why it can plan nothing. */
export function planOrRefusal(make: () => PlanResult): PlanResult {
  try {
    return make();
  } catch (error) {
    return { plan: null, diagnostics: [diagnosticOf(error)] };
  }
}
