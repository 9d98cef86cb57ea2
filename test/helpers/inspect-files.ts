import { gzipSync } from 'node:zlib';
import { concatBytes } from '../../src/base/bytes.ts';
import { SETUP_HEADER_OFFSET, setupHeader } from '../../src/formats/kernel/bzimage.ts';
import { makeArm64Image, makeFullZImage, makeZboot, makeZImage } from './arm-kernels.ts';
import { GUEST_MESSAGES, makeElf } from './elf.ts';
import { GOOD_CONFIG, makeKernel, type KernelFile } from './kernel-evidence.ts';
import { storeLzo } from './store-lzo.ts';
import { cellVectors, expandSparse, paramsVectors } from './vectors.ts';
import { utf8 } from './bytes.ts';

/** Stored, not compressed: the same bytes with any zlib. */
const stored = (bytes: Uint8Array): Uint8Array => gzipSync(bytes, { level: 0 });

const vmlinux = (...built: Uint8Array[]): Uint8Array =>
  stored(concatBytes([utf8('\x7fELF '), ...built, utf8(' .shstrtab')]));

const BANNER = utf8('Linux version 6.1.192 (user@host) (gcc 12.2.0) #1 SMP\n\0');

/** As the build links it with CONFIG_KERNEL_LZO. */
function linked(...built: Uint8Array[]): Uint8Array {
  const kernel = concatBytes([utf8('\x7fELF '), ...built, utf8(' .shstrtab')]);
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, kernel.length, true);
  return concatBytes([storeLzo(kernel), size]);
}

const CONFIG = [utf8('IKCFG_ST'), stored(utf8(GOOD_CONFIG)), utf8('IKCFG_ED')];

/** With the header's values of a usual kernel. */
function usualKernel(kernel: KernelFile): Uint8Array {
  const { file, image } = makeKernel(kernel);
  const header = setupHeader.encode({
    ...image.header,
    loadflags: 1,
    code32_start: 0x100000,
    initrd_addr_max: 0x7fffffff,
    kernel_alignment: 0x200000,
    relocatable_kernel: 1,
    min_alignment: 21,
    xloadflags: 0x3f,
    cmdline_size: 2047,
    pref_address: 0x1000000n,
    init_size: 0x12ec000,
  });
  file.set(header, SETUP_HEADER_OFFSET);
  return file;
}

function zImage(tagged: boolean): Uint8Array {
  const kernel = concatBytes([new Uint8Array(100), BANNER, ...CONFIG]);
  return makeFullZImage({ packed: stored(kernel), size: kernel.length, tagged });
}

/** Small files of each kind, by a name that says what is in them. */
export function inspectFiles(): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const cells = cellVectors();
  for (const id of [
    '3/cell/x86/0',
    '8/cell/arm64/0',
    '13/cell/arm64/0',
    '14/cell/x86/0',
    '3/system/arm',
    '12/system/x86',
    '14/system/arm64',
  ]) {
    const { hex } = cells.find((vector) => vector.id === id)!;
    files.set(id.replaceAll('/', '-'), Buffer.from(hex, 'hex'));
  }
  for (const revision of [3, 10, 14]) {
    const vector = paramsVectors('x86').find((each) => each.revision === revision && 'params' in each.expect);
    if (vector && 'params' in vector.expect) {
      files.set(`${revision}-params`, expandSparse(vector.expect.params));
    }
  }
  files.set('kernel', usualKernel({ payload: vmlinux(BANNER, GUEST_MESSAGES, ...CONFIG) }));
  files.set('kernel-without-config', usualKernel({ payload: vmlinux(BANNER) }));
  files.set('kernel-lzo', usualKernel({ payload: linked(...CONFIG), protocol: 0x20a }));
  files.set('kernel-old', usualKernel({ protocol: 0x207 }));
  files.set('kernel-newer', usualKernel({ payload: vmlinux(), protocol: 0x210 }));
  files.set('kernel-damaged', usualKernel({ payload: vmlinux(...CONFIG).subarray(0, -9) }));
  files.set('kernel-vmlinux', makeElf({ content: concatBytes([BANNER, GUEST_MESSAGES, ...CONFIG]) }));
  files.set('kernel-image', concatBytes([makeArm64Image(), ...CONFIG]));
  files.set('kernel-image-zboot', makeZboot(stored(makeArm64Image())));
  files.set('kernel-zimage', zImage(true));
  files.set('kernel-zimage-old', zImage(false));
  files.set('kernel-zimage-unknown', makeZImage());
  return files;
}
