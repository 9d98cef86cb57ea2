import { createFilter, type FilterPattern } from '@rollup/pluginutils';
import type { Plugin, RollupLog, TransformPluginContext } from 'rollup';
import { concatBytes } from './bytes.ts';
import { hasErrors, InputError, type Diagnostic } from './diagnostic.ts';
import type { Profile } from './kernel/evidence.ts';
import { archiveName, packCell } from './node/pack.ts';
import { prepareCell, type PreparedCell, type ReadyCell } from './node/prepare.ts';
import { InputStore } from './node/store.ts';
import { summarize } from './diagnostic-text.ts';
import { parseSourceDateEpoch } from './source-date-epoch.ts';
import { TOOL_NAME } from './version.ts';

export interface JailhouseOptions {
  /**
   * Manifests to bundle: picomatch patterns or regular expressions on the module id.
   * @default /\.cell\.ya?ml$/
   */
  include?: FilterPattern;
  /**
   * Modules to leave alone, though `include` matches them.
   * @default undefined
   */
  exclude?: FilterPattern;
  /**
   * The rules for kernels whose manifest names no `checks.profile`.
   * @default 'strict'
   */
  profile?: Profile;
  /**
   * The time of the files in the bundles, in seconds since 1970.
   * @default the environment's SOURCE_DATE_EPOCH, else 1980-01-01
   */
  sourceDateEpoch?: number;
}

const DEFAULT_INCLUDE = /\.cell\.ya?ml(?:\?.*)?$/;

/** Rollup holds assets in memory, several times over while it writes them. */
const ASSET_LIMIT = 1_000_000_000;

/**
 * Rollup plugin: importing a `*.cell.yaml` verifies the cell, emits its bundle as an asset, and gives the bundle's URL
 * (default export), digest, load addresses and commands.
 */
export default function jailhouse(options: JailhouseOptions = {}): Plugin {
  const { include = DEFAULT_INCLUDE, exclude, profile = 'strict' } = options;
  const isManifest = createFilter(include, exclude);
  return {
    name: 'jailhouse',
    transform: {
      filter: {
        id: { include: patterns(include), exclude: patterns(exclude) },
      },
      async handler(code, id) {
        // Bundlers that know no hook filters call for every module.
        if (!isManifest(id)) return null;
        const file = id.replace(/[?#].*$/s, '');
        const store = new InputStore();
        const prepared = await prepareCell(file, code, store, {
          profile,
          today: new Date().toISOString().slice(0, 10),
          onInput: (path) => this.addWatchFile(path),
        }).catch((error: unknown) => failWith(this, error));
        report(this, prepared);
        const { ready } = prepared;
        if (ready === null) throw new Error(`${file} has errors that were not reported`);
        try {
          const mtime = parseSourceDateEpoch(options.sourceDateEpoch ?? process.env.SOURCE_DATE_EPOCH);
          return { code: await emitBundle(this, ready, store, mtime), map: { mappings: '' } };
        } catch (error) {
          return failWith(this, error);
        }
      },
    },
  };
}

const patterns = (pattern: FilterPattern | undefined): (string | RegExp)[] =>
  [pattern ?? []].flat() as (string | RegExp)[];

const logOf = (diagnostic: Diagnostic, message: string): RollupLog => ({
  message,
  pluginCode: diagnostic.code,
  meta: { diagnostic },
});

/** Bad input fails the build in our words; anything else is a bug and keeps its stack. */
function failWith(context: TransformPluginContext, error: unknown): never {
  if (!(error instanceof InputError)) throw error;
  return context.error({ ...logOf(error.diagnostic, summarize(error.diagnostic)), cause: error });
}

/** Warnings one by one, all errors as one: each at its place in the manifest. */
function report(context: TransformPluginContext, { diagnostics, locate }: PreparedCell): void {
  const startOf = ({ range, path }: Diagnostic): number => (range ?? locate(path ?? [])).start;
  for (const diagnostic of diagnostics) {
    if (diagnostic.severity === 'warning' && !diagnostic.waived) {
      context.warn(logOf(diagnostic, summarize(diagnostic)), startOf(diagnostic));
    }
  }
  if (!hasErrors(diagnostics)) return;
  const errors = diagnostics.filter(({ severity, waived }) => severity === 'error' && !waived);
  const [first, ...others] = errors as [Diagnostic, ...Diagnostic[]];
  const message = [first, ...others].map(summarize).join('\n\n');
  context.error(
    {
      ...logOf(first, message),
      meta: { diagnostics: errors },
      cause: new InputError(first.code, first.message),
    },
    startOf(first),
  );
}

async function emitBundle(
  context: TransformPluginContext,
  ready: ReadyCell,
  store: InputStore,
  mtime: number,
): Promise<string> {
  const { size } = ready.contents;
  if (size > ASSET_LIMIT) {
    throw new InputError(
      'plugin/too-large',
      `the bundle would have ${size} bytes, and an asset lies in memory`,
      {
        requested: `at most ${ASSET_LIMIT} bytes`,
        actual: `${size} bytes`,
        hint: 'build it with `jailhouse-bundle build`, which streams, or leave kernel and initrd on the target (`bundle.initrd: /path`)',
      },
    );
  }
  const packing = packCell(ready, store, mtime);
  const chunks: Uint8Array[] = [];
  for await (const chunk of packing.chunks) chunks.push(chunk);
  const reference = context.emitFile({
    type: 'asset',
    name: archiveName(ready),
    source: concatBytes(chunks),
  });
  return moduleCode(reference, ready, packing.result().tarSha256);
}

/** The module that stands for a manifest. The digest in it makes the importing chunk's hash follow the bundle. */
function moduleCode(reference: string, { planned, contents }: ReadyCell, sha256: string): string {
  const exports = {
    name: planned.name,
    cellName: planned.cellName,
    sha256,
    ...contents.facts,
  };
  return [
    `// made by ${TOOL_NAME}`,
    `export default import.meta.ROLLUP_FILE_URL_${reference};`,
    ...Object.entries(exports).map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`),
    '',
  ].join('\n');
}
