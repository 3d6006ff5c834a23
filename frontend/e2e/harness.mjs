// Starts what the browser tests need: a server with something to show, and a
// real Chromium. Either missing is a failure and never a skip.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const binary = fileURLToPath(new URL('../../bin/outcry', import.meta.url))
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
  .find((path) => existsSync(path)) ?? '/usr/bin/chromium'

const quiet = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync']

// site gives the address of a running server and its operator's token:
// OUTCRY_URL and OUTCRY_ADMIN_TOKEN, or the simulation of the binary that `make
// build` leaves, which has history, incidents and a map.
export async function site() {
  const given = process.env.OUTCRY_URL
  if (given) return { base: given.replace(/\/$/, ''), token: process.env.OUTCRY_ADMIN_TOKEN, stop: async () => {} }
  if (!existsSync(binary)) throw new Error(`${binary} is missing: run \`make build\`, or set OUTCRY_URL`)
  const data = mkdtempSync(join(tmpdir(), 'outcry-e2e-'))
  const token = randomBytes(16).toString('hex')
  writeFileSync(join(data, 'token'), token, { mode: 0o600 })
  const args = ['demo', '--listen', '127.0.0.1:0', '--data-dir', data, '--admin-token-file', join(data, 'token')]
  const server = spawn(binary, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const stop = async () => {
    const gone = new Promise((done) => server.once('exit', done))
    if (server.exitCode === null && server.kill('SIGTERM')) await gone
    rmSync(data, { recursive: true, force: true })
  }
  return { base: await address(server), token, stop }
}

// address waits for the line that says where the server listens.
function address(server) {
  return new Promise((done, fail) => {
    let said = ''
    const late = setTimeout(() => fail(new Error(`the server said no address within five minutes:\n${said}`)), 300_000)
    server.on('error', fail)
    server.on('exit', (code) => fail(new Error(`the server ended with ${code}:\n${said}`)))
    server.stderr.setEncoding('utf8')
    server.stderr.on('data', (text) => {
      said += text
      const found = /http:\/\/(?:127\.0\.0\.1|localhost|\[::1\]):\d+/.exec(said)
      if (!found) return
      clearTimeout(late)
      done(found[0])
    })
  })
}

// services are two that the server watches, whatever its catalogue.
export async function services(base) {
  const page = await (await fetch(base)).text()
  const found = [...page.matchAll(/href="\/services\/([^"]+)"><span class="name">([^<]+)</g)].map(([, slug, name]) => ({ slug, name }))
  const first = found.find((s) => s.slug === 'coursera') ?? found[0]
  const second = found.find((s) => s !== first)
  if (!first || !second) throw new Error('the server watches fewer than two services')
  return [first, second]
}

export function browser() {
  const root = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? executablePath, args: [...quiet, ...root] })
}

// open opens an empty page and keeps what will be complained about in it: script
// errors, refused styles and scripts, answers that failed, and any other host
// that was asked.
export async function open(context, base) {
  const page = await context.newPage()
  const complaints = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (line) => {
    // The server limits the streams of one address; the page then asks now and
    // then instead, and the browser logs the refusal as an error.
    const refused = line.location().url.includes('/api/v1/events') && line.text().includes('429')
    if (line.type() === 'error' && !refused) complaints.push(line.text())
  })
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url())
    if (protocol.startsWith('http') && origin !== new URL(base).origin) complaints.push(`asked ${origin}`)
  })
  return { page, complaints }
}

// visit opens a page at a path.
export async function visit(context, base, path) {
  const { page, complaints } = await open(context, base)
  await page.goto(base + path, { waitUntil: 'load' })
  return { page, complaints }
}

// report reports over the API, as another person would.
export function report(base, body) {
  return fetch(`${base}/api/v1/reports`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ id: crypto.randomUUID(), device: crypto.randomUUID(), ...body }),
  })
}
