import { isDeepStrictEqual } from 'node:util';
import { failure, type Diagnostic, type ManifestPath } from '../base/diagnostic.ts';
import { encodeSystemConfig } from '../formats/cell/system.ts';
import type { SystemConfig } from '../formats/cell/types.ts';
import type { RootFacts } from '../formats/root/facts.ts';
import { pathText } from '../formats/yaml/problem.ts';

/** What a manifest, or a machine file, says of the machine. */
export interface MachineFacts {
  system: SystemConfig | null;
  rootFacts: RootFacts;
}

const PLACES: readonly (readonly [keyof RootFacts, ManifestPath])[] = [
  ['board', ['board']],
  ['cmdline', ['root', 'cmdline']],
  ['iomem', ['root', 'iomem']],
  ['kernelConfig', ['root', 'kernel-config']],
];

/** What a manifest says of the machine beside what its machine file says: this counts, and must be the same. */
export function compareFacts(own: MachineFacts, machine: MachineFacts): Diagnostic[] {
  const differs = (path: ManifestPath): Diagnostic =>
    failure(
      'machine/conflict',
      `\`${pathText(path)}\` says something else than the machine file's, which counts`,
      {
        fix: 'remove it here, or give both the same content',
        path,
      },
    );
  const unused = (path: ManifestPath): Diagnostic => ({
    code: 'machine/conflict',
    severity: 'warning',
    message: `\`${pathText(path)}\` is not used: in a machine, the machine file says it`,
    fix: 'write it in the machine file, too',
    path,
  });
  const isOtherSystem =
    own.system !== null &&
    machine.system !== null &&
    !isDeepStrictEqual(encodeSystemConfig(own.system), encodeSystemConfig(machine.system));
  return [
    ...(isOtherSystem ? [differs(['system'])] : []),
    ...PLACES.flatMap(([key, path]) => {
      const [mine, theirs] = [own.rootFacts[key], machine.rootFacts[key]];
      if (mine === null || isDeepStrictEqual(mine, theirs)) return [];
      return theirs === null ? [unused(path)] : [differs(path)];
    }),
  ];
}
