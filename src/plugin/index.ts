import { either } from '../base/text.ts';
import { createFilter, type FilterPattern } from '@rollup/pluginutils';
import type { Plugin, TransformPluginContext } from 'rollup';
import type { BootOption } from './boot.ts';
import { concatBytes } from '../base/bytes.ts';
import { cellModule } from './module.ts';
import { diagnosticOf, InputError } from '../base/diagnostic.ts';
import { isOneOf, PROFILES, type Profile } from '../base/choices.ts';
import { packReady, type ReadyBundle, type ReadyCell } from '../inputs/pack.ts';
import { prepareCell, type PreparedCell, today } from '../inputs/prepare.ts';
import { InputStore } from '../inputs/store.ts';
import { failWith, report } from './report.ts';
import { parseSourceDateEpoch } from '../bundle/source-date-epoch.ts';

export interface JailhouseOptions {
  /**
   * Manifests to bundle: picomatch patterns or regular expressions on the module id. The default takes them with any
   * query, except Vite's own `?raw` and `?url`.
   * @default /\.cell\.ya?ml(?:\?(?!(?:raw|url)\b).*)?$/
   */
  include?: FilterPattern;
  /**
   * Modules to leave alone, though `include` matches them.
   * @default undefined
   */
  exclude?: FilterPattern;
  /**
   * The rules for kernels whose manifest names no `checks.profile`: `'strict'`, or `'mainline'` for those that still
   * hold since Linux 4.16.
   * @default 'strict'
   */
  profile?: Profile;
  /**
   * The time of the files in the bundles, in seconds since 1970.
   * @default the environment's SOURCE_DATE_EPOCH, else 1980-01-01
   */
  sourceDateEpoch?: number;
  /**
   * Start each bundle in QEMU, and fail where one does not start; `boot:` of its manifest says what counts. A bundle that
   * started is not started again until something of it changes. Needs QEMU on the machine that builds.
   * @default false
   */
  boot?: boolean | BootOption;
}

export const DEFAULT_INCLUDE = /\.cell\.ya?ml(?:\?(?!(?:raw|url)\b).*)?$/;

/** Rollup holds assets in memory, several times over while it writes them. */
const ASSET_LIMIT = 1_000_000_000;

/**
 * Rollup plugin: importing a `*.cell.yaml` verifies the cell, emits its bundle as an asset, and gives the bundle's URL
 * (default export), digest, load addresses and commands.
 */
export default function jailhouse(options: JailhouseOptions = {}): Plugin {
  const { exclude, profile = 'strict', sourceDateEpoch, boot = false } = options;
  const include = options.include ?? DEFAULT_INCLUDE;
  const isManifest = createFilter(include, exclude);
  return {
    name: 'jailhouse',
    transform: {
      filter: { id: { include: patterns(include), exclude: patterns(exclude) } },
      async handler(code, id) {
        // Bundlers that know no hook filters call for every module.
        if (!isManifest(id)) return null;
        const file = id.replace(/\?.*$/s, '');
        const store = new InputStore();
        let prepared: PreparedCell | undefined;
        try {
          checkProfile(profile);
          const mtime =
            sourceDateEpoch === undefined
              ? parseSourceDateEpoch(process.env.SOURCE_DATE_EPOCH)
              : parseSourceDateEpoch(sourceDateEpoch, "the plugin's option `sourceDateEpoch`");
          prepared = await prepareCell(file, code, store, {
            profile,
            today: today(),
            onInput: (path) => this.addWatchFile(path),
          });
          report(this, id, code, prepared);
          const { ready } = prepared;
          if (ready === null) throw new Error(`${file} has errors that were not reported`);
          const bootOption = boot === true ? {} : boot;
          return { code: await emitBundle(this, ready, store, mtime, bootOption), map: { mappings: '' } };
        } catch (error) {
          // What is no bad input is a fault of ours, and keeps its stack.
          return failWith(this, id, diagnosticOf(error), prepared?.locate);
        }
      },
    },
  };
}

const patterns = (pattern: FilterPattern | undefined): (string | RegExp)[] =>
  [pattern ?? []].flat() as (string | RegExp)[];

/** Of an unknown profile no rule would hold. */
function checkProfile(profile: string): void {
  if (isOneOf(PROFILES, profile)) return;
  throw new InputError('plugin/profile', `the plugin's option \`profile\` is '${profile}'`, {
    requested: either(PROFILES.map((each) => `'${each}'`)),
    actual: `'${profile}'`,
    fix: 'fix it in the configuration of the bundler',
  });
}

/** Rollup knows one extension only: of `demo.tar.gz` it would make `demo.tar-<hash>.gz`. */
const assetName = ({ contents, compress }: ReadyBundle): string =>
  `${contents.name}.${compress === 'gzip' ? 'tgz' : 'tar'}`;

async function emitBundle(
  context: TransformPluginContext,
  ready: ReadyCell,
  store: InputStore,
  mtime: number,
  boot: BootOption | false,
): Promise<string> {
  const { size } = ready.contents;
  if (size > ASSET_LIMIT) {
    throw new InputError(
      'plugin/too-large',
      `the bundle would have ${size} bytes, and an asset is kept in memory`,
      {
        requested: `at most ${ASSET_LIMIT} bytes`,
        actual: `${size} bytes`,
        fix: 'build it with `jailhouse-bundle build`, which streams, or leave the initrd on the target (`bundle.initrd: /path`)',
        path: ['initrd'],
      },
    );
  }
  const packing = packReady(ready, store, mtime);
  const chunks: Uint8Array[] = [];
  for await (const chunk of packing.chunks) chunks.push(chunk);
  if (boot !== false) {
    const { demandBoot } = await import('./boot.ts');
    await demandBoot(context, ready, store, packing.sums(), boot);
  }
  const reference = context.emitFile({
    type: 'asset',
    name: assetName(ready),
    source: concatBytes(chunks),
  });
  // Vite's development server emits no files: it warns, and gives no id.
  if (reference === '') {
    throw new InputError(
      'plugin/no-assets',
      'the bundler emits no files here, so the bundle would have no URL',
      {
        fix: 'a development server cannot serve bundles: use `vite build`, or `vite build --watch`',
      },
    );
  }
  return cellModule(reference, ready, packing.result().tarSha256);
}
