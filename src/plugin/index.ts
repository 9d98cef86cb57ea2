import { either } from '../base/text.ts';
import { dirname } from 'node:path';
import { createFilter, type FilterPattern } from '@rollup/pluginutils';
import type { Plugin } from 'rollup';
import type { BootOption } from './boot.ts';
import { emitBundle, type EmittedAsset } from './emit.ts';
import { fileOfModule } from './module-file.ts';
import { pageCommand } from './page-command.ts';
import { prepareModule } from './prepare.ts';
import { diagnosticOf, InputError } from '../base/diagnostic.ts';
import { isOneOf, PROFILES, type Profile } from '../base/choices.ts';
import { today } from '../inputs/evaluation.ts';
import { SIGNATURE_SUFFIX } from '../bundle/names.ts';
import type { SecretKey } from '../release/minisign/secret-key.ts';
import { InputMemory } from '../inputs/memory.ts';
import { InputStore } from '../inputs/store.ts';
import { failWith, report, type Reported } from './report.ts';
import { parseSourceDateEpoch } from '../bundle/source-date-epoch.ts';

export interface JailhouseOptions {
  /**
   * Manifests and machine files to bundle: picomatch patterns or regular expressions on the module id. The default takes
   * them with any query, except Vite's own `?raw` and `?url`. What is not called `*.machine.yaml` is a manifest.
   * @default /\.(?:cell|machine)\.ya?ml(?:\?(?!(?:raw|url)\b).*)?$/
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
  /**
   * Emit a page about each bundle, too: an asset NAME.html with verdict, findings, memory maps, command lines and digests,
   * for people who decide. It loads and runs nothing. A build that fails emits nothing: its error names the command that
   * writes the page.
   * @default false
   */
  report?: boolean;
  /**
   * Sign each bundle with this secret key, and write the signature of its asset next to that (`.minisig`): the path of a key of minisign, or of a PKCS#8 PEM (Ed25519), from the working
   * directory. Its password, if it has one, is in the environment's JAILHOUSE_BUNDLE_PASSWORD.
   * @default undefined: bundles are not signed
   */
  secretKey?: string;
}

/** Under this name a module keeps what is known of its asset, whose name is known when all is made. */
const ASSET_META = 'jailhouse-asset';

export const DEFAULT_INCLUDE = /\.(?:cell|machine)\.ya?ml(?:\?(?!(?:raw|url)\b).*)?$/;

/**
 * Rollup plugin: importing a `*.cell.yaml` or `*.machine.yaml` verifies its cells, emits their bundle as an asset, and gives
 * the bundle's URL (default export), digest, load addresses and commands.
 */
export default function jailhouse(options: JailhouseOptions = {}): Plugin {
  const {
    exclude,
    profile = 'strict',
    sourceDateEpoch,
    boot = false,
    secretKey,
    report: hasPage = false,
  } = options;
  const include = options.include ?? DEFAULT_INCLUDE;
  const isManifest = createFilter(include, exclude);
  // To try its password takes seconds: it is opened once, when it is first needed.
  let key: Promise<SecretKey | null> | undefined;
  // Of a watched module, so that an initrd that did not change is not read again.
  const memories = new Map<string, InputMemory>();
  return {
    name: 'jailhouse',
    transform: {
      filter: { id: { include: patterns(include), exclude: patterns(exclude) } },
      async handler(code, id) {
        // Bundlers that know no hook filters call for every module.
        if (!isManifest(id)) return null;
        const file = await fileOfModule(id);
        const memory = new InputMemory(memories.get(id));
        const store = new InputStore(memory);
        let told: Reported | undefined;
        try {
          checkProfile(profile);
          const mtime =
            sourceDateEpoch === undefined
              ? parseSourceDateEpoch(process.env.SOURCE_DATE_EPOCH)
              : parseSourceDateEpoch(sourceDateEpoch, "the plugin's option `sourceDateEpoch`");
          const prepared = await prepareModule(file, code, store, {
            profile,
            today: today(),
            onInput: (path) => this.addWatchFile(path),
          });
          [told] = prepared.reported;
          report(this, id, code, prepared.reported, hasPage ? pageCommand(file, profile) : null);
          const { ready, starts } = prepared;
          if (ready === null) throw new Error(`${file} has errors that were not reported`);
          key ??= openKey(secretKey);
          const demanded = boot === false ? null : { starts, option: boot === true ? {} : boot };
          const { code: made, asset } = await emitBundle(this, ready, store, mtime, demanded, await key);
          if (hasPage) {
            const { emitPage } = await import('./page.ts');
            await emitPage(this, ready.contents.name, prepared.checked, store, mtime);
          }
          if (this.meta.watchMode) {
            memory.forgetUnused();
            memories.set(id, memory);
          }
          return { code: made, map: { mappings: '' }, meta: { [ASSET_META]: asset } };
        } catch (error) {
          // What is no bad input is a fault of ours, and keeps its stack.
          return failWith(this, id, diagnosticOf(error), told);
        }
      },
    },
    buildEnd(error) {
      // A build that failed may not have come to all modules.
      if (error) return;
      for (const id of memories.keys()) if (this.getModuleInfo(id) === null) memories.delete(id);
    },
    async generateBundle({ dir, file }, _bundle, isWrite) {
      const folder = dir ?? (file === undefined ? '.' : dirname(file));
      // Modules of the same bytes share an asset.
      const seen = new Set<string>();
      for (const id of this.getModuleIds()) {
        const asset = this.getModuleInfo(id)?.meta[ASSET_META] as EmittedAsset | undefined;
        if (asset === undefined) continue;
        const name = this.getFileName(asset.reference);
        if (seen.has(name)) continue;
        seen.add(name);
        if (asset.signature !== null) {
          this.emitFile({ type: 'asset', fileName: `${name}${SIGNATURE_SUFFIX}`, source: asset.signature });
        } else if (isWrite) {
          const { warnOfStale } = await import('./stale.ts');
          await warnOfStale(this, folder, name, asset.sha256);
        }
      }
    },
  };
}

async function openKey(file: string | undefined): Promise<SecretKey | null> {
  if (file === undefined) return null;
  const { givenPassword, openSecretKey, PASSWORD_VARIABLE } = await import('../inputs/keys.ts');
  return openSecretKey(file, async () => {
    const password = await givenPassword(undefined);
    if (password !== null) return password;
    throw new InputError('key/no-password', `${file}: the secret key has a password, which is not given`, {
      fix: `set ${PASSWORD_VARIABLE} where the bundler runs`,
    });
  });
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
