import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineReader } from '../../src/boot/lines.ts';
import type { Dialogue } from '../../src/boot/dialogue.ts';
import { BootWatch, type Channel, type Sign } from '../../src/boot/watch.ts';
import { RUNS } from '../helpers/runs.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const NO_DIALOGUE: Dialogue = { expect: [], send: [] };

const watching = (dialogue: Partial<Dialogue> = {}, architecture: 'x86' | 'arm64' = 'x86'): BootWatch =>
  new BootWatch(architecture, { ...NO_DIALOGUE, ...dialogue });

/** What is decided after all of it has come, and what was sent. */
function heard(watch: BootWatch, ...parts: [Channel, string][]): { sign: Sign | null; sent: string[] } {
  const sent = parts.flatMap(([channel, text]) => watch.push(channel, bytes(text)));
  return { sign: watch.sign, sent };
}

const FATAL = 'FATAL: Invalid PIO read, port: 61 size: 1';
const USER = 'box: user space on CPU 2, system call 12';
const PANIC = 'Kernel panic - not syncing: No working init found.';

describe('lines', () => {
  test('are the same however the bytes are cut', () => {
    const text = 'one\r\ntwo\n\nüml\u{1f680}aut\nprompt: ';
    fc.assert(
      fc.property(fc.array(fc.nat(bytes(text).length)), (cuts) => {
        const reader = new LineReader();
        const all = bytes(text);
        const places = [0, ...cuts.toSorted((a, b) => a - b), all.length];
        const lines = places.slice(1).flatMap((end, index) => reader.push(all.subarray(places[index], end)));
        expect(lines).toEqual(['one', 'two', '', 'üml\u{1f680}aut']);
        expect(reader.rest).toBe('prompt: ');
      }),
      { numRuns: RUNS },
    );
  });

  test('have nothing of what a terminal does not show, in a prompt neither', () => {
    const reader = new LineReader();
    const all = bytes('\x1b[32mgreen\x1b[0m\x1b(B\n/ # \x1b[6n');
    const prompts: string[] = [];
    const lines = [...all].flatMap((each) => {
      const ended = reader.push(Uint8Array.of(each));
      if (reader.rest.startsWith('/')) prompts.push(reader.rest);
      return ended;
    });
    expect(lines).toEqual(['green']);
    expect(new Set(prompts)).toEqual(new Set(['/', '/ ', '/ #', '/ # ']));
  });

  test('of endless output are cut', () => {
    const reader = new LineReader();
    for (let count = 0; count < 100; count++) reader.push(bytes('x'.repeat(1000)));
    expect(reader.push(bytes('\n'))[0]).toHaveLength(4096);
  });
});

describe('without a dialogue', () => {
  test('x86: the first system call is init', () => {
    expect(heard(watching(), ['monitor', `box: ready\n${USER}\n`]).sign).toEqual({
      kind: 'booted',
      line: 'user space on CPU 2, system call 12',
    });
  });

  test('x86: what the kernel says it runs has not run', () => {
    expect(heard(watching(), [0, '[    1.0] Run /init as init process\n']).sign).toBeNull();
  });

  test('arm64: the kernel’s own line is all there is', () => {
    const line = '[    1.0] Run /init as init process';
    expect(heard(watching({}, 'arm64'), [0, `${line}\n`]).sign).toEqual({ kind: 'booted', line });
  });

  test('an init that dies at once has not booted', () => {
    const { sign } = heard(watching({}, 'arm64'), [0, `Run /init as init process\n${PANIC}\n`]);
    expect(sign).toEqual({ kind: 'died', line: PANIC });
  });
});

