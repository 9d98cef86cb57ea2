import { describe, expect, it } from 'vitest';
import { failure, type Diagnostic } from '../../src/base/diagnostic.ts';
import { withoutConsequences } from '../../src/checks/consequences.ts';

const waived = { reason: 'we know', until: null };
const cause = failure('kernel/64bit', 'the config is for 32 bits');
const follows = failure('kernel/32-bit', 'the kernel is a 32-bit one', { after: ['kernel/64bit'] });
const left = (...findings: Diagnostic[]): string[] => withoutConsequences(findings).map(({ code }) => code);

describe('what follows from another finding', () => {
  it('is left out beside it, in any order, and stays alone', () => {
    expect(left(cause, follows)).toEqual(['kernel/64bit']);
    expect(left(follows, cause)).toEqual(['kernel/64bit']);
    expect(left(follows)).toEqual(['kernel/32-bit']);
  });

  it('stays if it is worse', () => {
    expect(left({ ...cause, severity: 'warning' }, follows)).toEqual(['kernel/64bit', 'kernel/32-bit']);
    expect(left(cause, { ...follows, severity: 'warning' })).toEqual(['kernel/64bit']);
  });

  it('comes back with a waiver of the cause', () => {
    expect(left({ ...cause, waived }, follows)).toEqual(['kernel/64bit', 'kernel/32-bit']);
  });
});
