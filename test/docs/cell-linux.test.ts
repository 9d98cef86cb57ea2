import { expect, test } from 'vitest';
import { run } from '../helpers/cli.ts';
import { codeBlock, expectSections, readPage } from '../helpers/docs.ts';
import { MANIFEST, SMALL_INITRD, withExample } from '../helpers/docs-cell.ts';

const WORDS = ['linux-x86-demo.cell', 'bzImage', '-i', 'rootfs.cpio.gz', '-c', 'console=ttyS0,115200'];

test('the generated sections are what the tool says', async () => {
  const help = await run(['cell-linux', '--help']);
  await withExample(MANIFEST, SMALL_INITRD, async ({ path: cwd }) => {
    const warned = await run(['cell-linux', ...WORDS, '-w', 'params'], { cwd });
    expect(warned.code).toBe(0);
    const factor = /-k (\d+) \w+ it/.exec(warned.stderr)![1]!;
    const fixed = await run(['cell-linux', ...WORDS, '-w', 'params', '-k', factor], { cwd });
    expect(fixed).toMatchObject({ code: 0, stderr: '' });
    const asked = (more: string): string => `$ jailhouse-bundle cell-linux ${WORDS.join(' ')} ${more}`;
    await expectSections('cell-linux.md', {
      help: codeBlock(help.stdout),
      warned: codeBlock(`${asked('-w params')}\n${warned.stderr}${warned.stdout}`),
      fixed: codeBlock(`${asked(`-w params -k ${factor}`)}\n${fixed.stdout}`),
    });
  });
});

test('the check that the page names needs no manifest', async () => {
  const [, line] = /^jailhouse-bundle (check .*)$/m.exec(readPage('cell-linux.md'))!;
  await withExample(MANIFEST, SMALL_INITRD, async ({ path: cwd }) => {
    const { code, stdout } = await run(line!.split(' '), { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain('bzImage passes');
  });
});
