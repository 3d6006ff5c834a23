import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuid } from './identity.ts'
import { wait, worthRetrying } from './retry.ts'
import { placeName, send, toAnswer } from './send.ts'

test('wait grows, follows Retry-After and ends', () => {
  assert.deepEqual([0, 1, 2, 3].map((n) => wait(n, 0, 0.5)), [1, 2, 4, 8])
  assert.equal(wait(0, 0, 0), 0.8)
  assert.equal(wait(0, 20, 0.5), 20)
  assert.equal(wait(0, 9999, 0.5), 120)
  assert.equal(wait(7, 0, 0.5), null)
})

test('worthRetrying', () => {
  assert.deepEqual([400, 404, 408, 422, 429, 500, 503].filter(worthRetrying), [408, 429, 500, 503])
})

test('uuid is a random version 4, securely served or not', () => {
  const shape = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
  assert.match(uuid(), shape)
  const real = crypto.randomUUID
  Object.defineProperty(crypto, 'randomUUID', { value: undefined, configurable: true })
  try {
    assert.match(uuid(), shape)
    assert.notEqual(uuid(), uuid())
  } finally {
    Object.defineProperty(crypto, 'randomUUID', { value: real, configurable: true })
  }
})

test('toAnswer takes what it knows and no unsafe address', () => {
  assert.deepEqual(toAnswer({ id: 'a', counted: false, reason: 'duplicate', withdraw_token: 't', receipt_url: 'javascript:alert(1)', place: { country: 'US', region: 'US-MD' } }),
    { id: 'a', counted: false, reason: 'duplicate', token: 't', receipt: '', place: 'United States (US-MD)' })
  assert.deepEqual(toAnswer(null), { id: '', counted: false, token: '', receipt: '', place: '' })
  assert.equal(toAnswer({ receipt_url: '/receipts/1' }).receipt, '/receipts/1')
  assert.equal(toAnswer({ receipt_url: '//elsewhere.example/' }).receipt, '')
})

test('placeName', () => {
  assert.equal(placeName({ country: 'US', region: 'US-MD', name: 'Maryland, United States' }), 'Maryland, United States')
  assert.equal(placeName({ country: 'DE', region: '' }), 'Germany')
  assert.equal(placeName({ country: '', region: '' }), '')
  assert.equal(placeName(undefined), '')
})

test('send repeats the same report while the outcome is unknown', async (t) => {
  const bodies: string[] = []
  const answers = [() => { throw new TypeError('offline') }, () => new Response('', { status: 503 }),
    () => Response.json({ id: 'x', counted: true }, { status: 201 })]
  t.mock.method(globalThis, 'fetch', async (_: string, init: RequestInit) => {
    bodies.push(String(init.body))
    return answers[bodies.length - 1]!()
  })
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const said: string[] = []
  const outcome = send({ id: 'x', service: 's', kind: 'down' }, (text) => said.push(text))
  for (let i = 0; i < 20; i++) {
    await new Promise((done) => setImmediate(done))
    t.mock.timers.tick(5_000)
  }
  assert.deepEqual(await outcome, { id: 'x', counted: true, token: '', receipt: '', place: '' })
  assert.equal(bodies.length, 3)
  assert.equal(new Set(bodies).size, 1)
  assert.match(said[0] ?? '', /Trying again in \d+ s/)
})

test('send hands on what the server found wrong, without trying again', async (t) => {
  const fetched = t.mock.method(globalThis, 'fetch', async () =>
    Response.json({ title: 'Unknown symptom', detail: 'The service has no such symptom.' }, { status: 422 }))
  assert.deepEqual(await send({ id: 'x', service: 's', kind: 'down' }, () => {}), { problem: 'The service has no such symptom.' })
  assert.equal(fetched.mock.callCount(), 1)
})
