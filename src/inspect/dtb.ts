import { guessValue } from '../formats/dtb/values.ts';
import { parseDtb } from '../formats/dtb/parse.ts';
import type { DtbNode, DtbProperty } from '../formats/dtb/types.ts';

function describeProperty({ name, value }: DtbProperty) {
  const guessed = guessValue(value);
  switch (guessed.kind) {
    case 'empty':
      return { name };
    case 'texts':
      return { name, texts: guessed.texts };
    case 'cells':
      return { name, cells: guessed.cells };
    case 'bytes':
      return { name, bytes: guessed.bytes };
  }
}

interface DescribedNode {
  name: string;
  properties: ReturnType<typeof describeProperty>[];
  children: DescribedNode[];
}

const describeNode = ({ name, properties, children }: DtbNode): DescribedNode => ({
  name,
  properties: properties.map(describeProperty),
  children: children.map(describeNode),
});

/** @throws InputError as `parseDtb` does */
export function describeDtb(file: Uint8Array) {
  const { version, lastCompatibleVersion, bootCpu, reservations, root } = parseDtb(file);
  return {
    kind: 'dtb' as const,
    size: file.length,
    version,
    lastCompatibleVersion,
    bootCpu,
    reservations,
    root: describeNode(root),
  };
}

export type DescribedDtb = ReturnType<typeof describeDtb>;
export type { DescribedNode };
