// Writes map/*.json: `npm run map`. The files are
// committed; build/map.test.mjs compares them with what is made here.
import { writeFileSync } from 'node:fs'
import { states, world } from './shapes.mjs'
import { places } from './places.mjs'

// One entry a line, so that a change of the source can be reviewed.
export function files() {
  const drawing = ({ width, height, shapes }) =>
    `{"width":${width},"height":${height},"shapes":[\n${shapes.map((s) => JSON.stringify(s)).join(',\n')}\n]}\n`
  const all = places()
  const sorted = Object.keys(all).sort().map((k) => `${JSON.stringify(k)}:${JSON.stringify(all[k])}`)
  return {
    'world.json': drawing(world()),
    'states.json': drawing(states()),
    'places.json': `{\n${sorted.join(',\n')}\n}\n`,
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  for (const [name, text] of Object.entries(files())) {
    writeFileSync(new URL(`../map/${name}`, import.meta.url), text)
  }
}
