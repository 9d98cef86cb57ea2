import type { Command } from 'commander';
import { InputError } from '../base/diagnostic.ts';
import { findingFacts } from '../reports/json.ts';
import type { Comparison } from '../release/diff/compare.ts';
import { withFormat, type Finish } from './command.ts';
import type { DiffKind } from './diff-subject.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { reportFailure } from './failure.ts';
import { printLine, printReport } from './output.ts';

type DiffFormat = 'text' | 'json' | 'markdown';

const KIND_NAMES: Readonly<Record<DiffKind, string>> = {
  bundle: 'a bundle',
  manifest: 'a manifest',
  kernel: 'a kernel',
  'kernel-config': 'a kernel config',
};

async function compare(before: string, after: string): Promise<{ kind: DiffKind; comparison: Comparison }> {
  const { diffSubject } = await import('./diff-subject.ts');
  const { comparePortraitLists } = await import('../release/diff/compare.ts');
  const [one, other] = [await diffSubject(before), await diffSubject(after)];
  if (one.kind !== other.kind) {
    throw new UsageError(
      `${before} is ${KIND_NAMES[one.kind]}, and ${after} is ${KIND_NAMES[other.kind]}`,
      'compare two files of one kind',
    );
  }
  // One after the other: each may hold a kernel in memory.
  const portraits = await one.portraits();
  return { kind: one.kind, comparison: comparePortraitLists(portraits, await other.portraits()) };
}

const lines = async (before: string, after: string, comparison: Comparison, format: DiffFormat) =>
  format === 'markdown'
    ? (await import('../release/diff/markdown.ts')).diffMarkdown({ before, after }, comparison)
    : (await import('../release/diff/text.ts')).diffLines({ before, after }, comparison);

/** `diff`: what differs between two files of a kind. Exit code 1 says that something does, 2 that they cannot be compared. */
export async function diff(before: string, after: string, format: DiffFormat): Promise<ExitCode> {
  let found: Awaited<ReturnType<typeof compare>>;
  try {
    found = await compare(before, after);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    if (format === 'json') {
      await printReport('diff', {
        ok: false,
        findings: [findingFacts(error.diagnostic, before)],
        subjects: [{ file: before, ok: false, against: after, kind: null, changes: null, notCompared: [] }],
      });
    } else await reportFailure(error);
    return EXIT.usage;
  }
  const { kind, comparison } = found;
  const isSame = comparison.changes.length === 0;
  try {
    if (format === 'json') {
      const [changes, notCompared] = [[...comparison.changes], [...comparison.notCompared]];
      await printReport('diff', {
        ok: isSame,
        findings: [],
        subjects: [{ file: before, ok: isSame, against: after, kind, changes, notCompared }],
      });
    } else {
      for (const line of await lines(before, after, comparison, format)) await printLine(line);
    }
  } catch (error) {
    // Not 1, which says that something differs.
    if (!(error instanceof InputError)) throw error;
    await reportFailure(error);
    return EXIT.usage;
  }
  return isSame ? EXIT.fine : EXIT.findings;
}

export function define(command: Command, finish: Finish): void {
  withFormat(command, ['text', 'json', 'markdown'])
    .description(
      'Compares two bundles, two manifests, two kernels or two kernel configs: addresses, words of the command line, ' +
        'the kernel’s version and config, findings that came and went, cell configs, sizes. A manifest is compared as ' +
        'the bundle that it gives. Exits with 0 if nothing differs, 1 if something does, 2 if they cannot be compared.',
    )
    .argument('<before>', 'the earlier file')
    .argument('<after>', 'the later one, of the same kind')
    .action(async (before: string, after: string, { format, json }) => {
      finish(await diff(before, after, json ? 'json' : format));
    });
}
