import { relative } from 'node:path';
import { rolldown, watch as watchRolldown } from 'rolldown';
import { rollup, watch as watchRollup, type Plugin, type RollupLog } from 'rollup';
import { build as buildVite, type InlineConfig } from 'vite';
import { ownError, Watching, type Watcher } from './watching.ts';

interface BuildOptions {
  /** Absolute paths; each gives a chunk `<its name>-<hash>.mjs`. */
  input: string[];
  /** Output goes there. */
  dir: string;
  plugins: Plugin[];
  assetFileNames?: string;
}

/** What a build wrote and said. */
export interface Built {
  chunks: { fileName: string; code: string }[];
  assets: { fileName: string; source: Uint8Array }[];
  /** Warnings and notes. */
  logs: RollupLog[];
}

export interface Bundler {
  name: string;
  /** What the bundler itself puts before a message. */
  prefix(id: string, line: number, column: number): string;
  /** Whether its watcher sees that a file appears which was not there before. */
  awaitsNewFiles: boolean;
  build(options: BuildOptions): Promise<Built>;
  watch(options: BuildOptions): Promise<Watching>;
}

/** Sees what every bundler writes in the same way, and keeps its logs off the console. */
function observe(built: Built): Plugin {
  return {
    name: 'observe',
    onLog(_level, log) {
      built.logs.push(log);
      return false;
    },
    writeBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type === 'chunk') built.chunks.push({ fileName: file.fileName, code: file.code });
        else built.assets.push({ fileName: file.fileName, source: Buffer.from(file.source) });
      }
    },
  };
}

const start = (): Built => ({ chunks: [], assets: [], logs: [] });

const output = ({ dir, assetFileNames = 'assets/[name]-[hash][extname]' }: BuildOptions) => ({
  dir,
  entryFileNames: '[name]-[hash].mjs',
  chunkFileNames: '[name]-[hash].mjs',
  assetFileNames,
});

const viteConfig = (options: BuildOptions, built: Built): InlineConfig => {
  const { dir, ...names } = output(options);
  return {
    configFile: false,
    envFile: false,
    publicDir: false,
    logLevel: 'silent',
    root: dir,
    base: './',
    plugins: [...options.plugins, observe(built)],
    build: {
      outDir: dir,
      emptyOutDir: false,
      minify: false,
      modulePreload: false,
      rolldownOptions: { input: options.input, output: names },
    },
  };
};

export const BUNDLERS: readonly Bundler[] = [
  {
    name: 'Rollup',
    awaitsNewFiles: true,
    prefix: (id, line, column) => `[plugin jailhouse] ${relative('.', id)} (${line}:${column}): `,
    async build(options) {
      const built = start();
      const bundle = await rollup({ input: options.input, plugins: [...options.plugins, observe(built)] });
      await bundle.write(output(options));
      await bundle.close();
      return built;
    },
    async watch(options) {
      const built = start();
      const plugins = [...options.plugins, observe(built)];
      return new Watching(watchRollup({ input: options.input, plugins, output: output(options) }), built);
    },
  },
  {
    name: 'Rolldown',
    awaitsNewFiles: false,
    prefix: () => '',
    async build(options) {
      const built = start();
      const bundle = await rolldown({ input: options.input, plugins: [...options.plugins, observe(built)] });
      await bundle.write(output(options));
      await bundle.close();
      return built;
    },
    async watch(options) {
      const built = start();
      const plugins = [...options.plugins, observe(built)];
      return new Watching(watchRolldown({ input: options.input, plugins, output: output(options) }), built);
    },
  },
  {
    name: 'Vite',
    awaitsNewFiles: false,
    prefix: () => '',
    async build(options) {
      const built = start();
      await buildVite(viteConfig(options, built));
      return built;
    },
    async watch(options) {
      const built = start();
      const config = viteConfig(options, built);
      const watcher = await buildVite({ ...config, build: { ...config.build, watch: {} } });
      return new Watching(watcher as Watcher, built);
    },
  },
];

/** What a build failed with. */
export const failureOf = (build: Promise<Built>): Promise<Error> =>
  build.then(() => new Error('the build passed'), ownError);
