import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { files } from './map.mjs'
import { ring, states, world } from './shapes.mjs'

const committed = (name) => readFileSync(new URL(`../map/${name}`, import.meta.url), 'utf8')

test('the committed map files are what the generator makes', () => {
  for (const [name, text] of Object.entries(files())) {
    assert.ok(committed(name) === text, `map/${name} differs: run \`npm run map\``)
  }
})

test('ring writes relative steps and drops what falls together', () => {
  assert.equal(ring([[0, 0], [10, 0], [10.4, 0.3], [10, 10], [0, 0]]), 'M0 0l10 0 0 10z')
  assert.equal(ring([[0, 0], [10, 5], [4, -3], [0, 0]]), 'M0 0l10 5-6-8z')
  assert.equal(ring([[0, 0], [0.3, 0.2], [0, 0]]), '')
})

test('every country is drawn once, inside the picture, and none across it', () => {
  const { width, height, shapes } = world()
  const ids = shapes.map((s) => s.id).filter(Boolean)
  assert.equal(new Set(ids).size, ids.length)
  assert.ok(ids.length > 220, `only ${ids.length} countries`)
  for (const s of shapes) {
    if (s.x !== undefined) {
      assert.ok(s.x >= 0 && s.x <= width && s.y >= 0 && s.y <= height, s.name)
      continue
    }
    for (const part of s.d.split('M').filter(Boolean)) {
      const [x0, ...rest] = part.match(/-?\d+/g).map(Number)
      let x = x0
      for (let i = 1; i < rest.length; i += 2) {
        assert.ok(Math.abs(rest[i]) < width / 3, `${s.name} crosses the map in one step`)
        x += rest[i]
        assert.ok(x >= 0 && x <= width, `${s.name} leaves the map`)
      }
    }
  }
})

test('every state has its code and an outline', () => {
  const { shapes } = states()
  assert.equal(new Set(shapes.map((s) => s.id)).size, 51)
  for (const s of shapes) {
    assert.match(s.id, /^US-[A-Z]{2}$/, s.name)
    assert.match(s.d, /^M/, s.name)
  }
})
