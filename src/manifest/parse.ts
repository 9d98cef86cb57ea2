import type { z } from 'zod';
import type { Diagnostic, ManifestPath } from '../base/diagnostic.ts';
import type { IssueWords } from '../formats/yaml/issues.ts';
import type { SourceRange } from '../formats/yaml/source.ts';
import type { Tree } from '../formats/yaml/tree.ts';
import type { YamlText } from '../formats/yaml/yaml.ts';
import { joinCmdlineWords } from './cmdline-words.ts';
import type { ManifestContext } from './contradictions.ts';
import { filesFrom, readAlone, type ManifestText } from './layers.ts';
import type { OtherText } from './other-text.ts';
import { problem } from './problem.ts';
import { ALONE, readText, sorted, type InPlace } from './read.ts';
import type { FileReference } from './references.ts';
import { manifestSchema, type WrittenManifest } from './schema.ts';
import type { Filled, Manifest } from './types.ts';

export interface ParsedManifest {
  /** Null if there is an error among the problems. */
  manifest: Manifest | null;
  /** Every file that is named in a known place, even beside errors: what is missing is then told together with them. */
  files: FileReference[];
  /** In the order of the text, each with its `range`. */
  problems: Diagnostic[];
  /** The place of the value at `path`, or of its nearest ancestor in the text. */
  locate(path: ManifestPath): SourceRange;
  /** Texts that it is read with, in which places may be, too. */
  others?: readonly OtherText[];
}

/** A kconfig value as a `.config` shows it. Beyond 2^53 only the text has all digits. */
function symbolValue(value: string | number, written: string | null): string {
  if (typeof value === 'string') return value;
  if (written === null || !/^(?:0x[0-9a-fA-F]+|0o[0-7]+|[-+]?[0-9]+)$/.test(written)) return String(value);
  if (written.startsWith('0x')) return written;
  const digits = written.replace(/^[-+]/, '');
  return `${written.startsWith('-') ? '-' : ''}${BigInt(digits)}`;
}

/** What a map of the schema says, each of its keys; `null` is what is not written. */
const filled = <Written extends object>({ shape }: { shape: object }, written: Written): Filled<Written> =>
  Object.fromEntries(
    Object.keys(shape).map((key) => [key, written[key as keyof Written] ?? null]),
  ) as Filled<Written>;

export const toRoot = ({ root }: Pick<WrittenManifest, 'root'>): Manifest['root'] =>
  root === undefined ? null : filled(manifestSchema.shape.root.unwrap(), root);

export const toCompatible = ({ compatible }: Pick<WrittenManifest, 'compatible'>): string[] =>
  [compatible ?? []].flat();

export const toWaivers = (written: WrittenManifest['checks']['waive']): Manifest['checks']['waive'] =>
  written.map(({ rule, reason, until }) => ({
    rule,
    reason: reason.trim().replace(/\s+/g, ' '),
    until: until ?? null,
  }));

function toManifest(written: WrittenManifest, tree: Tree, inPlace: InPlace): Manifest {
  const { initrd, cmdline, checks, boot } = written;
  const { defaults: _, ...keys } = filled(manifestSchema, written);
  return {
    ...keys,
    compatible: toCompatible(written),
    cell: inPlace.cell ?? (written.cell as string),
    kernel: filled(manifestSchema.shape.kernel, written.kernel),
    initrd: initrd === undefined ? null : { paths: [initrd].flat(), joined: Array.isArray(initrd) },
    cmdline: typeof cmdline === 'string' ? cmdline : joinCmdlineWords(cmdline),
    system: inPlace.system ?? (written.system as string | undefined) ?? null,
    root: toRoot(written),
    checks: {
      profile: checks.profile ?? null,
      require: Object.fromEntries(
        Object.entries(checks.require).map(([symbol, value]) => [
          symbol,
          symbolValue(value, tree.numberText(['checks', 'require', symbol])),
        ]),
      ),
      rules: [checks.rules].flat(),
      waive: toWaivers(checks.waive),
    },
    boot: { expect: [boot.expect].flat(), send: [boot.send].flat(), timeout: boot.timeout ?? null },
  };
}

/** What a text that was read says as a manifest, by its schema or a part of that. */
export function readManifest(
  tree: YamlText,
  schema: z.ZodType<WrittenManifest>,
  context: ManifestContext,
  words?: IssueWords,
): ParsedManifest {
  const { written, inPlace, files, problems } = readText(tree, schema, context, words);
  const manifest = written && toManifest(written, tree, inPlace);
  return { manifest, files, problems, locate: tree.valueRange };
}

/** A manifest with the texts that it is read with, checked. */
export function parseLayers(tree: ManifestText, context: ManifestContext = ALONE): ParsedManifest {
  const { files, ...parsed } = readManifest(tree, manifestSchema, context);
  return { ...parsed, files: filesFrom(tree, files), others: tree.others };
}

/**
 * The text of a `*.cell.yaml`, checked: either a manifest, or every problem there is, each at its place.
 * Paths are not looked at; see `files`.
 */
export function parseManifest(text: string, context: ManifestContext = ALONE): ParsedManifest {
  const tree = readAlone(text);
  const range = tree.keyRange(['defaults']);
  if (range === null) return parseLayers(tree, context);
  const message = '`defaults` names files with a part of this manifest, and only its own text is read here';
  const fix = 'write their keys into it, or use the command line or the plugin, which read them';
  const unread = problem('defaults', range, message, fix, ['defaults']);
  return { manifest: null, files: [], problems: sorted([...tree.problems, unread]), locate: tree.valueRange };
}
