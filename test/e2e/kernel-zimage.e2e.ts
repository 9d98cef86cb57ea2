import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { examineKernel } from '../../src/core.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const DEBIAN = path.join(ROOT, '.cache/debian-armhf');

let file: Buffer;

beforeAll(async () => {
  await promisify(execFile)(path.join(ROOT, 'scripts/fetch-debian-guest.sh'), ['armhf']);
  file = await readFile(path.join(DEBIAN, 'vmlinuz'));
});

test('the kernel inside Debian’s armhf zImage is found: xz with the filter for ARM code', async () => {
  const { image, packed, contents, embedded } = await examineKernel(file);
  if (image.format !== 'zImage') throw new Error(image.format);
  expect(packed).toMatchObject({ compression: 'xz' });
  expect(packed!.offset + packed!.length).toBe(image.kernel!.sizeAt);
  expect(contents).toMatchObject({ size: image.kernel!.size, jailhouseGuest: false });
  expect(contents!.banner).toMatch(
    /^6\.1\.\d+-\d+-armmp \(debian-kernel@lists\.debian\.org\) .* Debian 6\.1\./,
  );
  expect(embedded).toEqual({ kind: 'not-built-in' });
});

test('it is not found where it is damaged', async () => {
  const damaged = Buffer.from(file);
  damaged[damaged.length >> 1]! ^= 1;
  const { contents, embedded } = await examineKernel(damaged);
  expect(contents).toBeNull();
  expect(embedded).toMatchObject({ kind: 'not-located' });
});
