// Bundles script/ into dist/site.js: `npm run build`.
import { build } from 'esbuild'
import { fileURLToPath } from 'node:url'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))

await build({
  entryPoints: [at('../script/main.ts')],
  outfile: at('../dist/site.js'),
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['es2022'],
  legalComments: 'none',
})
