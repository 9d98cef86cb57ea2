import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkKernel, judgeKernel, type KernelEvidence } from '../../../src/checks/kernel/check.ts';
import { parseKernelConfig } from '../../../src/formats/kernel/kconfig.ts';
import { RULES } from '../../../src/checks/kernel/rules/index.ts';
import { GOOD_CONFIG, makeCellEvidence, makeEvidence, makeKernel } from '../../helpers/kernel-evidence.ts';
import type { Change } from '../../helpers/rule-cases/case.ts';
import { utf8 } from '../../helpers/bytes.ts';

const DEBIAN = readFileSync(
  new URL('../../fixtures/kernel/debian-6.1-amd64.config', import.meta.url),
  'utf8',
);
const short = (evidence: KernelEvidence) =>
  checkKernel(evidence).map(({ code, severity }) => [code, severity]);

const missing = (
  why: Extract<KernelEvidence['config'], { source: 'none' }>['why'],
): KernelEvidence['config'] => ({
  source: 'none',
  why,
});

/** Nothing is missing for init to start from. */
const ROOTED = { cmdline: 'console=ttyS0,115200 root=/dev/ram0' };

describe('checkKernel', () => {
  it('has nothing to say about a good kernel', () => {
    expect(checkKernel(makeEvidence())).toEqual([]);
  });

  it("finds what keeps Debian's kernel from running in a cell", () => {
    const advice = [
      ['kernel/isa-dma-api', 'warning'],
      ['kernel/x86-mce', 'warning'],
      ['kernel/super-io', 'warning'],
      ['kernel/user-space', 'warning'],
      ['kernel/unneeded', 'info'],
      ['kernel/config-embedded', 'info'],
    ];
    expect(short(makeEvidence({ ...ROOTED, config: DEBIAN }))).toEqual([
      ['kernel/jailhouse-guest', 'error'],
      ['kernel/serio', 'error'],
      ['kernel/runtime-uarts', 'error'],
      ...advice,
    ]);
    expect(short(makeEvidence({ ...ROOTED, config: DEBIAN, profile: 'mainline' }))).toEqual([
      ['kernel/jailhouse-guest', 'error'],
      ['kernel/serio', 'warning'],
      ...advice,
    ]);
  });

  it('says all about a finding, at its place in the manifest', () => {
    const config = parseKernelConfig(utf8(`${GOOD_CONFIG}CONFIG_SERIO=y\n`));
    const findings = (source: 'file' | 'embedded') =>
      checkKernel(makeEvidence({ config: { source, config }, cmdline: 'console=ttyS1' }));
    expect(findings('embedded')[0]).toEqual({
      code: 'kernel/serio',
      severity: 'error',
      message:
        'CONFIG_SERIO=y: the kernel may probe a keyboard controller (ports 60 and 64) that the cell does not have',
      requested: 'CONFIG_SERIO is not set',
      actual: 'CONFIG_SERIO=y',
      symptom: 'FATAL: Invalid PIO read, port: 64',
      fix: 'turn CONFIG_SERIO off, and the drivers that select it (CONFIG_KEYBOARD_ATKBD, CONFIG_MOUSE_PS2, ...)',
      fixSymbols: [{ symbol: 'SERIO', value: 'n' }],
      path: ['kernel', 'image'],
    });
    expect(findings('embedded')[1]).toMatchObject({
      code: 'kernel/runtime-uarts',
      requested: '2 (with console=ttyS1)',
      actual: '1 (CONFIG_SERIAL_8250_RUNTIME_UARTS=1)',
      path: ['kernel', 'image'],
    });
    expect(findings('embedded')[0]).not.toHaveProperty('fileLine');
    expect(findings('embedded').at(-1)).toMatchObject({ code: 'kernel/config-duplicate' });
    expect(findings('embedded').at(-1)).not.toHaveProperty('fileLine');
    expect(findings('file')[0]).toHaveProperty('fileLine', GOOD_CONFIG.split('\n').length);
    expect(findings('file').map(({ code, path }) => [code, path])).toEqual([
      ['kernel/serio', ['kernel', 'config']],
      ['kernel/runtime-uarts', ['kernel', 'config']],
      ['kernel/console-ports', ['cell']],
      ['kernel/config-duplicate', ['kernel', 'config']],
    ]);
  });

  it('blames the image for what its header says, the config for what it says', () => {
    const image = makeKernel({ xloadflags: 0 }).image;
    expect(checkKernel(makeEvidence({ image }))[0]).toMatchObject({ path: ['kernel', 'image'] });
    const config = `${GOOD_CONFIG}# CONFIG_X86_64 is not set\n`;
    expect(checkKernel(makeEvidence({ config }))[0]).toMatchObject({
      code: 'kernel/64bit',
      message: expect.stringContaining("is this the kernel's own config?") as string,
      actual: 'CONFIG_X86_64 is not set',
      path: ['kernel', 'config'],
    });
  });

  it.each<[string, KernelEvidence['config'], RegExp, RegExp]>([
    ['none built in', missing({ kind: 'not-built-in' }), /\(none is built into/, /CONFIG_IKCONFIG=y$/],
    [
      'unknown',
      missing({ kind: 'not-decodable', compression: 'unknown' }),
      /in an unknown way/,
      /^give its \.config/,
    ],
    ['old', missing({ kind: 'not-located', because: 'nobody knows' }), /\(nobody knows\)/, /manifest\)$/],
  ])('says once that there is no config: %s', (_, config, message, fix) => {
    const findings = checkKernel(makeEvidence({ ...ROOTED, config, require: { CONFIG_PREEMPT_RT: 'y' } }));
    expect(findings).toEqual([
      {
        code: 'kernel/config-missing',
        severity: 'error',
        message: expect.stringMatching(message) as string,
        fix: expect.stringMatching(fix) as string,
        path: ['kernel', 'image'],
      },
    ]);
    expect(findings[0]!.message).toMatch(
      /: kernel\/config-not-own, kernel\/jailhouse-guest, kernel\/hypervisor-guest, .*, kernel\/config-embedded, project\/CONFIG_PREEMPT_RT$/,
    );
  });

  it('asks nothing of x86 on other architectures', () => {
    const config = missing({ kind: 'not-built-in' });
    const arm = (architecture: 'arm' | 'arm64', change: Parameters<typeof makeEvidence>[0] = {}) =>
      short(makeEvidence({ ...ROOTED, architecture, image: null, ...change }));
    expect(arm('arm64', { config })).toEqual([['kernel/config-missing', 'error']]);
    const [unread] = checkKernel(makeEvidence({ ...ROOTED, architecture: 'arm', config, image: null }));
    expect(unread!.message).toMatch(
      /: kernel\/config-not-own, kernel\/device-tree, kernel\/psci, kernel\/cmdline-force, kernel\/drivers, kernel\/auto-zreladdr$/,
    );
    const ofArm = 'CONFIG_ARM=y\nCONFIG_OF=y\nCONFIG_ARM_PSCI=y\n';
    expect(arm('arm', { config: ofArm })).toEqual([]);
    const require = { CONFIG_PREEMPT_RT: 'y' };
    expect(short(makeEvidence({ ...ROOTED, architecture: 'arm64', config, require }))).toEqual([
      ['kernel/config-missing', 'error'],
    ]);
    expect(arm('arm', { config: ofArm, require })).toEqual([['project/CONFIG_PREEMPT_RT', 'error']]);
  });
});

