import type { NewProperty } from '../formats/dtb/compose.ts';
import type { Device } from '../formats/dtb/walk.ts';

/** What is written anew, or says how others see the device. */
const REPLACED: ReadonlySet<string> = new Set([
  'reg',
  'interrupts',
  'interrupt-parent',
  'interrupts-extended',
  'interrupt-names',
  'clocks',
  'clock-names',
  'clock-frequency',
  'status',
  'phandle',
  'linux,phandle',
]);

/** How addresses of child nodes are read: without children nothing is. */
const OF_CHILDREN: ReadonlySet<string> = new Set(['#address-cells', '#size-cells', 'ranges', 'dma-ranges']);

/**
 * Properties that refer to devices which stay with the root cell, and the names that go with them (Linux,
 * Documentation/devicetree/bindings). A DTB does not say which cells are phandles, so they are known by name.
 */
const REFERRING =
  /^(?:assigned-.*|resets|reset-names|power-domains?|power-domain-names|pinctrl-.*|dmas|dma-names|iommus|iommu-map(?:-mask)?|interconnects|interconnect-names|phys|phy-names|phy-handle|phy|.*-supply|(?:.*-)?gpios?|nvmem-cells|nvmem-cell-names|mbox(?:es|-names)|operating-points-v2|memory-region(?:-names)?|msi-(?:parent|map|map-mask)|thermal-.*|#cooling-cells|cooling-device|interrupt-affinity|interrupt-map(?:-mask)?|label|cpus|remote-endpoint|dr_mode-parent|(?:.*[,-])?(?:syscon|regmap|sysreg|phandle|handle|stop-mode|gpr))$/;

/** Properties of a node that a cell's tree can have, and the names of those that it cannot. */
export function splitProperties({ node }: Device): { kept: NewProperty[]; dropped: string[] } {
  const kept: NewProperty[] = [];
  const dropped: string[] = [];
  for (const { name, value } of node.properties) {
    if (REPLACED.has(name) || OF_CHILDREN.has(name)) continue;
    if (REFERRING.test(name)) dropped.push(name);
    else kept.push({ name, value: { bytes: value } });
  }
  return { kept, dropped };
}
