// How a review looks: in a browser, light or dark, on paper, and on a small screen. No font, image or address from elsewhere.

export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#ffffff, #16181d);
  --panel: light-dark(#f5f6f8, #1f2229);
  --ink: light-dark(#1a1c20, #e8eaed);
  --soft: light-dark(#565c66, #a4abb6);
  --line: light-dark(#d5d9e0, #3a3f4a);
  --danger: light-dark(#a8071a, #ff8f8a);
  --danger-panel: light-dark(#fff1f0, #35191b);
  --gain: light-dark(#8a5a00, #f0b84a);
  --loss: light-dark(#3f5f8a, #8fb4e8);
}
* { box-sizing: border-box; }
body {
  margin: 0; padding: 2rem 1.25rem 3rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere;
}
main { max-width: 54rem; margin: 0 auto; }
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.3; font-weight: 650; }
h1 span { display: block; font-size: 1rem; font-weight: 600; color: var(--soft); }
code, pre, .name, .names li { font-family: ui-monospace, 'SF Mono', Menlo, Consolas, monospace; font-size: .875em; unicode-bidi: isolate; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .125rem 1rem; margin: 0 0 1.5rem; font-size: .875rem; }
dt { color: var(--soft); }
dd { margin: 0; }
.approve { margin: 0 0 1.75rem; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--panel); }
.approve p { margin: 0 0 .375rem; font-size: .875rem; color: var(--soft); }
.approve code { display: block; white-space: pre-wrap; user-select: all; }
.approve span { display: inline-block; max-width: 100%; }
section { margin: 0 0 1.5rem; padding-left: .875rem; border-left: .25rem solid var(--line); }
h2 { margin: 0 0 .375rem; font-size: 1.0625rem; line-height: 1.4; }
.why { margin: -.25rem 0 .5rem; font-size: .875rem; color: var(--soft); }
ul { margin: 0; padding: 0; list-style: none; }
.lines > li { padding: .3125rem 0; border-top: 1px solid var(--line); }
.lines > li:first-child { border-top: 0; }
.name { font-weight: 600; }
.names { font-size: .9375em; columns: 12rem; column-gap: 1.5rem; margin: .25rem 0 .125rem; }
.long { columns: 25rem; font-size: .8125em; }
.names li { break-inside: avoid; padding-left: 1rem; text-indent: -1rem; color: var(--soft); }
.danger { padding: .75rem 1rem .5rem; border: 2px solid var(--danger); border-left-width: .5rem; border-radius: .375rem; background: var(--danger-panel); }
.danger h2 { color: var(--danger); }
.danger .why { color: var(--ink); }
.lines strong { color: var(--danger); font-weight: 650; }
.gain { border-left-color: var(--gain); }
.loss { border-left-color: var(--loss); }
.aside { border: 0; padding: 0; font-size: .8125rem; color: var(--soft); }
.aside h2 { font-size: .8125rem; font-weight: 600; }
pre { margin: .375rem 0; padding: .5rem .75rem; white-space: pre-wrap; background: var(--panel); border-radius: .375rem; }
.end { margin: 0 0 1.5rem; color: var(--soft); font-size: .875rem; }
:focus-visible { outline: 3px solid var(--loss); outline-offset: 2px; }
@media (max-width: 34rem) {
  body { padding: 1rem .75rem 2rem; }
  h1 { font-size: 1.25rem; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .5rem; }
  section { padding-left: .625rem; }
}
@media print {
  :root { color-scheme: light; }
  body { padding: 0; font-size: .8125rem; }
  main { max-width: none; }
  .aside { display: none; }
  h2 { break-after: avoid; }
  .lines > li, .approve { break-inside: avoid; }
}
`;
