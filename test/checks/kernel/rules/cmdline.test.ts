import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkKernel } from '../../../../src/checks/kernel/check.ts';
import { CMDLINE_RULES } from '../../../../src/checks/kernel/rules/cmdline.ts';
import { CONSOLE_RULES } from '../../../../src/checks/kernel/rules/console.ts';
import { parseCmdline } from '../../../../src/formats/kernel/cmdline.ts';
import { earlyConsoles, namedConsoles } from '../../../../src/formats/kernel/consoles.ts';
import { makeEvidence } from '../../../helpers/kernel-evidence.ts';
import { mutate, mutations } from '../../../helpers/mutations.ts';
import { RUNS } from '../../../helpers/runs.ts';

const finding = (code: string, change: Parameters<typeof makeEvidence>[0]) =>
  checkKernel(makeEvidence(change)).find((found) => found.code === code)!;

describe('in words', () => {
  it.each<[string, string, string]>([
    ['cmdline/near-miss', 'consle=ttyS0', 'Linux does not know consle=ttyS0, which looks like console=ttyS0'],
    ['cmdline/baud', 'console=ttyS0,1152000', 'console=ttyS0,1152000 asks for 1152000 baud'],
    ['cmdline/tool-option', 'quiet -k 10', 'the cmdline has -k in it, an option of'],
    ['cmdline/quotes', 'a="b quiet', 'a double quote on the cmdline is never closed'],
    ['cmdline/non-ascii', 'quiet \u2014initrd', 'has the character "\u2014" (U+2014) at position 7'],
    ['cmdline/apic-off', 'noapic nolapic', 'the cmdline has noapic and nolapic'],
    ['cmdline/length', 'x'.repeat(7892), 'the cmdline has 7892 bytes, and the kernel reads 2047'],
    [
      'cmdline/duplicate-console',
      'console=ttyS0,115200 console=ttyS0',
      'names one console 2 times (console=ttyS0,115200 console=ttyS0)',
    ],
    [
      'cmdline/init-words',
      Array.from({ length: 33 }, (_, index) => `w${index}`).join(' '),
      'has 33 plain words that Linux does not document (w0, w1, w2, ...) and passes to init, which takes 32',
    ],
  ])('%s', (code, cmdline, message) => {
    const found = finding(code, { cmdline, cell: null });
    expect(found.message).toContain(message);
    expect(found.path).toEqual(['cmdline']);
  });

  it('says where the bytes come from that are too many', () => {
    const config = 'CONFIG_X86_64=y\nCONFIG_CMDLINE_BOOL=y\nCONFIG_CMDLINE="quiet"\n';
    expect(finding('cmdline/length', { cmdline: 'x'.repeat(2047), config }).message).toContain(
      'together with CONFIG_CMDLINE, has 2053 bytes',
    );
  });
});

describe('consoles', () => {
  const early = (text: string) => earlyConsoles(parseCmdline(text)).map(({ base }) => base);

  it.each<[string, (number | null)[]]>([
    ['earlyprintk=serial', [0x3f8]],
    ['earlyprintk=serial,ttyS1,115200', [0x2f8]],
    ['earlyprintk=serial,1', [0x2f8]],
    ['earlyprintk=ttyS1,keep', [0x2f8]],
    ['earlyprintk=ttyS', [0x3f8]],
    // Linux takes the first for all that it does not know.
    ['earlyprintk=ttyS3', [0x3f8]],
    ['earlyprintk=serial,0x3e8,9600', [0x3e8]],
    ['earlyprintk=pciserial,00:1f.3 earlyprintk=vga earlyprintk', []],
    ['earlycon=uart8250,io,0x3f8,115200n8 earlycon=uart,io,0x2e8', [0x3f8, 0x2e8]],
    ['earlycon=uart8250,mmio,0xfe000000 earlycon=uart8250 earlycon', []],
    ['earlycon=jailhouse', [null]],
    ['console=uart,io,0x3f8 console=ttyS0', [0x3f8]],
  ])('%s', (text, bases) => {
    expect(early(text)).toEqual(bases);
  });

  it('takes names, lines and options apart', () => {
    const named = namedConsoles(
      parseCmdline('console=1,9600 console=hvc0 console=jailhouse console= console'),
    );
    expect(named.map(({ device, line, options }) => [device, line, options])).toEqual([
      ['ttyS', 1, '9600'],
      ['hvc', 0, null],
      ['jailhouse', 0, null],
      ['', 0, null],
    ]);
  });
});

describe('mutated command lines', () => {
  const SEED = Buffer.from(
    'console=ttyS0,115200 console=hvc0 console=jailhouse earlyprintk=serial,ttyS1 earlycon=uart8250,io,0x3f8,1152000 ' +
      'root=/dev/sda "a=b c" -k 10 8250.nr_uarts=2 acpi=force noapic pci=off text="\u00e0 \u2014" w1 w2=3 -- x',
  );
  const CODES = new Set<string>([...CMDLINE_RULES, ...CONSOLE_RULES].map(({ id }) => id));

  it('break each rule once at most', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(mutations, (changes) => {
        const cmdline = Buffer.from(mutate(SEED, changes)).toString('utf8');
        const found = checkKernel(makeEvidence({ cmdline })).filter(({ code }) => CODES.has(code));
        for (const { code, requested, actual } of found) {
          expect(requested).not.toBe(actual);
          seen.add(code);
        }
        expect(new Set(found.map(({ code }) => code)).size).toBe(found.length);
      }),
      { numRuns: RUNS },
    );
    expect(seen.size).toBeGreaterThan(10);
  });
});
