import { hex } from '../base/address.ts';
import type { DescribedDtb, DescribedNode } from './dtb.ts';
import { fact, indented } from './layout.ts';

/** As dtc writes it: a backslash and a quote end nothing. */
const quotedText = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

function propertyText(property: DescribedNode['properties'][number]): string {
  const { name } = property;
  if ('texts' in property) return `${name} = ${property.texts.map(quotedText).join(', ')};`;
  if ('cells' in property) return `${name} = <${property.cells.map(hex).join(' ')}>;`;
  if ('bytes' in property) return `${name} = [${Buffer.from(property.bytes).toString('hex')}];`;
  return `${name};`;
}

const nodeLines = ({ name, properties, children }: DescribedNode): string[] => [
  `${name === '' ? '/' : name} {`,
  ...indented([...properties.map(propertyText), ...children.flatMap(nodeLines)]),
  '};',
];

export function dtbLines(dtb: DescribedDtb): string[] {
  const reservations = dtb.reservations.map(({ address, size }) => `${hex(address)}, ${hex(size)}`);
  return [
    'device tree',
    ...indented([
      ...fact('version', `${dtb.version}, readable from ${dtb.lastCompatibleVersion} on`),
      ...fact('size', `${dtb.size} bytes`),
      ...fact('boot CPU', `${dtb.bootCpu}`),
      ...fact('reserved memory', reservations.length === 0 ? null : reservations.join('; ')),
      ...nodeLines(dtb.root),
    ]),
  ];
}
