/** How the page about visits looks: on a screen, on a phone, on paper. */
export const REPORT_STYLE = `
:root { color-scheme: light; --good: #176b3a; --bad: #b3261e; --line: #dfe3e8; --quiet: #5b6572; }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif; color: #1a2129; background: #f6f7f9; }
main { max-width: 72rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
header { border-left: .4rem solid var(--good); padding-left: 1rem; }
header.bad { border-color: var(--bad); }
h1 { font-size: 1.5rem; margin: 0; overflow-wrap: anywhere; }
header p { margin: .2rem 0; overflow-wrap: anywhere; }
.verdict { font-weight: 700; color: var(--good); }
.bad .verdict { color: var(--bad); }
section { background: #fff; border: 1px solid var(--line); border-radius: .6rem; padding: 1rem 1.25rem; margin-top: 1.5rem; }
h2 { margin: 0; font-size: 1.2rem; }
h2 span { font-size: .8rem; padding: .15rem .5rem; border-radius: 1rem; background: var(--good); color: #fff; vertical-align: middle; }
h2 span.failed, h2 span.error { background: var(--bad); }
.quiet, small { color: var(--quiet); }
.why { border: 1px solid #e9c1be; background: #fdf3f2; border-radius: .4rem; padding: .2rem 1rem; overflow-wrap: anywhere; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem; }
.steps { list-style-position: inside; padding: 0; display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr)); }
.steps li { border: 1px solid var(--line); border-radius: .4rem; padding: .6rem .8rem; overflow-wrap: anywhere; }
.steps li.failed, .steps li.error { border: 2px solid var(--bad); }
.steps li::marker { color: var(--quiet); }
.steps p { margin: 0 0 .3rem; display: block; }
.steps li > p:first-child { display: inline; }
.said { font-size: .9rem; }
img { display: block; max-width: 100%; max-height: 34rem; width: auto; margin-top: .5rem; border: 1px solid var(--line); }
.noticed { overflow-wrap: anywhere; font-size: .9rem; }
@media print { body { background: #fff; } section, .steps li { break-inside: avoid; } }
`;
