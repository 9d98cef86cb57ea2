import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { explainLog } from '../../src/explain/explain.ts';
import { LogFollower, type News } from '../../src/explain/follow.ts';
import { oneIn } from '../helpers/runs.ts';

const PORT = 'FATAL: Invalid PIO read, port: 3f9 size: 1\n';
const FAULT = `Unhandled data read at 0x9010fe0(4)

FATAL: unhandled trap (exception class 0x24)
Cell state before exception:
 pc: ffff8000104d2a60   lr: ffff8000104d2a48 spsr: 60000005     EL1
 sp: ffff80001181bb90  esr: 24 1 1800007
Parking CPU 0 (Cell: "linux")
`;

const ids = (news: readonly News[]): string[] =>
  news.map(({ explanation: { id, line }, isRepeat }) => `${id} ${line}${isRepeat ? ' again' : ''}`);

describe('LogFollower', () => {
  test('waits for the lines that belong to a fault', () => {
    const follower = new LogFollower(null);
    follower.push(FAULT.slice(0, 60));
    expect(ids(follower.news(false))).toEqual([]);
    follower.push(FAULT.slice(60));
    expect(ids(follower.news(false))).toEqual([]);
    const [news, ...others] = follower.news(true);
    expect(others).toEqual([]);
    expect(news!.explanation).toMatchObject({ id: 'arm-data', line: 1, owner: { cell: 'linux' } });
    expect(news!.explanation.details.map(({ about }) => about)).toEqual(['event', 'code']);
    expect(follower.news(true)).toEqual([]);
    expect(follower.end().news).toEqual([]);
  });

  test('or for so many others that none comes', () => {
    const follower = new LogFollower(null);
    follower.push(FAULT);
    follower.push('all is well\n'.repeat(90));
    expect(ids(follower.news(false))).toEqual(['arm-data 1']);
  });

  test('says of repeats how often they came, each time that this has doubled', () => {
    const follower = new LogFollower(null);
    let said = 0;
    for (let time = 0; time < 1000; time++) {
      follower.push(PORT);
      said += follower.news(true).length;
    }
    expect(said).toBeLessThan(12);
    expect(said).toBeGreaterThan(5);
  });

  test('says in the end all that is known of the whole log, once, wherever it was cut', () => {
    const logs = fc.array(fc.constantFrom(FAULT, PORT, 'all is well\n', 'x\n'.repeat(100)), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(logs, fc.array(fc.nat()), fc.boolean(), (parts, cuts, isQuiet) => {
        const text = parts.join('');
        const places = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].toSorted((a, b) => a - b);
        const follower = new LogFollower(null);
        const news: News[] = [];
        for (const [index, place] of [0, ...places].entries()) {
          follower.push(text.slice(place, places[index] ?? text.length));
          news.push(...follower.news(isQuiet));
        }
        const { news: last, report } = follower.end();
        const first = [...news, ...last].filter(({ isRepeat }) => !isRepeat);
        expect(new Set(ids(first)).size).toBe(first.length);
        const whole = explainLog(text);
        expect(report.explanations.map(({ id, line, count }) => [id, line, count])).toEqual(
          whole.explanations.map(({ id, line, count }) => [id, line, count]),
        );
        const told = new Set(ids(first));
        for (const { id, line } of whole.explanations) expect(told).toContain(`${id} ${line}`);
      }),
      { numRuns: oneIn(5) },
    );
  });
});
