import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);
const ROOT = path.join(import.meta.dirname, '../..');

/** Run by .ci/run itself, before this test. */
const RUN_BEFORE = ['npm ci && npm run example', 'npm ci && npm test'];

let folder: string;
let commands: string[];

beforeAll(async () => {
  const readme = await readFile(path.join(ROOT, 'README.md'), 'utf8');
  commands = [...readme.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block]) => block!.trim().split('\n'));
  folder = await mkdtemp(path.join(tmpdir(), 'readme-'));
  await cp(path.join(ROOT, 'example-project'), folder, {
    recursive: true,
    filter: (source) => !/\/(?:node_modules|dist|linux)$/.test(source),
  });
  await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: ROOT });
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
    // The package under test stands for the published one, and npx must not ask for another.
    const line = command
      .replace(/\brollup-plugin-jailhouse\b/, './rollup-plugin-jailhouse-*.tgz')
      .replace(/^npx /, 'npx --no-install ');
    await expect(run('sh', ['-c', line], { cwd: folder }), command).resolves.toBeDefined();
  }
  await run('npm', ['run', 'build'], { cwd: folder });
});

test('the commands with npx work in the example, and ask no registry', async () => {
  await run('npm', ['--silent', 'run', 'example'], { cwd: ROOT });
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
