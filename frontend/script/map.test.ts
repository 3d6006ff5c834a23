import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isZoomed, pan, zoom, type Box } from './viewbox.ts'

const whole: Box = { x: 0, y: 0, width: 1600, height: 800 }

test('zoom keeps the middle, the shape and the limits', () => {
  assert.deepEqual(zoom(whole, whole, 2), { x: 400, y: 200, width: 800, height: 400 })
  assert.deepEqual(zoom(whole, whole, 2, { x: 0, y: 1 }), { x: 0, y: 400, width: 800, height: 400 })
  assert.equal(zoom(whole, whole, 1000).width, 200)
  assert.deepEqual(zoom({ x: 800, y: 400, width: 800, height: 400 }, whole, 0.1), whole)
})

test('pan stops at the edges', () => {
  const box = zoom(whole, whole, 2)
  assert.deepEqual(pan(box, whole, 0.25, 0), { x: 600, y: 200, width: 800, height: 400 })
  assert.deepEqual(pan(box, whole, 9, -9), { x: 800, y: 0, width: 800, height: 400 })
  assert.deepEqual(pan(whole, whole, 1, 1), whole)
})

test('isZoomed', () => {
  assert.equal(isZoomed(whole, whole), false)
  assert.equal(isZoomed(zoom(whole, whole, 1.6), whole), true)
})
