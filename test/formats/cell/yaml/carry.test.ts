import { describe, expect, test } from 'vitest';
import { layoutIdOf, parseLayoutId, type LayoutId } from '../../../../src/formats/cell/layout-ids.ts';
import { convertConfig } from '../../../../src/formats/cell/yaml/convert.ts';
import { writeDescription } from '../../../../src/formats/cell/yaml/decompile.ts';
import { parseDescription } from '../../../../src/formats/cell/yaml/parse.ts';
import type { SystemConfig } from '../../../../src/formats/cell/types.ts';
import type { Revision } from '../../../../src/formats/cell/releases.ts';
import type { Architecture } from '../../../../src/base/choices.ts';

interface Converted {
  config: SystemConfig;
  text: string;
  /** Code and message of each note. */
  notes: string[];
}

function convert(
  description: string,
  from: LayoutId,
  to: Revision,
  architecture: Architecture = 'arm64',
): Converted {
  const { revision, layout } = parseLayoutId(from)!;
  const head = `format: system\nrevision: ${revision}\n${layout === undefined ? '' : `layout: ${layout}\n`}`;
  const text = `${head}architecture: ${architecture}\n${description}\nroot_cell: { name: root }\n`;
  const { config, problems } = parseDescription(text);
  expect(problems).toEqual([]);
  expect(layoutIdOf(config!)).toBe(from);
  const converted = convertConfig(config!, to, architecture);
  expect(converted.problems).toEqual([]);
  return {
    config: converted.config as SystemConfig,
    text: writeDescription(converted.config!, architecture, null),
    notes: converted.notes.map(({ code, message }) => `${code} ${message}`),
  };
}

const console = (words: string): string => `debug_console: { address: 0x9000000, ${words} }`;
/** The console's word of up to revision 9: type in the low four bits. */
const wordOf = ({ config }: Converted): number => config.debugConsole.flags;

describe('the debug console of revision 3', () => {
  test.each([
    ['pl011, flags: [mmio]', 'arm64', 0x33, '`debug_console.flags` gets `regdist_4`'],
    ['8250, flags: [mmio]', 'arm', 0x32, '`debug_console.flags` gets `regdist_4`'],
    ['xuartps, flags: [mmio]', 'arm64', 0x34, '`debug_console.flags` gets `regdist_4`'],
    ['uart_x86, flags: [pio]', 'x86', 0x02, '`debug_console.type` `uart_x86` becomes `8250`'],
  ] as const)('%s on %s becomes %i, and comes back', (words, architecture, expected, told) => {
    const there = convert(console(`type: ${words}`), 'std3', 4, architecture);
    expect(wordOf(there)).toBe(expected);
    expect(there.notes.filter((note) => note.includes('debug_console'))).toEqual([
      expect.stringContaining(`convert/moved ${told}`),
    ]);
    const back = convertConfig(there.config, 3, architecture).config as SystemConfig;
    expect(back.debugConsole).toEqual(
      (
        parseDescription(
          `format: system\nrevision: 3\narchitecture: ${architecture}\n${console(`type: ${words}`)}\nroot_cell: { name: root }\n`,
        ).config as SystemConfig
      ).debugConsole,
    );
  });

  test.each([
    [
      'x86',
      'debug_console: { type: vga, address: 0x3f8, flags: [pio] }',
      'if it is a UART, write `type: 8250`',
    ],
    ['arm', console('type: vga, flags: [mmio]'), '`flags: [mmio, regdist_4]`'],
  ] as const)('may be numbered as git of one day did: on %s', (architecture, description, fix) => {
    const { revision } = parseLayoutId('std3')!;
    const { config } = parseDescription(
      `format: system\nrevision: ${revision}\narchitecture: ${architecture}\n${description}\nroot_cell: { name: root }\n`,
    );
    const { notes } = convertConfig(config!, 4, architecture);
    const assumed = notes.find(({ path }) => path?.join('.') === 'debug_console.type')!;
    expect(assumed).toMatchObject({ code: 'convert/assumed', severity: 'warning' });
    expect(assumed.message).toContain('git of 2017-04-15');
    expect(assumed.fix).toContain(fix);
  });

  test('a VGA console on x86 is told to be nothing else', () => {
    const { notes, text } = convert('debug_console: { type: vga, address: 0xb8000 }', 'std3', 4, 'x86');
    expect(text).toContain('type: vga');
    expect(notes.filter((note) => note.includes('debug_console'))).toEqual([]);
  });

  test('without a distance of four bytes it has no equal there', () => {
    const { notes } = convert(console('type: pl011, flags: [mmio]'), 'std4', 3);
    expect(notes).toContainEqual(
      expect.stringMatching(/^convert\/meaning `debug_console\.flags` has `mmio` without `regdist_4`/),
    );
  });
});

