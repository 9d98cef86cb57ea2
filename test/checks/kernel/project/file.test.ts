import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { checkKernel } from '../../../../src/checks/kernel/check.ts';
import { decodeRulesText, parseRulesFile } from '../../../../src/checks/kernel/project/file.ts';
import { elsewhere } from '../../../../src/formats/yaml/elsewhere.ts';
import { rulesJsonSchema } from '../../../../src/checks/kernel/project/schema.ts';
import { GOOD_CONFIG, makeEvidence, makeKernel } from '../../../helpers/kernel-evidence.ts';
import { cellWith } from '../../../helpers/rule-cases/hardware.ts';
import type { Change } from '../../../helpers/rule-cases/case.ts';
import { mutate, mutations } from '../../../helpers/mutations.ts';
import { RUNS } from '../../../helpers/runs.ts';
import { utf8 } from '../../../helpers/bytes.ts';

const SEED = 3;
const FULL = `rules:
  - id: project/preempt-rt
    symbol: CONFIG_PREEMPT_RT
    value: y
    when:
      architecture: [x86, arm64]
      kernel: { from: 5.10, before: '6.20' }
      cmdline: isolcpus=*
      cell: several-cpus
    severity: { strict: error, mainline: warning }
    reason: the control loop has a deadline
    symptom: the drive stops with error 17
    fix: take the -rt kernel
    source: our handbook, 4.2
  - id: project/hz
    symbol: [HZ, HZ_OF_OURS]
    value: [1000, 0x3e8]
    reason: timers are too coarse otherwise
  - { id: project/quiet, symbol: PRINTK_TIME, value: n, reason: logs are compared, severity: info, when: { initrd: true } }
`;
const ONE = '- { id: project/a, symbol: A, value: y, reason: why }';

const problemsOf = (text: string): [string, string][] =>
  parseRulesFile(text, 'our.yaml')
    .problems.map((each) => elsewhere('our.yaml', text, each))
    .map(({ code, message }) => [code, message]);

const judge = (change: Change) =>
  checkKernel(makeEvidence({ rules: parseRulesFile(FULL, 'our.yaml').rules, ...change })).map(
    ({ code, severity }) => `${severity} ${code}`,
  );

