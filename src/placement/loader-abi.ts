import type { Revision } from '../formats/cell/releases.ts';
import type { CellConfig } from '../formats/cell/types.ts';
import { InputError } from '../base/diagnostic.ts';

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