describe('the page of output that the root cell is shown', () => {
  test.each(['std9', 'std4', 'nxp9'] as const)('goes from the console of %s to the system', (from) => {
    const there = convert(console('type: pl011, flags: [mmio, regdist_4, rootpage]'), from, 10);
    expect(there.config.flags).toBe(1);
    expect(there.config.debugConsole).toMatchObject({ type: 3, flags: 3 });
    expect(there.notes.filter((note) => note.includes('rootpage'))).toEqual([
      expect.stringMatching(/^convert\/moved the flag `rootpage` of `debug_console` becomes/),
    ]);
    const back = convertConfig(there.config, 9, 'arm64').config as SystemConfig;
    expect(back.debugConsole.flags).toBe(0x133);
  });

  test('goes back to a console that says nothing else', () => {
    const { config, notes } = convert('flags: [virtual_debug_console]', 'std12', 9);
    expect(config.debugConsole.flags).toBe(0x100);
    expect(notes).toEqual([expect.stringMatching(/^convert\/moved the flag `virtual_debug_console`/)]);
  });

  test('stays where both have it, or neither console has it', () => {
    expect(convert('flags: [virtual_debug_console]', 'git9-flags', 10).config.flags).toBe(1);
    expect(convert(console('type: pl011'), 'std9', 10).config.flags).toBe(0);
  });
});

describe('the clock gate of Renesas’ UARTs', () => {
  test.each(['hscif', 'scifa'])('%s is told to be inverted, as it was before', (type) => {
    const there = convert(console(`type: ${type}, flags: [mmio, regdist_4], gate_nr: 17`), 'std9', 10);
    expect(there.config.debugConsole.flags).toBe(0x1003);
    expect(there.notes).toContainEqual(expect.stringMatching(/^convert\/moved .*gets `inverted_gate`/));
    const back = convertConfig(there.config, 9, 'arm64');
    expect((back.config as SystemConfig).debugConsole.flags & 0x1ff).toBe(type === 'hscif' ? 0x36 : 0x37);
    expect(back.notes.map(({ code }) => code)).toEqual(['convert/moved']);
  });

  test('that was not inverted has no equal in revision 9', () => {
    const { notes } = convert(console('type: hscif, flags: [mmio, regdist_4]'), 'std10', 9);
    expect(notes).toContainEqual(expect.stringMatching(/^convert\/meaning .*has no `inverted_gate`/));
  });

  test('of another UART is not touched', () => {
    const { config, notes } = convert(console('type: pl011, flags: [mmio, regdist_4]'), 'std9', 10);
    expect(config.debugConsole.flags).toBe(3);
    expect(notes).toEqual([]);
  });
});

describe('a console without a driver there is left out as a whole', () => {
  test.each([
    ['std9', 10, 'type: vga, flags: [mmio]', 'the vga console at 0x9000000'],
    ['std12', 9, 'type: efifb', 'the efifb console at 0x9000000'],
    ['nxp9', 10, 'type: imx_lpuart, flags: [mmio]', 'the imx_lpuart console at 0x9000000'],
  ] as const)('%s to %i: %s', (from, to, words, told) => {
    const { text, notes } = convert(console(words), from, to);
    expect(text).not.toContain('debug_console:');
    expect(notes).toContainEqual(
      expect.stringMatching(
        new RegExp(`^convert/lost \`debug_console\` is left out: .*no driver for ${told}$`),
      ),
    );
  });

  test('but the one of NXP’s boards is in revision 13', () => {
    expect(convert(console('type: imx_lpuart'), 'nxp12', 13).text).toContain('type: imx_lpuart');
  });
});

