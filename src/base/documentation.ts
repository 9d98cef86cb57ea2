import { WAIVABLE_CODES, type CodeArea, type FindingCode } from './codes.ts';

const REFERENCE = 'docs/reference';

/** Headings of the catalogue of codes, by area. */
const HEADINGS: Readonly<Record<CodeArea, string>> = {
  kernel: 'kernel',
  cmdline: 'build-plugin-output',
  project: 'kernel',
  rules: 'rules-files',
  placement: 'placement',
  loader: 'initrd',
  initrd: 'initrd',
  dtb: 'device-tree',
  cell: 'cell',
  system: 'cell',
  description: 'descriptions',
  convert: 'descriptions',
  manifest: 'manifest',
  machine: 'machine',
  params: 'params-image',
  input: 'input',
  root: 'what-the-root-keeps',
  waiver: 'waiver',
  bundle: 'bundle',
  key: 'keys-and-signatures',
  signature: 'keys-and-signatures',
  boot: 'boot',
  build: 'build-plugin-output',
  plugin: 'build-plugin-output',
  output: 'build-plugin-output',
  'cell-linux': 'build-plugin-output',
  init: 'build-plugin-output',
  explain: 'build-plugin-output',
  inspect: 'build-plugin-output',
  value: 'build-plugin-output',
};

const isWaivable = (code: FindingCode): boolean => (WAIVABLE_CODES as readonly string[]).includes(code);

/** What is found of a kernel without a rule of the table. */
const WITHOUT_RULE = /^kernel\/config-(?:missing|differs|version|defconfig)$/;

const isKernelRule = (code: FindingCode): boolean =>
  isWaivable(code) && /^(?:kernel\/|cmdline\/|initrd\/init-)/.test(code) && !WITHOUT_RULE.test(code);

const isCellRule = (code: FindingCode): boolean =>
  isWaivable(code) ? /^(?:cell|system|root)\//.test(code) : code.startsWith('system/');

/** The page of the package's docs that explains a code, and the heading there: `docs/reference/codes.md#input`. */
export function documentationOf(code: FindingCode): string {
  // A heading's address has letters, digits and dashes alone.
  if (isKernelRule(code)) return `${REFERENCE}/kernel-rules.md#${code.replace('/', '')}`;
  if (isCellRule(code)) return `${REFERENCE}/cell-rules.md#cell-rules`;
  return `${REFERENCE}/codes.md#${HEADINGS[code.slice(0, code.indexOf('/')) as CodeArea]}`;
}
