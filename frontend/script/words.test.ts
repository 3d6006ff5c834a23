import assert from 'node:assert/strict'
import { test } from 'node:test'
import { localText } from './clock.ts'
import { matches } from './match.ts'
import { pace } from './pace.ts'

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
