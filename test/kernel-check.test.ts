import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkKernel } from '../src/kernel-check/check.ts';
import type { KernelEvidence } from '../src/kernel-check/evidence.ts';
import { parseKernelConfig } from '../src/kernel/kconfig.ts';
import { bytesOf, GOOD_CONFIG, makeEvidence, makeKernel } from './helpers/kernel-evidence.ts';

const DEBIAN = readFileSync(new URL('fixtures/kernel/debian-6.1-amd64.config', import.meta.url), 'utf8');
const short = (evidence: KernelEvidence) =>
  checkKernel(evidence).map(({ code, severity }) => [code, severity]);

const missing = (
  why: Extract<KernelEvidence['config'], { source: 'none' }>['why'],
): KernelEvidence['config'] => ({
  source: 'none',
  why,
});

describe('checkKernel', () => {
  it('has nothing to say about a good kernel', () => {
    expect(checkKernel(makeEvidence())).toEqual([]);
  });

  it("finds what keeps Debian's kernel from running in a cell", () => {
    expect(short(makeEvidence({ config: DEBIAN }))).toEqual([
      ['kernel/jailhouse-guest', 'error'],
      ['kernel/serio', 'error'],
      ['kernel/runtime-uarts', 'error'],
    ]);
    expect(short(makeEvidence({ config: DEBIAN, profile: 'mainline' }))).toEqual([
      ['kernel/jailhouse-guest', 'error'],
      ['kernel/serio', 'warning'],
    ]);
  });

  it('says all about a finding, at its place in the manifest', () => {
    const config = parseKernelConfig(bytesOf(`${GOOD_CONFIG}CONFIG_SERIO=y\n`));
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
      hint: 'turn CONFIG_SERIO off, and the drivers that select it (CONFIG_KEYBOARD_ATKBD, CONFIG_MOUSE_PS2, ...)',
      path: ['kernel', 'image'],
    });
    expect(findings('embedded')[1]).toMatchObject({
      code: 'kernel/runtime-uarts',
      requested: '2 (with console=ttyS1)',
      actual: '1 (CONFIG_SERIAL_8250_RUNTIME_UARTS=1)',
      path: ['cmdline'],
    });
    expect(findings('file').map(({ code, path }) => [code, path])).toEqual([
      ['kernel/serio', ['kernel', 'config']],
      ['kernel/runtime-uarts', ['cmdline']],
      ['kernel/config-duplicate', ['kernel', 'config']],
    ]);
  });

  it('blames the image for what its header says, the config for what it says', () => {
    const image = makeKernel({ xloadflags: 0 }).image;
    expect(checkKernel(makeEvidence({ image }))[0]).toMatchObject({ path: ['kernel', 'image'] });
    const config = `${GOOD_CONFIG}# CONFIG_X86_64 is not set\n`;
    expect(checkKernel(makeEvidence({ config }))[0]).toMatchObject({
      code: 'kernel/64bit',
      message: expect.stringContaining("is this config the kernel's own?") as string,
      actual: 'CONFIG_X86_64 is not set',
      path: ['kernel', 'config'],
    });
  });

  it.each<[string, KernelEvidence['config'], RegExp, RegExp]>([
    ['none built in', missing({ kind: 'not-built-in' }), /\(none is built into/, /CONFIG_IKCONFIG=y$/],
    ['xz', missing({ kind: 'not-decodable', compression: 'xz' }), /packed with xz/, /CONFIG_KERNEL_GZIP=y/],
    [
      'unknown',
      missing({ kind: 'not-decodable', compression: 'unknown' }),
      /way that is not known/,
      /GZIP=y/,
    ],
    ['old', missing({ kind: 'not-located', because: 'nobody knows' }), /\(nobody knows\)/, /manifest$/],
  ])('says once that there is no config: %s', (_, config, message, hint) => {
    const findings = checkKernel(makeEvidence({ config, require: { CONFIG_PREEMPT_RT: 'y' } }));
    expect(findings).toEqual([
      {
        code: 'kernel/config-missing',
        severity: 'error',
        message: expect.stringMatching(message) as string,
        hint: expect.stringMatching(hint) as string,
        path: ['kernel', 'image'],
      },
    ]);
    expect(findings[0]!.message).toMatch(
      /: kernel\/jailhouse-guest, kernel\/serio, kernel\/pm-trace-rtc, kernel\/runtime-uarts, project\/CONFIG_PREEMPT_RT$/,
    );
  });

  it('asks nothing of x86 on other architectures', () => {
    const config = missing({ kind: 'not-built-in' });
    const arm = (architecture: 'arm' | 'arm64', change: Parameters<typeof makeEvidence>[0] = {}) =>
      short(makeEvidence({ architecture, image: null, ...change }));
    expect(arm('arm64', { config })).toEqual([['kernel/config-missing', 'error']]);
    const [unread] = checkKernel(makeEvidence({ architecture: 'arm', config, image: null }));
    expect(unread!.message).toMatch(
      /: kernel\/device-tree, kernel\/psci, kernel\/cmdline-force, kernel\/drivers$/,
    );
    const ofArm = 'CONFIG_OF=y\nCONFIG_ARM_PSCI=y\n';
    expect(arm('arm', { config: ofArm })).toEqual([]);
    const require = { CONFIG_PREEMPT_RT: 'y' };
    expect(short(makeEvidence({ architecture: 'arm64', config, require }))).toEqual([
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
        hint: `set ${name}=${wanted} in the kernel's config, or change the requirement`,
        path: ['checks', 'require', name],
      },
    ]);
  });
});
