import { hex } from '../base/address.ts';
import { guessValue } from '../formats/dtb/values.ts';
import { parseDtb } from '../formats/dtb/parse.ts';
import type { DtbNode, DtbProperty } from '../formats/dtb/types.ts';
import { fact, indented } from './layout.ts';
import type { DescribedDtb, DescribedNode } from './schema/dtb.ts';

type DescribedProperty = DescribedNode['properties'][number];

function describeProperty({ name, value }: DtbProperty): DescribedProperty {
  const guessed = guessValue(value);
  switch (guessed.kind) {
    case 'empty':
      return { name, kind: 'empty', value: null };
    case 'texts':
      return { name, kind: 'texts', value: guessed.texts };
    case 'cells':
      return { name, kind: 'cells', value: guessed.cells };
    case 'bytes':
      return { name, kind: 'bytes', value: guessed.bytes };
  }
}

const describeNode = ({ name, properties, children }: DtbNode): DescribedNode => ({
  name,
  properties: properties.map(describeProperty),
  children: children.map(describeNode),
});

/** @throws InputError as `parseDtb` does */
export function describeDtb(file: Uint8Array): DescribedDtb {
  const { version, lastCompatibleVersion, bootCpu, reservations, root } = parseDtb(file);
  return {
    kind: 'dtb',
    size: file.length,
    version,
    lastCompatibleVersion,
    bootCpu,
    reservations: [...reservations],
    root: describeNode(root),
  };
}

/** As dtc writes it: a backslash and a quote end nothing. */
const quotedText = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

function propertyText({ name, kind, value }: DescribedProperty): string {
  switch (kind) {
    case 'empty':
      return `${name};`;
    case 'texts':
      return `${name} = ${value.map(quotedText).join(', ')};`;
    case 'cells':
      return `${name} = <${value.map(hex).join(' ')}>;`;
    case 'bytes':
      return `${name} = [${Buffer.from(value).toString('hex')}];`;
  }
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
