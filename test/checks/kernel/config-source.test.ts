import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { concatBytes } from '../../../src/base/bytes.ts';
import { chooseConfig } from '../../../src/checks/kernel/config-source.ts';
import { compareConfigs } from '../../../src/formats/kernel/compare-configs.ts';
import { examineKernel } from '../../../src/formats/kernel/examine.ts';
import { parseKernelConfig } from '../../../src/formats/kernel/kconfig.ts';
import { makeBootableKernel } from '../../helpers/cell-files.ts';
import { evaluate } from '../../helpers/evaluation.ts';
import { BANNER_TEXT, GUEST_MESSAGES, makeElf } from '../../helpers/elf.ts';
import { GOOD_CONFIG, makeVmlinux } from '../../helpers/kernel-evidence.ts';
import { RUNS } from '../../helpers/runs.ts';
import { utf8 } from '../../helpers/bytes.ts';

const parsed = (text: string) => parseKernelConfig(utf8(text));
/** A whole one, as kconfig writes it. */
const config = (text: string) => parsed(`# Automatically generated file; DO NOT EDIT.\n${text}`);

describe('compareConfigs', () => {
  test('compares what the values mean', () => {
    const given = config('CONFIG_A=y\nCONFIG_B=0x10\n# CONFIG_C is not set\nCONFIG_D="a\\"b"\nCONFIG_E=m\n');
    expect(compareConfigs(given, config('CONFIG_E=m\nCONFIG_A=y\nCONFIG_B=16\nCONFIG_D="a\\"b"\n'))).toEqual(
      [],
    );
    expect(compareConfigs(given, config('CONFIG_A=m\nCONFIG_B=17\nCONFIG_C=y\nCONFIG_F=""\n'))).toEqual([
      { symbol: 'A', given: 'y', embedded: 'm' },
      { symbol: 'B', given: '0x10', embedded: '17' },
      { symbol: 'C', given: 'n', embedded: 'y' },
      { symbol: 'D', given: '"a\\"b"', embedded: 'n' },
      { symbol: 'E', given: 'm', embedded: 'n' },
      { symbol: 'F', given: 'n', embedded: '""' },
    ]);
  });

  test('finds every symbol that was changed, and no other', () => {
    const value = fc.constantFrom('y', 'm', '1', '0x2', '"text"', 'n');
    const symbols = fc.dictionary(fc.stringMatching(/^[A-Z]{1,4}$/), fc.tuple(value, value), { minKeys: 1 });
    fc.assert(
      fc.property(symbols, (entries) => {
        const [given, embedded] = [0, 1].map((side) =>
          config(
            Object.entries(entries)
              .map(([name, values]) => `CONFIG_${name}=${values[side]}\n`)
              .join(''),
          ),
        );
        const changed = Object.entries(entries).filter(([, [one, other]]) => one !== other);
        expect(compareConfigs(given!, embedded!)).toEqual(
          changed.map(([symbol, [one, other]]) => ({ symbol, given: one, embedded: other })),
        );
        expect(compareConfigs(embedded!, given!)).toHaveLength(changed.length);
      }),
      { numRuns: RUNS },
    );
  });

  test('takes a defconfig by what it states', () => {
    const defconfig = parsed('CONFIG_A=y\n# CONFIG_B is not set\n');
    expect(compareConfigs(defconfig, config('CONFIG_A=y\nCONFIG_C=y\n'))).toEqual([]);
    expect(compareConfigs(defconfig, config('CONFIG_B=y\n'))).toEqual([
      { symbol: 'A', given: 'y', embedded: 'n' },
      { symbol: 'B', given: 'n', embedded: 'y' },
    ]);
  });
});

describe('the version of a config', () => {
  const warned = (version: string, banner: string | null): string[] =>
    chooseConfig(
      config(`# Linux/x86 ${version} Kernel Configuration\nCONFIG_A=y\n`),
      null,
      banner,
    ).findings.map(({ code, severity }) => `${severity} ${code}`);

  test.each([
    ['6.1.192', '6.1.192 (user@host) #1 SMP'],
    ['6.1.192', '6.1.192-rt5+ (user@host) #1 SMP'],
    ['4.15.0-rc3', '4.15.0-rc3 (user@host) #1 SMP'],
    ['6.1.192', '6.1.0-56-amd64 (debian-kernel@lists.debian.org) #1 SMP Debian 6.1.192-2 (2026-11-16)'],
    ['5.15.131', '5.15.0-91-generic (buildd@host) #101-Ubuntu SMP'],
    ['6.1.192', null],
    ['6.1.192', 'payload-1'],
  ])('%s is that of %s', (version, banner) => {
    expect(warned(version, banner)).toEqual([]);
  });

  test.each([
    ['6.1.192', '6.1.19 (user@host) #1 SMP'],
    ['6.1.19', '6.1.192 (user@host) #1 SMP'],
    ['6.1.192', '6.1.0 (user@host) #1 SMP'],
    ['6.1.192', '5.10.0-56-amd64 (debian-kernel@lists.debian.org) #1 SMP Debian 5.10.3-2'],
    ['6.1.1', '16.1.1 (user@host) #1 SMP'],
    ['6.1.191', '6.1.0-56-amd64 (debian-kernel@lists.debian.org) #1 SMP Debian 6.1.192-2 (2026-11-16)'],
  ])('%s is not that of %s', (version, banner) => {
    expect(warned(version, banner)).toEqual(['warning kernel/config-version']);
  });
});

