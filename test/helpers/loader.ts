import { latin1 } from './bytes.ts';

/** What begins like Jailhouse's loader for x86, and has its signature in it; `text` tells one from another. */
export function makeLoader(text = '', size = 1248): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(size);
  file.set([0x2e, 0x66, 0x0f, 0x01, 0x16]);
  file.set(latin1(`JHCOMM\0${text}`), 0x100);
  return file;
}

/** The same for arm64: instructions, `ret` at the end. */
export function makeArm64Loader(size = 2048): Uint8Array {
  const file = new Uint8Array(size);
  const view = new DataView(file.buffer);
  for (let at = 0; at < 0x100; at += 4) view.setUint32(at, 0xaa0003e1, true);
  view.setUint32(0xfc, 0xd65f03c0, true);
  file.set(latin1('JHCOMM\0kernel\0dtb\0'), 0x200);
  return file;
}
