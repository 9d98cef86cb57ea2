import { expect, test } from 'vitest';
import { machineScript } from '../../src/bundle/launch/machine-script.ts';
import { launchScript } from '../../src/bundle/launch/script.ts';
import { codeBlock, expectSections, listedTerms, readPage } from '../helpers/docs.ts';
import { builtBundle, MANIFEST } from '../helpers/docs-cell.ts';
import { machineLaunch } from '../helpers/launch/machine-cases.ts';
import { launchInput } from '../helpers/launch/rig.ts';

const script = launchScript(launchInput());

test('the generated sections are what the code says', async () => {
  const bundle = await builtBundle(MANIFEST);
  const { commands } = JSON.parse(bundle.get('bundle.json')!) as { commands: string[] };
  await expectSections('launch.md', {
    usage: codeBlock(/<<'END'\n([^]*?)\nEND\n/.exec(script)![1]!),
    commands: codeBlock(commands.join('\n'), 'sh'),
    unit: codeBlock(bundle.get('linux-x86-demo.service')!, 'ini'),
  });
});

test('the usage of a machine is what its script says', async () => {
  const usage = /<<'END'\n([^]*?)\nEND\n/.exec(machineScript(machineLaunch()))![1]!;
  await expectSections('machine-bundle.md', { usage: codeBlock(usage) });
});

test('every step that a message can begin with is on the page', () => {
  const said = script.matchAll(/\b(?:say|die|refuse|abort) ["']([a-z -]+): /g);
  const failed = script.matchAll(/\bfailed (?:'([a-z ]+)'|([a-z]+)) /g);
  const hooks = script.matchAll(/\b(?:start|stop)_hook ([a-z-]+)/g);
  const steps = new Set([...said, ...failed, ...hooks].map(([, quoted, plain]) => quoted ?? plain));
  expect(listedTerms(readPage('launch.md'), '## The steps').toSorted()).toEqual([...steps].toSorted());
});
