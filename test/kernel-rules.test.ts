import { describe, expect, it } from 'vitest';
import { checkKernel } from '../src/kernel-check/check.ts';
import type { KernelEvidence, Profile } from '../src/kernel-check/evidence.ts';
import { RULES } from '../src/kernel-check/rules.ts';
import { GOOD_CONFIG, makeCellEvidence, makeEvidence, makeKernel } from './helpers/kernel-evidence.ts';

type Change = Parameters<typeof makeEvidence>[0];

interface RuleCase {
  breaks: Change[];
  satisfies: Change[];
  /** Versions around the one where the mainline profile changes its mind. */
  mainline?: { error: string; warning: string };
}

const withUarts = (count: number): string =>
  GOOD_CONFIG.replace('RUNTIME_UARTS=1', `RUNTIME_UARTS=${count}`).replace('NR_UARTS=4', 'NR_UARTS=32');
const image32 = makeKernel({ xloadflags: 0 }).image;
const oldImage = makeKernel({ protocol: 0x20b }).image;
const without64 = GOOD_CONFIG.replace(/CONFIG_(64BIT|X86_64)=y\n/g, '');
const ARM_CONFIG = `#
# Linux/arm64 6.1.192 Kernel Configuration
#
CONFIG_ARM64=y
CONFIG_OF=y
CONFIG_ARM_PSCI_FW=y
CONFIG_SERIAL_AMBA_PL011=y
CONFIG_SERIAL_AMBA_PL011_CONSOLE=y
CONFIG_PCI_HOST_GENERIC=m
`;
const none: KernelEvidence['config'] = { source: 'none', why: { kind: 'not-built-in' } };

/** A change of an arm64 kernel that breaks nothing; `config` lines are added to its own, or taken from it. */
const onArm = (change: { add?: string; remove?: RegExp; cmdline?: string } = {}): Change => ({
  architecture: 'arm64',
  image: null,
  cmdline: change.cmdline ?? 'console=ttyAMA0',
  cell: makeCellEvidence({
    drivers: [
      {
        device: 'the console UART',
        symbols: ['SERIAL_AMBA_PL011', 'SERIAL_AMBA_PL011_CONSOLE'],
        modular: false,
      },
      { device: 'the virtual PCI host', symbols: ['PCI_HOST_GENERIC'], modular: true },
    ],
  }),
  config: `${ARM_CONFIG.replace(change.remove ?? /(?!)/, '')}${change.add ?? ''}`,
});

