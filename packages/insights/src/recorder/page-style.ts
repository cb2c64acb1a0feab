/** The page's style: plain, in light and dark, with contrast above 4.5 to 1. */
export const pageStyle = `
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }
body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; }
caption { text-align: left; font-weight: 600; padding: .25rem 0; }
th, td { padding: .2rem .8rem .2rem 0; text-align: right; border-bottom: 1px solid #8886; }
th:first-child, td:first-child { text-align: left; }
canvas { width: 100%; display: block; border: 1px solid #8886; }
canvas:focus-visible { outline: 2px solid Highlight; }
#legend { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
#legend span { display: inline-block; width: .8em; height: .8em; margin-right: .4em; }
`;
