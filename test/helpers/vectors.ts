import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** Values as the vectors write them: byte strings are hex, u64 are JSON numbers where they are safe. */
type Json = string | number | bigint | boolean | null | Json[] | { [key: string]: Json };

export interface CellVector {
  id: string;
  kind: 'cell' | 'system';
  revision: number;
  arch: 'x86' | 'arm' | 'arm64';
  fields: Record<string, Json>;
  trailing: string;
  hex: string;
}

/** Bytes of a mostly empty file: `[offset, hex]` runs in `size` zero bytes. */
export interface Sparse {
  size: number;
  bytes: [number, string][];
}

export interface ParamsVector {
  id: string;
  release: string;
  revision: number;
  arch: string;
  cell: string;
  kernel: { name: string } & (Sparse | { base64: string });
  initrd: { size: number } | null;
  dtb: string | null;
  cmdline: string | null;
  decompressionFactor: number | null;
  expect: { error: string } | { params: Sparse & { sha256: string }; commands: string[] };
}

const load = (name: string): string =>
  gunzipSync(readFileSync(new URL(`../vectors/${name}.json.gz`, import.meta.url))).toString('utf8');

/** JSON numbers beyond 2^53 would lose digits: they are read as bigint. */
const parseExact = (text: string): unknown =>
  JSON.parse(
    text.replace(/(?<=[:[,]\s*)\d{16,}(?=\s*[,}\]])/g, (digits) => `"big:${digits}"`),
    (_, value: unknown) =>
      typeof value === 'string' && value.startsWith('big:') ? BigInt(value.slice(4)) : value,
  );

export const cellVectors = (): CellVector[] => parseExact(load('cells')) as CellVector[];

export const paramsVectors = (arch: 'x86' | 'arm64' | 'arm'): ParamsVector[] =>
  JSON.parse(load(`params-${arch}`)) as ParamsVector[];

export function expandSparse(sparse: Sparse): Uint8Array {
  const out = new Uint8Array(sparse.size);
  for (const [offset, hex] of sparse.bytes) out.set(Buffer.from(hex, 'hex'), offset);
  return out;
}

export const kernelBytes = (kernel: ParamsVector['kernel']): Uint8Array =>
  'base64' in kernel ? new Uint8Array(Buffer.from(kernel.base64, 'base64')) : expandSparse(kernel);
