import { describeLayout, type Versioned } from '../layout-ids.ts';
import type { ConfigLayout } from '../layouts.ts';
import type { FlagNames, RevisionNames, ValueNames } from '../names.ts';
import { describeRevision } from '../releases.ts';
import { layoutOf } from '../variants.ts';
import type { CodeIn } from '../../../base/codes.ts';
import { failure, type Diagnostic, type ManifestPath } from '../../../base/diagnostic.ts';
import type { Architecture } from '../../../base/choices.ts';
import { pathText, quoted } from '../../yaml/problem.ts';
import { layoutsWith, protocolNumber } from './vocabulary.ts';

/** The code of what a revision has no place for; convert leaves such values out. */
export const NOT_IN_RELEASE = 'description/not-in-release';

/** `revision 12 (Jailhouse 0.12)`, `nxp12 (NXP’s BSPs …)`. */
export const describeVersion = ({ revision, layout }: Versioned): string =>
  layout === undefined ? describeRevision(revision) : describeLayout(layout);

/** What a description is compiled for, and what is wrong with it. */
export class Scope {
  readonly version: Versioned;
  readonly architecture: Architecture;
  readonly layout: ConfigLayout;
  readonly names: RevisionNames;
  readonly problems: Diagnostic[] = [];

  constructor(version: Versioned, architecture: Architecture) {
    this.version = version;
    this.architecture = architecture;
    this.layout = layoutOf(version);
    this.names = this.layout.names;
  }

  report(code: CodeIn<'description'>, path: ManifestPath, message: string, fix: string): void {
    this.problems.push(failure(`description/${code}`, `${quoted(pathText(path))} ${message}`, { fix, path }));
  }

  /** A value that the revision has no place for; zero needs none. */
  refuse(path: ManifestPath, value: unknown, has: (layout: ConfigLayout) => boolean): void {
    if (value === undefined || value === 0 || value === 0n) return;
    if (Array.isArray(value) && value.length === 0) return;
    this.#notHere(path, '', layoutsWith(has));
  }

  #notHere(path: ManifestPath, what: string, where: string): void {
    this.problems.push(
      failure(NOT_IN_RELEASE, `${quoted(pathText(path))}${what} is not in ${describeVersion(this.version)}`, {
        fix: `it is in ${where}: remove it, or choose another \`${this.version.layout === undefined ? 'revision' : 'layout'}\``,
        path,
      }),
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
          layoutsWith(({ names }) => Object.hasOwn(pick(names), flag)),
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
      layoutsWith(({ names }) => Object.hasOwn(pick(names), written)),
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
        layoutsWith(({ names }) => protocolNumber(names.shmemProtocols, family) !== null),
      );
    }
    return 0;
  }
}
