import { truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Folder } from '../helpers/cell-files.ts';
import { run, runRefused } from '../helpers/cli.ts';
import type { Report } from '../../src/reports/output-schema.ts';

const LOG = path.join(import.meta.dirname, '../fixtures/explain/x86-uart.log');

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
});
afterAll(() => folder.remove());

test('says of each known line what it means, and ends with 0', async () => {
  const { code, stdout, stderr } = await run(['explain', LOG], { env: { NO_COLOR: '1' } });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain(`${LOG}:12: FATAL: Invalid PIO read, port: 2f9 size: 1
  means:   the kernel probes a UART (port 2f9) that the cell does not own
  fix:     give the cell the eight ports`);
  expect(stdout).toContain('\n  checks:  kernel/runtime-uarts, kernel/console-ports\n');
  expect(stdout).toContain('\n  then:    16: Parking CPU 2 (Cell: "linux-x86-demo")\n');
  expect(stdout).toContain('\nnothing is wrong in:\n  1: Adding virtual PCI device 00:0c.0');
  expect(stdout.startsWith('in the cell "linux-x86-demo": the kernel probes a UART')).toBe(true);
  expect(stdout.endsWith(`${LOG}: 13 known of 16 lines\n`)).toBe(true);
});

test('the same for machines', async () => {
  const { code, stdout } = await run(['explain', '--json', LOG]);
  expect(code).toBe(0);
  const { subjects } = JSON.parse(stdout) as Report<'explain'>;
  expect(subjects).toMatchObject([{ file: LOG, ok: true, lines: 16 }]);
  const [first, ...rest] = subjects[0]!.explanations!;
  expect(first).toMatchObject({
    id: 'pio-uart',
    line: 12,
    stage: 'guest',
    owner: { cell: 'linux-x86-demo', isRoot: false },
    values: { access: 'read', port: '2f9' },
    consequences: [{ id: 'parked', line: 16 }],
  });
  expect(new Set(rest.map(({ weight }) => weight))).toEqual(new Set(['info']));
});

test('a log that cannot be read, for machines', async () => {
  const { code, stdout, stderr } = await run(['explain', '--json', 'none.log']);
  expect([code, stderr]).toEqual([1, '']);
  expect(JSON.parse(stdout)).toMatchObject({
    findings: [{ rule: 'input/unreadable', subject: 'none.log' }],
    subjects: [{ file: 'none.log', ok: false, lines: null, explanations: null }],
  });
});

describe('nothing known is no failure', () => {
  test('in a file', async () => {
    const file = folder.at('quiet.log');
    await writeFile(file, 'all\nis well\n');
    expect(await run(['explain', file])).toMatchObject({
      code: 0,
      stdout: `${file}: no known line in 2 lines\n`,
    });
  });
});

describe('what cannot be explained ends in 1', () => {
  test('no such file, a directory, an empty file', async () => {
    expect(await runRefused(['explain', folder.at('none')])).toContain('input/unreadable');
    expect(await runRefused(['explain', folder.at('.')])).toContain('input/not-a-file');
    await writeFile(folder.at('empty'), '');
    const refused = await runRefused(['explain', folder.at('empty')]);
    expect(refused).toContain('input/empty');
    expect(refused).toContain('nothing was logged: give the output of `jailhouse console`');
  });

  test('what is no text', async () => {
    await writeFile(folder.at('binary'), new Uint8Array(1000));
    expect(await runRefused(['explain', folder.at('binary')])).toContain('explain/binary');
  });

  test('more than 64 MiB', async () => {
    const file = folder.at('huge');
    await writeFile(file, '');
    await truncate(file, (1 << 26) + 1);
    expect(await runRefused(['explain', file])).toContain('input/too-large');
  });
});

test('nothing in a log controls the terminal', async () => {
  const file = folder.at('evil.log');
  await writeFile(
    file,
    '\u001b]0;title\u0007\u001b[31mFATAL: Invalid PIO read, port: 61 size: 1\u0008\u202e\n',
  );
  const { stdout } = await run(['explain', file], { env: { NO_COLOR: '1' } });
  expect(stdout).toContain(':1: FATAL: Invalid PIO read, port: 61 size: 1\\u{8}\\u{202e}\n');
  expect(stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}|\p{Cf}/u);
});
