import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const ROOT = path.join(import.meta.dirname, '../..');
const MANIFEST = path.join(ROOT, 'example-project/cells/payload.cell.yaml');
const NODES = path.join(ROOT, '.cache/nodes');

const folder = mkdtempSync(path.join(tmpdir(), 'single-'));
const at = (name: string): string => path.join(folder, name);
const single = at('one/jailhouse-bundle.mjs');

/** A PATH on which nothing is but what is needed to start. */
const emptyPath = { PATH: at('bin') };

beforeAll(async () => {
  mkdirSync(at('bin'));
  await run(process.execPath, ['scripts/build-single.mjs', at('one')], { cwd: ROOT });
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true }));

/** The bundle of the example, as a program makes it. */
async function bundleBy(name: string, program: string, words: readonly string[], env = {}): Promise<Buffer> {
  await run(program, [...words, 'build', MANIFEST, '-o', at(name)], { env: { ...process.env, ...env } });
  const [file] = readdirSync(at(name));
  return readFileSync(at(`${name}/${file}`));
}

const fromPackage = (): Promise<Buffer> =>
  bundleBy('package', process.execPath, [path.join(ROOT, 'dist/cli.js')]);

describe('the single file', () => {
  test('has the same bytes when it is built again, from elsewhere', async () => {
    await run(process.execPath, [path.join(ROOT, 'scripts/build-single.mjs'), at('two')], {
      cwd: folder,
      env: { ...process.env, TZ: 'Asia/Tokyo', LC_ALL: 'C' },
    });
    for (const name of ['jailhouse-bundle.mjs', 'jailhouse-bundle.cjs'])
      expect(readFileSync(at(`two/${name}`)).equals(readFileSync(at(`one/${name}`)))).toBe(true);
  });

  test('carries the licences of all that is in it, and nothing of this machine', () => {
    const text = readFileSync(single, 'utf8');
    for (const name of ['rollup-plugin-jailhouse', 'commander', 'tar-stream', 'yaml', 'zod', 'zstddec'])
      expect(text).toMatch(new RegExp(`^// ${name} \\d+\\.\\d+\\.\\d+`, 'm'));
    expect(text).not.toContain(ROOT);
    expect(Buffer.byteLength(text)).toBeLessThan(3 << 20);
  });

  test('makes the bundle that the package makes', async () => {
    const made = await bundleBy('single', process.execPath, [single]);
    expect(made.equals(await fromPackage())).toBe(true);
  });

  test('boots it, as the files of the monitor are in it', async () => {
    // The payload is not Linux: nothing is certain of it, but that it ran to its end.
    const booted = run(process.execPath, [single, 'boot', MANIFEST, '--json']);
    await expect(booted).rejects.toMatchObject({ code: 4, stdout: expect.stringContaining('"payload end"') });
  });

  test('prints completions and manual pages as the package has them', async () => {
    const printed = async (...words: string[]): Promise<string> =>
      (await run(process.execPath, [single, ...words])).stdout;
    const shipped = (name: string): string => readFileSync(path.join(ROOT, 'dist', name), 'utf8');
    expect(await printed('completion', 'zsh')).toBe(shipped('completions/_jailhouse-bundle'));
    expect(await printed('man', 'cell', 'check')).toBe(shipped('man/jailhouse-bundle-cell-check.1'));
  });

  test.each([single, path.join(ROOT, 'dist/cli.js')])(
    '%s says in one line that Node.js 18 is too old',
    async (program) => {
      execFileSync(path.join(ROOT, 'scripts/fetch-nodes.sh'));
      await expect(run(path.join(NODES, 'old'), [program, 'check'])).rejects.toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringMatching(
          /^jailhouse-bundle needs Node\.js 20\.19 or newer; this is v18\.[^\n]*\n$/,
        ),
      });
    },
  );
});

describe('the executable', () => {
  const build = async (name: string, ...node: string[]): Promise<string> => {
    // The script reads what `npm run bundle:single` writes.
    await run(process.execPath, ['scripts/build-executable.mjs', at(name), ...node], { cwd: ROOT });
    return at(name);
  };

  beforeAll(async () => {
    await run(process.execPath, ['scripts/build-single.mjs'], { cwd: ROOT });
  }, 120_000);

  test('for this machine makes the bundle that the package makes, without Node.js', async () => {
    const program = await build('jailhouse-bundle');
    const { stdout } = await run(program, ['--version'], { env: emptyPath });
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const made = await bundleBy('executable', program, [], emptyPath);
    expect(made.equals(await fromPackage())).toBe(true);
  });

  test('for arm64 makes it, too', async () => {
    execFileSync(path.join(ROOT, 'scripts/fetch-nodes.sh'));
    const program = await build('jailhouse-bundle-arm64', path.join(NODES, 'arm64'));
    const emulated = ['-L', '/usr/aarch64-linux-gnu', program];
    const made = await bundleBy('arm64', '/usr/bin/qemu-aarch64-static', emulated, emptyPath);
    expect(made.equals(await fromPackage())).toBe(true);
  }, 300_000);
});
