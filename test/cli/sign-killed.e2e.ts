import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { blake2b512, judgeSignature, parseSignature } from '../../src/release/minisign/signature.ts';
import { Folder, MANIFEST } from '../helpers/cell-files.ts';
import { run, runProcess } from '../helpers/cli.ts';
import { keyOf, openKeyFile } from '../helpers/minisign.ts';

/** Loaded into a process: kills it when it is about to rename or remove a file for the time that DIES_AT says. */
const DIES = `import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
let left = Number(process.env.DIES_AT);
for (const name of ['rename', 'rm', 'unlink']) {
  const change = fs.promises[name];
  fs.promises[name] = (...words) => {
    if (--left === 0) process.kill(process.pid, 'SIGKILL');
    return change(...words);
  };
}
syncBuiltinESMExports();`;
const NODE_OPTIONS = `--import=data:text/javascript;base64,${Buffer.from(DIES).toString('base64')}`;

let folder: Folder;
beforeEach(async () => {
  folder = await Folder.create();
  await folder.write({ 'a.key': await openKeyFile(keyOf(1)), 'b.key': await openKeyFile(keyOf(2)) });
});
afterEach(() => folder.remove());

const fine = async (words: string): Promise<void> => {
  const { code, stdout, stderr } = await run(words.split(' '), { cwd: folder.path });
  expect({ code, stderr, stdout }).toMatchObject({ code: 0 });
};

test.each([
  ['build', 'build demo.cell.yaml -o out --secret-key a.key', true],
  ['build, without a key', 'build demo.cell.yaml -o out', false],
  ['sign', 'sign out/demo.tar --secret-key b.key', true],
])('%s leaves no signature of another bundle, whenever it is killed', async (_, words, signs) => {
  await fine('build demo.cell.yaml -o before --secret-key a.key');
  await folder.write({ 'demo.cell.yaml': `${MANIFEST.trimEnd()} quiet\n` });
  await mkdir(folder.at('out'));
  const [tar, beside] = ['out/demo.tar', 'out/demo.tar.minisig'].map((name) => folder.at(name)) as [
    string,
    string,
  ];
  let killed = 0;
  for (let signal: NodeJS.Signals | null = 'SIGKILL'; signal !== null; killed++) {
    await copyFile(folder.at('before/demo.tar'), tar);
    await copyFile(folder.at('before/demo.tar.minisig'), beside);
    const env = { NODE_OPTIONS, DIES_AT: `${killed + 1}` };
    ({ signal } = await runProcess(words.split(' '), { cwd: folder.path, env }));
    const isSigned = existsSync(beside);
    if (signal === null) expect(isSigned).toBe(signs);
    if (!isSigned) continue;
    const digest = blake2b512(await readFile(tar));
    const signature = parseSignature(await readFile(beside));
    const verdicts = [1, 2].map((key) => judgeSignature(signature, keyOf(key), { digest }));
    expect(verdicts, `killed at ${killed + 1}`).toContain('good');
  }
  expect(killed).toBeGreaterThan(2);
});
