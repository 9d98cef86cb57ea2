// Who answers a call to the firmware, and which of the calls it is (Arm, SMC Calling Convention, DEN0028; Power State
// Coordination Interface, DEN0022).

const OWNERS: Readonly<Record<number, string>> = {
  0: 'the architecture',
  1: 'the CPU',
  2: 'the vendor of the chip (SiP)',
  3: 'the vendor of the board (OEM)',
  4: 'a standard service',
  5: 'a hypervisor',
  6: "a hypervisor's vendor",
};

const PSCI: Readonly<Record<number, string>> = {
  0: 'PSCI_VERSION',
  1: 'CPU_SUSPEND',
  2: 'CPU_OFF',
  3: 'CPU_ON',
  4: 'AFFINITY_INFO',
  5: 'MIGRATE',
  6: 'MIGRATE_INFO_TYPE',
  8: 'SYSTEM_OFF',
  9: 'SYSTEM_RESET',
  10: 'PSCI_FEATURES',
};

const ownerText = (owner: number): string =>
  OWNERS[owner] ??
  (owner >= 48 && owner <= 49
    ? 'an application of the trusted OS'
    : owner >= 50
      ? 'the trusted OS (OP-TEE and others)'
      : 'a reserved number, which has no owner');

/** The function id in x0 or r0 of an SMC or HVC. */
export function firmwareCallText(id: number): string {
  const [owner, number] = [(id >>> 24) & 0x3f, id & 0xffff];
  const psci = owner === 4 && number < 0x20 ? (PSCI[number] ?? 'a function of PSCI') : null;
  const what = psci === null ? '' : `, ${psci}`;
  return `the function 0x${(id >>> 0).toString(16)}${what}: it is a call to ${ownerText(owner)}`;
}
