import { failure, type Diagnostic, type ManifestPath } from '../../base/diagnostic.ts';
import { issueProblems, keyed } from '../../formats/cell/yaml/issues.ts';
import { asWritten, placed } from '../../formats/cell/yaml/parse.ts';
import type { WrittenMemory } from '../../formats/cell/yaml/schema.ts';
import type { Problem } from '../../formats/yaml/problem.ts';
import type { Tree } from '../../formats/yaml/tree.ts';
import {
  wishSchema,
  type LinkKind,
  type WishedCpus,
  type WishedDevice,
  type WishedMemory,
  type WrittenGenerate,
  type WrittenLink,
} from './schema.ts';

/** One end of a link; the other end is the root cell's or another cell's. */
export interface WishedLink {
  /** `root`, or the name of a cell. */
  to: string;
  kind: LinkKind;
  /** Of all its memory, where the link is new; `null`: as usual for the kind. */
  size: bigint | null;
  /** Bus, device and function of the root cell's end; `null`: any that fits. */
  bdf: number | null;
  /** The other cell declares it, so this one has the end that the root cell has of its links. */
  isFar?: boolean;
}

/** A cell that shall be made from the board; `null` is what is left open. */
export interface Wish {
  kind: 'wish';
  cpus: WishedCpus;
  memory: WishedMemory;
  /** `null`: the cell has none. */
  console: string | null;
  /** Hz. */
  clockRate: number | null;
  devices: readonly WishedDevice[];
  links: readonly WishedLink[];
  vpciIrqBase: number | null;
  /** As they are written: their flags depend on the system config's revision. */
  regions: readonly WrittenMemory[];
  /** The path of a compiled overlay. */
  tree: string | null;
}

const missing = (path: ManifestPath, fix: string): Diagnostic =>
  failure('manifest/missing', keyed(path, 'is missing'), { fix, path });

function toLink(
  { to, kind, size, device }: WrittenLink,
  path: ManifestPath,
  problems: Diagnostic[],
): WishedLink {
  if (to === undefined)
    problems.push(missing([...path, 'to'], 'add `to: root`, or the name of another cell'));
  if (kind === undefined) problems.push(missing([...path, 'kind'], 'add `kind: net`'));
  return { to: to ?? '', kind: kind ?? 'net', size: size ?? null, bdf: device?.bdf ?? null };
}

function toWish(written: WrittenGenerate, problems: Diagnostic[]): Wish {
  const at: ManifestPath = ['generate'];
  const { cpus, memory } = written;
  if (cpus === undefined) problems.push(missing([...at, 'cpus'], 'add `cpus: 1`: how many the cell gets'));
  if (memory === undefined)
    problems.push(missing([...at, 'memory'], 'add `memory: 256M`: how much RAM it gets'));
  return {
    kind: 'wish',
    cpus: cpus ?? { count: 1 },
    memory: memory ?? { size: 0n, at: null },
    console: written.console === undefined || written.console === 'none' ? null : written.console,
    clockRate: written['clock-rate'] ?? null,
    devices: written.devices ?? [],
    links: (written.links ?? []).map((link, index) => toLink(link, [...at, 'links', index], problems)),
    vpciIrqBase: written['vpci-irq-base'] ?? null,
    regions: written.regions ?? [],
    tree: written.tree ?? null,
  };
}

/** Whether the value of `cell` is a wish, and not a config that is described in place. */
export const isWish = (data: object): boolean => Object.hasOwn(data, 'generate');

/** Reads the wish at `root` of a text; its problems get their places. */
export function parseWish(
  tree: Tree,
  data: object,
  root: ManifestPath,
): { wish: Wish | null; problems: Problem[] } {
  const result = wishSchema().safeParse(asWritten(tree, data, root));
  const problems: Diagnostic[] = [];
  const wish = result.success ? toWish(result.data.generate ?? {}, problems) : null;
  if (!result.success)
    problems.push(...result.error.issues.flatMap((issue) => issueProblems(issue, 'manifest')));
  return {
    wish: problems.length === 0 ? wish : null,
    problems: problems.map((each) => placed(tree, each, root)),
  };
}