/** What breaks and what satisfies each rule, by hand from the sources that the table names. */
const CASES: Record<string, RuleCase> = {
  'kernel/jailhouse-guest': {
    breaks: [
      { config: GOOD_CONFIG.replace('CONFIG_JAILHOUSE_GUEST=y', '# CONFIG_JAILHOUSE_GUEST is not set') },
      { config: GOOD_CONFIG.replace('CONFIG_JAILHOUSE_GUEST=y\n', '') },
    ],
    satisfies: [{}],
  },
  'kernel/serio': {
    breaks: [{ config: `${GOOD_CONFIG}CONFIG_SERIO=y` }, { config: `${GOOD_CONFIG}CONFIG_SERIO=m` }],
    satisfies: [{}, { config: GOOD_CONFIG.replace('# CONFIG_SERIO is not set\n', '') }],
    mainline: { error: '4.15.18', warning: '4.16.0' },
  },
  'kernel/pm-trace-rtc': {
    breaks: [{ config: `${GOOD_CONFIG}CONFIG_PM_TRACE_RTC=y` }],
    satisfies: [{}, { config: `${GOOD_CONFIG}# CONFIG_PM_TRACE_RTC is not set` }],
    mainline: { error: '5.14', warning: '5.15-rc1' },
  },
  'kernel/64bit': {
    breaks: [
      { image: image32 },
      { image: image32, config: none },
      { config: `${GOOD_CONFIG}# CONFIG_64BIT is not set` },
      { image: oldImage, config: without64 },
      { image: oldImage, config: none },
      { image: null, config: `${without64}CONFIG_64BIT=n` },
    ],
    satisfies: [{}, { config: none }, { image: oldImage }, { config: without64 }, { image: null }],
  },
  'kernel/runtime-uarts': {
    breaks: [
      { config: withUarts(0) },
      { config: withUarts(4), cmdline: '' },
      { config: withUarts(4), cmdline: 'console=ttyS4' },
      { cmdline: 'console=ttyS1' },
      { cmdline: 'console=tty0' },
      { cmdline: 'console=ttyS0 8250.nr_uarts=0' },
      { config: GOOD_CONFIG.replace(/.*NR_UARTS.*\n|.*RUNTIME_UARTS.*\n/g, '') },
      { config: `# CONFIG_SERIAL_8250 is not set\n${GOOD_CONFIG.replace(/.*8250.*\n/g, '')}` },
      { config: GOOD_CONFIG.replace('NR_UARTS=4', 'NR_UARTS=1'), cmdline: 'console=ttyS1 8250.nr_uarts=2' },
    ],
    satisfies: [
      {},
      { config: withUarts(0), cmdline: 'console=jailhouse' },
      { config: withUarts(2), cmdline: 'console=ttyS1,115200' },
      { cmdline: 'console=ttyS1 8250.nr_uarts=2' },
      { cmdline: 'console=ttyS3', config: GOOD_CONFIG.replace(/.*_UARTS.*\n/g, '') },
      { cmdline: '', config: `# CONFIG_TTY is not set\n${GOOD_CONFIG.replace(/.*8250.*\n/g, '')}` },
      { cmdline: '', config: `${GOOD_CONFIG}CONFIG_CMDLINE_BOOL=y\nCONFIG_CMDLINE="console=ttyS0"` },
      {
        cmdline: 'console=ttyS3',
        config: `${GOOD_CONFIG}CONFIG_CMDLINE_BOOL=y\nCONFIG_CMDLINE_OVERRIDE=y\nCONFIG_CMDLINE="console=ttyS0"`,
      },
      { config: `${GOOD_CONFIG}# CONFIG_CMDLINE_BOOL is not set\nCONFIG_CMDLINE="console=ttyS3"` },
    ],
  },
  'kernel/arm64': {
    breaks: [onArm({ remove: /CONFIG_ARM64=y\n/ })],
    satisfies: [onArm(), {}, { ...onArm({ remove: /CONFIG_ARM64=y\n/ }), architecture: 'arm' }],
  },
  'kernel/device-tree': {
    breaks: [
      onArm({ remove: /CONFIG_OF=y\n/ }),
      { ...onArm({ remove: /CONFIG_OF=y\n/ }), architecture: 'arm' },
    ],
    satisfies: [onArm(), {}],
  },
  'kernel/psci': {
    breaks: [onArm({ remove: /CONFIG_ARM_PSCI_FW=y\n/ })],
    satisfies: [onArm(), onArm({ remove: /CONFIG_ARM_PSCI_FW=y\n/, add: 'CONFIG_ARM_PSCI=y\n' })],
  },
  'kernel/cmdline-force': {
    breaks: [onArm({ add: 'CONFIG_CMDLINE="quiet"\nCONFIG_CMDLINE_FORCE=y\n' })],
    satisfies: [onArm(), onArm({ add: 'CONFIG_CMDLINE="quiet"\n' })],
  },
  'kernel/drivers': {
    breaks: [
      onArm({ remove: /CONFIG_SERIAL_AMBA_PL011_CONSOLE=y\n/ }),
      onArm({ remove: /CONFIG_SERIAL_AMBA_PL011=y\n/, add: 'CONFIG_SERIAL_AMBA_PL011=m\n' }),
      onArm({ remove: /CONFIG_PCI_HOST_GENERIC=m\n/ }),
    ],
    satisfies: [onArm(), { ...onArm({ remove: /CONFIG_SERIAL.*\n/g }), cell: makeCellEvidence() }],
  },
};

