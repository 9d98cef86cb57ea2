import { InputError, type Diagnostic } from '../diagnostic.ts';
import type { Architecture } from '../plan/types.ts';
import { formatProtocol, parseBzImage, PROTOCOL, type BzImage } from './bzimage.ts';
import { extractKernelConfig, type EmbeddedConfig } from './ikconfig.ts';

/** A kernel file, looked through once; many cells may share it. */
export interface ExaminedKernel {
  file: Uint8Array;
  image: BzImage;
  architecture: Architecture;
  /** Its IKCONFIG, why there is none, or what is wrong with it. */
  embedded: EmbeddedConfig | InputError;
  notes: Diagnostic[];
}

/**
 * Reads what a kernel file says of itself.
 *
 * @throws InputError `kernel/not-bzimage`, `kernel/truncated`, `kernel/protocol`
 */
export async function examineKernel(file: Uint8Array): Promise<ExaminedKernel> {
  const image = parseBzImage(file);
  const notes: Diagnostic[] =
    image.protocol > PROTOCOL.newest
      ? [
          {
            code: 'kernel/newer-protocol',
            severity: 'info',
            message: `boot protocol ${formatProtocol(image.protocol)} is newer than ${formatProtocol(PROTOCOL.newest)}; its header is read as that`,
            path: ['kernel', 'image'],
          },
        ]
      : [];
  let embedded: ExaminedKernel['embedded'];
  try {
    embedded = await extractKernelConfig(file, image);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    embedded = error;
  }
  return { file, image, architecture: 'x86', embedded, notes };
}
