import { either } from '../../../base/text.ts';
import { encodeCellConfig } from '../config.ts';
import { archNumber, type ConfigKind } from '../identify.ts';
import { layoutIdOf, type Versioned } from '../layout-ids.ts';
import { isRevision, type Revision } from '../releases.ts';
import { encodeSystemConfig } from '../system.ts';
import type { CellConfig, SystemConfig } from '../types.ts';
import type { CodeIn } from '../../../base/codes.ts';
import { failure, type Diagnostic, type ManifestPath } from '../../../base/diagnostic.ts';
import { ARCHITECTURES, isOneOf, type Architecture } from '../../../base/choices.ts';
import { quoted, shown } from '../../yaml/problem.ts';
import { compileParts } from './compile-parts.ts';
import { compileSystem } from './compile-system.ts';
import { parseRelease } from './release.ts';
import { issueProblems, keyed } from './issues.ts';
import { cellSchema, systemSchema, type WrittenCell, type WrittenSystem } from './schema.ts';
import { describeRevision } from '../releases.ts';
import { Scope } from './scope.ts';

/** What a description may leave open, and what overrides it. */
export interface CompileOptions {
  /** In place of what the description says. */
  revision?: Revision;
  /** Where the description says none. */
  architecture?: Architecture;
}

/** A config, or everything that is wrong with its description; each problem has its `path`. */
export interface CompiledConfig {
  config: CellConfig | SystemConfig | null;
  problems: Diagnostic[];
}

const NOTHING = new Uint8Array(0);

const problem = (code: CodeIn<'description'>, path: ManifestPath, message: string, fix: string): Diagnostic =>
  failure(`description/${code}`, keyed(path, message), { fix, path });

function compileRevision(
  { release, revision, layout }: WrittenCell | WrittenSystem,
  options: CompileOptions,
  problems: Diagnostic[],
): Revision | null {
  let named: Revision | null = null;
  if (release !== undefined) {
    named = parseRelease(release);
    if (named === null) {
      const fix = 'write 0.6 to 0.12, or git; a `revision` of 3 to 14 says it exactly';
      problems.push(problem('value', ['release'], `cannot be ${quoted(release)}`, fix));
    }
  }
  if (revision !== undefined) {
    if (!isRevision(revision)) {
      problems.push(problem('value', ['revision'], `cannot be ${revision}`, 'revisions 3 to 14 exist'));
    } else if (named !== null && named !== revision) {
      const fix = `the release has ${describeRevision(named)}; remove one of the two`;
      problems.push(
        problem('conflict', ['revision'], `is ${revision}, but \`release\` is ${shown(release!)}`, fix),
      );
    } else named = revision;
  }
  if (options.revision !== undefined) return options.revision;
  if (named === null && problems.length === 0 && layout !== undefined) return layout.revision;
  if (named === null && problems.length === 0) {
    const fix = 'add `release: 0.12` or `revision: 14`, or give --release';
    problems.push(problem('missing', ['release'], 'is missing: the format depends on it', fix));
  }
  return named;
}

/** The revision, and the layout of it. */
function compileVersion(
  written: WrittenCell | WrittenSystem,
  options: CompileOptions,
  problems: Diagnostic[],
): Versioned | null {
  const { layout } = written;
  const revision = compileRevision(written, options, problems);
  if (revision === null || layout === undefined) return revision && { revision };
  if (layout.revision === revision) return layout;
  const message = `is ${layoutIdOf(layout)}, which is a layout of revision ${layout.revision}, not ${revision}`;
  const fix =
    options.revision === undefined
      ? 'remove `layout` or `revision`'
      : 'move it to the other release with `jailhouse-bundle cell convert`';
  problems.push(problem('conflict', ['layout'], message, fix));
  return null;
}

function compileArchitecture(
  { architecture }: WrittenCell | WrittenSystem,
  options: CompileOptions,
  problems: Diagnostic[],
): Architecture | null {
  if (architecture === undefined) {
    if (options.architecture !== undefined) return options.architecture;
    problems.push(
      problem(
        'missing',
        ['architecture'],
        'is missing',
        `add \`architecture:\` with ${either(ARCHITECTURES)}`,
      ),
    );
    return null;
  }
  if (!isOneOf(ARCHITECTURES, architecture)) {
    problems.push(
      problem(
        'value',
        ['architecture'],
        `cannot be ${quoted(architecture)}`,
        `write ${either(ARCHITECTURES)}`,
      ),
    );
    return null;
  }
  if (options.architecture !== undefined && options.architecture !== architecture) {
    const fix = 'leave --arch out, or fix the description';
    problems.push(
      problem('conflict', ['architecture'], `is ${architecture}, not ${options.architecture}`, fix),
    );
  }
  return architecture as Architecture;
}

function toConfig(
  written: WrittenCell | WrittenSystem,
  kind: ConfigKind,
  scope: Scope,
): CellConfig | SystemConfig {
  const trailing = written.trailing ?? NOTHING;
  if (kind === 'system') return { kind, ...compileSystem(scope, written as WrittenSystem), trailing };
  const { version, architecture, layout } = scope;
  const { revision } = version;
  const parts = compileParts(scope, written as WrittenCell, [], {
    signature: new TextEncoder().encode(layout.signatures.cell),
    ...(layout.namesArchitecture ? { architecture: archNumber(architecture) } : {}),
    revision,
  });
  return { kind, ...version, architecture, ...parts, trailing };
}

/** The config that a description is for; its kind is known. `data` has every number as the text that was written. */
export function compileData(data: unknown, kind: ConfigKind, options: CompileOptions = {}): CompiledConfig {
  const result = (kind === 'cell' ? cellSchema() : systemSchema()).safeParse(data);
  if (!result.success) {
    // Of the wrong kind nothing else is worth telling.
    const wrongKind = result.error.issues.filter(({ path }) => path[0] === 'format');
    const issues = wrongKind.length > 0 ? wrongKind : result.error.issues;
    return { config: null, problems: issues.flatMap((issue) => issueProblems(issue, 'description')) };
  }
  const problems: Diagnostic[] = [];
  const version = compileVersion(result.data, options, problems);
  const architecture = compileArchitecture(result.data, options, problems);
  if (version === null || architecture === null) return { config: null, problems };
  const scope = new Scope(version, architecture);
  const config = toConfig(result.data, kind, scope);
  problems.push(...scope.problems);
  return { config: problems.length === 0 ? config : null, problems };
}

export const encodeConfig = (config: CellConfig | SystemConfig): Uint8Array<ArrayBuffer> =>
  config.kind === 'cell' ? encodeCellConfig(config) : encodeSystemConfig(config);
