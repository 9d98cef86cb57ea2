import type { ManifestPath } from '../../base/diagnostic.ts';
import type { CellConfig } from '../../formats/cell/types.ts';
import { valueAt } from '../../formats/yaml/issues.ts';
import type { Problem } from '../../formats/yaml/problem.ts';
import type { Tree } from '../../formats/yaml/tree.ts';
import { toWaivers, type ParsedManifest } from '../parse.ts';
import { readText } from '../read.ts';
import type { FileReference } from '../references.ts';
import { problem } from '../problem.ts';
import type { Manifest, Waiver } from '../types.ts';
import type { Wish } from '../wish/parse.ts';
import { bareCellSchema, imagesSchema } from './schema.ts';
import { byPlace, nameless, part, readKinds } from './parts.ts';
import { BARE_WORDS } from './wording.ts';

/** What is loaded into a cell without Linux. */
interface LoadedImage {
  /** Text, or the path of a file. */
  source: { string: string } | { file: string };
  /** As the cell sees it. */
  at: bigint;
}

/** A cell without Linux. */
export interface BareCell extends Pick<Manifest, 'layout'> {
  name: string | null;
  /** A path, a config that is described in place, or what it shall be made of. */
  cell: string | CellConfig | Wish;
  /** In the order in which they are loaded. */
  images: readonly LoadedImage[];
  /** Where its CPUs start; `null`: where its config says. */
  entry: bigint | null;
  waive: readonly Waiver[];
}

export interface ParsedBareCell extends Omit<ParsedManifest, 'manifest'> {
  /** Null if there is an error among the problems. */
  bare: BareCell | null;
}

function readImages(
  tree: Tree,
  written: NonNullable<ReturnType<typeof imagesSchema.safeParse>['data']>,
): { images: LoadedImage[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const say = (code: 'missing' | 'conflict', path: ManifestPath, message: string, fix: string): void => {
    problems.push(problem(code, tree.valueRange(path), message, fix, path));
  };
  const given = written.images ?? [];
  if (written.images?.length === 0) {
    say('missing', ['images'], '`images` is empty: nothing is loaded', 'name what the cell runs');
  }
  const images = given.flatMap(({ file, string, at }, index): LoadedImage[] => {
    const path: ManifestPath = ['images', index];
    const name = `\`images[${index}]\``;
    if (file !== undefined && string !== undefined) {
      say('conflict', path, `${name} has \`file\` and \`string\``, 'make two images of it');
      return [];
    }
    if (at === undefined) {
      say('missing', path, `${name} does not say where it goes`, 'add `at: 0x0`');
      return [];
    }
    if (string !== undefined) return [{ source: { string }, at }];
    if (file !== undefined && file !== '') return [{ source: { file }, at }];
    say('missing', path, `${name} has nothing to load`, 'add `file: rtos.bin`, or `string:`');
    return [];
  });
  return { images, problems };
}

export function readBareCell(
  tree: Tree,
  at: ManifestPath,
): { parsed: ParsedBareCell; after: readonly string[] } {
  const own = part(tree, at);
  const manifest = part(tree, at, Object.keys(imagesSchema.shape));
  const context = { machineIsGiven: true };
  const { written, inPlace, files, problems } = readText(manifest, bareCellSchema, context, BARE_WORDS);
  const kinds = readKinds(own, imagesSchema);
  const loaded = kinds.written && readImages(own, kinds.written);
  const images = loaded?.images ?? [];
  const all = [
    ...problems,
    ...kinds.problems,
    ...(loaded?.problems ?? []),
    ...nameless(own, valueAt(own.data, ['cell'])),
  ];
  const imageFiles = images.flatMap(({ source }, index): FileReference[] =>
    'file' in source ? [{ path: ['images', index, 'file'], file: source.file }] : [],
  );
  const bare: BareCell | null =
    written && all.length === 0
      ? {
          name: written.name ?? null,
          cell: inPlace.cell ?? (written.cell as string),
          layout: written.layout ?? null,
          images,
          entry: kinds.written?.entry ?? null,
          waive: toWaivers(written.checks.waive),
        }
      : null;
  return {
    parsed: { bare, files: [...files, ...imageFiles], problems: byPlace(all), locate: own.valueRange },
    after: kinds.written?.after ?? [],
  };
}
