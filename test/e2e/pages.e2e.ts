import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ROOT } from '../helpers/docs.ts';
import { markedBlocks } from '../helpers/marked-blocks.ts';
import { RUN_PAGES } from '../helpers/run-pages.ts';
import { CLI } from './boot/bundle.ts';

const run = promisify(execFile);

let home: string;
let folder: string;

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'pages-'));
  folder = path.join(home, 'work');
  await mkdir(path.join(home, 'bin'));
  await mkdir(folder);
  const program = path.join(home, 'bin/jailhouse-bundle');
  await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`);
  await chmod(program, 0o755);
  await symlink(ROOT, path.join(home, 'src'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** Runs a block as a shell script that stops at the first failure; gives its exit code, and all that it prints. */
async function runBlock(text: string): Promise<{ code: number; output: string }> {
  const env = { ...process.env, HOME: home, PATH: `${home}/bin:${process.env['PATH']}` };
  try {
    const { stdout, stderr } = await run('bash', ['-euc', text], { cwd: folder, env, maxBuffer: 1 << 26 });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

/** What a pipeline's file runs of this package. */
const commandsOf = (yaml: string): string =>
  [...yaml.matchAll(/^ *- (?:run: )?npx (jailhouse-bundle .*)$/gm)].map(([, command]) => command).join('\n');

const outputs = new Map<string, string>();

test.each(Object.entries(RUN_PAGES))(
  'the blocks of %s run as they are',
  { timeout: 600_000 },
  async (page, prepare) => {
    await prepare(folder);
    let all = '';
    for (const { mark, language, text, line } of markedBlocks(page)) {
      if (mark?.startsWith('file: ')) {
        const file = path.join(folder, mark.slice('file: '.length));
        await mkdir(path.dirname(file), { recursive: true });
        await writeFile(file, text);
      }
      if (!mark?.startsWith('run')) continue;
      const { code, output } = await runBlock(language === 'yaml' ? commandsOf(text) : text);
      expect({ block: `${page}:${line}`, code, output }).toMatchObject({
        code: mark === 'run: fails' ? 1 : 0,
      });
      expect(output).not.toContain('internal error');
      all += output;
    }
    outputs.set(page, all);
  },
);

test.each([
  ['tutorial-x86.md', 'out/linux-x86-demo.tar'],
  ['tutorial-arm64.md', 'out/qemu-arm64-linux-demo.tar'],
])('%s ends with a bundle that is intact, and that boots', (page, bundle) => {
  const output = outputs.get(page)!;
  expect(output).toContain(`${bundle} is intact`);
  expect(output).toContain(`${bundle} boots: `);
  expect(output).toContain('linux.cell.yaml passes: no findings');
});
