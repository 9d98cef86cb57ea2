import {
  evaluateCell,
  examineInitrd,
  examineKernel,
  fixFragment,
  parseCellConfig,
  type Diagnostic,
} from '../../src/core.ts';

type Files = Readonly<Record<'cell' | 'kernel' | 'config' | 'initrd', Uint8Array>>;

/** What is wrong with a kernel in its cell, and a Kconfig fragment that fixes it. */
export async function checkInCell(
  { cell, kernel, config, initrd }: Files,
  cmdline: string,
): Promise<{ diagnostics: Diagnostic[]; fragment: string | null }> {
  const checked = evaluateCell(
    { name: null, cmdline, placement: 'exact', checks: { profile: null, require: {}, waive: [] } },
    {
      cell: parseCellConfig(cell),
      kernel: await examineKernel(kernel),
      kernelConfig: config,
      initrd: await examineInitrd(initrd, initrd.length),
      system: null,
      dtb: 'none',
      loaderSize: null,
    },
    { profile: 'mainline', today: new Date().toISOString().slice(0, 10) },
  );
  const { diagnostics, kernel: judged } = checked;
  const fragment = judged?.config ? fixFragment(diagnostics, judged.config, judged.architecture) : null;
  return { diagnostics, fragment };
}