describe('what a cell may print', () => {
  const cell = (revision: number, flags: string) =>
    parseDescription(
      `format: cell\nrevision: ${revision}\narchitecture: arm64\nname: demo\nflags: [${flags}]\n`,
    ).config!;

  test('is permitted by another name from revision 10 on', () => {
    const there = convertConfig(cell(9, 'passive_commreg, debug_console'), 12, 'arm64');
    expect(there.config).toMatchObject({ header: { flags: 0x40000001 } });
    expect(there.notes.map(({ code, message }) => `${code} ${message}`)).toEqual([
      expect.stringMatching(
        /^convert\/moved the flag `debug_console` of the cell becomes `virtual_console_permitted`/,
      ),
    ]);
    expect(convertConfig(there.config!, 9, 'arm64').config).toMatchObject({ header: { flags: 3 } });
  });

  test('so is the root cell', () => {
    const { config } = parseDescription(
      'format: system\nrevision: 8\narchitecture: x86\nroot_cell: { name: root, flags: [debug_console] }\n',
    );
    const { config: there } = convertConfig(config!, 14, 'x86');
    expect((there as SystemConfig).rootCell.header.flags).toBe(0x40000000);
  });
});

describe('the version of the GIC', () => {
  const platform = 'platform: { gicd_base: 0x8000000';

  test.each([
    [`${platform}, gicr_base: 0x80a0000 }`, 3, 'is given'],
    [`${platform} }`, 2, 'is not given'],
  ])('%s is %i', (description, version, told) => {
    const { config, notes } = convert(description, 'std5', 6);
    expect(config.platform.fields.gic_version).toBe(version);
    expect(notes).toEqual([
      `convert/assumed \`platform.gic_version\` is assumed to be ${version}, as \`gicr_base\` ${told}`,
    ]);
  });

  test('is told on the way back, where a build has it', () => {
    const { config, notes } = convert(`${platform}, gic_version: 3 }`, 'std14', 4);
    expect(config.platform.fields.gic_version).toBe(0);
    expect(notes).toEqual([expect.stringMatching(/^convert\/lost `platform\.gic_version` 3 is left out/)]);
  });

  test('is not asked of x86, where the byte is of the PM timer', () => {
    const { config, notes } = convert('platform: { pm_timer_address: 0x608 }', 'std5', 12, 'x86');
    expect(config.platform.fields).toMatchObject({ pm_timer_address: 0x608 });
    expect(notes).toEqual([]);
  });
});

describe('the domain of the virtual PCI host', () => {
  const host = 'pci_mmconfig_base: 0x48000000\npci_is_virtual: true';

  test('is numbered by the guest, as before', () => {
    const { config, notes } = convert(host, 'std8', 9);
    expect(config.pciDomain).toBe(0xffff);
    expect(notes).toEqual([expect.stringMatching(/^convert\/assumed `pci_domain` is assumed to be 0xffff/)]);
    expect(convertConfig(config, 8, 'arm64').notes).toEqual([]);
  });

  test.each([0, 1])('%i is told to be lost', (domain) => {
    const { notes } = convert(`${host}\npci_domain: ${domain}`, 'std9', 8);
    expect(notes).toEqual([
      expect.stringMatching(new RegExp(`^convert/lost \`pci_domain\` ${domain} of the virtual PCI host`)),
    ]);
  });

  test('of a host that is not virtual stays 0', () => {
    const { config, notes } = convert('pci_mmconfig_base: 0xb0000000', 'std8', 9, 'x86');
    expect(config.pciDomain).toBe(0);
    expect(notes).toEqual([]);
  });
});

describe('NXP’s words', () => {
  const unit =
    'iommu_units: [{ base: 0x51400000, size: 256K, arm_sid_mask: 0x7f80, arm_smmu_arch: v2, arm_smmu_impl: mmu500 }]';

  test.each([
    ['nxp9', 10, undefined],
    ['nxp10', 12, 0],
    ['nxp12', 13, 0],
  ] as const)(
    'of an SMMU in %s have no place in %i: each is named, and no type guessed',
    (from, to, type) => {
      const { config, notes } = convert(unit, from, to);
      if (to > 10)
        expect(config.iommuUnits![0]).toMatchObject({
          base: 0x51400000n,
          ...(type === undefined ? {} : { type }),
        });
      expect(notes.filter((note) => note.includes('arm_'))).toEqual([
        expect.stringMatching(
          /^convert\/lost `arm_sid_mask`, `arm_smmu_arch`, `arm_smmu_impl` of IOMMU unit 0 are left out/,
        ),
      ]);
      expect(notes.filter((note) => note.startsWith('convert/assumed'))).toEqual([]);
    },
  );
});
