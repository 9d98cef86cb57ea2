import { CellProject } from './cell-project.ts';
import { run, type CliOutcome } from './cli.ts';
import { installFakeQemu, type FakeQemu } from './fake-qemu.ts';

interface Tried extends CliOutcome {
  project: CellProject;
}

/** Boots the bundle of a good project, or its manifest, in a QEMU that only acts. */
export async function boot(act: FakeQemu, args: readonly string[] = [], what = 'demo.tar'): Promise<Tried> {
  const project = await CellProject.create();
  const { env } = await installFakeQemu(project.folder, act);
  if (what === 'demo.tar') await run(['build', 'demo.cell.yaml'], { cwd: project.folder });
  const outcome = await run(['boot', ...args, what], { cwd: project.folder, env });
  return { ...outcome, project };
}
