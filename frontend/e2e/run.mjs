// Runs the browser tests against one server: `npm run e2e`. Making a
// simulation's history takes a while, and once is enough.
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { site } from './harness.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const tests = readdirSync(here).filter((name) => name.endsWith('.test.mjs')).map((name) => here + name)
const server = await site()
const run = spawn(process.execPath, ['--test', '--test-concurrency=1', ...tests], {
  stdio: 'inherit',
  env: { ...process.env, OUTCRY_URL: server.base, OUTCRY_ADMIN_TOKEN: server.token },
})
process.exitCode = await new Promise((done) => run.on('exit', (code) => done(code ?? 1)))
await server.stop()
