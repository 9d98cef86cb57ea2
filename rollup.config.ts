import { readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { GetManualChunk, GetModuleInfo, Plugin, RollupOptions } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import esbuild from 'rollup-plugin-esbuild';
import { descriptionJsonSchema } from './src/formats/cell/yaml/json-schema.ts';
import { rulesJsonSchema } from './src/checks/kernel/project/schema.ts';
import { machineJsonSchema } from './src/manifest/machine/json-schema.ts';
import { manifestJsonSchema } from './src/manifest/json-schema.ts';
import { outputJsonSchema } from './src/reports/output-schema.ts';

const packageJson = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
  string,
  Record<string, string>
>;

const external = (id: string): boolean =>
  id.startsWith('node:') ||
  Object.keys({ ...packageJson.dependencies, ...packageJson.peerDependencies }).some(
    (name) => id === name || id.startsWith(`${name}/`),
  );

/**
 * Libraries that are part of dist, as Node finds and opens a hundred small files in more time than a kernel is checked
 * in: the file of each that has ES modules.
 */
const LIBRARIES: Readonly<Record<string, string>> = {
  '@noble/hashes/blake2.js': fileURLToPath(import.meta.resolve('@noble/hashes/blake2.js')),
  zod: fileURLToPath(import.meta.resolve('zod')),
  yaml: fileURLToPath(new URL('../browser/index.js', import.meta.resolve('yaml'))),
};

/** The same for those in CommonJS: what is used of them. */
const COMMONJS: Readonly<Record<string, string>> = {
  commander: 'Argument, Command, CommanderError, InvalidArgumentError, Option',
  picocolors: 'createColors',
  tinyglobby: 'glob',
};

/** What those contain. */
const CONTAINED = ['fdir', 'picomatch'];

const { resolve: resolveCommonJs } = createRequire(import.meta.url);

/** A library in CommonJS as one ES module. */
async function asModule(name: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `export { ${COMMONJS[name]} } from ${JSON.stringify(resolveCommonJs(name))};`,
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    banner: { js: 'const require = process.getBuiltinModule;' },
    write: false,
    plugins: [
      {
        // commander starts the programs of commands that have one; none of ours has.
        name: 'no-child-process',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^node:child_process$/ }, ({ path }) => ({ path, namespace: 'none' }));
          onLoad({ filter: /./, namespace: 'none' }, () => ({ contents: 'module.exports = {};' }));
        },
      },
    ],
  });
  return outputFiles[0]!.text;
}

const libraries: Plugin = {
  name: 'libraries',
  resolveId: (source) => LIBRARIES[source] ?? (source in COMMONJS ? `\0${source}` : null),
  load: (id) => (id.startsWith('\0') && id.slice(1) in COMMONJS ? asModule(id.slice(1)) : null),
};

const emptyDist: Plugin = {
  name: 'empty-dist',
  buildStart: () => rmSync('dist', { recursive: true, force: true }),
};

/** What the command line alone uses lies beside it; other parts have the same names. */
function chunkFileNames({ moduleIds }: { moduleIds: readonly string[] }): string {
  const own = moduleIds.filter((id) => !id.includes('/node_modules/') && id.includes('/src/'));
  const isOfCli = own.length > 0 && own.every((id) => id.includes('/src/cli/'));
  return isOfCli ? 'cli/[name].js' : 'chunks/[name].js';
}

/**
 * To find and open a file takes Node longer than to read it, so what starts together is one file, with all that it
 * imports and no chunk above has: what all commands need, what tells of cells and device trees, what opens kernels, and
 * so on, up to the whole evaluation of a manifest.
 */