describe('project rules', () => {
  const config = `${GOOD_CONFIG}CONFIG_I2C=m\nCONFIG_HZ=250\nCONFIG_SIZE=0x4000000\nCONFIG_LOW=-1
CONFIG_NAME="a b"\nCONFIG_LETTER="y"\n`;
  const check = (name: string, wanted: string) =>
    checkKernel(makeEvidence({ config, require: { [name]: wanted } }));

  it.each([
    ['CONFIG_64BIT', 'y'],
    ['64BIT', 'y'],
    ['CONFIG_I2C', 'm'],
    ['CONFIG_SERIO', 'n'],
    ['CONFIG_NOT_THERE', 'n'],
    ['CONFIG_HZ', '250'],
    ['CONFIG_HZ', '0xFA'],
    ['CONFIG_SIZE', '64M'],
    ['CONFIG_SIZE', '67108864'],
    ['CONFIG_LOW', '-1'],
    ['CONFIG_NAME', 'a b'],
    ['CONFIG_LETTER', 'y'],
  ])('%s is %s', (name, wanted) => {
    expect(check(name, wanted)).toEqual([]);
  });

  it.each([
    ['CONFIG_64BIT', 'n', 'CONFIG_64BIT=y'],
    ['CONFIG_I2C', 'y', 'CONFIG_I2C=m'],
    ['CONFIG_SERIO', 'y', 'CONFIG_SERIO is not set'],
    ['CONFIG_NOT_THERE', 'y', 'CONFIG_NOT_THERE is absent'],
    ['CONFIG_NOT_THERE', '0', 'CONFIG_NOT_THERE is absent'],
    ['CONFIG_HZ', '1000', 'CONFIG_HZ=250'],
    ['CONFIG_HZ', 'n', 'CONFIG_HZ=250'],
    ['CONFIG_SIZE', '64K', 'CONFIG_SIZE=0x4000000'],
    ['CONFIG_LOW', '1', 'CONFIG_LOW=-1'],
    ['CONFIG_NAME', 'A b', 'CONFIG_NAME="a b"'],
  ])('%s is not %s', (name, wanted, actual) => {
    expect(check(name, wanted)).toEqual([
      {
        code: `project/${name}`,
        severity: 'error',
        message: `${actual}, but the project requires ${wanted}`,
        requested: `${name}=${wanted}`,
        actual,
        fix: `set ${name}=${wanted} in the kernel's config, or change the requirement`,
        fixSymbols: [{ symbol: name.replace('CONFIG_', ''), value: wanted }],
        path: ['checks', 'require', name],
      },
    ]);
  });
});

