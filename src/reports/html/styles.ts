/** Colours for both schemes; those of maps are told apart by letters and labels as well. */
const COLOURS = `
:root {
  color-scheme: light dark;
  --paper: #fff; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --panel: #f6f8fa; --accent: #0b5cad;
  --error: #a40e26; --error-bg: #ffebe9; --warning: #7a4b00; --warning-bg: #fff5d6; --info: #0b5cad; --info-bg: #e6f1fc;
  --pass: #116329; --pass-bg: #dcf5e3; --waived: #57606a; --waived-bg: #eaeef2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b; --ink: #e6e9ed; --soft: #a3abb5; --line: #3a414a; --panel: #1c2127; --accent: #7cb8f5;
    --error: #ff9d96; --error-bg: #3d1518; --warning: #f0c36a; --warning-bg: #3a2a08; --info: #8cc2f7; --info-bg: #10283f;
    --pass: #7ee09a; --pass-bg: #0f2f1a; --waived: #b3bbc4; --waived-bg: #2a3037;
  }
}
@media print {
  :root {
    color-scheme: light;
    --paper: #fff; --ink: #000; --soft: #444; --line: #bbb; --panel: #fff; --accent: #000;
    --error: #8a0b20; --error-bg: #fff; --warning: #6b4200; --warning-bg: #fff; --info: #0b4a8a; --info-bg: #fff;
    --pass: #0d5022; --pass-bg: #fff; --waived: #444; --waived-bg: #fff;
  }
}
`;

const TEXT = `
* { box-sizing: border-box; }
html { font: 16px/1.5 system-ui, sans-serif; background: var(--paper); color: var(--ink); }
body { max-width: 68rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
code, pre, .code, .address, .note { font-family: ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; }
code, pre { font-size: 0.875em; overflow-wrap: anywhere; }
h1, h2, h3 { line-height: 1.25; overflow-wrap: anywhere; }
h1 { font-size: 1.75rem; margin: 0 0 0.75rem; }
h2 { font-size: 1.375rem; margin: 0 0 0.5rem; }
h3 { font-size: 1rem; margin: 0 0 0.5rem; }
p { margin: 0 0 0.75rem; overflow-wrap: anywhere; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.kind, .legend, footer, figcaption, caption { color: var(--soft); font-size: 0.875rem; }
.kind { margin: 0; }
.top { border-bottom: 1px solid var(--line); margin-bottom: 1.5rem; padding-bottom: 0.5rem; }
.subject { border-top: 3px solid var(--accent); margin-top: 2.5rem; padding-top: 1rem; }
nav + main .subject:first-child, .top + main .subject:first-child { margin-top: 1.5rem; }
.part { margin-top: 1.75rem; }
.heard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
footer { border-top: 1px solid var(--line); margin-top: 3rem; padding-top: 1rem; }
`;

const PIECES = `
.chip { display: inline-block; border: 1px solid currentColor; border-radius: 1rem; padding: 0 0.625rem; font-size: 0.875rem;
  font-weight: 600; white-space: nowrap; }
.chip.error { color: var(--error); background: var(--error-bg); }
.chip.warning { color: var(--warning); background: var(--warning-bg); }
.chip.info { color: var(--info); background: var(--info-bg); }
.chip.pass { color: var(--pass); background: var(--pass-bg); }
.chip.waived { color: var(--waived); background: var(--waived-bg); }
.verdict.large { font-size: 1.25rem; }
.verdict.large .chip { font-size: 1.25rem; padding: 0.125rem 1rem; margin-right: 0.25rem; }
.facts { display: flex; flex-wrap: wrap; gap: 0.5rem 2rem; margin: 0 0 0.75rem; }
.facts dt { color: var(--soft); font-size: 0.8125rem; }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.facts > div { min-width: 0; }
details { border: 1px solid var(--line); border-radius: 6px; margin: 0 0 0.5rem; padding: 0.5rem 0.75rem; }
summary { cursor: pointer; overflow-wrap: anywhere; }
details[open] > summary { margin-bottom: 0.5rem; }
.finding .message { font-weight: 600; }
.finding .rule { color: var(--soft); }
.finding .facts { display: block; }
.finding .facts > div { display: grid; grid-template-columns: 8.5rem minmax(0, 1fr); gap: 0 0.75rem; margin-bottom: 0.25rem; }
.finding .facts dt { font-size: 0.875rem; }
details details { background: var(--paper); }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; margin: 0.5rem 0; padding: 0.75rem;
  white-space: pre-wrap; }
.lines { white-space: pre; overflow-x: auto; }
.scroll { overflow-x: auto; margin: 0 0 1rem; }
table { border-collapse: collapse; font-size: 0.875rem; min-width: min(100%, 26rem); }
.mark { text-align: center; padding-right: 0.5rem; padding-left: 0.5rem; }
caption { text-align: left; padding: 0 0 0.375rem; }
th, td { border-bottom: 1px solid var(--line); padding: 0.3125rem 1rem 0.3125rem 0; text-align: left; vertical-align: top; }
thead th { color: var(--soft); font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 400; }
th code, td code { overflow-wrap: break-word; }
td, tbody th { min-width: 4rem; }
details td:last-child { min-width: 10rem; }
.mark { min-width: 0; }
.number { text-align: right; white-space: nowrap; }
.code { white-space: nowrap; font-size: 0.8125rem; }
.within { padding-left: 1rem; }
.cmdline { white-space: pre-wrap; }
.digest { overflow-wrap: anywhere; }
`;

