import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { rollup } from 'rollup';
import { expect, onTestFinished, test } from 'vitest';
import jailhouse from '../../src/plugin/index.ts';

const ROOT = path.join(import.meta.dirname, '../../example-project');
const MANIFEST = path.join(ROOT, 'cells/linux.cell.yaml');

test('the plugin starts the example in QEMU, and remembers that it started', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'box-plugin-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const input = path.join(folder, 'main.js');
  await writeFile(input, `export { default } from ${JSON.stringify(MANIFEST)};\n`);
  const build = async (): Promise<string[]> => {
    const notes: string[] = [];
    const bundle = await rollup({
      input,
      plugins: [jailhouse({ boot: { cacheDir: path.join(folder, 'cache') } })],
      onLog: (_level, { message }) => void notes.push(message),
    });
    await bundle.generate({});
    return notes.filter((note) => note.includes('QEMU'));
  };
  expect(await build()).toEqual([expect.stringMatching(/ boots in QEMU: user space on CPU \d+/)]);
  expect(await build()).toEqual([expect.stringMatching(/ booted in QEMU before, and is unchanged: /)]);
});