describe('what lacks evidence', () => {
  const alone = { image: null, cell: null, cmdline: null, initrd: null } as const;
  const notJudged = (change: Change) =>
    checkKernel(makeEvidence({ ...alone, ...change })).filter(({ code }) => code === 'kernel/not-judged');

  it('is told once, by what is lacking, and fails nothing', () => {
    const config = `${GOOD_CONFIG}CONFIG_RANDOMIZE_BASE=y\nCONFIG_X86_MCE=y\n`;
    const found = notJudged({ config });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ severity: 'info' });
    expect(found[0]!.message).toMatch(/^\d+ rules skipped, not given: cmdline, cell, initrd$/);
    expect(found[0]!.fix).toMatch(/^give .*--cell.* too/);
    const lines = found[0]!.detail!.split('\n');
    expect(lines.filter((line) => line.length > 98)).toEqual([]);
    const groups = found[0]!.detail!.replaceAll(/\n {2}/g, ' ').split('\n');
    expect(groups).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^need cell: .*kernel\/ivshmem-net/),
        expect.stringMatching(/^need cmdline and cell: .*kernel\/randomize-base/),
        expect.stringMatching(/^need cmdline: .*kernel\/x86-mce.*kernel\/jailhouse-dbgcon/),
      ]),
    );
    // What is lacking is one group, in whichever order the rules name it.
    const kinds = groups.map((group) => /^need ([^:]*):/.exec(group)![1]!.split(' and ').toSorted().join());
    expect(new Set(kinds).size).toBe(groups.length);
    expect(found[0]).not.toHaveProperty('fixSymbols');
  });

  it('is no initrd where nobody said that there is none', () => {
    const given = { cell: makeCellEvidence(), cmdline: 'console=ttyS0 root=/dev/sda1' };
    expect(notJudged(given)[0]!.detail).toContain('kernel/root-device');
    const { states } = judgeKernel(makeEvidence({ ...given, initrd: null }));
    expect(states).toContainEqual({ id: 'kernel/root-device', state: 'lacking', lacking: ['initrd'] });
  });

  it('is not what holds in any case', () => {
    const [found] = notJudged({});
    expect(found!.detail).not.toMatch(/randomize-base|x86-mce|pci-msi|serial-8250/);
    expect(
      notJudged({ cell: makeCellEvidence(), cmdline: '', initrd: 'none', image: makeKernel().image }),
    ).toEqual([]);
  });

  it('is a system config, if a rule asks for one', () => {
    const rule = { ...RULES.find(({ id }) => id === 'kernel/ivshmem-net')!, id: 'project/x2apic' as const };
    const rules = [{ ...rule, when: { architecture: ['x86'], cell: 'x2apic-forced' } as const }];
    const [found] = notJudged({ cell: makeCellEvidence(), cmdline: '', initrd: 'none', rules });
    expect(found).toMatchObject({
      message: '1 rule skipped, not given: system config',
      fix: expect.stringMatching(/^give --system, too/) as string,
      detail: 'need system config:\n  project/x2apic',
    });
  });

  it('is a config, which is an error of its own', () => {
    const config = missing({ kind: 'not-built-in' });
    const { unjudged } = judgeKernel(makeEvidence({ config }));
    expect([...unjudged]).toContain('kernel/serio');
    expect(short(makeEvidence({ ...ROOTED, config }))).toEqual([['kernel/config-missing', 'error']]);
    const [both] = notJudged({ config, image: makeKernel().image });
    expect(both!.message).not.toMatch(/kernel\/(?:serio|randomize-base|nr-cpus)/);
  });
});

describe('a config for another architecture', () => {
  it('is one finding, and nothing else is held against it', () => {
    const arm = makeEvidence({ config: 'CONFIG_ARM64=y\n', require: { CONFIG_HZ: '100' } });
    expect(short(arm)).toEqual([['kernel/config-not-own', 'error']]);
    expect([...judgeKernel(arm).unjudged]).toEqual(
      expect.arrayContaining(['kernel/jailhouse-guest', 'project/CONFIG_HZ']),
    );
  });
});