describe('death', () => {
  test('is the first fatal line of the monitor', () => {
    const second = 'FATAL: Invalid MMIO/RAM read, addr: 0x0000000000100006 size: 0';
    const watch = watching();
    expect(heard(watch, ['monitor', `${FATAL}\nRIP: 0x1\n${second}\n`]).sign).toEqual({
      kind: 'died',
      line: FATAL,
    });
    expect(watch.evidence).toEqual([FATAL, 'RIP: 0x1', second]);
  });

  test('on arm64 it is the address that was hit', () => {
    const line = 'Unhandled data read at 0x820ffe8(4)';
    const { sign } = heard(watching({}, 'arm64'), [
      'monitor',
      `${line}\n\nFATAL: unhandled trap (exception class 0x24)\n`,
    ]);
    expect(sign).toEqual({ kind: 'died', line });
  });

  test('a line counts when it is whole', () => {
    const watch = watching();
    expect(heard(watch, [0, 'Kernel panic - not syncing: Too many boot env']).sign).toBeNull();
    expect(heard(watch, [0, " vars at `w31=1'\n"]).sign).toEqual({
      kind: 'died',
      line: "Kernel panic - not syncing: Too many boot env vars at `w31=1'",
    });
  });

  test('the unpacker’s reason is the line before it halts', () => {
    const { sign } = heard(watching(), [0, 'XZ-compressed data is corrupt\n\n -- System halted\n']);
    expect(sign).toEqual({ kind: 'died', line: 'XZ-compressed data is corrupt' });
  });

  test('what the guest prints is no fatal line of the hypervisor', () => {
    expect(heard(watching(), [0, `${FATAL}\n`]).sign).toBeNull();
  });

  test('a fault of the box says nothing about the cell', () => {
    const { sign } = heard(watching(), ['monitor', 'box: error: the blob has version 7\n']);
    expect(sign).toEqual({ kind: 'broken', line: 'the blob has version 7' });
  });

  test('warnings are none', () => {
    const { sign } = heard(watching(), [
      'monitor',
      'Ignoring NMI IPI to CPU 3\nUnhandled x2APIC self IPI write\n',
    ]);
    expect(sign).toBeNull();
  });
});

describe('a dialogue', () => {
  test('finds a prompt that has no end, answers, and goes on behind it', () => {
    const watch = watching({ expect: [/login: /, /\$ /], send: ['root'] });
    expect(heard(watch, ['monitor', `${USER}\n`], [0, 'welcome\r\nbox log']).sign).toBeNull();
    expect(heard(watch, [0, 'in: ']).sent).toEqual(['root\n']);
    expect(heard(watch, [0, 'root\r\n']).sign).toBeNull();
    expect(heard(watch, [0, '/ $ ']).sign).toEqual({ kind: 'booted', line: '/ $' });
  });

  test('finds the end of a prompt that a question for the terminal follows, whole or cut', () => {
    const prompt = '/ # \x1b[6n';
    for (let cut = 0; cut < prompt.length; cut++) {
      const watch = watching({ expect: [/# $/], send: ['id'] });
      expect(heard(watch, [0, prompt.slice(0, cut)], [0, prompt.slice(cut)]).sent).toEqual(['id\n']);
    }
  });

  test('the same text is not found twice', () => {
    const watch = watching({ expect: [/ok/, /ok/], send: [] });
    expect(heard(watch, [0, 'ok ']).sign).toBeNull();
    expect(heard(watch, [0, 'then\n']).sign).toBeNull();
    expect(heard(watch, [0, 'ok\n']).sign).toMatchObject({ kind: 'booted' });
  });

  test('an answer goes where the question came from', () => {
    const watch = watching({ expect: [/name\?/], send: ['demo'] });
    expect(watch.push(1, bytes('name?'))).toEqual(['demo\n']);
  });

  test('a death before its end is a death, one after it is not waited for', () => {
    expect(heard(watching({ expect: [/login:/] }), [0, `${PANIC}\n`]).sign).toMatchObject({ kind: 'died' });
    expect(heard(watching({ expect: [/login:/] }), [0, `login:\n${PANIC}\n`]).sign).toMatchObject({
      kind: 'booted',
    });
  });

  test('an expectation that matches nothing is met at once, and only once', () => {
    expect(heard(watching({ expect: [/x*/] }), [0, 'a']).sign).toMatchObject({ kind: 'booted' });
  });

  test('with a hypervisor console, what the guest writes there counts', () => {
    expect(heard(watching({ expect: [/guest up/] }), ['monitor', 'guest up\n']).sign).toMatchObject({
      kind: 'booted',
    });
  });
});
