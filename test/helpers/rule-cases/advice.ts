import { mustBeOff, mustBeOn, withLines, type RuleCases } from './case.ts';

export const ADVICE_CASES: RuleCases = {
  'kernel/unneeded': {
    ...mustBeOff('ACPI'),
    satisfies: [{}, { config: withLines('CONFIG_SOUND=m') }],
    severity: 'info',
  },
  'kernel/config-embedded': { ...mustBeOn('IKCONFIG'), severity: 'info' },
};
