import { LAYOUTS, type ConfigLayout } from '../layouts.ts';
import { NAMES, type FlagNames, type RevisionNames, type ValueNames } from '../names.ts';
import { releaseOf, type Revision } from '../releases.ts';
import type { CodeIn } from '../../../base/codes.ts';
import { failure, type Diagnostic, type ManifestPath } from '../../../base/diagnostic.ts';
import type { Architecture } from '../../../base/choices.ts';
import { pathText, quoted } from '../../yaml/problem.ts';
import { protocolNumber, revisionsWith } from './vocabulary.ts';

/** The code of what a revision has no place for; convert leaves such values out. */
export const NOT_IN_RELEASE = 'description/not-in-release';

/** `revision 12 (Jailhouse 0.12)` */
export function describeRevision(revision: Revision): string {
  const release = releaseOf(revision);
  return `revision ${revision} (${release === null ? 'of development trees only' : `Jailhouse ${release}`})`;
}

/** What a description is compiled for, and what is wrong with it. */
export class Scope {
  readonly revision: Revision;
  readonly architecture: Architecture;
  readonly layout: ConfigLayout;
  readonly names: RevisionNames;
  readonly problems: Diagnostic[] = [];

  constructor(revision: Revision, architecture: Architecture) {
    this.revision = revision;
    this.architecture = architecture;
    this.layout = LAYOUTS[revision];
    this.names = NAMES[revision];
  }

  report(code: CodeIn<'description'>, path: ManifestPath, message: string, fix: string): void {
    this.problems.push(failure(`description/${code}`, `${quoted(pathText(path))} ${message}`, { fix, path }));
  }

  /** A value that the revision has no place for; zero needs none. */
  refuse(path: ManifestPath, value: unknown, has: (layout: ConfigLayout) => boolean): void {
    if (value === undefined || value === 0 || value === 0n) return;
    if (Array.isArray(value) && value.length === 0) return;
    this.#notHere(
      path,
      '',
      revisionsWith((revision) => has(LAYOUTS[revision])),
    );
  }

  #notHere(path: ManifestPath, what: string, where: string): void {
    this.problems.push(
      failure(
        NOT_IN_RELEASE,
        `${quoted(pathText(path))}${what} is not in ${describeRevision(this.revision)}`,
        {
          fix: `it is in ${where}: remove it, or choose another \`revision\``,
          path,
        },
      ),
    );
  }

  flags(
    written: readonly (string | bigint)[] | undefined,
    path: ManifestPath,
    pick: (names: RevisionNames) => FlagNames,
  ): bigint {
    let sum = 0n;
    (written ?? []).forEach((flag, index) => {
      if (typeof flag === 'bigint') {
        sum |= flag;
        return;
      }
      const mask = pick(this.names)[flag];
      if (mask !== undefined) sum |= mask;
      else
        this.#notHere(
          [...path, index],
          `, the flag \`${flag}\`,`,
          revisionsWith((revision) => Object.hasOwn(pick(NAMES[revision]), flag)),
        );
    });
    return sum;
  }

  choice(
    written: string | number | undefined,
    path: ManifestPath,
    pick: (names: RevisionNames) => ValueNames,
  ): number {
    if (typeof written !== 'string') return written ?? 0;
    const value = pick(this.names)[written];
    if (value !== undefined) return value;
    this.#notHere(
      path,
      `, the value \`${written}\`,`,
      revisionsWith((revision) => Object.hasOwn(pick(NAMES[revision]), written)),
    );
    return 0;
  }

  protocol(written: string | number | undefined, path: ManifestPath): number {
    if (typeof written !== 'string') return written ?? 0;
    const value = protocolNumber(this.names.shmemProtocols, written);
    if (value !== null) return value;
    const [family] = written.split(':') as [string];
    const known = protocolNumber(this.names.shmemProtocols, family) !== null;
    if (known) {
      const fix = 'write a number below the size of its range, or net, block or console for virtio';
      this.report('value', path, `cannot be \`${written}\``, fix);
    } else {
      this.#notHere(
        path,
        `, the value \`${written}\`,`,
        revisionsWith((revision) => protocolNumber(NAMES[revision].shmemProtocols, family) !== null),
      );
    }
    return 0;
  }
}
