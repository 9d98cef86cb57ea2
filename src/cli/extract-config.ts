import { InputError } from '../base/diagnostic.ts';
import { examineKernel } from '../formats/kernel/examine.ts';
import type { MissingConfig } from '../formats/kernel/ikconfig.ts';
import { LIMITS, readWhole, seeFile } from '../inputs/files.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { print } from './output.ts';

function describeMissing(why: MissingConfig): string {
  switch (why.kind) {
    case 'not-built-in':
      return 'it was built without CONFIG_IKCONFIG';
    case 'not-located':
      return why.because;
    case 'not-decodable':
      return 'it is packed in a way that is not known';
  }
}

/** `inspect --extract-config`: the config built into a kernel, byte for byte. */
export async function extractConfig(paths: readonly string[]): Promise<ExitCode> {
  const [path, ...others] = paths;
  if (path === undefined || others.length > 0) {
    throw new UsageError('--extract-config wants one kernel', 'call it once for each');
  }
  const { embedded } = await examineKernel(await readWhole(await seeFile(path, path), LIMITS.kernel));
  if (embedded instanceof InputError) throw embedded;
  if (embedded.kind !== 'found') {
    throw new InputError(
      'kernel/config-missing',
      `there is no config in the kernel: ${describeMissing(embedded)}`,
      {
        fix: 'look for it beside the image: /boot/config-* of a distribution, .config of a build',
      },
    );
  }
  await print(embedded.text);
  return EXIT.fine;
}
