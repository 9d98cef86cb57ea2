import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Field, Struct } from '../../src/base/struct.ts';
import {
  BOX_FLAGS,
  BOX_KINDS,
  BOX_LIMITS,
  BOX_MAGIC,
  BOX_VERSION,
  boxBlob,
  boxCpu,
  boxRegion,
  encodeBlob,
} from '../../src/boot/blob.ts';
import { MEMORY_FLAGS } from '../../src/formats/cell/names.ts';
import { readHeader, type CStruct } from '../helpers/c-header.ts';
import { ROOT } from '../helpers/docs.ts';

const HEADER = path.join(ROOT, 'monitor/blob.h');
const { numbers, structs } = readHeader(readFileSync(HEADER, 'utf8'));

type AnyStruct = Struct<Record<string, Field<unknown>>>;

const asInC = (table: unknown): CStruct => {
  const { size, fields, offsets } = table as AnyStruct;
  const placed = Object.entries(fields).map(([name, field]) => [
    name,
    { offset: offsets[name], size: field.size },
  ]);
  return { size, fields: Object.fromEntries(placed) };
};

const TABLES = { box_cpu: boxCpu, box_region: boxRegion, box_blob: boxBlob };

describe('the blob is what monitor/blob.h says', () => {
  test.each(Object.entries(TABLES))('struct %s', (tag, table) => {
    expect(asInC(table)).toEqual(structs[tag]);
  });

  test('no struct is missing', () => {
    expect(Object.keys(structs)).toEqual(Object.keys(TABLES));
  });

  test('numbers', () => {
    expect(numbers).toMatchObject({
      BOX_MAGIC,
      BOX_VERSION: BigInt(BOX_VERSION),
      BOX_CPUS: BigInt(BOX_LIMITS.cpus),
      BOX_REGIONS: BigInt(BOX_LIMITS.regions),
      BOX_X2APIC: BigInt(BOX_FLAGS.x2apic),
      BOX_IOAPIC: BigInt(BOX_FLAGS.ioapic),
      BOX_MMCONFIG: BigInt(BOX_FLAGS.mmconfig),
      BOX_RAM: BigInt(BOX_KINDS.ram),
      BOX_COMM: BigInt(BOX_KINDS.comm),
      BOX_DEVICE: BigInt(BOX_KINDS.device),
      BOX_SCRATCH: BigInt(BOX_KINDS.scratch),
      BOX_DISPATCHED: BigInt(BOX_KINDS.dispatched),
      BOX_MEM_READ: MEMORY_FLAGS.read,
      BOX_MEM_WRITE: MEMORY_FLAGS.write,
      BOX_MEM_EXECUTE: MEMORY_FLAGS.execute,
      BOX_MEM_DMA: MEMORY_FLAGS.dma,
      BOX_MEM_IO: MEMORY_FLAGS.io,
      BOX_MEM_COMM_REGION: MEMORY_FLAGS.comm_region,
      BOX_MEM_LOADABLE: MEMORY_FLAGS.loadable,
    });
  });

  test('it has room before what is next in memory', () => {
    expect(numbers.BOX_X86_BLOB! + BigInt(boxBlob.size)).toBeLessThanOrEqual(numbers.BOX_X86_COMM!);
    expect(numbers.BOX_ARM64_BLOB! + BigInt(boxBlob.size)).toBeLessThanOrEqual(numbers.BOX_ARM64_COMM!);
  });
});

const hasGcc = spawnSync('gcc', ['--version']).status === 0;

test.skipIf(!hasGcc)('the C compiler reads blob.h as we do', () => {
  const asserts = Object.entries(TABLES).flatMap(([tag, table]) => [
    `_Static_assert(sizeof(struct ${tag}) == ${table.size}, "size");`,
    ...Object.entries(table.offsets).map(
      ([name, offset]) => `_Static_assert(offsetof(struct ${tag}, ${name}) == ${offset}, "${name}");`,
    ),
  ]);
  const input = [`#include "${HEADER}"`, '#include <stddef.h>', ...asserts, ''].join('\n');
  const compiled = spawnSync('gcc', ['-ffreestanding', '-fsyntax-only', '-x', 'c', '-'], {
    input,
    encoding: 'utf8',
  });
  expect(compiled.stderr).toBe('');
  expect(compiled.status).toBe(0);
});

test('magic, version, size and counts are filled in', () => {
  const blob = encodeBlob({
    cpus: [{ id: 2, qemu: 2, mpidr: 0n }],
    regions: [{ virt: 0n, backing: 0x80_0000n, size: 0x1000n, flags: 0x4fn, kind: 1, reserved: 0 }],
  });
  expect(boxBlob.decode(blob)).toMatchObject({
    magic: BOX_MAGIC,
    version: BOX_VERSION,
    size: boxBlob.size,
    num_cpus: 1,
    num_regions: 1,
  });
  expect(Buffer.from(blob.subarray(0, 8)).toString('latin1')).toBe('XJCELLBX');
});

test('too many records are refused', () => {
  const cpus = Array.from({ length: 65 }, (_, id) => ({ id, qemu: id, mpidr: 0n }));
  expect(() => encodeBlob({ cpus })).toThrow(new RangeError('cpus: 65 values where 64 have room'));
});
