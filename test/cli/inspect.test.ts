import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Format } from '../../src/cli/exit.ts';
import { inspect } from '../../src/cli/inspect.ts';
import { pack } from '../fixtures/bundle/sample.ts';
import { parseReport, type PrintedReport } from '../helpers/output.ts';
import { inspectFiles } from '../helpers/inspect-files.ts';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inspect-'));
  const files = inspectFiles();
  const { bytes } = await pack();
  const damaged = Buffer.from(bytes);
  damaged[damaged.indexOf('echo started')]! ^= 1;
  const contents: Record<string, Uint8Array> = {
    'a.cell': files.get('14-cell-x86-0')!,
    'root.cell': files.get('12-system-x86')!,
    bzImage: files.get('kernel')!,
    'damaged.bzImage': files.get('kernel-damaged')!,
    params: files.get('14-params')!,
    'cut.params': files.get('14-params')!.subarray(0, 0x1100),
    'demo.tar': bytes,
    'damaged.tar': damaged,
    'notes.txt': Buffer.from('\x1b[31m notes'),
    empty: new Uint8Array(),
    'large.cell': Buffer.concat([files.get('14-cell-x86-0')!, new Uint8Array(1 << 18)]),
    'odd\x1b[31m\nname.cell': files.get('14-cell-x86-0')!,
  };
  for (const [name, content] of Object.entries(contents)) await writeFile(join(folder, name), content);
});

afterAll(() => rm(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

async function run(names: string[], format: Format = 'text') {
  const written = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[stream], 'write').mockImplementation((text, ...rest: unknown[]) => {
      written[stream] += text.toString();
      const done = rest.at(-1);
      if (typeof done === 'function') done();
      return true;
    });
  }
  const code = await inspect(
    names.map((name) => join(folder, name)),
    format,
  );
  vi.restoreAllMocks();
  if (format === 'json') parseReport(written.stdout, code);
  const bare = (text: string): string => text.replaceAll(`${folder}/`, '');
  return { code, stdout: bare(written.stdout), stderr: bare(written.stderr) };
}

test('one file is shown without a heading', async () => {
  const { code, stdout, stderr } = await run(['a.cell']);
  expect(stdout).toMatch(/^cell config 'plc_1'\n {2}architecture +x86\n/);
  expect([code, stderr]).toEqual([0, '']);
});

test('several files have headings, in their order', async () => {
  const { code, stdout, stderr } = await run(['params', 'a.cell', 'root.cell', 'bzImage', 'demo.tar']);
  expect(stdout.match(/^\S.*/gm)).toEqual([
    'params:',
    'x86 params image',
    'a.cell:',
    "cell config 'plc_1'",
    'root.cell:',
    "system config, root cell 'Root x86'",
    'bzImage:',
    'bzImage',
    'demo.tar:',
    "bundle 'demo'",
  ]);
  expect([code, stderr]).toEqual([0, '']);
});

test('a file that cannot be read does not hide the others', async () => {
  const { code, stdout, stderr } = await run(['cut.params', 'no such', 'a.cell', 'notes.txt', 'bzImage']);
  expect(code).toBe(1);
  expect(stdout.match(/^\S.*:$/gm)).toEqual(['a.cell:', 'bzImage:']);
  expect(stderr.match(/^\S.*$/gm)).toEqual([
    'cut.params: error params/truncated',
    'no such: error input/unreadable',
    'notes.txt: error inspect/unknown',
  ]);
  expect(stderr).toContain('setup_data ends at byte 4396, the file has 4352 bytes');
});

describe('alone, each of these is an error', () => {
  test.each([
    ['empty', 'input/empty'],
    ['.', 'input/not-a-file'],
    ['large.cell', 'input/too-large'],
    ['notes.txt', 'inspect/unknown'],
  ])('%s', async (name, rule) => {
    const { code, stdout, stderr } = await run([name]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(rule);
    expect(stderr).toMatch(/^ {2}fix: /m);
  });
});

test.each<Format>(['text', 'json'])(
  'a kernel with a damaged payload is shown and fails, as %s',
  async (format) => {
    const { code, stdout } = await run(['damaged.bzImage'], format);
    expect(code).toBe(1);
    expect(stdout).toMatch(/pref_?address/i);
    expect(stdout).toMatch(/payload is damaged/);
  },
);

test('a damaged bundle is shown and fails', async () => {
  const { code, stdout } = await run(['damaged.tar']);
  expect(code).toBe(1);
  expect(stdout).toMatch(/verdict +damaged, 1 problem\n +the content of 'launch.sh'/);
});

test('JSON has the subjects in the order given, and what is wrong with them', async () => {
  const names = ['bzImage', 'notes.txt', 'demo.tar', 'a.cell', 'damaged.tar'];
  const { code, stdout, stderr } = await run(names, 'json');
  expect([code, stderr]).toEqual([1, '']);
  const { findings, subjects } = JSON.parse(stdout) as PrintedReport;
  expect(findings).toMatchObject([
    {
      rule: 'inspect/unknown',
      message: 'this file cannot be inspected',
      fix: 'check the path',
      subject: 'notes.txt',
      places: [{ file: 'notes.txt', line: null, column: null }],
    },
    { rule: 'bundle/content', subject: 'damaged.tar' },
  ]);
  expect(subjects).toMatchObject([
    { file: 'bzImage', ok: true, content: { kind: 'bzImage', config: { status: 'embedded', symbols: 29 } } },
    { file: 'notes.txt', ok: false, content: null },
    { file: 'demo.tar', ok: true, content: { kind: 'bundle', metadata: { format: 1, name: 'demo' } } },
    {
      file: 'a.cell',
      ok: true,
      content: { kind: 'cell', name: 'plc_1', cpus: [2, 3], cpuSet: '0c00000000000000' },
    },
    { file: 'damaged.tar', ok: false, content: { kind: 'bundle', metadata: { format: 1 } } },
  ]);
});

test.each(['text', 'json'] as const)('a file name cannot control the terminal (%s)', async (format) => {
  const { stdout, stderr } = await run(['odd\x1b[31m\nname.cell', 'notes.txt', 'odd\x1b[31m\nname'], format);
  expect(stdout + stderr).not.toContain('\x1b');
  expect(stdout).toContain(
    format === 'json' ? 'odd\\u001b[31m\\nname.cell' : 'odd\\u{1b}[31m\\u{a}name.cell:\n',
  );
});
