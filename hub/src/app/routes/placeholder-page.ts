/** What a browser gets until the console is built. */
export const PLACEHOLDER_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tocsin</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto }
  code { background: #8882; padding: .1em .3em; border-radius: .2em }
</style>
<h1>Tocsin is running</h1>
<p>The console comes later. The API answers under <code>/api/v1</code>; the README has a tour of
three minutes.</p>
</html>
`;
