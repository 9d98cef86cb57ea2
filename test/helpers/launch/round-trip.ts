import { expect } from 'vitest';
import { shellQuote } from '../../../src/base/text.ts';
import { launchInput, LaunchRig, type Shell } from './rig.ts';

/** Start (dry and real), status and stop of a cell with this name; all that runs must name it exactly so. */
export async function expectRoundTrip(
  shell: Shell,
  cellName: string,
  option: readonly string[],
): Promise<void> {
  const rig = await LaunchRig.create(launchInput({ cellName }));
  try {
    const named = [...option, cellName];
    const images = [rig.loader, '-a', '0x0', `${rig.bundle}/kernel`, '-a', '0xffc800'];
    const starting = [
      ['cell', 'create', `${rig.bundle}/cell.cell`],
      ['cell', 'load', ...named, ...images, `${rig.bundle}/params`, '-a', '0x1000'],
      ['cell', 'start', ...named],
    ];
    const stopping = [
      ['cell', 'shutdown', ...named],
      ['cell', 'destroy', ...named],
    ];

    const dry = await rig.run(shell, ['start', '--dry-run']);
    const printed = starting.map((words) => [rig.jailhouse, ...words].map(shellQuote).join(' '));
    expect(dry).toEqual({ code: 0, stdout: `${printed.join('\n')}\n`, stderr: '' });
    expect(await rig.calls()).toEqual([]);

    expect(await rig.run(shell, ['start'])).toMatchObject({ code: 0, stdout: '' });
    expect(await rig.run(shell, ['status'])).toEqual({ code: 0, stdout: 'running\n', stderr: '' });
    expect(await rig.run(shell, ['stop'])).toMatchObject({ code: 0, stdout: '' });
    expect(await rig.calls()).toEqual([...starting, ...stopping]);
  } finally {
    await rig.remove();
  }
}
