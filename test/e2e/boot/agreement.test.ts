import { expect, test } from 'vitest';
import { disagreements, type Judged } from './agreement.ts';

const GOOD: Judged = { what: 'good', boots: true, refused: false };
const BAD: Judged = { what: 'bad', boots: false, refused: true };
const ALARM: Judged = { what: 'alarm', boots: true, refused: true };
const MISS: Judged = { what: 'miss', boots: false, refused: false };

test('agreement needs no list', () => {
  expect(disagreements([GOOD, BAD], {})).toEqual([]);
});

test('what differs fails, unless it is on the list', () => {
  expect(disagreements([GOOD, ALARM, MISS], {})).toEqual([
    'alarm: check refuses it, and it boots',
    'miss: check accepts it, and it does not boot',
  ]);
  expect(disagreements([GOOD, ALARM, MISS], { alarm: 'why', miss: 'why' })).toEqual([]);
});

test('an entry that is no longer needed fails', () => {
  expect(disagreements([GOOD, BAD], { bad: 'why', good: 'why', gone: 'why' })).toEqual([
    'good: check and the box agree, take it off the list',
    'bad: check and the box agree, take it off the list',
    'gone: there is no such variant, take it off the list',
  ]);
});