const CHUNKS: Readonly<Record<string, readonly string[]>> = {
  version: ['src/base/version.ts'],
  base: [
    'src/base/diagnostic-text.ts',
    'src/base/struct.ts',
    'src/formats/yaml/source.ts',
    'src/reports/verdict.ts',
  ],
  main: ['src/cli/main.ts'],
  report: ['src/cli/report.ts', 'src/cli/overwrite.ts', 'src/cli/check-options.ts'],
  inputs: ['src/inputs/files.ts', 'src/inputs/atomic-file.ts'],
  named: ['src/cli/named-files.ts', 'src/inputs/manifest-file.ts'],
  names: ['src/bundle/layout.ts'],
  tar: ['src/bundle/header.ts'],
  cell: [
    'src/formats/cell/config.ts',
    'src/formats/cell/gic.ts',
    'src/formats/cell/pci.ts',
    'src/formats/cell/resources.ts',
    'src/formats/cell/system.ts',
    'src/placement/memory-map.ts',
  ],
  kernel: [
    'src/formats/kernel/open.ts',
    'src/formats/kernel/consoles.ts',
    'src/formats/kernel/kconfig.ts',
    'src/formats/root/memory-words.ts',
    'src/formats/yaml/problem.ts',
  ],
  dtb: [
    'src/formats/dtb/cma.ts',
    'src/formats/dtb/gic.ts',
    'src/formats/dtb/interrupts.ts',
    'src/formats/dtb/parse.ts',
    'src/formats/dtb/uarts.ts',
  ],
  'tree-checks': ['src/placement/arm/tree-checks/rules.ts'],
  'check-cell': [
    'src/checks/cell/check.ts',
    'src/checks/waivers.ts',
    'src/formats/cell/read.ts',
    'src/manifest/wording.ts',
  ],
  contents: ['src/inputs/contents.ts', 'src/inputs/store.ts'],
  'check-kernel': ['src/inputs/prepare.ts', 'src/cli/facts.ts'],
  check: ['src/cli/check.ts', 'src/cli/check-report.ts'],
  placement: ['src/placement/architectures.ts', 'src/placement/commands.ts'],
  yaml: ['src/formats/yaml/yaml.ts'],
  zod: ['zod'],
  manifest: [
    'src/manifest/parse.ts',
    'src/inputs/layers.ts',
    'src/reports/plan-picture.ts',
    'src/cli/manifests.ts',
  ],
  evaluate: ['src/evaluate/cell.ts', 'src/formats/initrd/examine.ts', 'src/cli/plan-colors.ts'],
  verify: ['src/bundle/verify.ts'],
  minisign: ['src/release/minisign/signature.ts'],
  kinds: ['src/explain/kinds/index.ts'],
  pack: ['src/inputs/pack.ts'],
};

/** The chunk of each module that {@link CHUNKS} places. */
function placeModules(getModuleInfo: GetModuleInfo): Map<string, string> {
  const chunks = new Map<string, string>();
  const place = (id: string, chunk: string): void => {
    const info = getModuleInfo(id);
    if (info === null || info.isExternal || chunks.has(id)) return;
    chunks.set(id, chunk);
    for (const imported of info.importedIds) place(imported, chunk);
  };
  for (const [chunk, files] of Object.entries(CHUNKS)) {
    for (const file of files) {
      const id = LIBRARIES[file] ?? join(import.meta.dirname, file);
      if (getModuleInfo(id) === null) throw new Error(`${file} of the chunk ${chunk} is not there`);
      place(id, chunk);
    }
  }
  return chunks;
}

let placed: Map<string, string> | null = null;
const manualChunks: GetManualChunk = (id, { getModuleInfo }) =>
  (placed ??= placeModules(getModuleInfo)).get(id);

const SCHEMAS = {
  manifest: manifestJsonSchema,
  machine: machineJsonSchema,
  cell: descriptionJsonSchema,
  rules: rulesJsonSchema,
  output: outputJsonSchema,
};

/** Editors read the JSON Schemas from the package. */
const emitSchemas: Plugin = {
  name: 'emit-schemas',
  generateBundle() {
    for (const [name, schema] of Object.entries(SCHEMAS)) {
      const source = `${JSON.stringify(schema(), null, 2)}\n`;
      this.emitFile({ type: 'asset', fileName: `${name}.schema.json`, source });
    }
  },
};

/** The licences of what is part of dist. */
const emitLicenses: Plugin = {
  name: 'emit-licenses',
  generateBundle() {
    const texts = [...Object.keys(LIBRARIES), ...Object.keys(COMMONJS), ...CONTAINED].toSorted().map((id) => {
      const name = /^(?:@[^/]+\/)?[^/]+/.exec(id)![0];
      const folder = `node_modules/${name}`;
      const { version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as { version: string };
      return `${name} ${version}\n\n${readFileSync(`${folder}/LICENSE`, 'utf8').trim()}\n`;
    });
    const source = `Parts of these packages are in the files of this folder.\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`;
    this.emitFile({ type: 'asset', fileName: 'third-party-licenses.txt', source });
  },
};

/** What Rollup says of the libraries is for their authors. */
const onLog: RollupOptions['onLog'] = (level, log, handler) => {
  if (![log.id, ...(log.ids ?? [])].some((id) => id?.includes('/node_modules/'))) handler(level, log);
};

const config: RollupOptions[] = [
  {
    onLog,
    input: { index: 'src/index.ts', core: 'src/core.ts', cli: 'src/cli.ts' },
    external: (id) => external(id) && !(id in LIBRARIES) && !(id in COMMONJS),
    output: { dir: 'dist', format: 'es', chunkFileNames, manualChunks, onlyExplicitManualChunks: true },
    plugins: [
      emptyDist,
      libraries,
      esbuild({ target: 'node20.19', minifySyntax: true, minifyWhitespace: true }),
      emitSchemas,
      emitLicenses,
    ],
  },
  {
    // The declarations of inferred types have their members in the order in which the compiler met them.
    maxParallelFileOps: 1,
    input: { index: 'src/index.ts', core: 'src/core.ts' },
    external,
    output: { dir: 'dist', format: 'es', chunkFileNames: 'chunks/types.d.ts' },
    plugins: [dts()],
  },
];
export default config;
