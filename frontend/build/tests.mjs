// Runs the unit tests: `npm test`. Node 20 reads no TypeScript, so the tests
// of script/ are bundled first.
import { build } from 'esbuild'
import { spawnSync } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const out = `${root}node_modules/.cache/tests`
const list = (dir, end) => readdirSync(root + dir).filter((f) => f.endsWith(end)).map((f) => `${root}${dir}/${f}`)

rmSync(out, { recursive: true, force: true })
await build({
  entryPoints: list('script', '.test.ts'),
  outdir: out,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: ['node20'],
})
const built = readdirSync(out).map((f) => `${out}/${f}`)
const run = spawnSync(process.execPath, ['--test', ...built, ...list('build', '.test.mjs')], { stdio: 'inherit' })
process.exit(run.status ?? 1)