const MAPS = `
.figures { display: flex; flex-wrap: wrap; gap: 1rem 2rem; align-items: flex-start; margin: 0 0 1rem; }
figure { margin: 0; max-width: 100%; }
figcaption { margin-bottom: 0.375rem; max-width: 20rem; font-weight: 600; overflow-wrap: anywhere; }
.map { display: block; max-width: 100%; height: auto; }
.map.wide { max-width: none; }
.map text { fill: var(--ink); font-size: 12px; }
.map .label, .map .head { font-weight: 600; }
.map .note, .map .address { font-size: 11px; fill: var(--soft); }
.map .gap, .map .headname { font-size: 10px; fill: var(--soft); }
.map .head, .map .headname, .map .letter, .swatch .letter { text-anchor: middle; }
.map .letter, .swatch .letter { fill: #111; font-size: 12px; font-weight: 600; }
.swatch { vertical-align: -3px; }
.free { fill: var(--panel); stroke: var(--soft); stroke-width: 1; }
.block { stroke: var(--ink); stroke-width: 0.75; }
.leader { fill: none; stroke: var(--soft); stroke-width: 1; }
.given { fill: none; stroke: var(--soft); stroke-dasharray: 3 3; }
.region-ram, .user-root { fill: #b9c4d0; }
.region-shared, .part-params, .part-tree, .user-links { fill: #f0e442; }
.region-device { fill: #e69f00; }
.region-comm, .part-loader, .user-cell-2 { fill: #cc79a7; }
.region-other { fill: #dfe3e8; }
.part-kernel, .user-cell-0 { fill: #56b4e9; }
.part-run { fill: #bfe0f5; }
.part-initrd, .user-cell-1 { fill: #2fb38a; }
.user-hypervisor { fill: #e07a3e; }
.user-cell-3 { fill: #e6b94d; }
.excess { stroke: var(--error); stroke-width: 2.5; stroke-dasharray: 4 2; }
`;

const NARROW = `
@media (max-width: 34rem) {
  .finding .facts > div { display: block; }
  h1 { font-size: 1.375rem; }
}
`;

const PRINT = `
@page { margin: 15mm; }
@media print {
  html { font-size: 10pt; }
  body { max-width: none; padding: 0; }
  .subject + .subject { break-before: page; }
  h2, h3, figcaption, caption, summary, .legend, thead { break-after: avoid; }
  tbody tr:first-child { break-before: avoid; }
  figure, tr, .finding, .legend, pre, .facts > div { break-inside: avoid; }
  thead { display: table-header-group; }
  .scroll, .lines { overflow: visible; }
  .lines { white-space: pre-wrap; }
  table { width: 100%; font-size: 8pt; }
  th, td, .code, .number, thead th { white-space: normal; overflow-wrap: break-word; }
  .code { font-size: 7.5pt; overflow-wrap: anywhere; }
  details::details-content { content-visibility: visible; display: block; height: auto; }
  .block, .chip, .free { print-color-adjust: exact; }
  .map.wide { max-width: 100%; }
}
`;

export const STYLES = [COLOURS, TEXT, PIECES, MAPS, NARROW, PRINT].map((css) => css.trim()).join('\n');
