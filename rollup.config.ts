import { readFileSync, rmSync } from 'node:fs';
import type { Plugin, RollupOptions } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import esbuild from 'rollup-plugin-esbuild';
import { descriptionJsonSchema } from './src/formats/cell/yaml/json-schema.ts';
import { rulesJsonSchema } from './src/checks/kernel/project/schema.ts';
import { manifestJsonSchema } from './src/manifest/schema.ts';
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

const emptyDist: Plugin = {
  name: 'empty-dist',
  buildStart: () => rmSync('dist', { recursive: true, force: true }),
};

/** What the command line alone uses lies beside it; other parts have the same names. */
const chunkFileNames = ({ moduleIds }: { moduleIds: readonly string[] }): string =>
  moduleIds.some((id) => id.includes('/src/cli/')) ? 'cli/[name].js' : 'chunks/[name].js';

/**
 * To find and open a file takes Node longer than to read it, so what starts together lies together: what nearly all
 * commands need, what tells of cells, what opens kernels, what looks through them, what judges them. What the named
 * files import goes with them.
 */
const manualChunks = {
  base: [
    'src/base/choices.ts',
    'src/base/diagnostic.ts',
    'src/inputs/fault.ts',
    'src/base/text.ts',
    'src/base/address.ts',
    'src/base/struct.ts',
  ],
  cell: ['src/formats/cell/names.ts', 'src/formats/cell/resources.ts', 'src/placement/memory-map.ts'],
  kernel: ['src/formats/kernel/open.ts'],
  'kernel-contents': ['src/formats/kernel/examine.ts', 'src/inputs/store.ts'],
  'check-kernel': ['src/inputs/prepare.ts'],
};

const SCHEMAS = {
  manifest: manifestJsonSchema,
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

const config: RollupOptions[] = [
  {
    input: { index: 'src/index.ts', core: 'src/core.ts', cli: 'src/cli.ts' },
    external,
    output: { dir: 'dist', format: 'es', chunkFileNames, manualChunks },
    plugins: [
      emptyDist,
      esbuild({ target: 'node20.19', minifySyntax: true, minifyWhitespace: true }),
      emitSchemas,
    ],
  },
  {
    input: { index: 'src/index.ts', core: 'src/core.ts' },
    external,
    output: { dir: 'dist', format: 'es', chunkFileNames: 'chunks/types.d.ts' },
    plugins: [dts()],
  },
];
export default config;
