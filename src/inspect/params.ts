import { describeSize, hex } from '../base/address.ts';
import { describeRange, endOf, rangeTo } from '../base/ranges.ts';
import { releaseOf, type Revision } from '../formats/cell/releases.ts';
import { ENTRY_64, formatProtocol } from '../formats/kernel/bzimage.ts';
import { parseParams, type SetupDataFields } from '../placement/x86/params-read.ts';
import { LOADERS, type SetupDataForm } from '../placement/x86/releases.ts';
import { camelcase } from './camelcase.ts';
import { valueWord } from './cell-text.ts';
import { describeSetupHeader } from './kernel.ts';
import { columns, fact, indented, quoted, section } from './layout.ts';
import type { DescribedParams, DescribedSetupData } from './schema/params.ts';

const E820_TYPES: Readonly<Record<number, string>> = { 1: 'RAM', 2: 'reserved', 3: 'ACPI', 4: 'ACPI NVS' };

/** The releases whose loader takes this form. */
const releasesWith = (wanted: SetupDataForm): (string | null)[] =>
  Object.entries(LOADERS)
    .filter(([, { setupData }]) => setupData === wanted)
    .map(([revision]) => releaseOf(Number(revision) as Revision));

const uartsIn = ({ flags }: SetupDataFields): string[] =>
  [0, 1, 2, 3].filter((bit) => (Number(flags ?? 0) >> bit) & 1).map((bit) => `ttyS${bit}`);

type Fields = DescribedSetupData['fields'];

const describeFields = (fields: SetupDataFields): Fields => ({
  version: null,
  compatibleVersion: null,
  pciMmconfigBase: null,
  tscKhz: null,
  apicKhz: null,
  standardIoapic: null,
  flags: null,
  ...(camelcase(fields) as Partial<Fields> &
    Pick<Fields, 'next' | 'type' | 'len' | 'pmTimerAddress' | 'numCpus' | 'cpuIds'>),
});

/** @throws InputError as `parseParams` does */
export function describeParams(file: Uint8Array): DescribedParams {
  const { address, header, prefAddress, initrd, e820, setupData, cmdline } = parseParams(file);
  const { form, fields } = setupData;
  return {
    kind: 'params',
    size: file.length,
    address,
    entry: prefAddress + ENTRY_64,
    cmdline,
    initrd: initrd && { start: initrd.start, end: endOf(initrd), size: Number(initrd.size) },
    e820: e820.map(({ addr, size, type }) => ({
      address: addr,
      size,
      type: { value: type, name: E820_TYPES[type] ?? null },
    })),
    setupData: {
      address: header.setup_data,
      form,
      releases: releasesWith(form),
      uarts: form === 'version2' ? uartsIn(fields) : null,
      fields: describeFields(fields),
    },
    kernelProtocol: formatProtocol(header.version),
    setupHeader: describeSetupHeader(header),
  };
}

const FORMS = { jlhs: 'without a version', version1: 'version 1', version2: 'version 2' } as const;

function setupDataLines({ setupData }: DescribedParams): string[] {
  const { form, fields, address, releases, uarts } = setupData;
  const { compatibleVersion: compatible, standardIoapic: ioapic } = fields;
  return [
    ...fact('address', hex(address)),
    ...fact('form', `${FORMS[form]}${compatible === null ? '' : `, compatible with ${compatible}`}`),
    ...fact('for Jailhouse', releases.join('; ')),
    ...fact('standard IOAPIC', ioapic === null ? null : ioapic === 0 ? 'no' : 'yes'),
    ...fact('UARTs', uarts === null ? null : uarts.join(', ') || 'none'),
  ];
}

export function paramsLines(params: DescribedParams): string[] {
  const { initrd, e820, setupHeader: header } = params;
  const map = e820.map(({ address, size, type }) => [
    describeRange({ start: address, size }),
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
      ...fact('cmd_line_ptr', header.cmdLinePtr),
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
