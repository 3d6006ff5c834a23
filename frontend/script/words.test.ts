import assert from 'node:assert/strict'
import { test } from 'node:test'
import { localText } from './clock.ts'
import { matches } from './match.ts'
import { pace } from './pace.ts'
import { numbers, reading, slotAt } from './reading.ts'

test('localText says the reader\'s own time, unless it is the same', () => {
  assert.equal(localText('2026-11-20T18:47:00Z', 'America/New_York'), '13:47')
  assert.equal(localText('2026-11-20T18:47:00Z', 'Asia/Kolkata'), '00:17')
  assert.equal(localText('2026-11-20T18:47:00Z', 'UTC'), '')
  assert.equal(localText('nonsense', 'UTC'), '')
})

test('matches needs every word, in any order', () => {
  assert.ok(matches('', 'Coursera coursera courses'))
  assert.ok(matches('google CLASS', 'Google Classroom google-classroom'))
  assert.ok(!matches('google zoom', 'Google Classroom'))
})

test('pace spreads refreshes and keeps them apart', () => {
  assert.equal(pace(60_000, 0), 200)
  assert.equal(pace(60_000, 1), 1500)
  assert.equal(pace(4_000, 0), 6_200)
})

test('a chart reads out the slot under a point', () => {
  const n = numbers({ start: '2026-11-20T18:40:00Z', step: '300', counts: '1 0 42', usual: '0.4 0 2.2' })
  assert.ok(n)
  assert.deepEqual([-1, 0, 0.34, 0.99, 2].map((x) => slotAt(n, x)), [0, 0, 1, 2, 2])
  assert.equal(reading(n, 0), '18:40 UTC: 1 report, fewer than 1 usual')
  assert.equal(reading(n, 1), '18:45 UTC: 0 reports, 0 usual')
  assert.equal(reading(n, 2), '18:50 UTC: 42 reports, 2 usual')
  const bare = numbers({ start: '2026-11-20T18:40:00Z', step: '300', counts: '7' })
  assert.equal(bare && reading(bare, 0), '18:40 UTC: 7 reports')
  assert.equal(numbers({}), null)
  assert.equal(numbers({ start: 'x', step: '0', counts: '' }), null)
})
