import { afterAll, beforeAll, expect, test } from 'vitest';
import { Folder, MANIFEST } from '../helpers/cell-files.ts';
import { run } from '../helpers/cli.ts';

/** Clears the screen, sets the title, turns the text that follows, and makes a line of its own. */
const EVIL = 'x\u001b[2J\u001b]0;y\u0007\u009b1m\u202e\r\nforged: ';
/** As a file name, with what it should be called. */
const FILE = `${EVIL}.cell`;

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
  await folder.write({
    [`${EVIL}/demo.cell.yaml`]: MANIFEST,
    [`${EVIL}.cell.yaml`]: MANIFEST,
    [`${EVIL}.jailhouse.yaml`]: 'format: cell\n',
    [FILE]: 'no cell',
    [`${EVIL}.log`]: 'a log\n',
  });
});
afterAll(() => folder.remove());

const UNPRINTABLE = /[\p{Cc}\p{Cf}]/u;

test.each<[code: number, words: string[]]>([
  [2, [EVIL]],
  [2, [`--${EVIL}`]],
  [2, ['help', EVIL]],
  [2, ['check', `--${EVIL}`]],
  [2, ['check', '--format', EVIL]],
  [2, ['check', '--kernel', 'bzImage', '--waive', EVIL]],
  [2, ['cell', EVIL]],
  [2, ['cell', 'convert', 'demo.cell', '--release', EVIL]],
  [1, ['verify', 'a', EVIL]],
  [2, ['schema', EVIL]],
  [2, ['sign', 'a.tar', '--secret-key', 'a', '--secret-key', EVIL]],
  [2, ['chek', EVIL]],
  [2, ['check', `--formt=${EVIL}`]],
  [2, ['boot', 'demo.cell.yaml', '--jobs', EVIL]],
  [2, ['cell-linux', FILE, 'bzImage', '-w', 'params']],
  [2, ['cell-linux', 'demo.cell', 'bzImage', '-w', EVIL]],
  [2, ['cell', 'generate', 'demo.cell.yaml', EVIL, '-o', 'made']],
  [2, ['check', 'demo.cell.yaml', '--output', 'demo.cell.yaml', `--${EVIL}`]],
  [0, ['build', 'demo.cell.yaml', '-o', EVIL]],
  [1, ['build', `${EVIL}/demo.cell.yaml`]],
  [1, ['build', EVIL]],
  [0, ['check', `${EVIL}.cell.yaml`]],
  [1, ['check', `${EVIL}/demo.cell.yaml`]],
  [1, ['check', '--kernel', EVIL]],
  [0, ['check', 'demo.cell.yaml', '--output', `${EVIL}.txt`]],
  [1, ['inspect', FILE, `${EVIL}.log`]],
  [1, ['inspect', 'demo.cell', EVIL]],
  [1, ['verify', FILE]],
  [0, ['explain', `${EVIL}.log`]],
  [0, ['init', `${EVIL}.new.cell.yaml`]],
  [1, ['init', `${EVIL}.cell.yaml`]],
  [0, ['cell', 'decompile', 'demo.cell', '-o', `${EVIL}.yaml`]],
  [0, ['cell', 'compile', `${EVIL}.yaml`]],
  [0, ['cell', 'compile', `${EVIL}.yaml`, '-o', `${EVIL}.out`]],
  [1, ['cell', 'compile', `${EVIL}.jailhouse.yaml`]],
  [0, ['cell', 'convert', 'demo.cell', '--release', '0.12', '-o', `${EVIL}.12.cell`]],
  [1, ['cell', 'check', FILE, 'demo.cell']],
  [1, ['cell', 'generate', `${EVIL}.cell.yaml`, '-o', EVIL]],
])('exit code %i, and nothing raw of what was given: %j', async (code, words) => {
  const outcome = await run(words, { cwd: folder.path });
  const printed = `${outcome.stdout}${outcome.stderr}`;
  expect(printed.split('\n').filter((line) => UNPRINTABLE.test(line) || /^ *forged/.test(line))).toEqual([]);
  expect({ code: outcome.code, printed }).toEqual({ code, printed: expect.any(String) as unknown });
});
