import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/base/diagnostic.ts';
import { explainLog } from '../../src/explain/explain.ts';
import { LogDecoder, parseLog } from '../../src/explain/log.ts';
import { mutate, mutations } from '../helpers/mutations.ts';
import { oneIn, RUNS } from '../helpers/runs.ts';
import { cpuTime } from '../helpers/cpu-time.ts';

const FIXTURES = path.join(import.meta.dirname, '../fixtures/explain');
const logs = readdirSync(FIXTURES).filter((name) => name.endsWith('.log'));
const read = (name: string): Uint8Array => readFileSync(path.join(FIXTURES, name));

const idsOf = (text: string): string[] => explainLog(text).explanations.map(({ id }) => id);

describe('explainLog', () => {
  test.each(logs)('%s', async (name) => {
    const { lines, summary, explanations } = explainLog(parseLog(read(name)));
    const told = explanations.flatMap(({ line, count, id, weight, text, meaning, consequences }) => [
      `${line} ${id} (${weight})${count > 1 ? ` x${count}` : ''}: ${text}`,
      `  ${meaning}`,
      ...consequences.map((each) => `  then ${each.line} ${each.id} x${each.count}: ${each.text}`),
    ]);
    await expect(`${summary}\n\n${told.join('\n')}\n${lines} lines\n`).toMatchFileSnapshot(
      path.join(FIXTURES, name.replace('.log', '.txt')),
    );
  });

  test('what an inmate printed in front of a line does not hide it', () => {
    expect(idsOf('AFATAL: Invalid PIO read, port: 2f9 size: 1')).toEqual(['pio-uart']);
  });

  test('puts what the line has into the words', () => {
    const [explanation] = explainLog('FATAL: Invalid PIO read, port: 1771 size: 1').explanations;
    expect(explanation!.meaning).toBe('a read of port 1771, which is in no PIO region of the cell');
  });

  test('counts repeats, also with other lines in between, and keeps others apart', () => {
    const uart = 'FATAL: Invalid PIO read, port: 3f9 size: 1';
    const other = 'FATAL: Invalid PIO read, port: 2f9 size: 1';
    const { explanations } = explainLog([uart, 'RIP: 0x0', uart, other, uart].join('\n'));
    expect(explanations.map(({ line, count }) => [line, count])).toEqual([
      [1, 3],
      [4, 1],
    ]);
  });

  test('a traceback’s reason belongs to its own call only', () => {
    const call = '    fcntl.ioctl(self.dev, self.JAILHOUSE_CELL_LOAD, load)';
    const reason = 'OSError: [Errno 22] Invalid argument';
    expect(idsOf(`${call}\n${reason}`)).toEqual(['load-einval']);
    expect(idsOf(reason)).toEqual(['py-errno']);
    expect(idsOf([call, 'a', 'b', 'c', 'd', reason].join('\n'))).toEqual(['py-ioctl', 'py-errno']);
  });

  test('counts lines as editors do', () => {
    expect(explainLog('a\nb\n').lines).toBe(2);
    expect(explainLog('a\nb').lines).toBe(2);
    expect(explainLog('').lines).toBe(0);
  });

  test('a long log of long lines takes little time', () => {
    const text =
      `${'FATAL: '.repeat(1 << 16)}\n`.repeat(8) +
      'FATAL: Invalid PIO read, port: 61 size: 1\n'.repeat(20_000);
    const spent = cpuTime();
    expect(explainLog(text).explanations).toHaveLength(1);
    expect(spent()).toBeLessThan(5000);
  });

  test('keeps no more of a log than anyone reads', () => {
    const lines = Array.from(
      { length: 5000 },
      (_, page) => `Unhandled data read at 0x${page.toString(16)}000(4)`,
    );
    const { explanations, omitted, known } = explainLog(lines.join('\n'));
    expect({ shown: explanations.length, omitted, known }).toEqual({ shown: 8, omitted: 4992, known: 5000 });
  });
});

describe('parseLog', () => {
  test('reads garbled bytes leniently', () => {
    const noise = Buffer.from([0xff, 0x00, 0xfe]);
    const text = parseLog(Buffer.concat([Buffer.from('Started cell "linux"\n'.repeat(3)), noise]));
    expect(text).toContain('\ufffd');
  });

  test('reads the UTF-16 that PowerShell and terminals of Windows write', () => {
    const text = '\ufeffUnhandled data read at 0x9010fe0(4)\r\n';
    const little = Buffer.from(text, 'utf16le');
    expect(idsOf(parseLog(little))).toEqual(['arm-data']);
    expect(idsOf(parseLog(Buffer.from(little).swap16()))).toEqual(['arm-data']);
    expect(() => parseLog(Buffer.concat([Buffer.from([0xff, 0xfe]), new Uint8Array(100)]))).toThrow(
      /not a log/,
    );
  });

  test('in pieces is the same, wherever it was cut', () => {
    const texts = fc.string({ unit: fc.constantFrom('a', 'é', '😀', '\n', '\u2028'), maxLength: 40 });
    const forms = {
      'utf-8': (text: string) => Buffer.from(text),
      'utf-16le': (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le'),
      'utf-16be': (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
    };
    fc.assert(
      fc.property(
        texts,
        fc.constantFrom(...Object.values(forms)),
        fc.array(fc.nat(100)),
        (text, form, cuts) => {
          const bytes = form(text);
          const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted(
            (a, b) => a - b,
          );
          const decoder = new LogDecoder();
          const parts = places.slice(1).map((end, index) => decoder.push(bytes.subarray(places[index], end)));
          expect([...parts, decoder.end()].join('')).toBe(text);
        },
      ),
      { numRuns: oneIn(5) },
    );
  });

  test('in pieces refuses what is no text as soon as that is certain', () => {
    const noise = Uint8Array.from({ length: 500 }, (_, index) => (index * 7919) % 256);
    const long = new LogDecoder();
    long.push(noise);
    expect(() => {
      for (let piece = 0; piece < 4; piece++) long.push(noise);
    }).toThrow(/not a log/);
    const short = new LogDecoder();
    short.push(noise);
    expect(() => short.end()).toThrow(/not a log/);
    const late = new LogDecoder();
    late.push(Buffer.from('Activating hypervisor\n'.repeat(1000)));
    expect(late.push(noise)).toContain('\ufffd');
    expect(() => late.end()).not.toThrow();
  });

  test('refuses what is no text', () => {
    const bytes = Uint8Array.from({ length: 5000 }, (_, index) => (index * 7919) % 256);
    expect(() => parseLog(bytes)).toThrow(InputError);
    expect(() => parseLog(new Uint8Array(100))).toThrow(/not a log/);
  });
});

test('mutated logs end in no exception, and soon', () => {
  const seeds = logs.map(read);
  fc.assert(
    fc.property(fc.constantFrom(...seeds), mutations, (seed, changes) => {
      let text: string;
      try {
        text = parseLog(mutate(seed, changes));
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
        return;
      }
      const { lines, explanations } = explainLog(text);
      for (const { line } of explanations) expect(line).toBeLessThanOrEqual(lines);
    }),
    { numRuns: RUNS },
  );
});