const findings = (id: string, change: Change = {}) =>
  checkKernel(makeEvidence(change)).filter(({ code }) => code === id);

/** The change, for a kernel of another version. */
const ofVersion = (version: string, change: Change = {}): Change => ({
  ...change,
  image: makeKernel({ version }).image,
});

describe('the rule table', () => {
  it('has a case for each rule, and no case without one', () => {
    expect(Object.keys(CASES).toSorted()).toEqual(RULES.map(({ id }) => id).toSorted());
    for (const { breaks, satisfies } of Object.values(CASES)) {
      expect(Math.min(breaks.length, satisfies.length)).toBeGreaterThan(0);
    }
  });

  it.each(RULES)('says all that a report needs: $id', (rule) => {
    expect(rule.id).toMatch(/^kernel\/[a-z0-9-]+$/);
    for (const text of [rule.reason, rule.symptom, rule.fix, rule.source]) {
      expect(text).toMatch(/^\S[^\n]*[^\s.]$/);
    }
  });

  it.each(RULES)('finds what breaks $id', ({ id, symptom, fix }) => {
    for (const change of CASES[id]!.breaks) {
      const found = findings(id, change);
      expect(found, JSON.stringify(change?.cmdline)).toHaveLength(1);
      expect(found[0]).toMatchObject({ symptom, hint: fix });
      expect(found[0]!.requested).not.toBe(found[0]!.actual);
    }
  });

  it.each(RULES)('is content with what satisfies $id', ({ id }) => {
    for (const change of CASES[id]!.satisfies) expect(findings(id, change)).toEqual([]);
  });

  it.each(RULES)('gives $id its severity for the profile and the version', ({ id }) => {
    const { breaks, mainline } = CASES[id]!;
    const severityOf = (profile: Profile, change: Change) =>
      findings(id, { ...change, profile })[0]!.severity;
    expect(severityOf('strict', breaks[0])).toBe('error');
    if (!mainline) {
      expect(severityOf('mainline', breaks[0])).toBe('error');
      return;
    }
    expect(severityOf('mainline', ofVersion(mainline.error, breaks[0]))).toBe('error');
    expect(severityOf('mainline', ofVersion(mainline.warning, breaks[0]))).toBe('warning');
    expect(severityOf('strict', ofVersion(mainline.warning, breaks[0]))).toBe('error');
  });

  it('only warns where nothing tells the word size', () => {
    const [finding] = findings('kernel/64bit', { image: oldImage, config: none });
    expect(finding).toMatchObject({ severity: 'warning', actual: 'unknown' });
  });
});

describe('kernel/runtime-uarts in the mainline profile', () => {
  const more: Change = { profile: 'mainline', config: withUarts(4) };
  it.each<[string, Change, boolean]>([
    ['takes more UARTs where the kernel is told which it owns', ofVersion('5.5', more), true],
    ['takes none without a console there', ofVersion('6.1', { ...more, cmdline: '' }), true],
    ['wants enough of them all the same', ofVersion('6.1', { ...more, cmdline: 'console=ttyS4' }), false],
    ['wants the exact number before Linux 5.5', ofVersion('5.4', more), false],
    [
      'wants it under a release that does not tell',
      ofVersion('6.1', { ...more, cell: makeCellEvidence({ uartFlags: false }) }),
      false,
    ],
    ['goes by the config where there is no image', { ...more, image: null }, true],
    [
      'wants it for an unknown version',
      { ...more, ...ofVersion('unknown'), config: withUarts(4).replace(/^#.*/, '') },
      false,
    ],
  ])('%s', (_, change, isFine) => {
    expect(findings('kernel/runtime-uarts', change)).toHaveLength(isFine ? 0 : 1);
  });
});
