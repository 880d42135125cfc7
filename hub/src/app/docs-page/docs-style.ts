/** The style of `/docs`; its hash is in the page's policy, so it is written into the page whole. */
export const DOCS_STYLE = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --dim: #666; --link: #0b57d0;
  --get: #1b6e3c; --post: #0b57d0; --patch: #8a5a00; --delete: #b3261e }
@media (prefers-color-scheme: dark) {
  :root { --dim: #aaa; --link: #8ab4f8; --get: #6dd58c; --post: #8ab4f8; --patch: #f6c453;
    --delete: #f2b8b5 }
}
* { box-sizing: border-box }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; padding: 1rem; max-width: 62rem;
  margin-inline: auto; overflow-wrap: anywhere }
a { color: var(--link) }
h1 { margin: .5rem 0 0 }
h2 { margin: 2.5rem 0 .25rem; padding-top: .5rem; border-top: 2px solid var(--line) }
h3 { margin: 1.25rem 0 .25rem; font-size: 1rem }
code, pre { font: .875em/1.45 ui-monospace, monospace }
code { background: var(--soft); padding: .1em .3em; border-radius: .25em }
pre { background: var(--soft); padding: .75rem; border-radius: .4rem; overflow-x: auto }
pre code { background: none; padding: 0 }
nav ul { list-style: none; padding: 0; margin: .5rem 0; display: flex; flex-wrap: wrap;
  gap: .5rem 1rem }
details { border: 1px solid var(--line); border-radius: .4rem; margin: .5rem 0 }
details > :not(summary) { margin-inline: .9rem }
summary { cursor: pointer; padding: .6rem .75rem; min-height: 44px; display: flex;
  flex-wrap: wrap; gap: .25rem .6rem; align-items: baseline; list-style: none }
summary::-webkit-details-marker { display: none }
summary:focus-visible, a:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
.method { font: 600 .8em ui-monospace, monospace; min-width: 4em }
.get { color: var(--get) } .post, .put, .options { color: var(--post) }
.patch { color: var(--patch) } .delete { color: var(--delete) }
.path { font: .9em ui-monospace, monospace }
.dim { color: var(--dim) }
.says { flex-basis: 100% }
dl { margin: .25rem 0 1rem }
dt { margin-top: .5rem } dd { margin: 0 0 0 1rem }
.deeper { border-left: 2px solid var(--line); padding-left: .75rem; margin-left: .25rem }
[id] { scroll-margin-top: 6rem }
@media (min-width: 45rem) { .says { flex-basis: auto; margin-left: auto } }
@media print { details > * { display: block } }
`;
