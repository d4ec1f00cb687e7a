/** The look of every page that we draw: system fonts, light and dark, A4. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --ink: #1c2530; --soft: #5b6776; --line: #d8dee6; --paper: #fff; --good: #17663a; --bad: #a8201a; --warn: #8a5a00; --back: #2456a6; --tint: #f4f6f9; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #9aa6b5; --line: #333d4a; --paper: #12171d; --good: #5fd08f; --bad: #ff8a80; --warn: #e8b44a; --back: #86b1ff; --tint: #1a212a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
header { border-left: .4rem solid var(--soft); padding: .2rem 0 .2rem 1rem; }
header.good { border-color: var(--good); } header.bad { border-color: var(--bad); } header.back { border-color: var(--back); } header.warn { border-color: var(--warn); }
.verdict { margin: 0; font-weight: 700; text-transform: uppercase; letter-spacing: .04em; font-size: .85rem; }
.good > .verdict { color: var(--good); } .bad > .verdict { color: var(--bad); } .back > .verdict { color: var(--back); } .warn > .verdict { color: var(--warn); }
h1 { font-size: 1.6rem; line-height: 1.2; margin: .2rem 0; } h2 { font-size: 1.1rem; margin: 1.8rem 0 .5rem; }
header p { margin: .2rem 0; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .5rem 1rem; margin: 1rem 0 0; }
dt { color: var(--soft); font-size: .8rem; } dd { margin: 0; overflow-wrap: anywhere; }
table { display: block; overflow-x: auto; border-collapse: collapse; font-size: .93rem; } th { text-align: left; color: var(--soft); font-weight: 600; font-size: .8rem; }
th, td { padding: .35rem .9rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th, td { white-space: nowrap; } td:last-child { width: 100%; min-width: 11rem; white-space: normal; overflow-wrap: anywhere; }
td.outcome { white-space: nowrap; font-weight: 600; } tr.good .outcome { color: var(--good); } tr.bad .outcome { color: var(--bad); } tr.warn .outcome { color: var(--warn); } tr.back .outcome { color: var(--back); } tr.quiet { color: var(--soft); }
tr.side td:first-child { padding-left: 1.2rem; color: var(--soft); }
small { color: var(--soft); } code, pre { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .85em; overflow-wrap: anywhere; }
.because { background: var(--tint); border-radius: .4rem; padding: .2rem 1rem .6rem; margin-top: 1.4rem; } .because h2 { margin-top: .6rem; }
pre { white-space: pre-wrap; border-left: 3px solid var(--line); margin: .5rem 0; padding: .2rem .8rem; max-height: 30rem; overflow: auto; }
.at { color: var(--soft); font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .85em; } .hint { border-left: 3px solid var(--warn); padding-left: .8rem; }
.log { list-style: none; padding: 0; font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .82rem; } .log li { overflow-wrap: anywhere; } .log span { white-space: pre-wrap; } .log time { color: var(--soft); margin-right: .5rem; } .log .more { padding-left: 2.2rem; }
.log .good { color: var(--good); } .log .bad { color: var(--bad); } .log .warn { color: var(--warn); } .log .back { color: var(--back); } .log .quiet { color: var(--soft); } .log .head { font-weight: 700; }
footer { margin-top: 2rem; color: var(--soft); font-size: .8rem; overflow-wrap: anywhere; } a { color: var(--back); }
@media (max-width: 40rem) { td small { display: none; } td:last-child { min-width: 6rem; } th, td { padding-right: .5rem; font-size: .85rem; } }
@media print { body { font-size: 11px; } .log { font-size: .7rem; } h1 { font-size: 1.3rem; } main { max-width: none; padding: 0; } pre { max-height: none; } tr, .because { break-inside: avoid; } }
`;
