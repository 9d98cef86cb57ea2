import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SMALL_INITRD, withExample } from '../helpers/docs-cell.ts';
import { GOOD_CONFIG } from '../helpers/kernel-evidence.ts';

const run = promisify(execFile);
const ROOT = path.join(import.meta.dirname, '../..');

/** Run by .ci/run itself, before this test. */
const RUN_BEFORE = ['npm ci && npm run example', 'npm ci && npm test'];

let folder: string;
let readme: string;
let commands: string[];

beforeAll(async () => {
  readme = await readFile(path.join(ROOT, 'README.md'), 'utf8');
  commands = [...readme.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block]) => block!.trim().split('\n'));
  folder = await mkdtemp(path.join(tmpdir(), 'readme-'));
  await cp(path.join(ROOT, 'example-project'), folder, {
    recursive: true,
    filter: (source) => !/\/(?:node_modules|dist|linux)$/.test(source),
  });
  // With dist as it is: other tests run it meanwhile.
  await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], { cwd: ROOT });
  await run(process.execPath, ['scripts/build-single.mjs', folder], { cwd: ROOT });
});

afterAll(async () => rm(folder, { recursive: true }));

test('the two commands for newcomers are those that CI runs', async () => {
  expect(commands.slice(0, 2)).toEqual(RUN_BEFORE);
  const ci = await readFile(path.join(ROOT, '.ci/run'), 'utf8');
  for (const word of ['npm ci', 'npm run example', 'npm test']) expect(ci).toContain(`\n${word}\n`);
});

test('every other command works in a project that installed the package', async () => {
  const others = commands.slice(RUN_BEFORE.length);
  expect(others.length).toBeGreaterThan(5);
  for (const command of others) {
    // npx must not ask for another.
    const line = command.replace(/^npx /, 'npx --no-install ');
    await expect(run('sh', ['-c', line], { cwd: folder }), command).resolves.toBeDefined();
  }
  await run('npm', ['run', 'build'], { cwd: folder });
});

test('the commands with npx work in the example, and ask no registry', async () => {
  await run('npm', ['--silent', 'run', 'example', '--', '--built'], { cwd: ROOT });
  const example = path.join(ROOT, 'example-project');
  const lines = commands.filter((command) => command.startsWith('npx '));
  expect(lines.length).toBeGreaterThan(5);
  const made = ['my.cell.yaml', 'params', 'out'].map((name) => path.join(example, name));
  try {
    for (const line of lines) {
      const command = line.replace(/^npx /, 'npx --no-install ');
      await expect(run('sh', ['-c', command], { cwd: example }), command).resolves.toBeDefined();
    }
  } finally {
    for (const file of made) await rm(file, { recursive: true, force: true });
  }
});

/** What differs from build to build, as an ellipsis. */
const withoutDigests = (text: string): string =>
  text
    .replace(/file:\S*(?=\/dist\/)/, 'file:///…')
    .replace(/(linux-x86-demo-)[\w-]{8}(\.tar)/, '$1…$2')
    .replace(/\b[0-9a-f]{64}\b/, '…');

test('the example of the plugin works as printed, in a project of `npm init -y`', async () => {
  const [, manifest] = /^```yaml\n(.*?)^```/ms.exec(readme)!;
  const sources = [...readme.matchAll(/^```js\n\/\/ (\S+)\n(.*?)^```/gms)];
  expect(sources.map(([, name]) => name)).toEqual(['rollup.config.mjs', 'src/main.js']);
  await withExample(manifest!, SMALL_INITRD, async ({ path: cwd }) => {
    const config = GOOD_CONFIG.replace('# CONFIG_SERIO is not set', 'CONFIG_SERIO=y');
    await writeFile(path.join(cwd, 'kernel.config'), config);
    await mkdir(path.join(cwd, 'src'));
    for (const [, name, text] of sources) await writeFile(path.join(cwd, name!), text!);
    await run('npm', ['init', '-y'], { cwd });
    // As npm 11 writes it by itself.
    await run('npm', ['pkg', 'set', 'type=commonjs'], { cwd });
    const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
    await run('npm', ['install', '--save-dev', 'rollup', path.join(folder, tarball!)], { cwd });
    const { stderr } = await run('npx', ['--no-install', 'rollup', '-c'], { cwd });
    expect(stderr).not.toContain('(!)');
    const { stdout } = await run(process.execPath, ['dist/main.mjs'], { cwd });
    const [, printed] = /`node dist\/main\.mjs`[^]*?^```text\n(.*?)^```/ms.exec(readme)!;
    expect(withoutDigests(stdout)).toBe(printed);
  });
});
