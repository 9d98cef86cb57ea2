import { cpusOf } from '../../../formats/cell/resources.ts';
import { propertyOf } from '../../../formats/dtb/edit.ts';
import { readText } from '../../../formats/dtb/values.ts';
import { compatiblesOf, pathOf, type Device } from '../../../formats/dtb/walk.ts';
import type { TreeBreach, TreeRule } from './rule.ts';
import type { TreeScene } from './scene.ts';

const FIRST = 'arm,psci';
const LATER = /^arm,psci-(?:0\.2|1\.0)$/;

/** The node that Linux takes: by its compatible string, wherever it is; else one that is called so. */
const psciOf = ({ devices }: TreeScene): Device | undefined =>
  devices.find((device) => compatiblesOf(device).some((each) => each === FIRST || LATER.test(each))) ??
  devices.find(({ node }) => /^psci(?:@|$)/.test(node.name));

const ONE_CPU = 'the guest starts with one CPU instead of all that the cell has';

function* findPsci(scene: TreeScene): Iterable<TreeBreach> {
  const { cell } = scene.request;
  const isAlone = cpusOf(cell).length < 2;
  const psci = psciOf(scene);
  if (psci === undefined) {
    if (isAlone) return;
    yield {
      severity: 'warning',
      message: 'the device tree has no /psci node, which the kernel needs to start its other CPUs',
      requested: 'psci { compatible = "arm,psci-0.2"; method = "smc"; }',
      actual: 'none',
      symptom: ONE_CPU,
      fix: 'add the node psci { compatible = "arm,psci-0.2"; method = "smc"; } to the device tree',
    };
    return;
  }
  const path = pathOf(psci);
  const compatibles = compatiblesOf(psci);
  const method = readText(propertyOf(psci.node, 'method'));
  const asksAtOnce = compatibles.some((each) => LATER.test(each));
  if (method === 'hvc') {
    yield {
      // The first call is for the version, while it boots; PSCI 0.1 has none, and only starts CPUs.
      ...(scene.request.architecture === 'arm64' && (asksAtOnce || !isAlone) ? {} : { severity: 'warning' }),
      message: `${path} calls the firmware by "hvc", which is the hypervisor's own`,
      requested: 'method = "smc"',
      actual: 'method = "hvc"',
    };
    return;
  }
  if (isAlone) return;
  if (method !== 'smc') {
    yield {
      severity: 'warning',
      message: `${path} ${method === null ? 'does not say by which method it is called' : `has the unknown method "${method}"`}`,
      requested: 'method = "smc"',
      actual: method === null ? 'none' : `method = "${method}"`,
      symptom: ONE_CPU,
    };
  } else if (!asksAtOnce && compatibles.includes(FIRST) && propertyOf(psci.node, 'cpu_on') === undefined) {
    yield {
      severity: 'warning',
      message: `${path} is of PSCI 0.1 (arm,psci), but has no function id for starting a CPU`,
      requested: 'compatible = "arm,psci-0.2", whose ids are fixed; or cpu_on and the other ids of PSCI 0.1',
      actual: `compatible = ${compatibles.map((each) => `"${each}"`).join(', ')} without cpu_on`,
      symptom: ONE_CPU,
      fix: 'write compatible = "arm,psci-0.2", which Jailhouse answers to',
    };
  } else if (!asksAtOnce && !compatibles.includes(FIRST)) {
    yield {
      severity: 'warning',
      message: `${path} is not compatible with a PSCI that the kernel knows`,
      requested: 'compatible = "arm,psci-0.2"',
      actual: compatibles.length === 0 ? 'no compatible' : compatibles.join(', '),
      symptom: ONE_CPU,
      fix: 'write compatible = "arm,psci-0.2", which Jailhouse answers to',
    };
  }
}

export const PSCI_RULE: TreeRule = {
  id: 'dtb/psci',
  severities: ['error', 'warning'],
  reason: 'the kernel starts its other CPUs with PSCI, and asks for its version while it boots',
  symptom: '`FATAL: forbidden access (exception class 0x16)`',
  fix: 'write method = "smc": Jailhouse answers PSCI calls that are made by it',
  source:
    'Jailhouse, hypervisor/arch/arm-common/psci.c and arm64/traps.c; Linux, drivers/firmware/psci/psci.c; seen under a real Jailhouse',
  find: findPsci,
};