describe('a rules file', () => {
  it('is read into rules', () => {
    const { rules, problems } = parseRulesFile(FULL, 'our.yaml');
    expect(problems).toEqual([]);
    expect(rules).toEqual([
      {
        id: 'project/preempt-rt',
        reason: 'the control loop has a deadline',
        when: {
          architecture: ['x86', 'arm64'],
          kernel: { from: '5.10', before: '6.20' },
          cmdline: 'isolcpus=*',
          cell: 'several-cpus',
        },
        wanted: { symbol: ['PREEMPT_RT'], value: ['y'] },
        severity: { strict: 'error', mainline: 'warning' },
        symptom: 'the drive stops with error 17',
        fix: 'take the -rt kernel',
        source: 'our handbook, 4.2',
      },
      {
        id: 'project/hz',
        reason: 'timers are too coarse otherwise',
        when: { architecture: ['x86', 'arm64', 'arm'] },
        wanted: { symbol: ['HZ', 'HZ_OF_OURS'], value: ['1000', '0x3e8'] },
        severity: { strict: 'error', mainline: 'error' },
        fix: 'build the kernel with: CONFIG_HZ=1000, CONFIG_HZ_OF_OURS=1000',
        source: 'our.yaml',
      },
      expect.objectContaining({ when: expect.objectContaining({ initrd: true }) as object }),
    ]);
  });

  it('is judged as the built-in rules are', () => {
    const config = `${GOOD_CONFIG}CONFIG_HZ=1000\nCONFIG_HZ_OF_OURS=0x3e8\nCONFIG_PRINTK_TIME=y\n`;
    const met = { config, cmdline: 'console=ttyS0 isolcpus=1,2', cell: cellWith({ cpus: [1, 2] }) };
    expect(judge({ ...met, initrd: 'none' })).toContain('error project/preempt-rt');
    expect(judge({ ...met, initrd: 'none', profile: 'mainline' })).toContain('warning project/preempt-rt');
    expect(judge({ ...met, image: makeKernel({ version: '5.9' }).image })).not.toContain(
      'error project/preempt-rt',
    );
    expect(judge({ ...met, cmdline: 'console=ttyS0 isolcpus' })).not.toContain('error project/preempt-rt');
    expect(judge({ config: `${config}CONFIG_HZ=250\n`, initrd: 'none' })).toContain('error project/hz');
    expect(judge({ config, initrd: 'none' }).join()).not.toMatch(/project/);
  });

  it('gives findings without a symptom where the project knows none', () => {
    const { rules } = parseRulesFile(`rules:\n  ${ONE}`, 'our.yaml');
    const [finding] = checkKernel(makeEvidence({ rules }));
    expect(finding).toMatchObject({ code: 'project/a', message: 'CONFIG_A is absent: why' });
    expect(finding).not.toHaveProperty('symptom');
  });

  it.each<[string, [string, string][]]>([
    ['', [['rules/type', 'our.yaml:1:1: a rules file is a map with `rules`; this is empty']]],
    ['rules: 3', [['rules/type', 'our.yaml:1:8: `rules` must be a list of rules, not `3`']]],
    ['rulse: []', [['rules/unknown-key', 'our.yaml:1:1: unknown key `rulse`']]],
    [
      'rules:\n  - { id: project/a, symbl: A, value: y, reason: why }',
      [['rules/unknown-key', 'our.yaml:2:22: unknown key `symbl` in `rules[0]`']],
    ],
    [
      'rules:\n  - { id: kernel/serio, symbol: A, value: y, reason: why }',
      [['rules/built-in', 'our.yaml:2:11: `kernel/serio` is a built-in rule']],
    ],
    [
      'rules:\n  - { id: project/CONFIG_A, symbol: A B, value: yes, reason: "" }',
      [
        [
          'rules/value',
          'our.yaml:2:11: `rules[0].id` must be project/ and a name of lower-case letters, digits and dashes, not `project/CONFIG_A`',
        ],
        [
          'rules/value',
          'our.yaml:2:37: `rules[0].symbol` must be a kconfig symbol in capitals, with or without CONFIG_, not `A B`',
        ],
        [
          'rules/value',
          'our.yaml:2:49: `rules[0].value` must be y, n, m, a number, or another text, not `yes`',
        ],
        ['rules/value', 'our.yaml:2:62: `rules[0].reason` must be text, not ``'],
      ],
    ],
    [
      `rules:\n  ${ONE}\n  ${ONE}`,
      [['rules/duplicate', 'our.yaml:3:11: `project/a` is already a rule of our.yaml']],
    ],
    [
      'rules:\n  - { id: project/a, symbol: [A, 3], value: y, reason: why, when: { kernel: { from: 6 }, cell: big } }',
      [
        [
          'rules/type',
          'our.yaml:2:34: `rules[0].symbol[1]` must be a kconfig symbol in capitals, with or without CONFIG_, not `3`',
        ],
        [
          'rules/value',
          'our.yaml:2:96: `rules[0].when.cell` must be one of several-cpus, pci-devices, ivshmem, ivshmem-net, ivshmem-uio, ivshmem-virtio, x2apic-forced, small-memory, not `big`',
        ],
      ],
    ],
    [
      'rules:\n  - { id: project/a, symbol: A, value: y, reason: why, when: { kernel: { from: 6, before: six } } }',
      [
        [
          'rules/value',
          'our.yaml:2:91: `rules[0].when.kernel.before` must be a kernel version, such as 5.10, not `six`',
        ],
      ],
    ],
    [
      'rules:\n  - { id: project/a, symbol: A, value: y, reason: why, when: { kernel: { from: 6 } } }',
      [['rules/value', 'our.yaml:2:80: `rules[0].when.kernel.from` must be a kernel version, not `6`']],
    ],
    [
      'rules:\n  - { id: project/a, symbol: A, value: y, reason: why, when: { kernel: { from: 6.1, before: 5.10 } } }',
      [['rules/range', 'our.yaml:2:72: there is no version from 6.1 on and before 5.10']],
    ],
    [
      'rules:\n  - { id: project/a, symbol: A, value: y, reason: why, severity: { strict: fatal, mainline: info } }',
      [
        [
          'rules/value',
          'our.yaml:2:76: `rules[0].severity.strict` must be error, warning or info, not `fatal`',
        ],
      ],
    ],
  ])('is refused at its line: %s', (text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });

  it('gives the place, and what to write', () => {
    const text = `rules:\n  ${ONE.replace('value: y', 'value: true')}`;
    const [problem] = parseRulesFile(text, 'our.yaml').problems;
    expect(problem).toMatchObject({
      severity: 'error',
      fix: 'as in `value: y`',
    });
    expect(text.slice(problem!.range.start, problem!.range.end)).toBe('true');
  });

  it('keeps the good rules beside a bad one, and knows those of other files', () => {
    const known = new Map();
    expect(parseRulesFile(`rules:\n  ${ONE}\n  - 3`, 'a.yaml', known).rules).toHaveLength(1);
    expect(parseRulesFile(`rules:\n  ${ONE}`, 'b.yaml', known).problems).toMatchObject([
      { code: 'rules/duplicate', message: expect.stringContaining('already a rule of a.yaml') as string },
    ]);
  });

  it('is UTF-8', () => {
    expect(decodeRulesText(utf8(FULL), 'our.yaml')).toBe(FULL);
    expect(() => decodeRulesText(Uint8Array.of(0x72, 0xff), 'our.yaml')).toThrow(
      'our.yaml is not UTF-8 text',
    );
  });

  it('is refused with a place, or read, whatever it is', () => {
    const file = utf8(FULL);
    fc.assert(
      fc.property(mutations, (faults) => {
        const text = new TextDecoder().decode(mutate(file, faults));
        const { rules, problems } = parseRulesFile(text, 'our.yaml');
        for (const { range, code } of problems) {
          expect(range.start).toBeLessThanOrEqual(range.end);
          expect(range.end).toBeLessThanOrEqual(Math.max(text.length, 1));
          expect(code).toMatch(/^rules\/[a-z-]+$/);
        }
        checkKernel(makeEvidence({ rules }));
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });
});

describe('the JSON Schema of rules files', () => {
  const editor = z.fromJSONSchema(rulesJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);

  it.each<[string, boolean]>([
    [FULL, true],
    ['rules: []', true],
    ['rules: [{ id: project/a, symbol: A, value: y }]', false],
    ['rules: [{ id: kernel/a, symbol: A, value: y, reason: why }]', false],
    ['rules: [{ id: project/a, symbol: A, value: y, reason: why, when: { cell: big } }]', false],
  ])('agrees with the parser on %s', (text, isFine) => {
    expect(editor.safeParse(parse(text)).success).toBe(isFine);
    expect(parseRulesFile(text, 'our.yaml').problems.length === 0).toBe(isFine);
  });
});
