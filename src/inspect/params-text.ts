import { describeSize, hex } from '../base/address.ts';
import { describeRange, rangeTo } from '../base/ranges.ts';
import { columns, fact, indented, quoted, section } from './layout.ts';
import { valueWord } from './cell-text.ts';
import type { DescribedParams } from './params.ts';

const FORMS = { jlhs: 'without a version', version1: 'version 1', version2: 'version 2' } as const;

function setupDataLines({ setupData }: DescribedParams): string[] {
  const { form, fields, address, releases, uarts } = setupData;
  const { compatible_version: compatible, standard_ioapic: ioapic } = fields;
  return [
    ...fact('address', hex(address)),
    ...fact('form', `${FORMS[form]}${compatible === undefined ? '' : `, compatible with ${compatible}`}`),
    ...fact('for Jailhouse', releases.join('; ')),
    ...fact('standard IOAPIC', ioapic === undefined ? null : ioapic === 0 ? 'no' : 'yes'),
    ...fact('UARTs', uarts === null ? null : uarts.join(', ') || 'none'),
  ];
}

export function paramsLines(params: DescribedParams): string[] {
  const { initrd, e820, setup_header: header } = params;
  const map = e820.map(({ addr, size, type }) => [
    describeRange({ start: addr, size }),
    describeSize(size),
    valueWord(type),
  ]);
  return [
    'x86 params image',
    ...indented([
      ...fact('size', `${params.size} bytes`),
      ...fact('load address', hex(params.address)),
      ...fact('kernel entry', hex(params.entry)),
      ...fact('command line', params.cmdline === '' ? 'none' : quoted(params.cmdline)),
      ...fact('cmd_line_ptr', header.cmd_line_ptr),
      ...fact(
        'initrd',
        initrd === null
          ? 'none'
          : `${describeRange(rangeTo(initrd.start, initrd.end))}, ${initrd.size} bytes`,
      ),
      ...fact('kernel', `boot protocol ${params.kernelProtocol}`),
      ...section(`e820, ${e820.length} entr${e820.length === 1 ? 'y' : 'ies'}`, columns(map, [1])),
      ...section('setup_data', setupDataLines(params)),
    ]),
  ];
}