describe('a config file for a kernel that has one of its own', async () => {
  const kernelWith = (text: string | null, damage = 0) => {
    const payload = gzipSync(concatBytes([makeVmlinux(text), GUEST_MESSAGES]));
    payload[payload.length - 8]! ^= damage;
    const file = makeBootableKernel({ payload_length: payload.length });
    file.set(payload, 1024);
    return examineKernel(file);
  };
  const kernel = await kernelWith(GOOD_CONFIG);
  const findings = (file: string, waive: { rule: string; reason: string; until: null }[] = []) =>
    evaluate(
      { checks: { profile: 'strict', require: {}, rules: [], waive } },
      { kernel, kernelConfig: utf8(file) },
    );

  test('may be that', () => {
    const { planned, diagnostics } = findings(`# a comment\n${GOOD_CONFIG}`);
    expect(diagnostics).toEqual([]);
    expect(planned!.configSource).toBe('file');
  });

  test('is an error if it is another; the rules go by the kernel’s own', () => {
    const { planned, diagnostics } = findings(
      GOOD_CONFIG.replace('# CONFIG_SERIO is not set', 'CONFIG_SERIO=y'),
    );
    expect(diagnostics).toEqual([
      {
        code: 'kernel/config-differs',
        severity: 'error',
        message:
          "this is not the kernel's config: it differs from the one built into the image in 1 symbol: CONFIG_SERIO (y here, n in the kernel)",
        requested: 'the .config that the image was built with',
        actual: "another one; the rules use the image's own",
        fix: 'give the .config of the build that made the image, or leave it out: the image has its own',
        detail: 'CONFIG_SERIO: y, in the kernel n',
        fileLine: 25,
        path: ['kernel', 'config'],
      },
    ]);
    expect(planned!.configSource).toBe('embedded');
  });

  test('names five differences, and lists fifty', () => {
    const more = Array.from({ length: 60 }, (_, index) => `CONFIG_X${index}=y\n`).join('');
    const [finding] = findings(GOOD_CONFIG + more).diagnostics;
    expect(finding!.message).toMatch(
      /in 60 symbols: CONFIG_X0 \(.*CONFIG_X4 \(y here, n in the kernel\), and 55 more$/,
    );
    expect(finding!.detail!.split('\n')).toHaveLength(51);
    expect(finding!.detail).toMatch(/CONFIG_X49: y, in the kernel n\nand 10 more$/);
  });

  test('can be waived', () => {
    const { diagnostics } = findings(`${GOOD_CONFIG}CONFIG_X=y\n`, [
      { rule: 'kernel/config-differs', reason: 'a debug build', until: null },
    ]);
    expect(diagnostics).toMatchObject([
      { code: 'kernel/config-differs', waived: { reason: 'a debug build' } },
    ]);
  });

  test('what the unpacked kernel shows goes to the rules, damage in it is told', async () => {
    const plain = await kernelWith(null);
    expect(plain.contents).toMatchObject({ jailhouseGuest: true });
    expect(evaluate({}, { kernel: plain }).diagnostics).toEqual([]);
    const noGuest = GOOD_CONFIG.replace('CONFIG_JAILHOUSE_GUEST=y', '# CONFIG_JAILHOUSE_GUEST is not set');
    expect(evaluate({}, { kernel: plain, kernelConfig: utf8(noGuest) }).diagnostics).toMatchObject([
      { code: 'kernel/config-not-own', path: ['kernel', 'config'] },
    ]);
    const damaged = await kernelWith(null, 1);
    expect(damaged.contents).toBeNull();
    expect(evaluate({}, { kernel: damaged }).diagnostics).toMatchObject([
      { code: 'kernel/payload', severity: 'error', path: ['kernel', 'image'] },
    ]);
  });
});

test('a vmlinux is judged, and not planned', async () => {
  const kernel = await examineKernel(makeElf({ content: concatBytes([BANNER_TEXT, GUEST_MESSAGES]) }));
  const { planned, diagnostics } = evaluate(
    {},
    { kernel, kernelConfig: utf8(GOOD_CONFIG.replace('=1', '=7')) },
  );
  expect(planned).toBeNull();
  expect(diagnostics.map(({ code }) => code)).toEqual(['kernel/not-loadable', 'kernel/runtime-uarts']);
});
