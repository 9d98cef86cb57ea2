// Makes jailhouse-bundle.mjs, the whole command line in one file, for machines without npm:
//
//   node scripts/build-single.mjs [FOLDER]
//
// FOLDER is dist-single by default. The same sources and lock file give the same bytes.
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = process.argv[2] ?? join(root, 'dist-single');
const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** In place of the module that finds the files of the monitor beside the package: those files. */
function monitorModule() {
  const folder = join(root, 'monitor/bin');
  const files = Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(rom|bin)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
      .map((file) => [relative(folder, file), readFileSync(file).toString('base64')]),
  );
  return `
    import { MONITOR_FILES } from '../../boot/qemu-arguments.ts';
    const FILES = ${JSON.stringify(files)};
    export const monitorFile = (architecture, which) =>
      new Uint8Array(Buffer.from(FILES[MONITOR_FILES[architecture][which]], 'base64'));
  `;
}

const embedMonitor = {
  name: 'embed-monitor',
  setup({ onLoad }) {
    onLoad({ filter: /\/src\/inputs\/boot\/monitor\.ts$/ }, () => ({
      contents: monitorModule(),
      loader: 'ts',
    }));
  },
};

/** The licences of the packages whose files are in the bundle. */
function licences(inputs) {
  const folders = new Set(
    inputs.flatMap((input) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []),
  );
  return [...folders].toSorted().map((folder) => {
    const facts = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const file = readdirSync(join(root, folder)).find((each) => /^licen[cs]e/i.test(each));
    if (file === undefined) throw new Error(`${folder} has no licence file`);
    const text = readFileSync(join(root, folder, file), 'utf8').trim();
    return `${facts.name} ${facts.version} (${facts.license})\n\n${text}`;
  });
}

const { outputFiles, metafile } = await build({
  absWorkingDir: root,
  entryPoints: ['src/cli.ts'],
  bundle: true,
  // As CommonJS, since a module's built-in imports would all be loaded, and an old Node.js would fail at them.
  format: 'cjs',
  platform: 'node',
  target: 'node18',
  mainFields: ['module', 'main'],
  // Its module finds a part of itself by import.meta.url, which CommonJS has not.
  alias: { tinyglobby: createRequire(import.meta.url).resolve('tinyglobby') },
  minifySyntax: true,
  minifyWhitespace: true,
  charset: 'utf8',
  legalComments: 'none',
  plugins: [embedMonitor],
  write: false,
  metafile: true,
  logLevel: 'warning',
});
const code = outputFiles[0].text.replace(/^#!.*\n/, '');
const own = readFileSync(join(root, 'LICENSE'), 'utf8').trim();
const texts = [`${name} ${version} (MIT)\n\n${own}`, ...licences(Object.keys(metafile.inputs))];
const comment = texts
  .join(`\n\n${'-'.repeat(80)}\n\n`)
  .split('\n')
  .map((line) => `// ${line}`.trimEnd())
  .join('\n');

mkdirSync(out, { recursive: true });
const single = join(out, 'jailhouse-bundle.mjs');
writeFileSync(
  single,
  [
    '#!/usr/bin/env node',
    `// ${name} ${version}: its licence, and those of what it contains, are at the end of this file.`,
    "import { createRequire } from 'node:module';",
    'const require = createRequire(import.meta.url);',
    code.trimEnd(),
    '',
    comment,
    '',
  ].join('\n'),
);
chmodSync(single, 0o755);
// For scripts/build-executable.mjs: single executables of Node.js 20 are CommonJS.
writeFileSync(join(out, 'jailhouse-bundle.cjs'), `${code.trimEnd()}\n\n${comment}\n`);
console.log(`${relative('', single)}: ${(statSync(single).size / 1e6).toFixed(1)} MB`);
