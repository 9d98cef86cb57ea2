import type { InitrdFiles } from './files.ts';
import type { Compression } from '../compression/detect.ts';
import type { Diagnostic } from '../../base/diagnostic.ts';

/** One archive of an initrd; the kernel unpacks them one after another. */
export interface InitrdPart {
  /** Where it starts in the file. */
  offset: number;
  /** `none`: a bare cpio archive; `unknown`: nothing that the kernel unpacks. */
  compression: Compression;
  /** Bytes of the cpio archive; `null`: not known (too large to unpack here, or damaged). */
  unpackedSize: number | null;
}

/** What an initrd file is (Linux, Documentation/driver-api/early-userspace/buffer-format.rst). */
export interface InitrdEvidence {
  /** Bytes of the file. */
  size: number;
  parts: readonly InitrdPart[];
  /** Whether everything up to the end of the file was looked at. */
  complete: boolean;
  /** Whether one of the archives has a file `init`; `null`: not everything was looked at. */
  hasInit: boolean | null;
  /** What the kernel unpacks; `null`: not everything was looked at. */
  files: Pick<InitrdFiles, 'at'> | null;
  /** What is wrong with the file itself. */
  problems: readonly Diagnostic[];
}
