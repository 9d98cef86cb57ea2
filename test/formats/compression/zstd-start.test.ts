import { expect, test, vi } from 'vitest';
import { decodeZstd } from '../../../src/formats/compression/zstd.ts';
import { InputError } from '../../../src/base/diagnostic.ts';

/** A frame of one raw block: magic, descriptor (one segment, one byte of size), size, block header, content. */
const FRAME = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 2, 0x11, 0, 0, 0x68, 0x69);

// Modules are started once a process, so this has a file of its own.
test('the decoder starts without fetch, and leaves it as it was', async () => {
  const fetch = vi.spyOn(globalThis, 'fetch');
  const given = globalThis.fetch;
  const pending = decodeZstd(FRAME, 100, (why) => new InputError('kernel/payload', why));
  expect(globalThis.fetch).toBe(given);
  const { bytes } = await pending;
  expect(Buffer.from(bytes).toString()).toBe('hi');
  expect(globalThis.fetch).toBe(given);
  expect(fetch).not.toHaveBeenCalled();
});
